"""`renvoi make-pdf`, which the console starts for each PDF."""

import uuid

import click

from renvoi.cli.setup import configure


@click.command(hidden=True)
@click.argument("export_id", type=click.UUID)
def make_pdf(export_id: uuid.UUID) -> None:
    """Make the PDF that someone asked for in the console."""
    configure()
    from renvoi.partners.pdf_exports import make_pdf as make

    make(export_id)
