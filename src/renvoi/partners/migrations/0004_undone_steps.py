"""Record which change set undid which. Each can be undone once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0003_pdf_exports'),
    ]

    operations = [
        migrations.AddField(
            model_name='changeset',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='undone_by', to='partners.changeset'),
        ),
    ]
