"""Delete partners in the trash for good. Nothing brings them back; the history has what they were."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet

from renvoi.history.recording import Changes, Channel
from renvoi.partners.actions.bulk import Step, earlier_step
from renvoi.partners.actions.recording import PARTNER, StaleSelection, change_set, snapshots
from renvoi.partners.actions.writing import PORTION, portions_of
from renvoi.partners.models import Operator, Partner, ServedCountry
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User


def purge_partners(
    *,
    partners: QuerySet[Partner],
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    expected: Mapping[int, int] | None = None,
) -> Step:
    """Delete the rows of the partners for good, all or none. Skip those that are not in the trash.

    Raises StaleSelection if the ids and versions of those in the trash are not the `expected` ones. No undo restores
    them. Their ids are never used again.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key, size=len(expected or ())) as changes:
        if (earlier := earlier_step(changes)) is not None:
            return earlier
        trashed = Partner.objects.filter(trashed_at__isnull=False, id__in=partners.order_by().values("id"))
        # Writers take turns: these rows stay as they are read here.
        current = dict(trashed.order_by("id").values_list("id", "version"))
        if expected is not None and current != expected:
            raise StaleSelection(current)
        _delete(changes, list(current))
        return Step(changes.id if current else None, len(current))


def due_partners(*, days: int, at: datetime) -> QuerySet[Partner]:
    """Return the partners that have been in the trash for that many days at a moment, not evaluated; none if it is 0.

    The one that was deleted first is the first.
    """
    if not days:
        return Partner.objects.none()
    return Partner.objects.filter(trashed_at__lte=at - timedelta(days=days)).order_by("trashed_at", "id")


def newly_due(current: OperatorValues, values: OperatorValues, *, at: datetime) -> int:
    """Return how many partners the next run would delete for good because the period becomes shorter; 0 if not."""
    if current.trash_period and (not values.trash_period or values.trash_period >= current.trash_period):
        return 0
    return due_partners(days=values.trash_period, at=at).count()


def purge_due(*, at: datetime) -> int:
    """Delete those for good that have been in the trash longer than the operator allows, at most 500 of them.

    Return how many it deleted: call it again until it is 0. Each call is one step, so that no writer waits long. Two
    queries if there are none.
    """
    if not _due(at).exists():
        return 0
    with change_set(actor=None, channel="timer", idempotency_key=None) as changes:
        # The period may have been changed since.
        ids = sorted(_due(at).values_list("id", flat=True)[:PORTION])
        _delete(changes, ids)
    return len(ids)


def _due(at: datetime) -> QuerySet[Partner]:
    return due_partners(days=Operator.objects.values_list("trash_period", flat=True).get(id=1), at=at)


def _delete(changes: Changes, ids: list[int]) -> None:
    """Delete and record these partners, in portions."""
    for portion in portions_of(ids):
        before = snapshots(portion)
        ServedCountry.objects.filter(partner__in=portion).delete()
        rows = Partner.objects.filter(id__in=portion)
        # Nothing else refers to them: Django need not look for it.
        rows._raw_delete(rows.db)  # noqa: SLF001 (the only way to one statement)
        changes.record_many("purge", PARTNER, ((id_, before[id_], None) for id_ in portion))
