"""Rename the model Reach to ProjectionCursor. Only Django's state changes: the table stays `reports_reach`."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('reports', '0001_initial')]

    # Once the table has an explicit name, RenameModel does not rename it.
    operations = [
        migrations.AlterModelTable(name='reach', table='reports_reach'),
        migrations.RenameModel(old_name='Reach', new_name='ProjectionCursor'),
    ]
