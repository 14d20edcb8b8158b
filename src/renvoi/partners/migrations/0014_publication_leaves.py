"""Move the models Generation, PublishedTable and ArchivedTable to the app publication. Their tables stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0013_history_leaves'),
        ('publication', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='ArchivedTable'),
                migrations.DeleteModel(name='PublishedTable'),
                migrations.DeleteModel(name='Generation'),
            ],
        ),
    ]
