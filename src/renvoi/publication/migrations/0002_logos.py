"""The operator's logos, which routing tables name by digest."""

from typing import ClassVar

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create the table."""

    dependencies: ClassVar = [("publication", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="StoredLogo",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("content", models.BinaryField()),
                ("stored_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={"db_table": "publication_logo"},
        ),
    ]
