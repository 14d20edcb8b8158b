"""`renvoi make-pdf`: make one PDF. The console starts it in a process of its own."""

import uuid

import click

from renvoi.cli.setup import configure


@click.command(hidden=True)
@click.argument("download_id", type=click.UUID)
def make_pdf(download_id: uuid.UUID) -> None:
    """Make the PDF of a download that was requested in the console."""
    configure()
    from renvoi.downloads.maker import make_download
    from renvoi.partners.exporting import downloaded_table

    make_download(download_id, table_of=downloaded_table)
