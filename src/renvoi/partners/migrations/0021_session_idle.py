"""The operator chooses after how long without activity a session of its staff ends; at first after seven days."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column. A host of the previous version still writes without it."""

    dependencies: ClassVar = [("partners", "0020_accepted_findings")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="operator",
            name="session_idle_minutes",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (15, "Quarter Hour"),
                    (30, "Half Hour"),
                    (60, "Hour"),
                    (240, "Four Hours"),
                    (480, "Working Day"),
                    (1440, "Day"),
                    (10080, "Week"),
                ],
                db_default=10080,
                default=10080,
            ),
        ),
    ]
