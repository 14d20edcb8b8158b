"""Create the daily count of answers by country, language and decision, and the cursor of its projection."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('reports', '0002_projection_cursor')]

    operations = [
        migrations.AddField(
            model_name='projectioncursor',
            name='visits_position',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name='VisitsOnDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('country', models.CharField(max_length=2)),
                ('language', models.CharField(max_length=2)),
                ('decision', models.CharField(max_length=8)),
                ('visits', models.PositiveIntegerField(default=0)),
                ('clicks', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'country', 'language', 'decision'), name='visits_on_day_once')],
            },
        ),
    ]
