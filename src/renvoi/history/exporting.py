"""Turn change sets into a `Table` for export: one row for each changed field."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from itertools import islice
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import Length, Replace
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from renvoi.domain.places import Language
from renvoi.exports.table import Column, Kind, Row, Table
from renvoi.history.models import Change, ChangeSet

COLUMNS: Mapping[str, tuple[Promise, Kind]] = {
    "at": (_("When"), "fact"),
    "actor": (_("Who"), "fact"),
    "channel": (_("Channel"), "fact"),
    "verb": (_("Verb"), "fact"),
    "subject": (_("Subject"), "fact"),
    "subject_id": (_("Number"), "number"),
    "name": (_("Name"), "name"),
    "field": (_("Field"), "fact"),
    "before": (_("Before"), "text"),
    "after": (_("After"), "text"),
    "reason": (pgettext_lazy("change", "Reason"), "text"),
    "generation": (_("Version"), "number"),
    "id": (_("Change"), "fact"),
}
"""The heading and the kind of each column, by the name of what it has, in their order."""
_CHUNK_SIZE = 500
_CHANGES_AT_ONCE = 1000
_FIELDS_OF_ONE = 15
_BYTES_OF_ROW = 400


def history_table(change_sets: QuerySet[ChangeSet], *, count: int, language: Language, zone: tzinfo) -> Table:
    """Return the table of these change sets, in their order. A change of which no field differs has one row.

    `count` is about the number of rows. The rows are read lazily, in flat memory: read them within `read_transaction`.
    Moments are ISO 8601 in the time zone `zone`; values are those that were recorded, codes and all.
    """
    with override(language):
        columns = tuple(Column(str(heading), kind) for heading, kind in COLUMNS.values())
        title = gettext("History")
    return Table(title=title, language=language, columns=columns, rows=_rows(change_sets, zone=zone), count=count)


def most_rows(change_sets: QuerySet[ChangeSet]) -> int:
    """Return about how many rows a table of these change sets has, rather more than fewer. One query."""
    spaces = Length("fields") - Length(Replace("fields", Value(" "), Value("")))
    rows = Case(When(fields="", then=F("count") * _FIELDS_OF_ONE), default=spaces, output_field=IntegerField())
    total: int | None = change_sets.order_by().aggregate(total=Sum(rows))["total"]
    return total or 0


def estimate_size(rows: int) -> int:
    """Return about how many bytes a file of so many rows has, rather more than fewer."""
    return rows * _BYTES_OF_ROW


def _rows(change_sets: QuerySet[ChangeSet], *, zone: tzinfo) -> Iterator[Row]:
    for step, change in _changes(change_sets.iterator(chunk_size=_CHUNK_SIZE)):
        yield from _rows_of(step, change, zone=zone)


def _changes(steps: Iterable[ChangeSet]) -> Iterator[tuple[ChangeSet, Change]]:
    """Yield each change with its change set, in the order of these. Those of a large one are never all in memory."""
    for portion in _portions(steps):
        if len(portion) == 1:
            yield from ((portion[0], change) for change in portion[0].changes.order_by("id").iterator(_CHUNK_SIZE))
            continue
        by_step: dict[Any, list[Change]] = {step.id: [] for step in portion}
        for change in Change.objects.filter(change_set__in=list(by_step)).order_by("id"):
            by_step[change.change_set_id].append(change)
        yield from ((step, change) for step in portion for change in by_step[step.id])


def _portions(steps: Iterable[ChangeSet]) -> Iterator[list[ChangeSet]]:
    """Yield the steps in portions that have 1,000 changes together, or that are one step."""
    remaining = iter(steps)
    while chunk := list(islice(remaining, _CHUNK_SIZE)):
        portion: list[ChangeSet] = []
        size = 0
        for step in chunk:
            # A step that is not summed up may have any number of changes.
            own = step.count or _CHANGES_AT_ONCE
            if portion and size + own > _CHANGES_AT_ONCE:
                yield portion
                portion, size = [], 0
            portion.append(step)
            size += own
        yield portion


def _rows_of(step: ChangeSet, change: Change, *, zone: tzinfo) -> Iterator[Row]:
    before, after = change.before or {}, change.after or {}
    at = timezone.localtime(step.at, zone).isoformat(timespec="seconds")
    generation = "" if step.generation is None else str(step.generation)
    name = _text((after or before).get("name"))
    start = (at, step.acted_by, step.channel, change.verb, change.subject, str(change.subject_id), name)
    end = (step.reason, generation, str(step.id))
    values = [
        (field, _text(before.get(field)), _text(after.get(field)))
        for field in sorted({**after, **before})  # PostgreSQL keeps no order of its own
        if field != "version" and before.get(field) != after.get(field)
    ]
    for field, old, new in values or [("", "", "")]:
        yield (*start, field, old, new, *end)


def _text(value: Any) -> str:
    """Return a recorded value as text: a list of codes with spaces between, anything else that is no text as JSON."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
