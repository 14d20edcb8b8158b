"""Add saved views, and an index of partners by the last day of their agreement."""

import django.db.models.deletion
import renvoi.partners.keys
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0004_undone_steps'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('name_key', renvoi.partners.keys.KeyField(max_length=2000)),
                ('query', models.TextField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'name_key'), name='saved_view_name_unique')],
            },
        ),
        migrations.AddIndex(
            model_name='partner',
            index=models.Index(condition=models.Q(('trashed_at', None)), fields=['agreement_ends_on'], name='partner_by_last_day'),
        ),
    ]
