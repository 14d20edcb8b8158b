"""Recognize the headings of a file: those of the exports, in either language, or the columns' own names."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from renvoi.domain.names.keys import fold, words
from renvoi.domain.places import LANGUAGES
from renvoi.partners.exporting import HEADINGS
from renvoi.partners.fields import LABELS
from renvoi.partners.figures import Figure
from renvoi.partners.importing.reading.delimited import Row
from renvoi.partners.importing.reading.problems import FileRefused, Problem, shortened

PROBLEM = "problem"
"""The column that a checked file has besides: what is wrong with each row. It is not read."""
UNREAD = "-"
"""Stands for a column whose heading is refused."""
PROBLEM_HEADING = _("Problem")
_SIMILAR = 0.6
_MAX_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column each cell of a row belongs to: UNREAD if its heading is refused, an empty name if it has none.

    `headings` maps the columns of the file to their headings as they stand there.
    """

    columns: tuple[str, ...]
    headings: Mapping[str, str]

    def heading(self, column: str) -> str:
        """Return the heading of a column in the file; its name if the file lacks it."""
        return self.headings.get(column, column)


def is_heading(text: str) -> bool:
    """Return whether a text is the heading of a column."""
    return _column_of(text) != ""


def read_headings(row: Row) -> tuple[Layout, list[Problem]]:
    """Return the layout of a file, and what is wrong with its headings.

    An unknown heading counts as the one that is proposed instead, so that the rows can be checked all the same. Raises
    FileRefused if there are too many.
    """
    cells = row.cells
    if len(cells) > _MAX_COLUMNS:
        sentence = _("There are more than %(limit)s columns. Remove those that are not headings of this list.")
        raise FileRefused(Problem(row.line, "", "columns", sentence, {"limit": Figure(_MAX_COLUMNS)}))
    known = [_column_of(cell) for cell in cells]
    columns: list[str] = []
    headings: dict[str, str] = {}
    problems = []
    for cell, name in zip(cells, known, strict=True):
        column = name
        if not name and cell.strip():
            proposal = _proposal(cell, present=known)
            problems.append(_unknown(row.line, cell, proposal))
            column = UNREAD if proposal in headings else proposal or UNREAD
        if column in headings:
            problems.append(_twice(row.line, cell, headings[column]))
            column = UNREAD
        columns.append(column)
        if column not in {"", UNREAD}:
            headings[column] = shortened(cell)
    while columns and not columns[-1]:
        columns.pop()
    problems += _lacking_columns(row.line, headings)
    return Layout(tuple(columns), headings), problems


def _lacking_columns(line: int, headings: Mapping[str, str]) -> list[Problem]:
    if headings.keys() & {"id", "name"}:
        return []
    sentence = _("The column Name is missing: without it, no row can be recognized.")
    return [Problem(line, "", "no_name", sentence)]


def _unknown(line: int, cell: str, proposal: str) -> Problem:
    shown = shortened(cell)
    if not proposal:
        sentence = _("“%(heading)s” is not a heading of this list. Correct it, or remove the column.")
        return Problem(line, shown, "unknown_heading", sentence, {"heading": shown})
    sentence = _("“%(heading)s” is not a heading of this list. Is it “%(proposal)s”?")
    return Problem(line, shown, "unknown_heading", sentence, {"heading": shown, "proposal": _Heading(proposal)})


def _twice(line: int, cell: str, other: str) -> Problem:
    shown = shortened(cell)
    sentence = _("The headings “%(first)s” and “%(second)s” mean the same column. Remove one of the two.")
    return Problem(line, shown, "duplicate_heading", sentence, {"first": other, "second": shown})


class _Heading:
    """The heading of a column, in the language in which it is shown."""

    def __init__(self, column: str) -> None:
        self._column = column

    def __str__(self) -> str:
        return str(HEADINGS[self._column])


def _proposal(cell: str, *, present: Sequence[str]) -> str:
    """Return the column whose heading is most like a text, among those that the file lacks; empty if none is."""
    key = _key(shortened(cell))
    candidates = {other: column for other, column in _columns_by_key().items() if column not in {*present, PROBLEM}}
    if close := difflib.get_close_matches(key, candidates, n=1, cutoff=_SIMILAR):
        return candidates[close[0]]
    within = [other for other in candidates if f" {key} ".startswith(f" {other} ")]
    return candidates[max(within, key=len)] if within else ""


def _column_of(text: str) -> str:
    """Return the column with a heading, empty if there is none. "countries" is a name, "Countries" a heading."""
    stripped = text.strip()
    return stripped if stripped in HEADINGS else _columns_by_key().get(_key(shortened(stripped)), "")


def _key(text: str) -> str:
    return words(fold(text))


@cache
def _columns_by_key() -> Mapping[str, str]:
    """Map the folded words of each name, label and heading to its column. A heading wins over a label or a name."""
    columns = {_key(name): name for name in (*HEADINGS, PROBLEM)}
    for sentences in (LABELS, {**HEADINGS, PROBLEM: PROBLEM_HEADING}):
        for language in LANGUAGES:
            with override(language):
                columns |= {_key(str(sentence)): name for name, sentence in sentences.items()}
    return columns
