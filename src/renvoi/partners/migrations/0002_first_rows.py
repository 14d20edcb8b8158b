"""Create the single rows of Operator and Generation. The operator's first values come from the environment."""

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def make_generation(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("partners", "Generation").objects.create(id=1)


def make_operator(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("partners", "Operator").objects.create(
        id=1, default_language=settings.CONFIG.default_language, time_zone=settings.CONFIG.time_zone
    )


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]
    operations = [
        migrations.RunPython(make_generation, migrations.RunPython.noop),
        migrations.RunPython(make_operator, migrations.RunPython.noop),
    ]
