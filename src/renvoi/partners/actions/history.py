"""Record changes in the history, in the transaction that makes them, with all fields before and after."""

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Literal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from renvoi.partners.models import Change, ChangeSet, Operator, Partner
from renvoi.partners.publication import await_turn, publish, raise_generation
from renvoi.partners.values import OperatorValues, PartnerValues
from renvoi.people.models import User

Channel = Literal["console", "cli", "demo"]
Fields = dict[str, Any]
"""All fields of a thing, as JSON holds them."""
PARTNER, OPERATOR = "partner", "operator"


class StaleVersion(Exception):
    """The row was saved by someone else since it was read. `current` is the row as it is now."""

    def __init__(self, current: Partner | Operator) -> None:
        super().__init__(f"version {current.version} is newer")
        self.current = current


def snapshot(partner: Partner) -> Fields:
    """All fields of a partner as the history keeps them."""
    return jsonable(PartnerValues.of(partner)) | {
        "version": partner.version,
        "trashed_at": partner.trashed_at.isoformat() if partner.trashed_at else None,
    }


class Changes:
    """What one transaction did, for the history. `is_repeated`: the same form was sent before, by the same person."""

    def __init__(
        self, *, actor: User | None, channel: Channel, idempotency_key: uuid.UUID | None, undoes: uuid.UUID | None
    ) -> None:
        self._earlier_changes = Change.objects.filter(change_set_id=idempotency_key, change_set__actor=actor)
        earlier = ChangeSet.objects.filter(id=idempotency_key).first() if idempotency_key else None
        self.is_repeated = earlier is not None and earlier.actor == actor
        # A page that the browser brought back can be sent again with other values: that is another change.
        self.id = uuid.uuid4() if idempotency_key is None or earlier else idempotency_key
        self._change_set = ChangeSet(id=self.id, actor=actor, channel=channel, undoes_id=undoes)
        self.recorded = False

    def find_repeated(self, subject: str, values: PartnerValues | OperatorValues) -> int | None:
        """The id of the thing of that kind to which this submission gave these very values when first sent."""
        fields = jsonable(values)
        for subject_id, after in self._earlier_changes.filter(subject=subject).values_list("subject_id", "after"):
            if after is not None and {field: after[field] for field in fields} == fields:
                return subject_id
        return None

    def record(self, verb: str, subject: str, subject_id: int, *, before: Fields | None, after: Fields | None) -> None:
        """Keeps what was done to one thing."""
        self.record_many(verb, subject, [(subject_id, before, after)])

    def record_many(self, verb: str, subject: str, changes: Iterable[tuple[int, Fields | None, Fields | None]]) -> None:
        """Keeps what was done to each: (its id, all fields before, all fields after)."""
        if not self.recorded:
            self._change_set.save(force_insert=True)
        self.recorded = True
        Change.objects.bulk_create(
            Change(change_set=self._change_set, verb=verb, subject=subject, subject_id=id_, before=before, after=after)
            for id_, before, after in changes
        )


@contextmanager
def change_set(
    *, actor: User | None, channel: Channel, idempotency_key: uuid.UUID | None, undoes: uuid.UUID | None = None
) -> Iterator[Changes]:
    """One durable transaction; what was recorded in it raises the generation, which is published behind it.

    Writers go one by one on both engines: what one has read (a free name, a version, what was sent before) is still so
    when it writes.
    """
    with transaction.atomic(durable=True):
        await_turn()
        changes = Changes(actor=actor, channel=channel, idempotency_key=idempotency_key, undoes=undoes)
        yield changes
        if changes.recorded:
            raise_generation()
    if changes.recorded:
        publish()


def jsonable(values: PartnerValues | OperatorValues) -> Fields:
    """Values as JSON holds them."""
    fields: Fields = json.loads(json.dumps(asdict(values), cls=DjangoJSONEncoder))
    return fields
