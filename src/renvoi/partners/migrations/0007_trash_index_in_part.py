"""Index only trashed partners by `trashed_at`: SQLite used the full index for the others and sorted them in memory."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0006_sent_in_30_days'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='partner',
            name='partner_in_trash',
        ),
        migrations.AddIndex(
            model_name='partner',
            index=models.Index(condition=models.Q(('trashed_at__isnull', False)), fields=['-trashed_at'], name='partner_in_trash'),
        ),
    ]
