"""Undo steps in one transaction. Each undone step has a change set of its own, which names it."""

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from renvoi.history.models import Change, ChangeSet
from renvoi.history.recording import Changes, Channel
from renvoi.partners.actions.accepting import FINDING, write_acceptance
from renvoi.partners.actions.operator import write_operator
from renvoi.partners.actions.recording import OPERATOR, PARTNER, change_set, snapshot_of, snapshots
from renvoi.partners.actions.undoing.planning import Reversal, Skipped, UndoPlan, plan_steps, plan_undo
from renvoi.partners.actions.undoing.states import NOW, Key, States, acceptance
from renvoi.partners.actions.writing import Write, portions_of, write_many
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import AcceptedFinding
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User

_DELETIONS = ("trash", "replace", "undo")
"""The verbs of the changes that can put a partner into the trash."""


class UndoChanged(Exception):
    """The undo would no longer do what was shown. `plan` is what it would do now."""

    def __init__(self, plan: UndoPlan) -> None:
        super().__init__("the undo would no longer do what was shown")
        self.plan = plan


@dataclass(frozen=True, slots=True)
class Undone:
    """The result of undoing steps.

    `count` objects are as they were before. Those in `skipped` are left as they are. `change_set_id` is the newest
    change set of the undo, or the earlier one if the step was undone before; None if nothing changed.
    """

    count: int
    skipped: tuple[Skipped, ...]
    change_set_id: uuid.UUID | None


def undo_steps(
    *, step_ids: Sequence[uuid.UUID], digest: str, today: date, actor: User | None, channel: Channel
) -> Undone:
    """Undo these steps, the newest first, in one transaction. Steps that were undone before are left out.

    `digest` is that of the plan that was shown. The plan is made again while no other action can write: raises
    UndoChanged, and writes nothing, if its digest is another one.
    """
    with _change_set(step_ids, actor=actor, channel=channel) as changes:
        states = States()
        plan = plan_undo(step_ids, today=today, states=states)
        if plan.digest != digest:
            raise UndoChanged(plan)
        return _undo(changes, plan, states, actor=actor)


def undo_step(*, change_set_id: uuid.UUID, actor: User, channel: Channel) -> Undone:
    """Undo a step of the actor without showing what this does: restore each of its objects that was not changed since.

    A step is undone once: undoing it again changes nothing, and reports which partners are still as the first undo
    left them. Raises ChangeSet.DoesNotExist if the actor made no such step.
    """
    with _change_set([change_set_id], actor=actor, channel=channel) as changes:
        step = ChangeSet.objects.get(id=change_set_id, actor=actor)
        if step.undone_by is not None:
            return _still_undone(step.undone_by)
        states = States()
        return _undo(changes, plan_steps([change_set_id], states), states, actor=actor)


def _change_set(
    step_ids: Sequence[uuid.UUID], *, actor: User | None, channel: Channel
) -> AbstractContextManager[Changes]:
    size = sum(Change.objects.filter(change_set__in=portion).count() for portion in portions_of(step_ids))
    return change_set(actor=actor, channel=channel, idempotency_key=None, size=size)


def _undo(changes: Changes, plan: UndoPlan, states: States, *, actor: User | None) -> Undone:
    newest = None
    for step in plan.steps:
        if step.reversals:
            recorded = changes.undoing(step.step.id)
            _write(recorded, step.reversals, states, actor=actor)
            newest = recorded.id
    return Undone(plan.count, tuple(plan.skipped), newest)


def _still_undone(undo: ChangeSet) -> Undone:
    """Return which partners of an undone step are as its undo left them."""
    left = dict(undo.changes.filter(subject=PARTNER).order_by("id").values_list("subject_id", "after"))
    skipped: list[Skipped] = []
    for batch in portions_of(sorted(left)):
        now = snapshots(batch)
        for id_ in batch:
            if id_ not in now:
                skipped.append(Skipped(Key(PARTNER, id_), str((left[id_] or {}).get("name", "")), "destroyed"))
            elif now[id_] != left[id_]:
                skipped.append(Skipped(Key(PARTNER, id_), now[id_]["name"], "changed"))
    return Undone(count=len(left) - len(skipped), skipped=tuple(skipped), change_set_id=undo.id)


def _write(changes: Changes, reversals: Sequence[Reversal], states: States, *, actor: User | None) -> None:
    deleters = _deleters([one for one in reversals if one.after.get("trashed_at") not in {None, NOW}])
    writes = []
    for reversal in reversals:
        if reversal.key.subject == OPERATOR:
            before, after = OperatorValues.from_json(reversal.before), OperatorValues.from_json(reversal.after)
            write_operator(changes, states.operator, after, verb="undo", before=before)
            continue
        if reversal.key.subject == FINDING:
            row = AcceptedFinding.objects.get(id=reversal.key.subject_id)
            write_acceptance(changes, row, acceptance(reversal.after), verb="undo")
            continue
        partner, trashed_at = states.partners[reversal.key.subject_id], reversal.after["trashed_at"]
        write = Write(
            PartnerValues.from_json(reversal.after),
            "undo",
            partner,
            before=snapshot_of(partner, PartnerValues.from_json(reversal.before)),
        )
        if trashed_at == NOW:
            write = replace(write, trashed_at=timezone.now(), trashed_by_id=actor.pk if actor else None)
        elif trashed_at is not None:
            moment, deleter = datetime.fromisoformat(trashed_at), deleters.get(partner.id)
            write = replace(write, trashed_at=moment, trashed_by_id=deleter)
        writes.append(write)
    write_many(changes, writes)


def _deleters(reversals: Sequence[Reversal]) -> dict[int, int | None]:
    """Return which account had put each partner into the trash at the moment to which it returns.

    If nothing was recorded at that moment, it is the account that last deleted the partner.
    """
    moments = {one.key.subject_id: one.after["trashed_at"] for one in reversals}
    accounts: dict[int, int | None] = {}
    last: dict[int, int | None] = {}
    for portion in portions_of(sorted(moments)):
        deletions = Change.objects.filter(subject=PARTNER, subject_id__in=portion, verb__in=_DELETIONS)
        rows = deletions.order_by("id").values_list("subject_id", "verb", "after__trashed_at", "change_set__actor")
        for id_, verb, moment, account in rows:
            # Later changes with the same moment are those that returned to it.
            if moment == moments[id_]:
                accounts.setdefault(id_, account)
            elif verb == "trash":
                last[id_] = account
    return last | accounts
