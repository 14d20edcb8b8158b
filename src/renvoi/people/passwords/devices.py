"""Recognize the browsers in which an account has signed in, by a signed cookie.

The cookie has the ids of up to five such browsers: several people may sign in on one machine. It gives no access; it
only gives its browser an allowance of password checks of its own (renvoi.people.passwords.allowances).
"""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from renvoi.people.models import Device, User, UserManager

MAX_AGE = timedelta(days=180)
"""How long a browser is recognized after it has last signed in."""
MAX_PER_ACCOUNT = 20
_MAX_PER_BROWSER = 5
_SALT = "renvoi.people.devices"


def recognized_device(request: HttpRequest, *, email: str) -> Device | None:
    """Return the browser that sends the request, if the account with this email has signed in with it."""
    devices = Device.objects.filter(account__email=UserManager.normalize_email(email), signed_in_at__gt=_horizon())
    return devices.filter(id__in=_cookie_ids(request)).first()


def has_device_cookie(request: HttpRequest) -> bool:
    """Return whether somebody has signed in with this browser. Uses no database: it may be revoked meanwhile."""
    return bool(_cookie_ids(request))


def remember_device(request: HttpRequest, response: HttpResponse, account: User) -> Device:
    """Remember the browser of a sign-in that has succeeded, and set its cookie."""
    device = recognized_device(request, email=account.email) or Device(account=account)
    device.signed_in_at = _now()
    device.save()
    newest = account.devices.filter(signed_in_at__gt=_horizon()).order_by("-signed_in_at").values("id")
    account.devices.exclude(id__in=[row["id"] for row in newest[:MAX_PER_ACCOUNT]]).delete()
    others = [id_ for id_ in _cookie_ids(request) if id_ != device.id]
    ids = [device.id, *others][:_MAX_PER_BROWSER]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([id_.hex for id_ in ids], salt=_SALT),
        max_age=MAX_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return device


def forget_devices(account: User, *, but: str = "") -> None:
    """Recognize none of the account's browsers any more, but for the one with this id."""
    devices = account.devices.all()
    (devices.exclude(id=but) if but else devices).delete()


def _cookie_ids(request: HttpRequest) -> list[UUID]:
    try:
        ids = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=MAX_AGE)
        return [UUID(hex=str(id_)) for id_ in ids]
    except (signing.BadSignature, ValueError, TypeError):
        return []


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _horizon() -> datetime:
    return _now() - MAX_AGE
