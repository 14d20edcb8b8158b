"""The plan of an import as text and as JSON. Both are in the active language."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from renvoi.cli.foreseen_output import cells_as_json, lines_of_cells
from renvoi.cli.setup import printable

if TYPE_CHECKING:
    from renvoi.partners.importing.plan import Plan
    from renvoi.partners.importing.reading.problems import Problem


def plan_as_json(plan: "Plan", *, today: date) -> dict[str, Any]:
    """Return the counts, the problems and the cells that change. A new partner has no id in them."""
    return {
        "created": len(plan.creations),
        "changed": len(plan.updates),
        "identical": plan.identical,
        "errors": [_problem_as_json(problem) for problem in plan.errors],
        "warnings": [_problem_as_json(problem) for problem in plan.warnings],
        "consequences": cells_as_json(plan.foreseen.cells, _names_of(plan), today=today),
    }


def plan_as_text(plan: "Plan", *, today: date) -> str:
    """Return the counts, each change with the fields that differ, the problems, and the first consequences."""
    return "\n".join(printable(line) for line in _lines(plan, today=today))


def _lines(plan: "Plan", *, today: date) -> Iterator[str]:
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
    yield from lines_of_cells(plan.foreseen.cells, _names_of(plan), today=today)


def _problem_as_json(problem: "Problem") -> dict[str, Any]:
    return {"line": problem.line, "column": problem.column, "reason": problem.reason}


def _names_of(plan: "Plan") -> Mapping[int, str]:
    """Return the names of the partners in the consequences, as they would be."""
    from renvoi.partners.consequences import names_in

    names = names_in(plan.foreseen.cells)
    names |= {update.partner_id: update.after.name for update in plan.updates}
    return names | {creation.provisional_id: creation.values.name for creation in plan.creations}
