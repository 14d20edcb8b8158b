"""Find out what undoing steps would do. It only reads; `applying` makes the plan again while nobody else can write."""

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from django.db.models import Max

from renvoi.history.models import Change, ChangeSet
from renvoi.history.recording import Fields
from renvoi.partners.actions.accepting import FINDING
from renvoi.partners.actions.recording import OPERATOR, PARTNER
from renvoi.partners.actions.undoing.states import (
    NOW,
    Key,
    States,
    Unreadable,
    acceptance,
    is_as_recorded,
    is_present,
    operator_values,
    partner_values,
    reverted,
)
from renvoi.partners.actions.writing import name_key, portions_of
from renvoi.partners.consequences import Foreseen, foresee
from renvoi.partners.fields import PartnerValues
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User

_NOTHING = Foreseen()
_NOT_SETTINGS = frozenset({"areas", "golden_visitors"})
Why = Literal["changed", "name_taken", "destroyed", "unreadable"]
"""Why an object is left as it is.

It was changed since; another partner has its name; it no longer exists; or what was recorded can't be stored.
"""


@dataclass(frozen=True, slots=True)
class Reversal:
    """One object as it is, and as it would be: all its fields as the history records them."""

    key: Key
    before: Fields
    after: Fields

    @property
    def name(self) -> str:
        """The partner's name as it would be; empty for the operator without one."""
        return str(self.after.get("name", ""))


