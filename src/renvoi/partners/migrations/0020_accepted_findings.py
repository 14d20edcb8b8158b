"""The findings about the coverage that staff accepted."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Create the table. A host of the previous version does not use it."""

    dependencies: ClassVar = [("partners", "0019_golden_visitors")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="AcceptedFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("facts", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("accepted_by", models.CharField(blank=True, max_length=254)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
    ]
