"""Add the number of prospects sent to each partner in 30 days, counted from the ledger."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0005_saved_views'),
    ]

    operations = [
        migrations.AddField(
            model_name='partner',
            name='sent_30_days',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='partner',
            index=models.Index(condition=models.Q(('trashed_at', None)), fields=['sent_30_days', 'name_sort', 'id'], name='partner_by_sent'),
        ),
    ]
