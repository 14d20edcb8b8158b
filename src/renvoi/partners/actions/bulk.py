"""Pause, resume, delete or restore many partners in one step."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from renvoi.history.models import Change
from renvoi.history.recording import Changes, Channel
from renvoi.partners.actions.recording import PARTNER, StaleSelection, change_set, snapshots
from renvoi.partners.actions.writing import portions_of
from renvoi.partners.models import Partner
from renvoi.people.models import User

_NOBODY = Q(pk__in=())
_PRESENT = Q(trashed_at=None)


@dataclass(frozen=True, slots=True)
class Step:
    """The result of a step over many partners: its change set (None if nothing changed) and how many it changed.

    Those in `skipped` are left as they were, because their names are taken.
    """

    change_set_id: uuid.UUID | None
    count: int
    skipped: tuple[Partner, ...] = ()


def pause_partners(
    *,
    partners: QuerySet[Partner],
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    expected: Mapping[int, int] | None = None,
    credential: str = "",
) -> Step:
    """Pause the partners, so that they receive no prospects. Skip those that are paused already, or in the trash.

    Raises StaleSelection if the ids and versions of the partners are not the `expected` ones; so do the others.
    """
    size = len(expected or ())
    with change_set(
        actor=actor, channel=channel, idempotency_key=idempotency_key, size=size, credential=credential
    ) as changes:
        return _set_status(Partner.Status.PAUSED, "pause", changes, partners, expected)


def resume_partners(
    *,
    partners: QuerySet[Partner],
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    expected: Mapping[int, int] | None = None,
    credential: str = "",
) -> Step:
    """Make the partners active again. Skip those that are active already, or in the trash."""
    size = len(expected or ())
    with change_set(
        actor=actor, channel=channel, idempotency_key=idempotency_key, size=size, credential=credential
    ) as changes:
        return _set_status(Partner.Status.ACTIVE, "resume", changes, partners, expected)


def trash_partners(
    *,
    partners: QuerySet[Partner],
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    expected: Mapping[int, int] | None = None,
    credential: str = "",
) -> Step:
    """Move the partners to the trash, so that they receive no prospects. Skip those that are already there."""
    size = len(expected or ())
    with change_set(
        actor=actor, channel=channel, idempotency_key=idempotency_key, size=size, credential=credential
    ) as changes:
        new_values = {"trashed_at": timezone.now(), "trashed_by": actor, "version": F("version") + 1}
        return earlier_step(changes) or _update_all(changes, "trash", partners, new_values, expected)


def restore_partners(
    *,
    partners: QuerySet[Partner],
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    expected: Mapping[int, int] | None = None,
    credential: str = "",
) -> Step:
    """Take the partners out of the trash. Skip those that are not there, and those in `not_restorable()`."""
    size = len(expected or ())
    with change_set(
        actor=actor, channel=channel, idempotency_key=idempotency_key, size=size, credential=credential
    ) as changes:
        if (earlier := earlier_step(changes)) is not None:
            return earlier
        skipped = not_restorable(partners)
        left = Q(id__in=[partner.id for partner in skipped])
        new_values = {"trashed_at": None, "trashed_by": None, "version": F("version") + 1}
        step = _update_all(changes, "restore", partners, new_values, expected, already=left, within=~_PRESENT)
    return replace(step, skipped=skipped)


def not_restorable(partners: QuerySet[Partner]) -> tuple[Partner, ...]:
    """Return those of some partners in the trash whose names are taken, in alphabetical order.

    Of several with the same name, the one that was deleted last can be restored. Two queries.
    """
    trashed = Partner.objects.filter(~_PRESENT, id__in=partners.order_by().values("id"))
    present = Partner.objects.filter(_PRESENT, name_key__in=trashed.values("name_key"))
    taken = set(present.values_list("name_key", flat=True))
    blocked: list[Partner] = []
    for partner in trashed.order_by("-trashed_at", "id"):
        if partner.name_key in taken:
            blocked.append(partner)
        taken.add(partner.name_key)
    return tuple(sorted(blocked, key=lambda partner: partner.name_sort))


def record_sent(*, counts: Mapping[int, int]) -> int:
    """Store how many prospects were sent to each partner in 30 days: partner id → count, 0 if it is missing.

    Return how many partners' counts changed. The counts come from the ledger, not from staff: they change no version,
    are not in the history, and publish nothing.
    """
    with transaction.atomic():
        current_counts = dict(Partner.objects.values_list("id", "sent_30_days"))
        ids_by_count: dict[int, list[int]] = defaultdict(list)
        for id_, current in current_counts.items():
            if counts.get(id_, 0) != current:
                ids_by_count[counts.get(id_, 0)].append(id_)
        for count, ids in ids_by_count.items():
            for batch in portions_of(ids):
                Partner.objects.filter(id__in=batch).update(sent_30_days=count)
    return sum(map(len, ids_by_count.values()))


def _set_status(
    status: str, verb: str, changes: Changes, partners: QuerySet[Partner], expected: Mapping[int, int] | None
) -> Step:
    new_values = {"status": status, "version": F("version") + 1, "updated_at": timezone.now()}
    return earlier_step(changes) or _update_all(changes, verb, partners, new_values, expected, already=Q(status=status))


def earlier_step(changes: Changes) -> Step | None:
    """Return the step of which this one is a repetition: the same account has submitted the form before."""
    if changes.repeats is None:
        return None
    return Step(changes.repeats, Change.objects.filter(change_set_id=changes.repeats).count())


def _update_all(
    changes: Changes,
    verb: str,
    partners: QuerySet[Partner],
    new_values: dict[str, Any],
    expected: Mapping[int, int] | None,
    *,
    already: Q = _NOBODY,
    within: Q = _PRESENT,
) -> Step:
    """Give the partners `within` these values, but for those that are so `already`."""
    present = Partner.objects.filter(within, id__in=partners.order_by().values("id"))
    # Writers take turns: these rows stay as they are read here.
    if expected is not None and (current := dict(present.values_list("id", "version"))) != expected:
        raise StaleSelection(current)
    ids = list(present.exclude(already).select_for_update().order_by("id").values_list("id", flat=True))
    for batch in portions_of(ids):
        before = snapshots(batch)
        Partner.objects.filter(id__in=batch).update(**new_values)
        after = snapshots(batch)
        changes.record_many(verb, PARTNER, ((id_, before[id_], after[id_]) for id_ in batch))
    return Step(changes.id if ids else None, len(ids))
