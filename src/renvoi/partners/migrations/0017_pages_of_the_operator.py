"""The operator's site, text, contact and privacy policy, for the pages that visitors see."""

from typing import ClassVar

from django.db import migrations, models


def _text(name: str, length: int) -> migrations.AddField:
    field = models.CharField(blank=True, db_default="", default="", max_length=length)
    return migrations.AddField(model_name="operator", name=name, field=field)


class Migration(migrations.Migration):
    """Add the columns. A host of the previous version still writes without them."""

    dependencies: ClassVar = [("partners", "0016_trash_period")]

    operations: ClassVar = [
        _text("site_url_en", 2000),
        _text("site_url_fr", 2000),
        _text("text_en", 500),
        _text("text_fr", 500),
        _text("contact", 2000),
        _text("privacy_url_en", 2000),
        _text("privacy_url_fr", 2000),
    ]
