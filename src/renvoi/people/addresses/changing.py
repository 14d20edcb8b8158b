"""Change the email of an account: at once, or by a link that was sent to the new one.

A link is signed and is not stored. It serves once, for VALID_HOURS: the account's email, password and session stamp are
in it, and a change replaces the first and the last. Whoever holds a link to an email that another account has got
meanwhile learns only that the link is useless.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from renvoi.people.actions import TAKEN
from renvoi.people.models import SecurityEvent, User, UserManager
from renvoi.people.security.origins import origin_of
from renvoi.people.security.recording import record
from renvoi.people.sessions import end_all_sessions, end_other_sessions

VALID_HOURS = 24
"""How long a link can be used."""
MAX_ASKED = 3
"""How often an account can ask for a change within an hour: each one sends two messages."""

_SALT = "renvoi.people.addresses"
Kind = SecurityEvent.Kind


@dataclass(frozen=True, slots=True)
class Change:
    """What a link is for."""

    account: User
    email: str


def parse_email(text: str, *, account: User) -> str:
    """Return the email as it is stored. Raises ValidationError if it is none, or if the account has it already."""
    email = UserManager.normalize_email(text)
    if not email:
        raise ValidationError(_("This field is required."))
    User(email=email).clean_fields(exclude={"password", "name"})
    if email == account.email:
        raise ValidationError(_("This is the account’s present email."))
    return email


def may_ask(account: User) -> bool:
    """Return whether the account has asked for fewer than MAX_ASKED changes within an hour."""
    since = timezone.now() - timedelta(hours=1)
    asked = SecurityEvent.objects.filter(account=account, kind=Kind.EMAIL_CHANGE_ASKED, at__gte=since)
    return asked.count() < MAX_ASKED


def ask_for_change(*, request: HttpRequest, account: User, email: str) -> str:
    """Return what a link ends with that changes the email of the account that sends the request. Nothing changes yet.

    The new email is not in the security log: nobody has confirmed that it is one.
    """
    record(Kind.EMAIL_CHANGE_ASKED, account=account, origin=origin_of(request))
    return signing.dumps([account.pk, _state(account), email], salt=_SALT)


def change_of(token: str) -> Change | None:
    """Return what a link is for; None if it was used, is too old, is no such link, or if the email is taken."""
    with suppress(signing.BadSignature, ValueError, TypeError):
        content: Any = signing.loads(token, salt=_SALT, max_age=VALID_HOURS * 3600)
        account_id, state, email = content
        account = User.objects.filter(id=account_id, is_active=True).first()
        if account is None or not hmac.compare_digest(_state(account), state):
            return None
        return None if User.objects.filter(email=email).exists() else Change(account, email)
    return None


def change_email(*, request: HttpRequest, account: User, email: str) -> None:
    """Give the account this email, which `parse_email` returned. Its other sessions end; their browsers are forgotten.

    Raises ValidationError if another account has the email. Then nothing changes.
    """
    before = account.email
    try:
        with transaction.atomic():
            account.email = email
            # First: once the request's session has another key, it can't be rolled back.
            account.save(update_fields=["email"])
            if getattr(request, "user", None) == account:
                end_other_sessions(request, account)
            else:
                end_all_sessions(account)
            account.save(update_fields=["session_stamp"])
            origin = origin_of(request, actor=account)
            record(Kind.EMAIL_CHANGED, account=account, origin=origin, details={"before": before, "after": email})
    except IntegrityError as error:
        account.email = before
        raise ValidationError(TAKEN, code="taken") from error


def _state(account: User) -> str:
    state = f"{account.password} {account.session_stamp} {account.email}"
    return salted_hmac(_SALT, state, algorithm="sha256").hexdigest()
