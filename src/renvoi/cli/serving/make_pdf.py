"""`renvoi make-pdf`: make one PDF. The console starts it in a process of its own."""

import uuid

import click

from renvoi.cli.setup import configure


@click.command(hidden=True)
@click.argument("download_id", type=click.UUID)
def make_pdf(download_id: uuid.UUID) -> None:
    """Make the PDF of a download that was requested in the console."""
    configure()
    from renvoi.downloads.documents import table_of
    from renvoi.downloads.maker import make_download

    make_download(download_id, table_of=table_of)
