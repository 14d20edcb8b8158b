"""Record changes in the history, in the transaction that makes them, with all fields before and after."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from django.db import transaction

from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Change, ChangeSet, Operator, Partner
from renvoi.partners.publication.publishing import await_turn, publish, raise_generation
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User, display_name

Channel = Literal["console", "cli", "demo"]
Fields = dict[str, Any]
"""All fields of an object, as JSON values."""
PARTNER, OPERATOR = "partner", "operator"
_MAX_SUBMISSIONS = 50
"""How often a form may be saved with one idempotency key and still be recognized."""


class StaleVersion(Exception):
    """The row was saved by someone else since it was read. `current` is the row as it is now."""

    def __init__(self, current: Partner | Operator) -> None:
        super().__init__(f"version {current.version} is newer")
        self.current = current


class StaleSelection(Exception):
    """The partners are no longer those that were asked about. `current` maps their ids to their versions now."""

    def __init__(self, current: Mapping[int, int]) -> None:
        super().__init__(f"{len(current)} partners are not those that were asked about")
        self.current = current


def snapshot(partner: Partner) -> Fields:
    """Return all fields of a partner as the history records them."""
    return PartnerValues.of(partner).to_json() | {
        "version": partner.version,
        "trashed_at": partner.trashed_at.isoformat() if partner.trashed_at else None,
    }


class Changes:
    """Record the changes of one transaction as one change set.

    `repeats` is the change set of the same form, with the same idempotency key, that the same actor submitted before.
    """

    def __init__(
        self,
        *,
        actor: User | None,
        channel: Channel,
        idempotency_key: uuid.UUID | None,
        undoes: uuid.UUID | None,
        generation: int,
    ) -> None:
        """`generation` is the one to which a recorded change will raise the routing table."""
        # A form can be submitted again with other values, with the Back button: that is another change set.
        ids = _ids_of_submissions(idempotency_key)
        actors = dict(ChangeSet.objects.filter(id__in=ids).values_list("id", "actor"))
        self._earlier = [id_ for id_, by in actors.items() if by == (actor.pk if actor else None)]
        self.repeats = idempotency_key if idempotency_key in self._earlier else None
        self.id = next((id_ for id_ in ids if id_ not in actors), None) or uuid.uuid4()
        self._change_set = ChangeSet(
            id=self.id,
            actor=actor,
            actor_name=display_name(actor) if actor else "",
            channel=channel,
            generation=generation,
            undoes_id=undoes,
        )
        self.recorded = False

    def last_of_form(self, subject: str) -> Change | None:
        """Return the newest change that the same actor made with this idempotency key, None if there is none."""
        if not self._earlier:
            return None
        return Change.objects.filter(change_set_id__in=self._earlier, subject=subject).order_by("-id").first()

    def earlier_id(self, subject: str) -> uuid.UUID | None:
        """Return the id of the last change set of the same form that concerned that subject, None if there is none."""
        change = self.last_of_form(subject)
        return change.change_set_id if change else None

    def find_repeated(self, subject: str, values: PartnerValues | OperatorValues) -> int | None:
        """Return the id of the object that this form last gave these values, None if there is none."""
        fields, change = values.to_json(), self.last_of_form(subject)
        if change is None or change.after is None:
            return None
        return change.subject_id if {field: change.after.get(field) for field in fields} == fields else None

    def version_of_form(self, subject: str, subject_id: int) -> int | None:
        """Return the version to which this form last saved that object, None if it has not.

        While the object is at that version, nobody else has saved it since, and the form may be saved again.
        """
        change = self.last_of_form(subject)
        return change.after.get("version") if change and change.after and change.subject_id == subject_id else None

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
        changes = Changes(
            actor=actor,
            channel=channel,
            idempotency_key=idempotency_key,
            undoes=undoes,
            generation=await_turn() + 1,
        )
        yield changes
        if changes.recorded:
            raise_generation()
    if changes.recorded:
        publish()


def _ids_of_submissions(idempotency_key: uuid.UUID | None) -> list[uuid.UUID]:
    """Return the ids of one form’s change sets: the key for the first, one derived from it for each further."""
    if idempotency_key is None:
        return []
    return [idempotency_key, *(uuid.uuid5(idempotency_key, str(n)) for n in range(2, _MAX_SUBMISSIONS + 1))]
