"""`renvoi migrate` and `renvoi create-admin`: create or upgrade the database, and create accounts."""

import getpass
import sys
from pathlib import Path

import click

from renvoi.cli.ledger import prepare_ledger
from renvoi.cli.setup import configure, migrate_database


@click.command()
def migrate() -> None:
    """Create the database, or upgrade it to this version. Keeps its rows; safe to repeat."""
    config = configure()
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
    from django.core.exceptions import ValidationError
    from django.utils.translation import override

    from renvoi.people.actions import create_administrator

    password = _password(password_file)
    # The command line is in English; the default language is the console's French.
    with override("en"):
        try:
            user = create_administrator(email=email, password=password, name=name, language=language)
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error
    click.echo(f"{user.email} can sign in.")


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to prompt for the password: give --password-file.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise click.ClickException("The two passwords differ.")
    return password
