"""The cells whose decision would change, as text and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from renvoi.cli.setup import counted

if TYPE_CHECKING:
    from renvoi.domain.difference import CellChange, Outcome

_SHOWN_CELLS = 20


def cells_as_json(cells: Sequence["CellChange"], names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return the cells, with the partners' names by id. A partner that would be new has no id."""
    return [
        {
            "country": change.cell.country,
            "region": change.cell.region,
            "language": change.cell.language,
            "before": _outcome_as_json(change.before, names),
            "after": _outcome_as_json(change.after, names),
        }
        for change in cells
    ]


def lines_of_cells(cells: Sequence["CellChange"], names: Mapping[int, str]) -> Iterator[str]:
    """Yield how many cells change, and the first of them."""
    if cells:
        yield f"{counted(len(cells), one='answer', many='answers')} to prospects would change (place, language):"
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
