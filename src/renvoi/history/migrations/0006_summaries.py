"""Add to each change set what sums up its changes, and its reason."""

import renvoi.lists.folded_fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('history', '0005_mark_undone'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='changeset',
            name='actor_sort',
            field=renvoi.lists.folded_fields.FoldedTextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='changeset',
            name='count',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='changeset',
            name='fields',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='changeset',
            name='name',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='changeset',
            name='name_sort',
            field=renvoi.lists.folded_fields.FoldedTextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='changeset',
            name='position',
            field=models.BigIntegerField(db_default=9223372036854775807, default=9223372036854775807),
        ),
        migrations.AddField(
            model_name='changeset',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=255),
        ),
        migrations.AddField(
            model_name='changeset',
            name='reason_sort',
            field=renvoi.lists.folded_fields.FoldedTextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='changeset',
            name='subject',
            field=models.CharField(blank=True, db_default='', default='', max_length=10),
        ),
        migrations.AddField(
            model_name='changeset',
            name='subject_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='changeset',
            name='tally',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddIndex(
            model_name='changeset',
            index=models.Index(fields=['-position', 'id'], name='changeset_in_order'),
        ),
        migrations.AddIndex(
            model_name='changeset',
            index=models.Index(condition=models.Q(('count', 0)), fields=['id'], name='changeset_not_summed_up'),
        ),
    ]
