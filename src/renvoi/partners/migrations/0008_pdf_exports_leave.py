"""Move the model PdfExport to the app downloads. Its table stays as it is."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0007_trash_index_in_part'),
        ('downloads', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name='PdfExport')]),
    ]
