"""Project ledger entries into daily figures, and publish them to the partner list."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum

from renvoi.domain.table import operator_day
from renvoi.ledger.protocol import Recorded, Store
from renvoi.partners.actions import record_sent
from renvoi.partners.models import Operator
from renvoi.reports.models import ProjectionCursor, SentOnDay

WINDOW = timedelta(days=30)
"""The days that the partner list's figure covers, today included."""

_BATCH_SIZE = 10_000


def project(store: Store, *, at: datetime) -> int:
    """Project all entries that follow the cursor, and return their number. `at` is the current time, aware.

    Several processes may call this at once: each entry is counted once, and a crash between two steps neither loses nor
    duplicates any. Raises LedgerUnavailable.
    """
    total = 0
    while projected := _project_batch(store):
        total += projected
    _update_partner_list(_today(at), is_changed=total > 0)
    return total


def rebuild(store: Store, *, at: datetime) -> int:
    """Delete the figures and project the complete ledger again. Return the number of entries."""
    with transaction.atomic():
        lock()
        SentOnDay.objects.all().delete()
        ProjectionCursor.objects.update(position=0, counted_on=None)
    return project(store, at=at)


def _project_batch(store: Store) -> int:
    """Add the next entries to the figures and advance the cursor, in one transaction. Return their number."""
    with transaction.atomic():
        cursor = lock()
        entries = store.read(after=cursor.position, limit=_BATCH_SIZE)
        if entries:
            _add(_sent_by_day(entries, time_zone=Operator.objects.get(id=1).time_zone))
            ProjectionCursor.objects.update(position=entries[-1].position)
    return len(entries)


def _sent_by_day(entries: Iterable[Recorded], *, time_zone: str) -> Counter[tuple[date, int]]:
    return Counter(
        (operator_day(recorded.entry.at, time_zone=time_zone), recorded.entry.partner)
        for recorded in entries
        if recorded.entry.act == "sent" and recorded.entry.partner is not None
    )


def _add(counts: Counter[tuple[date, int]]) -> None:
    days = {day for day, _ in counts}
    present = set(SentOnDay.objects.filter(day__in=days).values_list("day", "partner"))
    new = counts.keys() - present
    SentOnDay.objects.bulk_create(
        SentOnDay(day=day, partner=partner, count=counts[day, partner]) for day, partner in sorted(new)
    )
    for day, partner in counts.keys() & present:
        SentOnDay.objects.filter(day=day, partner=partner).update(count=F("count") + counts[day, partner])


def _update_partner_list(today: date, *, is_changed: bool) -> None:
    """Write the totals of the window to the partner list, if figures changed or a day has ended since."""
    with transaction.atomic():
        cursor = lock()
        if not is_changed and cursor.counted_on == today:
            return
        recent = SentOnDay.objects.filter(day__gt=today - WINDOW, day__lte=today)
        totals = recent.values("partner").annotate(total=Sum("count")).values_list("partner", "total")
        record_sent(counts=dict(totals))
        ProjectionCursor.objects.update(counted_on=today)


def lock() -> ProjectionCursor:
    """Return the one row, locked until the end of the transaction: projections run one at a time."""
    return ProjectionCursor.objects.select_for_update().get_or_create(id=1)[0]


def _today(at: datetime) -> date:
    return operator_day(at, time_zone=Operator.objects.get(id=1).time_zone)
