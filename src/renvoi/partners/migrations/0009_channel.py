"""Rename `ChangeSet.way` to `channel`."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0008_pdf_exports_leave'),
    ]

    operations = [
        migrations.RenameField(model_name='changeset', old_name='way', new_name='channel'),
    ]
