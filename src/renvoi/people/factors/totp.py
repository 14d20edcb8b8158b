"""Codes of an authenticator app (RFC 6238): six digits that change every 30 seconds.

A code one step early or late is right, since clocks differ. A code serves once: no code up to the one that was used
last is right any more.
"""

import json
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction

from renvoi.people.factors.adapter import SecretUnreadable, decrypt, encrypt
from renvoi.people.models import User

STEP_S = 30
TOLERANCE = 1
ISSUER = "Renvoi"
SETUP_MAX_AGE_S = 3600
"""How long the page that shows a secret can be used."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A secret that is not the account's yet. `token` has it encrypted, for the form that confirms it."""

    secret: str
    token: str
    url: str


def begin_setup(account: User) -> Setup:
    """Return a new secret. Nothing is stored."""
    return _setup(account, generate_totp_secret())


def resume_setup(account: User, token: str) -> Setup | None:
    """Return the secret that this account was shown; None if it was another's, too long ago, or is no such token."""
    try:
        content = json.loads(decrypt(token, max_age_s=SETUP_MAX_AGE_S))
    except (SecretUnreadable, ValueError):
        return None
    is_own = isinstance(content, list) and content[:-1] == [account.pk, account.session_stamp]
    return _setup(account, str(content[-1])) if is_own else None


def _setup(account: User, secret: str) -> Setup:
    token = encrypt(json.dumps([account.pk, account.session_stamp, secret]))
    query = urlencode({"secret": secret, "issuer": ISSUER}, quote_via=quote)
    return Setup(secret, token, f"otpauth://totp/{quote(f'{ISSUER}:{account.email}')}?{query}")


def matching_step(secret: str, code: str, *, after: int = -1) -> int | None:
    """Return the step, later than `after`, of which this is the code; None if the code is wrong now."""
    digits, now = "".join(code.split()), int(time.time()) // STEP_S
    for step in range(max(now - TOLERANCE, after + 1), now + TOLERANCE + 1):
        if format_hotp_value(hotp_value(secret, step)) == digits:
            return step
    return None


def use_code(account: User, code: str) -> bool:
    """Return whether this is a right code of the account's app. If it is, it is right no more."""
    with transaction.atomic():
        apps = Authenticator.objects.select_for_update().filter(user_id=account.pk, type=Authenticator.Type.TOTP)
        app = apps.first()
        if app is None:
            return False
        try:
            secret = decrypt(app.data["secret"])
        except SecretUnreadable:
            return False
        step = matching_step(secret, code, after=app.data.get("last_step", -1))
        if step is None:
            return False
        app.data["last_step"] = step
        app.save(update_fields=["data"])
        app.record_usage()
        return True
