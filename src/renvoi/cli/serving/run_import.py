"""`renvoi run-import`: check or import one file of partners. The console starts it in a process of its own."""

import uuid

import click

from renvoi.cli.setup import configure, pause_collection


@click.command(hidden=True)
@click.argument("job_id", type=click.UUID)
def run_import(job_id: uuid.UUID) -> None:
    """Check or import a file that was uploaded in the console."""
    configure()
    pause_collection()
    from renvoi.partners.imports import running

    running.run_import(job_id)
