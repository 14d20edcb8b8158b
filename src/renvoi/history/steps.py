"""Read the history: one summary for each change set, the newest first."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from renvoi.history.models import Change, ChangeSet

SEVERAL = "several"
"""The verb or the subject of a change set whose changes have different ones."""
_PORTION = 500


@dataclass(frozen=True, slots=True)
class StepSummary:
    """What one change set did.

    `actor` is the name to show, empty if a command acted. `count` is the number of changed objects; if it is 1,
    `subject_id` and `name` are those of the object, otherwise None and empty. `generation` is that of the routing table
    which resulted, None if none did. `undoes` and `undone_by` are other change sets.
    """

    id: uuid.UUID
    at: datetime
    actor: str
    channel: str
    verb: str
    subject: str
    count: int
    subject_id: int | None
    name: str
    generation: int | None
    undoes: uuid.UUID | None
    undone_by: uuid.UUID | None


def newest_steps(*, limit: int | None = None) -> Iterator[StepSummary]:
    """Yield the newest change sets, all of them without a limit. Two queries for 500 of them.

    The order is that of writing: the ids of changes follow it, because writers take turns. A clock may be set back.
    """
    rows = iter(_ordered().iterator(chunk_size=_PORTION))
    remaining = limit
    while portion := list(islice(rows, _PORTION if remaining is None else min(_PORTION, remaining))):
        remaining = None if remaining is None else remaining - len(portion)
        changes = Change.objects.in_bulk([row.newest for row in portion if row.count == 1])
        for row in portion:
            yield _summary(row, changes.get(row.newest))


def _ordered() -> QuerySet[Any]:
    steps = ChangeSet.objects.select_related("actor").annotate(
        newest=Max("changes__id"),
        count=Count("changes"),
        verb=Min("changes__verb"),
        last_verb=Max("changes__verb"),
        subject=Min("changes__subject"),
        last_subject=Max("changes__subject"),
    )
    return steps.filter(count__gt=0).order_by("-newest")


def _summary(row: Any, change: Change | None) -> StepSummary:
    fields = (change.after or change.before or {}) if change else {}
    return StepSummary(
        id=row.id,
        at=row.at,
        actor=row.acted_by,
        channel=row.channel,
        verb=row.verb if row.verb == row.last_verb else SEVERAL,
        subject=row.subject if row.subject == row.last_subject else SEVERAL,
        count=row.count,
        subject_id=change.subject_id if change else None,
        name=str(fields.get("name", "")),
        generation=row.generation,
        undoes=row.undoes_id,
        undone_by=row.undone_by_id,
    )
