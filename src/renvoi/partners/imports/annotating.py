"""Write a checked file again, with what is wrong with each row in a column of its own."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from django.utils.translation import override

from renvoi.domain.places import Language
from renvoi.exports.delimited import escape_formula
from renvoi.exports.table import Column, Table
from renvoi.exports.workbook import render_xlsx
from renvoi.partners.importing.headings import PROBLEM, PROBLEM_HEADING, is_heading, read_headings
from renvoi.partners.importing.plan import Plan
from renvoi.partners.importing.reading.delimited import Row
from renvoi.partners.importing.reading.problems import FileRefused, Problem
from renvoi.partners.importing.reading.rows import read_cells, separator_in


def annotated(content: bytes, plan: Plan, *, language: Language) -> bytes:
    """Return the file of a plan with a column “Problem”: the same format, separator and rows.

    The text is UTF-8, and no cell begins as a formula. Empty if nothing of the file can be read.
    """
    with override(language):
        heading, problems = str(PROBLEM_HEADING), _texts([*plan.errors, *plan.warnings])
    rows = _rows(content, problems, heading=heading)
    first = next(rows, None)
    if first is None:
        return b""
    separator = separator_in(content, is_heading=is_heading)
    return _delimited(first, rows, separator) if separator else _workbook(first, rows, language=language)


def _texts(problems: Iterable[Problem]) -> Mapping[int, str]:
    """Map each row to what is wrong with it."""
    by_line: dict[int, list[str]] = defaultdict(list)
    for problem in problems:
        text = f"{problem.column}: {problem.reason}" if problem.column else problem.reason
        if text not in by_line[problem.line]:
            by_line[problem.line].append(text)
    return {line: "\n".join(texts) for line, texts in by_line.items()}


def _rows(content: bytes, problems: Mapping[int, str], *, heading: str) -> Iterator[Sequence[str]]:
    """Yield the rows with their problems; at the end, those of a place from which the file can't be read."""
    at: int | None = None
    line = 0
    try:
        for row in read_cells(content, is_heading=is_heading):
            line = row.line
            if at is None and any(map(str.strip, row.cells)):
                at, cells = _headed(row, heading)
                # What is wrong with the headings stands beside them.
                yield [*cells[:at], "\n".join(filter(None, [heading, problems.get(line, "")])), *cells[at + 1 :]]
            elif at is None:
                yield row.cells
            else:
                yield _with_problem(row, problems.get(line, ""), at)
    except FileRefused as refused:
        if at is not None and refused.problem.line > line:
            yield [*[""] * at, problems.get(refused.problem.line, "")]


def _headed(row: Row, heading: str) -> tuple[int, list[str]]:
    """Return where the problems of a row stand, and the headings with one for them."""
    try:
        columns = read_headings(row)[0].columns
    except FileRefused:
        columns = ()
    cells = list(row.cells)
    if PROBLEM in columns:
        return columns.index(PROBLEM), cells
    while cells and not cells[-1].strip():
        cells.pop()
    return len(cells), [*cells, heading]


def _with_problem(row: Row, problem: str, at: int) -> list[str]:
    if not row.cells and not problem:
        return []
    cells = [*row.cells, *[""] * (at - len(row.cells))]
    return [*cells[:at], problem, *cells[at + 1 :]]


def _delimited(first: Sequence[str], rows: Iterable[Sequence[str]], separator: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerow(map(escape_formula, first))
    writer.writerows(map(escape_formula, row) for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode(errors="replace")


def _workbook(first: Sequence[str], rows: Iterable[Sequence[str]], *, language: Language) -> bytes:
    # The renderer wants one column that names the rows; nothing of it shows in a workbook.
    columns = tuple(
        replace(Column(_plain(cell)), kind="text" if number else "name") for number, cell in enumerate(first)
    )
    plain = (tuple(map(_plain, row)) for row in rows)
    file = io.BytesIO()
    render_xlsx(Table(title="1", language=language, columns=columns, rows=plain, count=0), file=file)
    return file.getvalue()


def _plain(cell: str) -> str:
    """Return a cell without lone surrogates, which no file can contain."""
    return cell.encode(errors="replace").decode()
