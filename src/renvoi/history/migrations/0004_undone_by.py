"""A step can be undone again after its undo was undone: each step says by which change set it is undone now."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('history', '0003_running_step'),
    ]

    operations = [
        migrations.AlterField(
            model_name='changeset',
            name='undoes',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='undoings', to='history.changeset'),
        ),
        migrations.AddField(
            model_name='changeset',
            name='undone_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='history.changeset'),
        ),
    ]
