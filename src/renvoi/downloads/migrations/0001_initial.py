"""Take over the model PdfExport of the app partners as Download. Its table stays as it is."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('partners', '0003_pdf_exports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Download',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('query', models.TextField(blank=True)),
                        ('language', models.CharField(max_length=2)),
                        ('stage', models.CharField(choices=[('waiting', 'Waiting'), ('ready', 'Ready'), ('empty', 'Empty'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=9)),
                        ('done', models.PositiveIntegerField(default=0)),
                        ('total', models.PositiveIntegerField()),
                        ('unshown', models.JSONField(default=list)),
                        ('ordered_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'db_table': 'partners_pdfexport',
                    },
                ),
            ],
        ),
    ]
