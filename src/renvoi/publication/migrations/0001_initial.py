"""Take over the models Generation, PublishedTable and ArchivedTable of the app partners. Their tables stay as they are."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('partners', '0013_history_leaves'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Generation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.BigIntegerField(default=1)),
                        ('archived_since', models.BigIntegerField(default=1)),
                    ],
                    options={
                        'db_table': 'partners_generation',
                        'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='generation_is_one')],
                    },
                ),
                migrations.CreateModel(
                    name='PublishedTable',
                    fields=[
                        ('generation', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('content', models.BinaryField()),
                        ('published_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        'db_table': 'partners_publishedtable',
                    },
                ),
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
                        'db_table': 'partners_archivedtable',
                        'indexes': [models.Index(fields=['full', 'generation'], name='archived_table_chain')],
                    },
                ),
            ],
        ),
    ]
