"""Golden visitors: a list of the operator."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column. A host of the previous version still writes without it."""

    dependencies: ClassVar = [("partners", "0018_logo")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="operator",
            name="golden_visitors",
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
