"""Read the history: one summary for each change set, the newest first."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from renvoi.history.models import ChangeSet
from renvoi.history.summaries import SEVERAL, counts_of, sum_up

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
    reason: str


def newest_steps(*, limit: int | None = None) -> Iterator[StepSummary]:
    """Yield the newest change sets, all of them without a limit. One query; two more if a summary is missing.

    The order is that of writing. A clock may be set back.
    """
    newest = ChangeSet.objects.select_related("actor").order_by("-position", "-at", "id")
    rows = (newest if limit is None else newest[:limit]).iterator(chunk_size=_PORTION)
    while portion := list(islice(rows, _PORTION)):
        sum_up(portion)
        yield from (summary_of(change_set) for change_set in portion)


def summary_of(change_set: ChangeSet) -> StepSummary:
    """Return what a change set did. One query unless `actor` is selected with it."""
    verbs = [*counts_of(change_set)]
    return StepSummary(
        id=change_set.id,
        at=change_set.at,
        actor=change_set.acted_by,
        channel=change_set.channel,
        verb=verbs[0] if len(verbs) == 1 else SEVERAL,
        subject=change_set.subject,
        count=change_set.count,
        subject_id=change_set.subject_id,
        name=change_set.name,
        generation=change_set.generation,
        undoes=change_set.undoes_id,
        undone_by=change_set.undone_by_id,
        reason=change_set.reason,
    )
