"""`renvoi migrate` and `renvoi create-admin`: the database, and its first account."""

from pathlib import Path

import click

from renvoi.cli.accounts import create_account
from renvoi.cli.checks.files import repair_files
from renvoi.cli.records.ledger import prepare_ledger
from renvoi.cli.setup import configure, migrate_database, setup_lock


@click.command()
def migrate() -> None:
    """Create the database, or upgrade it to this version. Keeps its rows; safe to repeat."""
    config = configure()
    repair_files(config)
    with setup_lock(config):
        migrate_database()
    prepare_ledger(config)
    click.echo(f"The database {config.database_label} is up to date.")


@click.command()
@click.option("--email", required=True, help="The email address to sign in with.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that contains the password. Without it, the command prompts for one.",
)
@click.option("--name", default="", help="The name that colleagues see.")
@click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="The console's language."
)
def create_admin(email: str, password_file: Path | None, name: str, language: str) -> None:
    """Create an administrator account."""
    configure()
    create_account(email=email, role="administrator", password_file=password_file, name=name, language=language)
