"""Mark the steps that were undone. PostgreSQL does not change a table after its rows in one transaction."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def _mark_undone(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    change_sets = apps.get_model("history", "ChangeSet").objects
    undoes = dict(change_sets.exclude(undoes=None).values_list("id", "undoes"))
    undone = set(undoes.values())
    for undo, step in undoes.items():
        if undo not in undone:
            change_sets.filter(id=step).update(undone_by=undo)


class Migration(migrations.Migration):

    dependencies = [
        ('history', '0004_undone_by'),
    ]

    operations = [
        migrations.RunPython(_mark_undone, migrations.RunPython.noop),
    ]
