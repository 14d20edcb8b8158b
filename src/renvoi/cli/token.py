"""`renvoi token`: create, list, restrict and revoke the tokens with which programs use the API."""

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from renvoi.cli.accounts import find_account
from renvoi.cli.setup import configure, operator_today, printable, require_migrated

if TYPE_CHECKING:
    from renvoi.people.models import ApiToken

_email = click.option("--email", required=True, help="The email address of the account that owns the token.")

_id = click.option("--id", "public_id", required=True, help="The id of the token, as `token list` shows it.")


@click.group()
def token() -> None:
    """Manage the tokens with which programs use the API."""


@token.command()
@_email
@click.option("--name", required=True, help="What the history calls the token.")
@click.option("--scope", type=click.Choice(["read", "write"]), default="read", show_default=True)
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="The last day.  [default: in a year]"
)
def create(email: str, name: str, scope: str, expires: datetime | None) -> None:
    """Create a token and print it, alone. It can't be shown again.

    It never allows more than the role of its account does. With the scope `write`, the account must be a manager.
    """
    owner = find_account(email)
    from django.core.exceptions import ValidationError
    from django.utils.translation import override

    from renvoi.people.models import ApiToken
    from renvoi.people.tokens.actions import create_token
    from renvoi.people.tokens.checking import may

    with override("en"):
        try:
            created = create_token(
                owner=owner,
                name=name,
                scope=ApiToken.Scope(scope),
                today=operator_today(),
                expires_on=expires.date() if expires else None,
            )
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error
    click.echo(created.text)
    if not owner.is_active:
        click.echo("The account is switched off: the token does not work.", err=True)
    elif not may(created.token, ApiToken.Scope(scope)):
        click.echo(f"The account has the role {owner.role}: the token can only read.", err=True)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tokens(as_json: bool) -> None:  # noqa: FBT001 (an option)
    """List the tokens: id, scope, last day, last use, account and name. A token itself is never shown."""
    require_migrated(configure())
    from renvoi.people.models import ApiToken

    today = operator_today()
    tokens = ApiToken.objects.select_related("owner").order_by("owner__email", "name", "id")
    rows = [_row(each, today=today) for each in tokens]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        state = f"{row['scope']:5}  {row['state']:8}  until {row['expires_on']}  used {row['last_used_at'] or 'never'}"
        click.echo(f"{row['id']}  {state}  {row['email']}  {printable(str(row['name']))}")


@token.command()
@_id
@click.option("--scope", type=click.Choice(["read"]), help="Only read from now on.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="An earlier last day.")
@click.option("--email", help="The email address of another owner, with no more rights than the present one.")
def restrict(public_id: str, scope: str | None, expires: datetime | None, email: str | None) -> None:
    """Take rights from a token, from its next request on. They can't be given back."""
    owner = find_account(email) if email else None
    stored = _find_token(public_id)
    from django.core.exceptions import ValidationError
    from django.utils.translation import override

    from renvoi.people.models import ApiToken
    from renvoi.people.tokens.actions import restrict_token

    with override("en"):
        try:
            restrict_token(
                token=stored,
                scope=ApiToken.Scope(scope or stored.scope),
                expires_on=expires.date() if expires else stored.expires_on,
                today=operator_today(),
                owner=owner,
            )
        except ValidationError as error:
            raise click.ClickException(" ".join(error.messages)) from error
    stored.refresh_from_db()
    click.echo(f"{printable(stored.name)}: {stored.scope}, until {stored.expires_on}, {stored.owner.email}.")


@token.command()
@_id
def revoke(public_id: str) -> None:
    """End a token for good, from its next request on."""
    stored = _find_token(public_id)
    from renvoi.people.tokens.actions import revoke_token

    revoke_token(token=stored)
    click.echo(f"The token {printable(stored.name)} is revoked.")


def _find_token(public_id: str) -> "ApiToken":
    """Return the token with that id. Raises ClickException."""
    require_migrated(configure())
    from renvoi.people.models import ApiToken

    stored = ApiToken.objects.filter(public_id=public_id).first()
    if stored is None:
        # Not repeated: somebody may have typed the token itself.
        raise click.ClickException("There is no token with this id.")
    return stored


def _row(stored: "ApiToken", *, today: date) -> dict[str, str | None]:
    from renvoi.people.tokens.checking import state_of

    return {
        "id": stored.public_id,
        "email": stored.owner.email,
        "name": stored.name,
        "scope": stored.scope,
        "state": state_of(stored, today=today),
        "expires_on": stored.expires_on.isoformat(),
        "created_at": stored.created_at.isoformat(timespec="seconds"),
        "last_used_at": stored.last_used_at.isoformat(timespec="seconds") if stored.last_used_at else None,
    }
