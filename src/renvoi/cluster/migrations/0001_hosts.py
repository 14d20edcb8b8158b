"""Create the table of hosts."""


from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Host',
            fields=[
                ('id', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('host_id', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=64)),
                ('side', models.CharField(max_length=7)),
                ('version', models.CharField(max_length=32)),
                ('secret_digest', models.CharField(max_length=64)),
                ('settings_digest', models.CharField(max_length=64)),
                ('reports_country_data', models.BooleanField()),
                ('country_digest', models.CharField(blank=True, max_length=64)),
                ('country_source', models.CharField(blank=True, max_length=100)),
                ('country_built_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField()),
            ],
        ),
    ]
