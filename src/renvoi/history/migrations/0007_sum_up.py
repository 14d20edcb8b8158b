"""Sum up in each change set what its changes say."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from renvoi.history.summaries import store_missing


def sum_up(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    store_missing(
        change_set_model=apps.get_model("history", "ChangeSet"), change_model=apps.get_model("history", "Change")
    )


class Migration(migrations.Migration):
    # Each portion is a transaction of its own: hosts of the previous version write meanwhile.
    atomic = False
    dependencies = [("history", "0006_summaries")]
    operations = [migrations.RunPython(sum_up, migrations.RunPython.noop, elidable=True)]
