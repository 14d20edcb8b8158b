"""Sum up in a change set what its changes say, so that lists need not read them.

A change set is summed up when it is recorded. What an earlier version has recorded is summed up afterwards: by a
migration, and by the server's maintenance, because a host of that version may still be writing.
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from renvoi.domain.names.keys import sort_key
from renvoi.history.models import OBJECT_NAME_LENGTH, Change, ChangeSet, encodable

SEVERAL = "several"
"""The verb or the subject of a change set whose changes have different ones."""
SUMMED_UP = ("position", "count", "tally", "subject", "subject_id", "name", "fields", "actor_sort", "name_sort")
"""The fields that `Summary.put_in` sets."""
_PORTION = 500
_LENGTH = {"tally": 200, "fields": 2000}

Fields = Mapping[str, Any]


@dataclass(slots=True)
class Summary:
    """What the changes of one change set say together, while they are counted.

    `only` is what the change did if there is only one: all fields before and after.
    """

    counts: Counter[str] = field(default_factory=Counter)
    subjects: set[str] = field(default_factory=set)
    position: int = 0
    subject_id: int | None = None
    only: tuple[Fields | None, Fields | None] = (None, None)

    def add(self, verb: str, subject: str, *, count: int, position: int) -> None:
        """Count so many changes with that verb, of which the last one has the id `position`."""
        self.counts[verb] += count
        self.subjects.add(subject)
        self.position = max(self.position, position)

    def put_in(self, change_set: Any) -> None:
        """Set the fields in SUMMED_UP of a change set, which is not saved. Without a change, nothing is set."""
        if not self.counts:
            return
        before, after = self.only
        is_one = self.counts.total() == 1
        change_set.position = self.position
        change_set.count = self.counts.total()
        change_set.tally = " ".join(f"{verb}:{count}" for verb, count in sorted(self.counts.items()))[
            : _LENGTH["tally"]
        ]
        change_set.subject = next(iter(self.subjects)) if len(self.subjects) == 1 else SEVERAL
        change_set.subject_id = self.subject_id if is_one else None
        change_set.name = str((after or before or {}).get("name", ""))[:OBJECT_NAME_LENGTH] if is_one else ""
        change_set.fields = _padded(differing(before, after)) if is_one else ""
        change_set.actor_sort = sort_key(change_set.actor_name) if change_set.actor_name else ""
        change_set.name_sort = sort_key(change_set.name) if change_set.name else ""


def differing(before: Fields | None, after: Fields | None) -> list[str]:
    """Return the names of the fields that differ, sorted; none if the object came or went."""
    if before is None or after is None:
        return []
    return [name for name in sorted({**after, **before}) if before.get(name) != after.get(name)]


def counts_of(change_set: ChangeSet) -> dict[str, int]:
    """Return the number of changed objects by verb. Another program may have written anything: it is left out."""
    pairs = (part.rpartition(":") for part in change_set.tally.split(" "))
    return {verb: int(count) for verb, _, count in pairs if verb and count.isascii() and count.isdecimal()}


def sum_up(change_sets: Iterable[Any], *, change_model: Any = Change) -> None:
    """Set, without saving, the summary of those that have none. No query if all have one, otherwise two."""
    missing = [change_set for change_set in change_sets if not change_set.count]
    if not missing:
        return
    summaries = _summaries([change_set.id for change_set in missing], change_model)
    for change_set in missing:
        if change_set.id in summaries:
            summaries[change_set.id].put_in(change_set)


def store_missing(*, change_set_model: Any = ChangeSet, change_model: Any = Change) -> int:
    """Save the summary of each change set that has none, 500 in a transaction. Return how many they were."""
    stored, last = 0, None
    while portion := _next_missing(change_set_model, after=last):
        last = portion[-1].id
        sum_up(portion, change_model=change_model)
        summed_up = [change_set for change_set in portion if change_set.count]
        with transaction.atomic():
            # This updates the rows with the same id, in one statement.
            change_set_model.objects.bulk_create(
                summed_up, update_conflicts=True, unique_fields=["id"], update_fields=SUMMED_UP
            )
        stored += len(summed_up)
    return stored


def _next_missing(change_set_model: Any, *, after: uuid.UUID | None) -> Sequence[Any]:
    missing = change_set_model.objects.filter(count=0)
    later = missing if after is None else missing.filter(id__gt=after)
    return list(later.order_by("id")[:_PORTION])


def _summaries(ids: Sequence[uuid.UUID], change_model: Any) -> dict[uuid.UUID, Summary]:
    summaries: dict[uuid.UUID, Summary] = {}
    changes = change_model.objects.filter(change_set_id__in=ids)
    groups = changes.values_list("change_set_id", "verb", "subject").order_by()
    single: list[int] = []
    for id_, verb, subject, count, position in groups.annotate(Count("id"), Max("id")):
        summaries.setdefault(id_, Summary()).add(verb, subject, count=count, position=position)
    single = [summary.position for summary in summaries.values() if summary.counts.total() == 1]
    for change in change_model.objects.filter(id__in=single):
        summary = summaries[change.change_set_id]
        summary.subject_id, summary.only = change.subject_id, (_object(change.before), _object(change.after))
    return summaries


def _object(recorded: Any) -> Fields | None:
    # Within a migration, the field is Django's own.
    return encodable(recorded, json.dumps(recorded)) if isinstance(recorded, dict) else None


def _padded(names: Iterable[str]) -> str:
    text = " ".join(names)[: _LENGTH["fields"]]
    return f" {text} " if text else ""
