"""What a page shows of a plan: its counts, and as much of its contents as fits on a page, in both languages.

It is stored with the job, because the plan itself can be as large as the file.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NotRequired, Self, TypedDict, TypeVar

from django.utils.translation import override

from renvoi.domain.difference import CellChange
from renvoi.domain.places import LANGUAGES
from renvoi.partners.consequences import leaves_nobody, names_in
from renvoi.partners.importing.plan import Plan, Update
from renvoi.partners.importing.reading.problems import Problem, shortened

_T = TypeVar("_T")
_NAMED = 3
_PLACES = 12
_LONGEST = 300
# How many characters of each kind a page has room for, and what its markup adds to each item.
_ERRORS, _WARNINGS, _CHANGES, _CREATIONS, _GROUPS = 160_000, 15_000, 45_000, 6_000, 15_000
_MARKUP = 130
_REFUSALS = frozenset({"too_large", "format", "damaged", "password", "empty"})


class ShownProblem(TypedDict):
    """An error or a warning; `reason` is its sentence by language."""

    line: int
    column: str
    reason: dict[str, str]


class ShownChange(TypedDict):
    """A partner that changes. `fields` has (name, text before, text after) of each field that differs."""

    line: int
    partner_id: int
    name: str
    replaces: bool
    fields: list[tuple[str, str, str]]


class ShownOutcome(TypedDict):
    """What prospects get: the names of the first partners, their number, and the kind of the decision."""

    kind: str
    names: list[str]
    count: int


class ShownGroup(TypedDict):
    """Cells whose outcome changes in the same way: how many, in how many places, and those of the first places.

    A cell is (country, region, language).
    `differs`: in what the two outcomes differ if the partners are the same: in the address, or in the reason.
    """

    differs: str
    before: ShownOutcome
    after: ShownOutcome
    count: int
    places: int
    cells: list[tuple[str, str, str]]


class Report(TypedDict):
    """The counts of a plan, and the first of its errors, warnings, changes, new partners and consequences.

    `refusal`: the file was refused as a whole, for the only error. `weighed` has each country and language whose answer
    changes, and whether its prospects would have no partner any more; a host of an earlier version leaves it out.
    """

    created: int
    changed: int
    identical: int
    repeated: int
    errors: int
    warnings: int
    replaced: int
    cells: int
    is_large: bool
    refusal: bool
    annotated: int
    shown_errors: list[ShownProblem]
    shown_warnings: list[ShownProblem]
    shown_changes: list[ShownChange]
    shown_creations: list[tuple[int, str]]
    groups: list[ShownGroup]
    losses: list[tuple[str, str]]
    weighed: NotRequired[list[tuple[str, str, bool]]]


def report_of(plan: Plan) -> Report:
    """Return what is shown of a plan. `annotated` is the size of the file with its problems: the caller sets it."""
    return Report(
        created=len(plan.creations),
        changed=len(plan.updates),
        identical=plan.identical,
        repeated=plan.repeated,
        errors=len(plan.errors),
        warnings=len(plan.warnings),
        replaced=len(plan.replacements),
        cells=len(plan.foreseen.cells),
        is_large=plan.is_large,
        refusal=len(plan.errors) == 1 and plan.errors[0].code in _REFUSALS and not plan.identical + plan.count,
        annotated=0,
        shown_errors=list(_within(map(_problem, plan.errors), _ERRORS)),
        shown_warnings=list(_within(map(_problem, plan.warnings), _WARNINGS)),
        shown_changes=list(_within(map(_change, _replacing_first(plan.updates)), _CHANGES)),
        shown_creations=list(_within(((one.line, one.values.name) for one in plan.creations), _CREATIONS)),
        groups=list(_within(_groups(plan), _GROUPS)),
        losses=[(loss.country, loss.language or "") for loss in plan.foreseen.losses],
        weighed=_weighed(plan.foreseen.cells),
    )


def _weighed(cells: Iterable[CellChange]) -> list[tuple[str, str, bool]]:
    left: dict[tuple[str, str], bool] = {}
    for change in filter(lambda change: change.is_seen, cells):
        group = change.cell.country or "", change.cell.language
        left[group] = left.get(group, False) or leaves_nobody(change)
    return [(country, language, is_left) for (country, language), is_left in left.items()]


def _within(items: Iterable[_T], room: int) -> Iterator[_T]:
    """Yield the first items, as long as there is room for them: at least one."""
    used = 0
    for item in items:
        used += len(json.dumps(item, ensure_ascii=False)) + _MARKUP
        if used > room and used > _MARKUP + _LONGEST:
            return
        yield item


def _problem(problem: Problem) -> ShownProblem:
    reason: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            reason[language] = problem.reason
    return ShownProblem(line=problem.line, column=problem.column, reason=reason)


def _replacing_first(updates: Sequence[Update]) -> list[Update]:
    """Return the updates with those that must be confirmed before the others."""
    return sorted(updates, key=lambda update: not update.replaces)


def _change(update: Update) -> ShownChange:
    return ShownChange(
        line=update.line,
        partner_id=update.partner_id,
        name=update.before.name,
        replaces=update.replaces,
        fields=[(change.field, change.before[:_LONGEST], change.after[:_LONGEST]) for change in update.changes],
    )


class _Kind(NamedTuple):
    """What cells of a group have in common."""

    before: tuple[str, tuple[int, ...]]
    after: tuple[str, tuple[int, ...]]
    differs: str

    @classmethod
    def of(cls, change: CellChange) -> Self:
        before, after = change.before, change.after
        differs = "address" if before.destination != after.destination else "reason"
        is_same = (before.kind, before.partners) == (after.kind, after.partners)
        return cls((before.kind, before.partners), (after.kind, after.partners), differs if is_same else "")


def _groups(plan: Plan) -> Iterator[ShownGroup]:
    """Yield the cells that change in the same way together, the largest groups first."""
    names_before = names_in(plan.foreseen.cells)
    names = names_before | {update.partner_id: update.after.name for update in plan.updates}
    names |= {creation.provisional_id: creation.values.name for creation in plan.creations}
    cells: dict[_Kind, list[Any]] = defaultdict(list)
    for change in plan.foreseen.cells:
        cells[_Kind.of(change)].append(change.cell)
    for kind, members in sorted(cells.items(), key=lambda item: -len(item[1])):
        places = list(dict.fromkeys((cell.country, cell.region) for cell in members))
        first = set(places[:_PLACES])
        shown = [cell for cell in members if (cell.country, cell.region) in first]
        yield ShownGroup(
            before=_outcome(*kind.before, names_before),
            after=_outcome(*kind.after, names),
            differs=kind.differs,
            count=len(members),
            places=len(places),
            cells=[(cell.country or "", cell.region or "", cell.language) for cell in shown],
        )


def _outcome(kind: str, partners: Sequence[int], names: Mapping[int, str]) -> ShownOutcome:
    shown = [shortened(names.get(id_, str(id_))) for id_ in partners[:_NAMED]]
    return ShownOutcome(kind=kind, names=shown, count=len(partners))
