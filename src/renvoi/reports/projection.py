"""Project ledger entries into daily figures, and publish them to the partner list."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Manager, Sum

from renvoi.domain.table import operator_day
from renvoi.ledger.protocol import Recorded, Store
from renvoi.partners.actions import record_sent
from renvoi.partners.models import Operator
from renvoi.reports.models import ProjectionCursor, SentOnDay, VisitsOnDay

WINDOW = timedelta(days=30)
"""The days that the partner list's figure covers, today included."""

_BATCH_SIZE = 10_000
_ROWS_PER_QUERY = 500


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
        VisitsOnDay.objects.all().delete()
        ProjectionCursor.objects.update(position=0, visits_position=0, counted_on=None)
    return project(store, at=at)


def _project_batch(store: Store) -> int:
    """Add the next entries to the figures and advance the cursor, in one transaction. Return their number."""
    with transaction.atomic():
        cursor = lock()
        entries = store.read(after=min(cursor.position, cursor.visits_position), limit=_BATCH_SIZE)
        if entries:
            time_zone = Operator.objects.get(id=1).time_zone
            _add_sent([one for one in entries if one.position > cursor.position], time_zone=time_zone)
            _add_visits([one for one in entries if one.position > cursor.visits_position], time_zone=time_zone)
            last = entries[-1].position
            ProjectionCursor.objects.update(
                position=max(cursor.position, last), visits_position=max(cursor.visits_position, last)
            )
    return len(entries)


def _add_sent(entries: Iterable[Recorded], *, time_zone: str) -> None:
    counts = Counter(
        (operator_day(recorded.entry.at, time_zone=time_zone), recorded.entry.partner)
        for recorded in entries
        if recorded.entry.act == "sent" and recorded.entry.partner is not None
    )
    _add(SentOnDay.objects, ("day", "partner"), ("count",), {key: (number,) for key, number in counts.items()})


def _add_visits(entries: Iterable[Recorded], *, time_zone: str) -> None:
    visits: Counter[tuple[Any, ...]] = Counter()
    clicks: Counter[tuple[Any, ...]] = Counter()
    for recorded in entries:
        entry = recorded.entry
        day = operator_day(entry.at, time_zone=time_zone)
        counts = clicks if entry.reason == "visitor_chose" else visits
        counts[day, entry.country or "", entry.language, entry.decision] += 1
    both = {key: (visits[key], clicks[key]) for key in visits.keys() | clicks.keys()}
    _add(VisitsOnDay.objects, ("day", "country", "language", "decision"), ("visits", "clicks"), both)


def _add(
    rows: Manager[Any], key: Sequence[str], figures: Sequence[str], counts: Mapping[tuple[Any, ...], Sequence[int]]
) -> None:
    """Add to the figures of the rows with these keys, in the order of the fields; each key begins with the day."""
    stored = rows.filter(day__in={day for day, *_ in counts}).values_list(*key, *figures)
    before = {row[: len(key)]: row[len(key) :] for row in stored}
    sums = []
    for values, added in sorted(counts.items()):
        total = map(int.__add__, before.get(values, (0,) * len(figures)), added)
        sums.append(rows.model(**dict(zip((*key, *figures), (*values, *total), strict=True))))
    # Projections run one at a time: no other has added to these rows since they were read.
    rows.bulk_create(sums, batch_size=_ROWS_PER_QUERY, update_conflicts=True, unique_fields=key, update_fields=figures)


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
