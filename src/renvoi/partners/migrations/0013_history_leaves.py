"""Move the models ChangeSet and Change to the app history. Their tables stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0012_paper'),
        ('history', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name='Change'), migrations.DeleteModel(name='ChangeSet')],
        ),
    ]
