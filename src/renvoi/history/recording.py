"""Record changes in the history, in the transaction that makes them, with all fields before and after.

The history knows neither its subjects nor what depends on them: the caller says how writers take turns, and what
happens after the commit.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from renvoi.domain.names.keys import sort_key
from renvoi.history.models import Change, ChangeSet
from renvoi.history.summaries import Summary

Channel = Literal["console", "cli", "api", "demo", "timer"]
Fields = dict[str, Any]
"""All fields of an object, as JSON values."""
_MAX_SUBMISSIONS = 50
"""How often a form may be saved with one idempotency key and still be recognized."""


class Changes:
    """Record the changes of one transaction as one change set.

    `repeats` is the change set of the same form, with the same idempotency key, that the same actor submitted before.
    Set `generation`, if the step raises the routing table's, before the transaction ends.
    """

    def __init__(
        self,
        *,
        actor: AbstractBaseUser | None,
        channel: Channel,
        credential: str,
        idempotency_key: uuid.UUID | None,
        reason: str = "",
    ) -> None:
        # A form can be submitted again with other values, with the Back button: that is another change set.
        ids = _ids_of_submissions(idempotency_key)
        actors = dict(ChangeSet.objects.filter(id__in=ids).values_list("id", "actor"))
        self._earlier = [id_ for id_, by in actors.items() if by == (actor.pk if actor else None)]
        self.repeats = idempotency_key if idempotency_key in self._earlier else None
        self.id = next((id_ for id_ in ids if id_ not in actors), None) or uuid.uuid4()
        self.generation: int | None = None
        self._has_recorded = False
        self._undoing: list[Changes] = []
        self._summary = Summary()
        self._change_set = ChangeSet(
            id=self.id,
            actor_id=actor.pk if actor else None,
            actor_name=str(actor) if actor else "",
            credential=credential,
            channel=channel,
            reason=reason,
            reason_sort=sort_key(reason) if reason else "",
        )
        self._actor, self._channel = actor, channel

    @property
    def recorded(self) -> bool:
        """Whether anything was recorded yet, here or in a change set of `undoing`."""
        return self._has_recorded or any(changes.recorded for changes in self._undoing)

    def undoing(self, step_id: uuid.UUID) -> "Changes":
        """Return the changes that undo one of several steps: another change set of the same transaction."""
        changes = Changes(
            actor=self._actor, channel=self._channel, credential=self._change_set.credential, idempotency_key=None
        )
        changes.generation, changes._change_set.undoes_id = self.generation, step_id
        self._undoing.append(changes)
        return changes

    def last_of_form(self, subject: str) -> Change | None:
        """Return the newest change that the same actor made with this idempotency key, None if there is none."""
        if not self._earlier:
            return None
        return Change.objects.filter(change_set_id__in=self._earlier, subject=subject).order_by("-id").first()

    def earlier_id(self, subject: str) -> uuid.UUID | None:
        """Return the id of the last change set of the same form that concerned that subject, None if there is none."""
        change = self.last_of_form(subject)
        return change.change_set_id if change else None

    def find_repeated(self, subject: str, fields: Fields) -> int | None:
        """Return the id of the object to which this form last gave these fields, None if there is none."""
        change = self.last_of_form(subject)
        if change is None or change.after is None:
            return None
        return change.subject_id if {name: change.after.get(name) for name in fields} == fields else None

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
        recorded = Change.objects.bulk_create(
            Change(change_set=self._change_set, verb=verb, subject=subject, subject_id=id_, before=before, after=after)
            for id_, before, after in changes
        )
        if recorded:
            self._has_recorded = True
            last = recorded[-1]
            self._summary.add(verb, subject, count=len(recorded), position=last.id)
            self._summary.subject_id, self._summary.only = last.subject_id, (last.before, last.after)

    def store(self) -> None:
        """Insert the change sets of what was recorded. The commit checks the references of the changes to them."""
        if self._has_recorded:
            self._change_set.generation = self.generation
            self._summary.put_in(self._change_set)
            self._change_set.save(force_insert=True)
            _mark_undone(self._change_set)
        for changes in self._undoing:
            changes.store()


@contextmanager
def change_set(
    *,
    actor: AbstractBaseUser | None,
    channel: Channel,
    lock: Callable[[], object],
    after_commit: Callable[[], object],
    credential: str = "",
    idempotency_key: uuid.UUID | None = None,
    reason: str = "",
) -> Iterator[Changes]:
    """Run the block in one durable transaction. If it recorded a change, call `after_commit` after the commit.

    `lock` is called first in the transaction: it waits until no other writer of these subjects is at work, so that what
    a writer has read (a free name, a version, an earlier submission) is still true when it writes. `actor` is None if a
    command acts; `credential` names what the actor used instead of a session. `reason` has up to REASON_LENGTH
    characters.
    """
    with transaction.atomic(durable=True):
        lock()
        changes = Changes(
            actor=actor, channel=channel, credential=credential, idempotency_key=idempotency_key, reason=reason
        )
        yield changes
        changes.store()
    if changes.recorded:
        after_commit()


def write_reason(*, change_set_id: uuid.UUID, reason: str, actor: AbstractBaseUser) -> None:
    """Set the reason of a step of the actor, checked text of up to REASON_LENGTH characters; empty removes it.

    Nothing else of the step changes. Raises ChangeSet.DoesNotExist if the actor made no such step.
    """
    of_actor = ChangeSet.objects.filter(id=change_set_id, actor_id=actor.pk)
    if not of_actor.update(reason=reason, reason_sort=sort_key(reason) if reason else ""):
        raise ChangeSet.DoesNotExist


def changes_of(subject: str, subject_id: int) -> QuerySet[Change]:
    """Return the changes of one object, newest first, not evaluated."""
    return Change.objects.filter(subject=subject, subject_id=subject_id).order_by("-id")


def _mark_undone(undo: ChangeSet) -> None:
    """Store what a change set undid: the step, which makes what that one undid valid again, and so on."""
    by: ChangeSet | None = undo
    step = undo.undoes
    while step is not None:
        ChangeSet.objects.filter(id=step.id).update(undone_by=by)
        by, step = None if by else step, step.undoes


def _ids_of_submissions(idempotency_key: uuid.UUID | None) -> list[uuid.UUID]:
    """Return the ids of one form’s change sets: the key for the first, one derived from it for each further."""
    if idempotency_key is None:
        return []
    return [idempotency_key, *(uuid.uuid5(idempotency_key, str(n)) for n in range(2, _MAX_SUBMISSIONS + 1))]
