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
"""All fields of an object, as JSON values."""
PARTNER, OPERATOR = "partner", "operator"


class StaleVersion(Exception):
    """The row was saved by someone else since it was read. `current` is the row as it is now."""

    def __init__(self, current: Partner | Operator) -> None:
        super().__init__(f"version {current.version} is newer")
        self.current = current


def snapshot(partner: Partner) -> Fields:
    """Return all fields of a partner as the history records them."""
    return jsonable(PartnerValues.of(partner)) | {
        "version": partner.version,
        "trashed_at": partner.trashed_at.isoformat() if partner.trashed_at else None,
    }


class Changes:
    """Record the changes of one transaction as one change set.

    `is_repeated` is True if the same actor already submitted the form with this idempotency key.
    """

    def __init__(
        self, *, actor: User | None, channel: Channel, idempotency_key: uuid.UUID | None, undoes: uuid.UUID | None
    ) -> None:
        self._earlier_changes = Change.objects.filter(change_set_id=idempotency_key, change_set__actor=actor)
        earlier = ChangeSet.objects.filter(id=idempotency_key).first() if idempotency_key else None
        self.is_repeated = earlier is not None and earlier.actor == actor
        # A form can be submitted again with other values, with the Back button: that is another change set.
        self.id = uuid.uuid4() if idempotency_key is None or earlier else idempotency_key
        self._change_set = ChangeSet(id=self.id, actor=actor, channel=channel, undoes_id=undoes)
        self.recorded = False

    def find_repeated(self, subject: str, values: PartnerValues | OperatorValues) -> int | None:
        """Return the id of the object that this idempotency key already gave these values, None if there is none."""
        fields = jsonable(values)
        for subject_id, after in self._earlier_changes.filter(subject=subject).values_list("subject_id", "after"):
            if after is not None and {field: after[field] for field in fields} == fields:
                return subject_id
        return None

    def record(self, verb: str, subject: str, subject_id: int, *, before: Fields | None, after: Fields | None) -> None:
        """Record what was done to one object: all its fields before and after (None: it did not exist)."""
        self.record_many(verb, subject, [(subject_id, before, after)])

    def record_many(self, verb: str, subject: str, changes: Iterable[tuple[int, Fields | None, Fields | None]]) -> None:
        """Record what was done to several objects: (id, all fields before, all fields after) of each."""
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
    """Run the block in one durable transaction. If it recorded a change, publish a new generation after the commit.

    Writers run one at a time on both engines, so that what a writer has read (a free name, a version, an earlier
    submission) is still true when it writes.
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
    """Return the values as JSON values."""
    fields: Fields = json.loads(json.dumps(asdict(values), cls=DjangoJSONEncoder))
    return fields
