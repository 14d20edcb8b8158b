"""`renvoi migrate`, `renvoi create-admin` and `renvoi accounts`: the database, and who may sign in."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from renvoi.cli.checks.files import repair_files
from renvoi.cli.records.ledger import prepare_ledger
from renvoi.cli.setup import configure, migrate_database, require_migrated, setup_lock

if TYPE_CHECKING:
    from renvoi.people.models import User


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
    from django.core.exceptions import ValidationError
    from django.utils.translation import override

    from renvoi.people.actions import create_administrator

    password = read_password(password_file)
    # The command line is in English; the default language is the console's French.
    with override("en"):
        try:
            user = create_administrator(email=email, password=password, name=name, language=language)
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error
    click.echo(f"{user.email} can sign in.")


def read_password(file: Path | None) -> str:
    """Return the password in the file, or the one that is typed twice. Raises UsageError without file and terminal."""
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to prompt for the password: give --password-file.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise click.ClickException("The two passwords differ.")
    return password


@click.group()
def accounts() -> None:
    """Set the password of an account, or switch an account off."""


_email = click.option("--email", required=True, help="The email address of the account.")


@accounts.command("set-password")
@_email
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that contains the password. Without it, the command prompts for one.",
)
def set_password(email: str, password_file: Path | None) -> None:
    """Set the password of an account. Its sessions end."""
    account = _account(email)
    from django.core.exceptions import ValidationError
    from django.utils.translation import override

    from renvoi.people import actions

    password = read_password(password_file)
    # The command line is in English; the default language is the console's French.
    with override("en"):
        try:
            actions.set_password(account=account, password=password)
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error
    click.echo(f"{account.email} has a new password. All sessions of the account have ended.")
    if not account.is_active:
        click.echo("The account is switched off: it can't sign in.", err=True)


@accounts.command()
@_email
@click.option("--even-last", is_flag=True, help="Also if nobody could sign in any more.")
def disable(email: str, even_last: bool) -> None:  # noqa: FBT001 (an option)
    """Switch an account off. Its sessions end at once."""
    account = _account(email)
    from renvoi.people.actions import LastAccountError, disable_account

    try:
        disable_account(account=account, even_last=even_last)
    except LastAccountError as error:
        reason = f"{account.email} is the last active account: nobody could sign in any more."
        raise click.ClickException(f"{reason} Add --even-last to do so.") from error
    click.echo(f"{account.email} is switched off. All sessions of the account have ended.")


def _account(email: str) -> "User":
    """Return the account with that email. Raises ClickException."""
    require_migrated(configure())
    from renvoi.people.models import User

    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise click.ClickException(f"There is no account with the email {email}.") from None
