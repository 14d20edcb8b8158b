from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("downloads", "0003_queue"),
    ]

    operations = [
        migrations.AddField(
            model_name="download",
            name="document",
            field=models.CharField(db_default="partners", default="partners", max_length=20),
        ),
    ]
