"""Create, restrict and revoke tokens. Nothing gives a token a wider scope, a later last day or another owner."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from renvoi.people.models import TOKEN_NAME_LENGTH, ApiToken, User
from renvoi.people.tokens.secret import digest_of, text_of

DEFAULT_LIFE = timedelta(days=365)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just created. `text` is the token itself, which nobody can read again."""

    token: ApiToken
    text: str


def create_token(
    *, owner: User, name: str, scope: ApiToken.Scope, today: date, expires_on: date | None = None
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
    return NewToken(token, text_of(token.public_id, secret))


def restrict_token(*, token: ApiToken, scope: ApiToken.Scope, expires_on: date) -> None:
    """Lower the scope or the last day of a token. Raises ValidationError if either would be wider than it is."""
    with transaction.atomic():
        stored = ApiToken.objects.select_for_update().get(id=token.id)
        if (scope == ApiToken.Scope.WRITE and stored.scope != ApiToken.Scope.WRITE) or expires_on > stored.expires_on:
            raise ValidationError(_("A token can only lose rights. Create another one."))
        stored.scope, stored.expires_on = scope, expires_on
        stored.save(update_fields=["scope", "expires_on"])


def revoke_token(*, token: ApiToken) -> None:
    """End a token for good, from the next request on. Safe to repeat."""
    ApiToken.objects.filter(id=token.id, revoked_at=None).update(revoked_at=timezone.now())


def _require_name(token: ApiToken, *, today: date) -> None:
    name = token.name
    if not name or len(name) > TOKEN_NAME_LENGTH or _UNPRINTABLE.search(name):
        sentence = _("A token has a name of 1 to %(limit)d characters, on one line.") % {"limit": TOKEN_NAME_LENGTH}
        raise ValidationError({"name": sentence})
    # The history names the token that made a change.
    if ApiToken.objects.filter(owner=token.owner, name=name, revoked_at=None, expires_on__gte=today).exists():
        raise ValidationError({"name": _("This account already has a valid token of this name.")})
