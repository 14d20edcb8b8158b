"""The operator's logo: its digest."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column. A host of the previous version still writes without it."""

    dependencies: ClassVar = [("partners", "0017_pages_of_the_operator"), ("publication", "0002_logos")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="operator",
            name="logo",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
