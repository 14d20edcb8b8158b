"""Count attempts, record sizes, and store files in pieces, which PostgreSQL hosts share."""


import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('downloads', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='download',
            name='attempt',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='download',
            name='size',
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name='DownloadPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempt', models.PositiveSmallIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('download', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='downloads.download')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('download', 'attempt', 'number'), name='downloads_piece_once')],
            },
        ),
    ]
