"""Add to each change set the credential that its actor used."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('history', '0001_initial'),
        ('partners', '0013_history_leaves'),
    ]

    operations = [
        migrations.AddField(
            model_name='changeset',
            name='credential',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
    ]
