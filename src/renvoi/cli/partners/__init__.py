"""`renvoi partners`: list the partners, export them and import them."""

import click

from renvoi.cli.partners.exporting import export, list_partners
from renvoi.cli.partners.importing import import_file


@click.group()
def partners() -> None:
    """List, export and import the partners."""


for _command in (list_partners, export, import_file):
    partners.add_command(_command)
