"""The operator chooses the paper of PDFs; until then it follows from the coverage area."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column, with the choice that follows the coverage area."""

    dependencies: ClassVar = [("partners", "0011_table_archive")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="operator",
            name="paper",
            field=models.CharField(
                blank=True, choices=[("", "By Coverage"), ("letter", "Letter"), ("a4", "A4")], default="", max_length=6
            ),
        ),
    ]
