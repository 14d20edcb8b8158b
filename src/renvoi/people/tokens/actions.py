"""Create, restrict and revoke tokens. Nothing gives a token a wider scope, a later last day or an owner of more rights.

Each of these is written in the security log, with `origin`: who acts and from where, by default a command.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from renvoi.people.models import TOKEN_NAME_LENGTH, ApiToken, SecurityEvent, User
from renvoi.people.security.origins import COMMAND, Origin
from renvoi.people.security.recording import record
from renvoi.people.tokens.checking import is_valid
from renvoi.people.tokens.secret import digest_of, text_of

DEFAULT_LIFE = timedelta(days=365)
Kind = SecurityEvent.Kind
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just created. `text` is the token itself, which nobody can read again."""

    token: ApiToken
    text: str


def create_token(
    *,
    owner: User,
    name: str,
    scope: ApiToken.Scope,
    today: date,
    expires_on: date | None = None,
    origin: Origin = COMMAND,
) -> NewToken:
    """Create a token, valid for a year from `today` unless another last day is chosen.

    Raises ValidationError, by field, if the name is empty, too long, has control characters or is that of another valid
    token of the owner, or if the last day is in the past.
    """
    name, last_day = name.strip(), expires_on or today + DEFAULT_LIFE
    secret = secrets.token_hex(32)
    token = ApiToken(
        owner=owner,
        name=name,
        scope=scope,
        expires_on=last_day,
        public_id=secrets.token_hex(8),
        secret_digest=digest_of(secret),
    )
    with transaction.atomic():
        # The lock makes two creations for one account take turns.
        User.objects.select_for_update().get(id=owner.id)
        _require_name(token, today=today)
        if last_day < today:
            raise ValidationError({"expires_on": _("The last day of a token can’t be in the past.")})
        token.save()
        record(Kind.TOKEN_CREATED, account=owner, origin=origin, details=_details(token))
    return NewToken(token, text_of(token.public_id, secret))


def restrict_token(
    *,
    token: ApiToken,
    scope: ApiToken.Scope,
    expires_on: date,
    today: date,
    owner: User | None = None,
    origin: Origin = COMMAND,
) -> None:
    """Lower the scope or the last day of a token, or give it to an account that has no more rights than its owner.

    None leaves the owner. Raises ValidationError, by field, if it would get rights, or if it is not valid any more.
    """
    with transaction.atomic():
        stored = ApiToken.objects.select_for_update(of=("self",)).select_related("owner").get(id=token.id)
        before = _details(stored)
        if not is_valid(stored, today=today):
            raise ValidationError({"scope": _("This token no longer works: there is nothing to restrict.")})
        _require_fewer_rights(stored, scope=scope, expires_on=expires_on, owner=owner or stored.owner, today=today)
        if owner is not None and owner.pk != stored.owner_id:
            stored.owner = owner
            _require_name(stored, today=today)
        stored.scope, stored.expires_on = scope, expires_on
        after = _details(stored)
        if after != before:
            stored.save(update_fields=["scope", "expires_on", "owner"])
            earlier = {f"{name}_before": text for name, text in before.items()}
            record(Kind.TOKEN_RESTRICTED, account=stored.owner, origin=origin, details={**earlier, **after})


def _require_fewer_rights(
    token: ApiToken, *, scope: ApiToken.Scope, expires_on: date, owner: User, today: date
) -> None:
    """Raise ValidationError if this would give the token a right that it does not have."""
    errors = {}
    if scope == ApiToken.Scope.WRITE and token.scope != ApiToken.Scope.WRITE:
        errors["scope"] = _("A token that only reads can’t be allowed to write. Create another one.")
    if expires_on > token.expires_on:
        errors["expires_on"] = _("The last day can only be earlier. Create another token for a longer time.")
    elif expires_on < today:
        errors["expires_on"] = _("The last day of a token can’t be in the past.")
    if owner.pk != token.owner_id and not may_take_over(owner, token=token):
        errors["owner"] = _("This account has more rights than the token’s owner. Create another token for it.")
    if errors:
        raise ValidationError(errors)


def may_take_over(account: User, *, token: ApiToken) -> bool:
    """Return whether the token can be given to the account: an active one with no more rights than its owner."""
    return account.is_active and account.role in User.Role and token.owner.may(User.Role(account.role))


def revoke_token(*, token: ApiToken, origin: Origin = COMMAND) -> None:
    """End a token for good, from the next request on. Safe to repeat."""
    with transaction.atomic():
        if ApiToken.objects.filter(id=token.id, revoked_at=None).update(revoked_at=timezone.now()):
            record(Kind.TOKEN_REVOKED, account=token.owner, origin=origin, details=_details(token))


def _details(token: ApiToken) -> dict[str, str]:
    """Return what the security log has of a token."""
    owner, last_day = token.owner.email, token.expires_on.isoformat()
    return {"token": token.name, "scope": token.scope, "expires_on": last_day, "owner": owner}


def _require_name(token: ApiToken, *, today: date) -> None:
    name = token.name
    if not name or len(name) > TOKEN_NAME_LENGTH or _UNPRINTABLE.search(name):
        sentence = _("A token has a name of 1 to %(limit)d characters, on one line.") % {"limit": TOKEN_NAME_LENGTH}
        raise ValidationError({"name": sentence})
    # The history names the token that made a change.
    valid = ApiToken.objects.filter(owner=token.owner, name=name, revoked_at=None, expires_on__gte=today)
    if valid.exclude(id=token.pk).exists():
        raise ValidationError({"name": _("This account already has a valid token of this name.")})
