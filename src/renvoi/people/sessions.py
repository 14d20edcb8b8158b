"""Sessions of which it is known whose they are (SESSION_ENGINE): they can be listed, and ended one by one or all.

A session says of its browser two words, such as Firefox and Windows: no address and no whole user agent is stored.
The server deletes those that have expired, and with them expired drafts, entries of the cache and those of the security
log that are too old.
"""

import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, logout
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from renvoi.people.browsers import Browser, parse_browser
from renvoi.people.drafts import delete_expired_drafts
from renvoi.people.models import StaffSession, User
from renvoi.people.passwords.devices import forget_devices
from renvoi.people.security.recording import delete_old_events

EXPIRY_INTERVAL_S = 600
"""How often it is done, by one of the processes that share the database."""

_TURN = "renvoi.people.sessions"
# A session can hold much text, and other writers wait for the transaction.
_SESSIONS_AT_ONCE = 100
_BROWSER, _DEVICE, _SIGNED_IN_AT, _SEEN_AT = "browser", "device", "signed_in_at", "seen_at"
LONGEST_DAYS = 30
"""How long a session lasts at most, however active it is."""


class SessionStore(db.SessionStore):
    """Django's sessions in the database. A table beside them says whose they are."""

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 (Django's signature)
        """Save the session, whose it is, and that it is active when it begins."""
        if SESSION_KEY in self and _SEEN_AT not in self:
            self[_SEEN_AT] = [time.time()]
        super().save(must_create)
        if (account_id := self.get(SESSION_KEY)) is not None:
            StaffSession.objects.get_or_create(session_key=self.session_key, defaults={"account_id": account_id})

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session."""
        StaffSession.objects.filter(session_key=session_key or self.session_key).delete()
        super().delete(session_key)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its account sees it. `id` is a digest of the key: the key itself would give access."""

    id: str
    browser: Browser
    signed_in_at: datetime | None
    is_current: bool


def change_entry(request: HttpRequest, name: str, change: Callable[[list[Any]], list[Any]]) -> None:
    """Replace one entry of the session, a list, by what `change` makes of it, and store it at once.

    Django stores a session as a whole, as it was when the request began. This reads the entry as it is stored now, so
    that nothing is lost of what another request has added meanwhile.
    """
    session = request.session
    with transaction.atomic():
        row = Session.objects.select_for_update().filter(session_key=session.session_key).first()
        if row is None:
            session[name] = change(session.get(name, []))
            return
        stored = session.decode(row.session_data)
        stored[name] = change(stored.get(name, []))
        row.session_data = session.encode(stored)
        row.save(update_fields=["session_data"])
    is_modified = session.modified
    session[name] = stored[name]
    session.modified = is_modified


def describe_session(request: HttpRequest, account: User, *, device_id: str) -> None:
    """Store in a session that has just begun when it did, and in which browser."""
    browser = parse_browser(request.headers.get("User-Agent", ""))
    request.session[_BROWSER] = [browser.name, browser.system]
    request.session[_DEVICE] = device_id
    request.session[_SIGNED_IN_AT] = time.time()
    # The rows of sessions that have been deleted as expired.
    keys = Session.objects.values("session_key")
    StaffSession.objects.filter(account=account).exclude(session_key__in=keys).delete()


def end_if_over(request: HttpRequest, *, idle_minutes: int, is_activity: bool) -> None:
    """End the request's session if it was idle for too long, or began more than LONGEST_DAYS ago.

    Otherwise, if this request is an activity of the account, store that there was one: at most ten times in
    `idle_minutes`, because each time is a write. While others write, it is not stored.
    """
    session, now = request.session, time.time()
    seen_at = (session.get(_SEEN_AT) or [now])[0]
    began_at = session.get(_SIGNED_IN_AT) or now
    if now - seen_at > idle_minutes * 60 or now - began_at > LONGEST_DAYS * 24 * 3600:
        logout(request)
    elif is_activity and (_SEEN_AT not in session or now - seen_at > idle_minutes * 6):
        with suppress(OperationalError):
            change_entry(request, _SEEN_AT, lambda _seen: [now])


def open_sessions(request: HttpRequest, account: User) -> list[OpenSession]:
    """Return the account's sessions, the request's own first, then the newest first."""
    sessions = [_open_session(row, request) for row in _rows(account)]
    return sorted(sessions, key=lambda session: (not session.is_current, -_timestamp(session)))


def end_session(request: HttpRequest, account: User, *, session_id: str) -> bool:
    """End one session of the account, and forget its browser. Returns False if there is none with that id."""
    for row in _rows(account):
        if hmac.compare_digest(_session_id(row).encode(), session_id.encode()):
            device_id = SessionStore().decode(row.session_data).get(_DEVICE)
            if device_id and device_id != request.session.get(_DEVICE):
                account.devices.filter(id=device_id).delete()
            SessionStore().delete(row.session_key)
            return True
    return False


def end_other_sessions(request: HttpRequest, account: User) -> None:
    """End all sessions of the account but the request's own, and forget their browsers and those signed out.

    The account gets another stamp, which ends the sessions that no row names too. The caller saves the account.
    """
    keys = StaffSession.objects.filter(account=account).exclude(session_key=request.session.session_key)
    _delete(keys)
    forget_devices(account, but=request.session.get(_DEVICE, ""))
    account.end_sessions()
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()


def end_all_sessions(account: User) -> None:
    """End every session of the account, and forget its browsers. The caller saves the account."""
    _delete(StaffSession.objects.filter(account=account))
    forget_devices(account)
    account.end_sessions()


def _delete(rows: QuerySet[StaffSession]) -> None:
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    rows.delete()


def _rows(account: User) -> Iterator[Session]:
    keys = StaffSession.objects.filter(account=account).values("session_key")
    return Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).iterator()


def _open_session(row: Session, request: HttpRequest) -> OpenSession:
    content = SessionStore().decode(row.session_data)
    signed_in_at = content.get(_SIGNED_IN_AT)
    return OpenSession(
        id=_session_id(row),
        browser=Browser(*content.get(_BROWSER, ())),
        signed_in_at=None if signed_in_at is None else datetime.fromtimestamp(signed_in_at, UTC),
        is_current=row.session_key == request.session.session_key,
    )


def _session_id(row: Session) -> str:
    return salted_hmac("renvoi.people.sessions", row.session_key, algorithm="sha256").hexdigest()


def _timestamp(session: OpenSession) -> float:
    return session.signed_in_at.timestamp() if session.signed_in_at else 0.0


def delete_expired() -> bool:
    """Delete what has expired. Return False, and do nothing, if a process has done so within EXPIRY_INTERVAL_S."""
    # `add` is atomic, on both engines.
    if not cache.add(_TURN, True, timeout=EXPIRY_INTERVAL_S):  # noqa: FBT003 (a value, not a switch)
        return False
    _delete_expired_sessions()
    delete_expired_drafts()
    delete_old_events(timezone.now())
    _delete_expired_cache_entries()
    return True


def _delete_expired_sessions() -> None:
    expired = Session.objects.filter(expire_date__lte=timezone.now())
    while keys := list(expired.values_list("session_key", flat=True)[:_SESSIONS_AT_ONCE]):
        StaffSession.objects.filter(session_key__in=keys).delete()
        Session.objects.filter(session_key__in=keys).delete()


def _delete_expired_cache_entries() -> None:
    """Django deletes them only once the table is full."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])  # noqa: S608 (the name of our own table)
