"""Take over the models ChangeSet and Change of the app partners. Their tables stay as they are."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('partners', '0012_paper'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='ChangeSet',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('actor_name', models.CharField(blank=True, default='', max_length=254)),
                        ('generation', models.BigIntegerField(null=True)),
                        ('channel', models.CharField(max_length=10)),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                        ('undoes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='undone_by', to='history.changeset')),
                    ],
                    options={
                        'db_table': 'partners_changeset',
                    },
                ),
                migrations.CreateModel(
                    name='Change',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('verb', models.CharField(max_length=10)),
                        ('subject', models.CharField(max_length=10)),
                        ('subject_id', models.BigIntegerField()),
                        ('before', models.JSONField(null=True)),
                        ('after', models.JSONField(null=True)),
                        ('change_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='history.changeset')),
                    ],
                    options={
                        'db_table': 'partners_change',
                        'indexes': [models.Index(fields=['subject', 'subject_id', '-id'], name='change_of_subject')],
                    },
                ),
            ],
        ),
    ]
