"""The plan of an import as text and as JSON. Both are in the active language."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from renvoi.cli.setup import counted, printable

if TYPE_CHECKING:
    from renvoi.domain.difference import Outcome
    from renvoi.partners.importing.plan import Plan
    from renvoi.partners.importing.reading.problems import Problem

_SHOWN_CELLS = 20


def plan_as_json(plan: "Plan") -> dict[str, Any]:
    """Return the counts, the problems and the cells that change. A new partner has no id in them."""
    names = _names_of(plan)
    return {
        "created": len(plan.creations),
        "changed": len(plan.updates),
        "identical": plan.identical,
        "errors": [_problem_as_json(problem) for problem in plan.errors],
        "warnings": [_problem_as_json(problem) for problem in plan.warnings],
        "consequences": [
            {
                "country": change.cell.country,
                "region": change.cell.region,
                "language": change.cell.language,
                "before": _outcome_as_json(change.before, names),
                "after": _outcome_as_json(change.after, names),
            }
            for change in plan.foreseen.cells
        ],
    }


def plan_as_text(plan: "Plan") -> str:
    """Return the counts, each change with the fields that differ, the problems, and the first consequences."""
    return "\n".join(printable(line) for line in _lines(plan))


def _lines(plan: "Plan") -> Iterator[str]:
    repeated = f", repeated rows: {plan.repeated:,}" if plan.repeated else ""
    yield f"Created: {len(plan.creations):,}, changed: {len(plan.updates):,}, identical: {plan.identical:,}{repeated}"
    for creation in plan.creations:
        yield f"row {creation.line}: create {creation.values.name} ({' '.join(creation.values.countries)})"
    for update in plan.updates:
        yield f"row {update.line}: change {update.before.name} ({update.partner_id})"
        for change in update.changes:
            yield f"    {change.field}: {change.before or '-'} → {change.after or '-'}"
    for word, problems in (("error", plan.errors), ("warning", plan.warnings)):
        for problem in problems:
            place = f"row {problem.line}, {problem.column}" if problem.column else f"row {problem.line}"
            yield f"{word}: {place}: {problem.reason}"
    yield from _consequences(plan)


def _consequences(plan: "Plan") -> Iterator[str]:
    cells, names = plan.foreseen.cells, _names_of(plan)
    if cells:
        yield f"{counted(len(cells), one='answer', many='answers')} to prospects would change (place, language):"
    for change in cells[:_SHOWN_CELLS]:
        before, after = (_outcome_as_text(outcome, names) for outcome in (change.before, change.after))
        yield f"    {change.cell.region or change.cell.country} {change.cell.language}: {before} → {after}"
    if len(cells) > _SHOWN_CELLS:
        yield f"    … and {len(cells) - _SHOWN_CELLS:,} more: --json lists them all"


def _problem_as_json(problem: "Problem") -> dict[str, Any]:
    return {"line": problem.line, "column": problem.column, "reason": problem.reason}


def _outcome_as_json(outcome: "Outcome", names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "decision": outcome.kind,
        "reason": outcome.reason,
        "partners": [{"id": id_ if id_ > 0 else None, "name": names.get(id_, "")} for id_ in outcome.partners],
        "destination": outcome.destination,
    }


def _outcome_as_text(outcome: "Outcome", names: Mapping[int, str]) -> str:
    partners = ", ".join(names.get(id_, str(id_)) for id_ in outcome.partners)
    return partners or outcome.kind


def _names_of(plan: "Plan") -> Mapping[int, str]:
    """Return the names of the partners in the consequences, as they would be. One query for 500 of them."""
    from renvoi.partners.actions.writing import portions_of
    from renvoi.partners.models import Partner

    outcomes: Iterable[Outcome] = (
        outcome for change in plan.foreseen.cells for outcome in (change.before, change.after)
    )
    ids = sorted({id_ for outcome in outcomes for id_ in outcome.partners if id_ > 0})
    names: dict[int, str] = {}
    for portion in portions_of(ids):
        names |= dict(Partner.objects.filter(id__in=portion).values_list("id", "name"))
    names |= {update.partner_id: update.after.name for update in plan.updates}
    return names | {creation.provisional_id: creation.values.name for creation in plan.creations}
