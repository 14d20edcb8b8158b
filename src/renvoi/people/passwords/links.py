"""Links by which people set their password: an invitation, or a password that was forgotten.

A link is signed and is not stored. It serves once, because the account's password and session stamp are in it: both
change when a password is set. Switching the account off, or ending its sessions, makes it useless, too.
"""

import hmac
from contextlib import suppress
from typing import Any

from django.core import signing
from django.utils.crypto import salted_hmac

from renvoi.people.models import User

VALID_DAYS = 7
"""How long a link can be used."""

_SALT = "renvoi.people.passwords.links"


def link_token(account: User) -> str:
    """Return the text that a link to set the account's password ends with."""
    return signing.dumps([account.pk, _state(account)], salt=_SALT)


def account_of(token: str) -> User | None:
    """Return the active account whose password a link sets; None if it was used, is too old, or is no such link."""
    with suppress(signing.BadSignature, ValueError, TypeError):
        content: Any = signing.loads(token, salt=_SALT, max_age=VALID_DAYS * 24 * 3600)
        account_id, state = content
        account = User.objects.filter(id=account_id, is_active=True).first()
        if account is not None and hmac.compare_digest(_state(account), state):
            return account
    return None


def _state(account: User) -> str:
    return salted_hmac(
        _SALT, f"{account.password} {account.session_stamp} {account.email}", algorithm="sha256"
    ).hexdigest()
