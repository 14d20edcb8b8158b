"""How many passwords may be checked in 15 minutes: for an account, from an address, in all.

A check is counted before it is made, so that simultaneous guesses can't exceed an allowance; a check that succeeds is
then uncounted. A browser in which the account has signed in has an allowance of its own instead, so that strangers who
guess do not lock the owner out (OWASP, "Device Cookies").
"""

import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Network
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from renvoi.people.models import PasswordCheck
from renvoi.web.trusted_proxies import parse_address

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
"""Failed checks of one account from all browsers that it has not signed in with, and from each that it has."""
PER_ADDRESS = 100
"""Failed checks from one IPv4 address or IPv6 network of 64 bits. It may be a whole office's."""
IN_ALL = 10_000
"""Failed checks from unknown browsers. It bounds the table: with more, only recognized browsers may try."""

_IPV6_PREFIX = 64
_LOCK_ID = 0x72656E766F69_01
"""The key of the advisory lock (PostgreSQL) that one counting transaction holds at a time."""

Checks = QuerySet[PasswordCheck]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who wants a password to be checked. `device_id` is the browser, if the account has signed in with it before."""

    account: str
    address: str
    device_id: UUID | None


class TooManyAttempts(Exception):
    """An allowance is used up. `retry_after_s` says when it allows another check."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"retry after {retry_after_s} s")
        self.retry_after_s = retry_after_s


def count_check(attempt: Attempt) -> PasswordCheck:
    """Count a check, and return it. Delete it if the password is right. Raises TooManyAttempts."""
    now = datetime.fromtimestamp(time.time(), UTC)
    check = PasswordCheck(
        account_digest=_digest(f"account {attempt.account}"),
        address_digest=_digest(f"address {_network(attempt.address)}"),
        device_id=attempt.device_id,
        checked_at=now,
    )
    # Refuse without the lock if possible: a stranger who goes on guessing must not hold up those who write.
    _require_allowance(check)
    with transaction.atomic():
        _await_turn()
        _require_allowance(check)
        PasswordCheck.objects.filter(checked_at__lte=now - WINDOW).delete()
        check.save()
    return check


def _require_allowance(check: PasswordCheck) -> None:
    recent = PasswordCheck.objects.filter(checked_at__gt=check.checked_at - WINDOW)
    for checks, limit in _allowances(check, recent):
        newest = checks.order_by("-checked_at").values_list("checked_at", flat=True)
        # The allowance is used up as long as this check counts.
        if blocking := newest[limit - 1 : limit].first():
            wait = blocking + WINDOW - check.checked_at
            raise TooManyAttempts(max(1, -(-wait // timedelta(seconds=1))))


def _allowances(check: PasswordCheck, recent: Checks) -> list[tuple[Checks, int]]:
    """Return the counted checks and the limit of each allowance that the check uses."""
    if check.device_id is not None:
        return [(recent.filter(device_id=check.device_id), PER_ACCOUNT)]
    unknown = recent.filter(device_id=None)
    return [
        (unknown.filter(account_digest=check.account_digest), PER_ACCOUNT),
        (unknown.filter(address_digest=check.address_digest), PER_ADDRESS),
        (unknown, IN_ALL),
    ]


def _await_turn() -> None:
    """Wait until no other transaction counts. An IMMEDIATE transaction of SQLite already excludes other writers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_ID])


def _network(address: str) -> str:
    parsed = parse_address(address)
    return str(IPv6Network((parsed, _IPV6_PREFIX), strict=False)) if parsed and parsed.version == 6 else address


def _digest(text: str) -> int:
    """Return 64 bits of a keyed digest: the table says neither which emails were tried nor from where."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"password check {text}".encode(), "sha256")
    return int.from_bytes(digest[:8], signed=True)
