"""`renvoi accounts`: who may sign in, and what each account may do. It works while nobody can sign in."""

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from renvoi.cli.setup import configure, printable, require_migrated

if TYPE_CHECKING:
    from renvoi.people.models import User

_ROLES = ("reader", "manager", "administrator")
_email = click.option("--email", required=True, help="The email address of the account.")
_password_file = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that contains the password. Without it, the command prompts for one.",
)
_role = click.option("--role", type=click.Choice(_ROLES), required=True, help="What the account may do.")


@click.group()
def accounts() -> None:
    """Manage who may sign in, and what each account may do."""


@accounts.command()
@_email
@_role
@_password_file
@click.option("--name", default="", help="The name that colleagues see.")
@click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="The console's language."
)
def create(email: str, role: str, password_file: Path | None, name: str, language: str) -> None:
    """Create an account."""
    require_migrated(configure())
    create_account(email=email, role=role, password_file=password_file, name=name, language=language)


@accounts.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_accounts(as_json: bool) -> None:  # noqa: FBT001 (an option)
    """List the accounts: role, whether it is switched off, email and name."""
    require_migrated(configure())
    from renvoi.people.models import User

    rows = [
        {"email": user.email, "name": user.name, "role": user.role, "is_active": user.is_active}
        for user in User.objects.order_by("email")
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        state = "" if row["is_active"] else "off"
        click.echo(f"{row['role']:13}  {state:3}  {row['email']}  {row['name']}".rstrip())


@accounts.command("log")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="How many entries. 0: all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list of objects.")
def show_log(limit: int, as_json: bool) -> None:  # noqa: FBT001 (an option)
    """Print the security log, the newest entry first. Moments are in UTC."""
    require_migrated(configure(reads_only=True))
    from renvoi.people.security.listing import newest_events

    events = newest_events(limit=limit or None)
    if as_json:
        click.echo(json.dumps(events, ensure_ascii=False, indent=2))
        return
    for event in events:
        roles = " → ".join(filter(None, (event["before"], event["after"])))
        origin = " ".join(filter(None, (event["browser"], event["address"]))) or event["channel"]
        texts = [event["at"], f"{event['kind']:<16}", event["email"] or "-", roles, event["token"], f"({origin})"]
        texts += [f"by {event['actor']}"] if event["actor"] else []
        texts += [f"{event['count']} times"] if event["count"] != 1 else []
        click.echo(printable("  ".join(filter(None, texts))))


@accounts.command("set-role")
@_email
@_role
def set_role(email: str, role: str) -> None:
    """Give an account another role. It applies from its next request on."""
    account = find_account(email)
    from renvoi.people import actions
    from renvoi.people.models import User

    try:
        actions.change_role(account=account, role=User.Role(role))
    except actions.LastAdministratorError as error:
        raise _is_last(account) from error
    click.echo(f"{account.email} has the role {role}.")


@accounts.command("set-password")
@_email
@_password_file
def set_password(email: str, password_file: Path | None) -> None:
    """Set the password of an account. Its sessions end."""
    account = find_account(email)
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
def disable(email: str) -> None:
    """Switch an account off. Its sessions end at once."""
    account = find_account(email)
    from renvoi.people import actions

    try:
        actions.disable_account(account=account)
    except actions.LastAdministratorError as error:
        raise _is_last(account) from error
    click.echo(f"{account.email} is switched off. All sessions of the account have ended.")


@accounts.command()
@_email
def enable(email: str) -> None:
    """Switch an account on again. It signs in with the password that it had."""
    account = find_account(email)
    from renvoi.people import actions

    actions.enable_account(account=account)
    click.echo(f"{account.email} can sign in.")


@accounts.command("remove-second-factor")
@_email
def remove_second_factor(email: str) -> None:
    """Remove the second factor of an account that has lost it. The next sign-in needs the password only."""
    account = find_account(email)
    from renvoi.people.factors.actions import remove_factors

    if remove_factors(account=account):
        click.echo(f"{account.email} has no second factor any more: the password is enough to sign in.")
    else:
        click.echo(f"{account.email} has no second factor.")


@accounts.command("remove-provider-link")
@_email
def remove_provider_link(email: str) -> None:
    """Separate an account from the sign-in provider, after the person's id there has changed. Its sessions end."""
    account = find_account(email)
    from renvoi.people.oidc.admission import remove_links

    if remove_links(account=account):
        click.echo(f"{account.email} is separated from the provider. All sessions of the account have ended.")
        click.echo("Who signs in there next with this email, verified, gets the account.")
    else:
        click.echo(f"{account.email} is not joined to a provider.")


def create_account(*, email: str, role: str, password_file: Path | None, name: str, language: str) -> None:
    """Create an account, and say so. Raises ClickException."""
    from django.core.exceptions import ValidationError
    from django.utils.translation import override

    from renvoi.people.actions import create_account
    from renvoi.people.models import User

    password = read_password(password_file)
    # The command line is in English; the default language is the console's French.
    with override("en"):
        try:
            user = create_account(email=email, password=password, role=User.Role(role), name=name, language=language)
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


def _is_last(account: "User") -> click.ClickException:
    return click.ClickException(
        f"{account.email} is the last active administrator: nobody could manage the accounts any more. "
        "Create another administrator first."
    )


def find_account(email: str) -> "User":
    """Return the account with that email. Raises ClickException."""
    require_migrated(configure())
    from renvoi.people.models import User

    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise click.ClickException(f"There is no account with the email {email}.") from None
