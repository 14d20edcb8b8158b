"""Prove what an undo led to: a routing table that equals the one before the undone steps, or what differs and why.

Both tables are in the archive, so the proof can be repeated at any time.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from renvoi.domain.difference import CellChange, table_difference
from renvoi.domain.table_codec.content import TableDamaged
from renvoi.history.models import Change, ChangeSet
from renvoi.partners.actions.recording import OPERATOR, PARTNER
from renvoi.partners.actions.undoing.states import Key
from renvoi.partners.actions.writing import portions_of
from renvoi.publication.archive import ArchiveReader, TableNotArchived
from renvoi.publication.models import ArchivedTable


@dataclass(frozen=True, slots=True)
class Proof:
    """The table before the undone steps, and what differs from it after the undo.

    `generation` and `published_at` are those of that table. If the tables are equal, `cells` and `differing` are empty.
    `differing` maps each partner that differs, and the operator, to the last later change set that changed it; None if
    the history has none. Cells are compared on the day that was given.
    """

    generation: int
    published_at: datetime
    is_identical: bool
    cells: tuple[CellChange, ...] = ()
    differing: tuple[tuple[Key, uuid.UUID | None], ...] = ()


def prove(change_set_id: uuid.UUID, *, today: date) -> Proof | None:
    """Return what the undo led to that this change set is, or is a part of.

    None if it is no undo, or if one of the two tables was not published or can't be read. Raises
    ChangeSet.DoesNotExist.
    """
    undo = ChangeSet.objects.get(id=change_set_id)
    tables = _tables_around(undo)
    if tables is None:
        return None
    before, after = tables
    if before.digest == after.digest:
        return Proof(before.generation, before.published_at, is_identical=True)
    try:
        return _compare(before, after, today=today)
    except (TableDamaged, TableNotArchived):
        return None


def _tables_around(undo: ChangeSet) -> tuple[ArchivedTable, ArchivedTable] | None:
    """Return the table before the undone steps and the one after the undo; None if they were not published."""
    if undo.undoes_id is None or undo.generation is None:
        return None
    # The steps that one action undoes have one generation.
    steps = ChangeSet.objects.filter(undoings__generation=undo.generation).exclude(generation=None)
    oldest = steps.order_by("generation").values_list("generation", flat=True).first()
    if oldest is None:
        return None
    before = ArchivedTable.objects.filter(generation__lt=oldest).order_by("-generation").first()
    after = ArchivedTable.objects.filter(generation__gte=undo.generation).order_by("generation").first()
    return (before, after) if before and after else None


def _compare(before: ArchivedTable, after: ArchivedTable, *, today: date) -> Proof:
    """Return what differs between two tables. Raises TableDamaged and TableNotArchived."""
    reader = ArchiveReader()
    then, now = reader.content(before.generation), reader.content(after.generation)
    difference = table_difference(then, now, day=today)
    keys = [Key(PARTNER, id_) for id_ in difference.partners]
    if then.operator != now.operator:
        keys.append(Key(OPERATOR, 1))
    later = _responsible(keys, since=before.generation, until=after.generation)
    return Proof(
        before.generation,
        before.published_at,
        is_identical=False,
        cells=tuple(difference.cells),
        differing=tuple((key, later.get(key)) for key in keys),
    )


def count_later_steps(step_ids: Collection[uuid.UUID]) -> int:
    """Return how many steps since the oldest of these would remain if these were undone."""
    generations: list[int] = []
    for portion in portions_of(list(step_ids)):
        steps = ChangeSet.objects.filter(id__in=portion).exclude(generation=None)
        first = steps.order_by("generation").values_list("generation", flat=True).first()
        generations += [first] if first is not None else []
    if not generations:
        return 0
    return len(set(_valid_since(min(generations)).values_list("id", flat=True)) - set(step_ids))


def _valid_since(generation: int) -> QuerySet[ChangeSet]:
    """Return the steps from a generation on that have not been undone, without the undos of such steps."""
    since = ChangeSet.objects.filter(generation__gte=generation, undone_by=None)
    return since.exclude(undoes__generation__gte=generation)


def _responsible(keys: Collection[Key], *, since: int, until: int) -> dict[Key, uuid.UUID]:
    """Return the last change set of each object after one table and up to another, if possible one that is valid."""
    last: dict[Key, uuid.UUID] = {}
    valid = _valid_since(since + 1)
    for subject in (PARTNER, OPERATOR):
        for portion in portions_of([key.subject_id for key in keys if key.subject == subject]):
            changes = Change.objects.filter(subject=subject, subject_id__in=portion)
            within = changes.filter(change_set__generation__gt=since, change_set__generation__lte=until).order_by("id")
            for some in (within, within.filter(change_set__in=valid)):
                last |= {Key(subject, id_): step for id_, step in some.values_list("subject_id", "change_set")}
    return last
