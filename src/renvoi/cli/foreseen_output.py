"""The cells whose decision would change, as text and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from renvoi.cli.setup import counted

if TYPE_CHECKING:
    from renvoi.domain.difference import CellChange, Outcome

_SHOWN_CELLS = 20


def cells_as_json(cells: Sequence["CellChange"], names: Mapping[int, str], *, today: date) -> list[dict[str, Any]]:
    """Return the cells, with the partners' names by id. A partner that would be new has no id.

    `prospects` came from the cell's country in the last 30 days, and read its language.
    """
    from renvoi.reports.demand import recent_demand

    demand = recent_demand(today=today) if cells else {}
    return [
        {
            "country": change.cell.country,
            "region": change.cell.region,
            "language": change.cell.language,
            "before": _outcome_as_json(change.before, names),
            "after": _outcome_as_json(change.after, names),
            "prospects": demand.get((change.cell.country, change.cell.language), 0) if change.cell.country else 0,
        }
        for change in cells
    ]


def lines_of_cells(cells: Sequence["CellChange"], names: Mapping[int, str], *, today: date) -> Iterator[str]:
    """Yield how many answers change, how many prospects of the last 30 days that concerns, and the first of them.

    A cell in which only the reason differs is left out.
    """
    from renvoi.reports.weighing import Concerned, weigh

    cells = [change for change in cells if change.is_seen]
    if cells:
        weight = weigh(Concerned.by(cells), today=today)
        prospects = counted(weight.concerned, one="prospect", many="prospects")
        for_whom = f", for {prospects} of the last 30 days" if weight.concerned else ""
        answers = counted(len(cells), one="answer", many="answers")
        yield f"{answers} to prospects would change{for_whom} (place, language):"
    for change in cells[:_SHOWN_CELLS]:
        before, after = (_outcome_as_text(outcome, names) for outcome in (change.before, change.after))
        yield f"    {change.cell.region or change.cell.country} {change.cell.language}: {before} → {after}"
    if len(cells) > _SHOWN_CELLS:
        yield f"    … and {len(cells) - _SHOWN_CELLS:,} more: --json lists them all"


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