@dataclass(frozen=True, slots=True)
class Skipped:
    """One object that would be left as it is, and why.

    `later` is the last change since, if that is the reason; `holder` the id and name of the partner that has the name.
    """

    key: Key
    name: str
    why: Why
    later: uuid.UUID | None = None
    holder: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class StepReversal:
    """What undoing one step would do. `step` is the change set. Nothing is left of one that was undone before."""

    step: ChangeSet
    reversals: tuple[Reversal, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class UndoPlan:
    """What undoing some steps would do, the newest step first, and what it would change for visitors today."""

    steps: tuple[StepReversal, ...]
    foreseen: Foreseen = _NOTHING

    @property
    def reversals(self) -> list[Reversal]:
        """Each object once, as it is and as it would be after all steps; without those that end as they are."""
        merged: dict[Key, Reversal] = {}
        for step in self.steps:
            for reversal in step.reversals:
                first = merged.get(reversal.key)
                merged[reversal.key] = Reversal(reversal.key, (first or reversal).before, reversal.after)
        return [one for one in merged.values() if one.before != one.after]

    @property
    def skipped(self) -> list[Skipped]:
        """The objects that at least one of the steps would leave as they are, each once."""
        return list({skipped.key: skipped for step in self.steps for skipped in step.skipped}.values())

    @property
    def count(self) -> int:
        """How many objects would change."""
        return len(self.reversals)

    @cached_property
    def digest(self) -> str:
        """A SHA-256 of the whole plan, in hexadecimal. Two plans with the same digest do the same."""
        sha = hashlib.sha256(b"undo 1")
        for step in self.steps:
            reversals = [(reversal.key, reversal.before, reversal.after) for reversal in step.reversals]
            skipped = [(skipped.key, skipped.why, str(skipped.later), skipped.holder) for skipped in step.skipped]
            part = (str(step.step.id), reversals, skipped)
            sha.update(json.dumps(part, sort_keys=True).encode() + b"\n")
        sha.update(json.dumps(self.foreseen.cells, default=str).encode())
        return sha.hexdigest()


def plan_undo(step_ids: Iterable[uuid.UUID], *, today: date, states: States | None = None) -> UndoPlan:
    """Return what undoing these steps, the newest first, would do. Unknown ids are left out, and undone steps,
    unless their undo is among the steps.

    `states` then has what the plan read, as it would be afterwards.
    """
    plan = plan_steps(step_ids, states or States())
    partners = {
        one.key.subject_id: PartnerValues.from_json(one.after) if is_present(one.after) else None
        for one in plan.reversals
        if one.key.subject == PARTNER
    }
    operator = next(
        (OperatorValues.from_json(one.after) for one in plan.reversals if one.key.subject == OPERATOR), None
    )
    return replace(plan, foreseen=foresee(partners, operator=operator, today=today))


def plan_steps(step_ids: Iterable[uuid.UUID], states: States) -> UndoPlan:
    """As `plan_undo`, but nothing is foreseen."""
    steps = [step for portion in portions_of(list(step_ids)) for step in _with_newest(portion)]
    ordered = [step for _newest, step in sorted(steps, key=lambda row: -row[0])]
    undone_by = {step.id: step.undone_by_id for step in ordered}
    reversals: list[StepReversal] = []
    for step in ordered:
        if undone_by[step.id] is not None:
            continue
        reversal = _plan_step(step, states, undone=undone_by.keys())
        for one in reversal.reversals:
            states.put(one.key, one.after)
        reversals.append(reversal)
        if reversal.reversals and step.undoes_id in undone_by:
            # What an undo had undone is valid again, and its turn comes later.
            undone_by[step.undoes_id] = None
    return UndoPlan(tuple(reversals))


def _with_newest(ids: Sequence[uuid.UUID]) -> Iterator[tuple[int, ChangeSet]]:
    """Yield the steps that changed anything, each with the id of its newest change. One query."""
    steps = ChangeSet.objects.filter(id__in=ids).annotate(newest=Max("changes__id")).exclude(newest=None)
    return ((step.newest, step) for step in steps.select_related("actor"))


def steps_since(moment: datetime, *, actor: User) -> list[uuid.UUID]:
    """Return the steps of an account since an aware datetime that are not undone, for `plan_undo`.

    A step and its undoing by the same account, both since then, are not among them.
    """
    steps = ChangeSet.objects.filter(actor=actor, at__gte=moment)
    undone = set(steps.exclude(undone_by=None).values_list("id", flat=True))
    rows = steps.filter(undone_by=None).values_list("id", "undoes")
    return [id_ for id_, undoes in rows if undoes not in undone]


def changes_settings(step_ids: Iterable[uuid.UUID]) -> bool:
    """Return whether one of these steps changed a general setting: a field of the operator that is neither its
    coverage area nor the golden visitors. What is not recorded field by field counts as one.
    """
    changes = Change.objects.filter(subject=OPERATOR)
    return any(
        _settings_differ(change.before or {}, change.after or {})
        for portion in portions_of(list(step_ids))
        for change in changes.filter(change_set__in=portion)
    )


def _settings_differ(before: Fields, after: Fields) -> bool:
    names = (before.keys() | after.keys()) - _NOT_SETTINGS
    return not before or not after or any(before.get(name) != after.get(name) for name in names)


def _plan_step(step: ChangeSet, states: States, *, undone: Collection[uuid.UUID]) -> StepReversal:
    recorded: dict[Key, Change] = {}
    last: dict[Key, int] = {}
    for change in step.changes.order_by("id"):
        key = Key(change.subject, change.subject_id)
        if key in recorded:
            change.before = recorded[key].before
        recorded[key], last[key] = change, change.id
    states.load(recorded)
    reversals, skipped = [], []
    for key, change in recorded.items():
        result = _reverse(key, change, states.fields[key])
        if isinstance(result, Reversal):
            reversals.append(result)
        else:
            skipped.append(result)
    reversals, without_name = _without_taken_names(reversals, states)
    return StepReversal(step, tuple(reversals), _with_later(skipped, last, undone=undone) + tuple(without_name))


def _reverse(key: Key, change: Change, now: Fields | None) -> Reversal | Skipped:
    before, after = change.before, change.after
    name = str((now or after or before or {}).get("name", ""))
    if key.subject not in {PARTNER, OPERATOR, FINDING} or (before is None and after is None):
        return Skipped(key, name, "unreadable")
    if now is None or after is None:
        return Skipped(key, name, "destroyed")
    if not is_as_recorded(now, after):
        return Skipped(key, name, "changed")
    # A creation is undone by the trash, from which the partner can be restored.
    try:
        target = now | {"trashed_at": NOW} if before is None else reverted(now, before, after)
        if key.subject == OPERATOR:
            operator_values(target)
        elif key.subject == FINDING:
            acceptance(target)
        else:
            partner_values(target)
    except Unreadable:
        return Skipped(key, name, "unreadable")
    return Reversal(key, now, target)


def _without_taken_names(reversals: list[Reversal], states: States) -> tuple[list[Reversal], list[Skipped]]:
    """Leave out the partners whose names others would have. A partner that is left out keeps its present name."""
    skipped: list[Skipped] = []
    while True:
        targets = {reversal.key: reversal for reversal in reversals if is_present(reversal.after)}
        holders = states.holders(str(reversal.after["name"]) for reversal in targets.values() if _is_partner(reversal))
        changing = {reversal.key.subject_id for reversal in reversals if _is_partner(reversal)}
        taken: dict[str, tuple[int, str]] = {
            key: holder for key, holder in holders.items() if holder[0] not in changing
        }
        lost = []
        # Those that keep their names have them before others.
        for reversal in sorted(filter(_is_partner, targets.values()), key=_takes_name):
            folded, own = name_key(reversal.name), (reversal.key.subject_id, reversal.name)
            if taken.setdefault(folded, own)[0] != own[0]:
                lost.append(Skipped(reversal.key, reversal.name, "name_taken", holder=taken[folded]))
        if not lost:
            return reversals, skipped
        skipped += lost
        left = {one.key for one in lost}
        reversals = [reversal for reversal in reversals if reversal.key not in left]


def _is_partner(reversal: Reversal) -> bool:
    return reversal.key.subject == PARTNER


def _takes_name(reversal: Reversal) -> bool:
    before, after = reversal.before, reversal.after
    return not (is_present(before) and name_key(str(before["name"])) == name_key(str(after["name"])))


def _with_later(
    skipped: Sequence[Skipped], last: dict[Key, int], *, undone: Collection[uuid.UUID]
) -> tuple[Skipped, ...]:
    """Add the last change since to the objects that were changed since. One query for 500 of them."""
    later: dict[Key, uuid.UUID] = {}
    changed = [one.key for one in skipped if one.why == "changed"]
    for portion in portions_of(changed):
        since = Change.objects.filter(subject_id__in=[key.subject_id for key in portion], id__gt=min(last.values()))
        rows = since.order_by("id").values_list("id", "subject", "subject_id", "change_set")
        for id_, subject, subject_id, step in rows:
            if step not in undone and id_ > last.get(key := Key(subject, subject_id), id_):
                later[key] = step
    return tuple(replace(one, later=later.get(one.key)) for one in skipped)
