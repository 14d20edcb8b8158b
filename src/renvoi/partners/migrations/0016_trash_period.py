"""The operator chooses whether the trash is emptied by itself; until then it never is."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column. A host of the previous version still writes without it."""

    dependencies: ClassVar = [("partners", "0015_imports")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="operator",
            name="trash_period",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "Never"), (30, "Month"), (90, "Quarter"), (180, "Half Year"), (365, "Year")],
                db_default=0,
                default=0,
            ),
        ),
    ]
