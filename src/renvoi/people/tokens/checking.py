"""Find the valid token that a program sent, and what it may do now."""

import hmac
from datetime import date, datetime, timedelta

from django.db import OperationalError
from django.db.models import Q

from renvoi.people.models import ApiToken, User
from renvoi.people.tokens.secret import digest_of, parts_of

LEAST_ROLE = {ApiToken.Scope.READ: User.Role.READER, ApiToken.Scope.WRITE: User.Role.MANAGER}
_USE_NOTED_EVERY = timedelta(minutes=1)


def find_valid(text: str, *, today: date) -> ApiToken | None:
    """Return the token with its owner; None if it is unknown, revoked or expired, or if its owner is switched off.

    `today` is the day in the operator's time zone. One query.
    """
    parts = parts_of(text)
    if parts is None:
        return None
    public_id, secret = parts
    token = ApiToken.objects.select_related("owner").filter(public_id=public_id).first()
    if token is None or not hmac.compare_digest(token.secret_digest, digest_of(secret)):
        return None
    return token if is_valid(token, today=today) else None


def is_valid(token: ApiToken, *, today: date) -> bool:
    """Return whether the token works on that day. No query if its owner was read with it."""
    return token.revoked_at is None and token.expires_on >= today and token.owner.is_active


def state_of(token: ApiToken, *, today: date) -> str:
    """Return `valid`, or why the token does not work: `revoked`, `expired`, or `off` for a switched-off account."""
    if is_valid(token, today=today):
        return "valid"
    return "revoked" if token.revoked_at else "expired" if token.expires_on < today else "off"


def may(token: ApiToken, scope: ApiToken.Scope) -> bool:
    """Return whether the token may do what this scope allows: its own scope and its owner's role must both allow it."""
    is_in_scope = token.scope in {scope, ApiToken.Scope.WRITE}
    return is_in_scope and token.owner.may(LEAST_ROLE[scope])


def note_use(token: ApiToken, *, at: datetime) -> None:
    """Store when the token was last used, once a minute at most. If the database can't be written now, do not."""
    if token.last_used_at is not None and at - token.last_used_at < _USE_NOTED_EVERY:
        return
    is_older = Q(last_used_at=None) | Q(last_used_at__lte=at - _USE_NOTED_EVERY)
    try:
        ApiToken.objects.filter(is_older, id=token.id).update(last_used_at=at)
    except OperationalError:
        # Whoever only reads must not fail because another step holds the lock.
        return
