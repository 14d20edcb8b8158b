"""Add the archive of routing tables, and to each change set its generation and its actor's name.

`publish` moves the tables that are stored now into the archive: `renvoi migrate` calls it.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Min


def name_actors(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Copy the name of each account to the change sets that it made."""
    ChangeSet = apps.get_model("partners", "ChangeSet")
    for user in apps.get_model("people", "User").objects.all():
        name = user.name or user.email.partition("@")[0]
        ChangeSet.objects.filter(actor_id=user.id).update(actor_name=name)


def number_change_sets(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Set the generation of each change set, if it is certain.

    Each change set raised the generation by one, and writers take turns, so that the ids of their changes follow that
    order. If there are more generations than change sets, something else raised it: then they stay without one.
    """
    ChangeSet = apps.get_model("partners", "ChangeSet")
    number = apps.get_model("partners", "Generation").objects.get(id=1).number
    ids = list(ChangeSet.objects.alias(first=Min("changes__id")).order_by("first").values_list("id", flat=True))
    if len(ids) != number - 1:
        return
    for start in range(0, len(ids), 500):
        batch = [ChangeSet(id=id_, generation=start + 2 + at) for at, id_ in enumerate(ids[start : start + 500])]
        ChangeSet.objects.bulk_update(batch, ["generation"])


def begin_archive(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Record the first generation that the archive will have: the oldest one that is still stored."""
    oldest = apps.get_model("partners", "PublishedTable").objects.aggregate(oldest=Min("generation"))["oldest"]
    for generation in apps.get_model("partners", "Generation").objects.all():
        generation.archived_since = generation.number if oldest is None else oldest
        generation.save()


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0010_refold'),
        ('people', '0003_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArchivedTable',
            fields=[
                ('generation', models.BigIntegerField(primary_key=True, serialize=False)),
                ('published_at', models.DateTimeField()),
                ('digest', models.CharField(max_length=64)),
                ('base', models.BigIntegerField(null=True)),
                ('full', models.BigIntegerField()),
                ('content', models.BinaryField()),
            ],
            options={
                'indexes': [models.Index(fields=['full', 'generation'], name='archived_table_chain')],
            },
        ),
        migrations.AddField(
            model_name='changeset',
            name='actor_name',
            field=models.CharField(blank=True, default='', max_length=254),
        ),
        migrations.AddField(
            model_name='changeset',
            name='generation',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='generation',
            name='archived_since',
            field=models.BigIntegerField(default=1),
        ),
        migrations.RunPython(name_actors, migrations.RunPython.noop),
        migrations.RunPython(number_change_sets, migrations.RunPython.noop),
        migrations.RunPython(begin_archive, migrations.RunPython.noop),
    ]
