"""Write the security log, and delete its old entries.

Passwords and links are never written. A text that was typed as an email is written only if an account has that email:
it may be a password that was typed into the wrong field.

Whoever acts writes in the transaction of the action. What strangers can cause without end is counted instead: refused
sign-ins of one account from one address within one hour are one row, and so are those of all emails without an account.
After MAX_ROWS such rows within an hour, further ones have no address: at most one row an hour for each account.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from renvoi.domain.names.keys import fold
from renvoi.people.models import SecurityEvent, User, UserManager, display_name
from renvoi.people.security.origins import Origin

KEPT_DAYS = 400
"""After how many days an entry is deleted."""
MAX_ROWS = 100
"""How many rows of refused sign-ins have an address within an hour."""

_ADDRESS_LENGTH, _BROWSER_LENGTH = 64, 60
# Other writers wait for the transaction.
_AT_ONCE = 1000

# Who acts if no account does.
_ACTORS = {"oidc": "OIDC"}

Kind = SecurityEvent.Kind


def record(kind: Kind, *, account: User, origin: Origin, details: Mapping[str, str] | None = None) -> None:
    """Add an entry. The caller's transaction has what it is about."""
    _event(kind, account=account, origin=origin, details=details).save()


def record_refused(kind: Kind, *, email: str, origin: Origin, counts: bool) -> None:
    """Count a refused sign-in: with `counts` each; otherwise only the first of its hour, without a write for others.

    The same statements run whether or not an account has that email.
    """
    account = User.objects.filter(email=UserManager.normalize_email(email)).first()
    event = _event(kind, account=account, origin=origin)
    event.bucket = _bucket(event)
    same = SecurityEvent.objects.filter(bucket=event.bucket)
    if not counts and same.exists():
        return
    event.count = 0
    with transaction.atomic():
        SecurityEvent.objects.bulk_create([event], ignore_conflicts=True)
        same.update(count=F("count") + 1, at=event.at)


def _bucket(event: SecurityEvent) -> str:
    """Return what the event is counted under. Leaves its address and browser out if the hour has MAX_ROWS rows."""
    hour = event.at.replace(minute=0, second=0, microsecond=0)
    start = f"{hour:%Y-%m-%dT%H} {event.kind} {event.account_id or '-'}"
    rows = SecurityEvent.objects.filter(at__gte=hour, bucket__isnull=False).order_by()
    if len(rows.values_list("id")[:MAX_ROWS]) == MAX_ROWS:
        event.address = event.browser = ""
    return f"{start} {event.address}"


def _event(
    kind: Kind, *, account: User | None, origin: Origin, details: Mapping[str, str] | None = None
) -> SecurityEvent:
    actor_name = display_name(origin.actor) if origin.actor else _ACTORS.get(origin.channel, "")
    return SecurityEvent(
        at=timezone.now(),
        kind=kind,
        account=account,
        email=account.email if account else "",
        account_key=fold(f"{account.name} {account.email}") if account else "",
        actor=origin.actor,
        actor_name=actor_name,
        actor_key=fold(actor_name),
        channel=origin.channel,
        browser=str(origin.browser)[:_BROWSER_LENGTH],
        address=origin.address[:_ADDRESS_LENGTH],
        details=dict(details or {}),
    )


def delete_old_events(now: datetime) -> None:
    """Delete the entries that are older than KEPT_DAYS."""
    old = SecurityEvent.objects.filter(at__lt=now - timedelta(days=KEPT_DAYS)).order_by("at")
    while ids := list(old.values_list("id", flat=True)[:_AT_ONCE]):
        SecurityEvent.objects.filter(id__in=ids).delete()
