"""Prepare a table for rows.typ, which prints a line for each record: the widths of columns, and where a word may break.

Widths are in points, those of letters in parts of the size of the text, of which they are upper bounds: a word that
might not fit into its column gets places where it may be broken.
"""

import math
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

from renvoi.exports.printing import Cell, is_right_to_left, link_pieces, printable_text, shared_layout, split_run
from renvoi.exports.table import Column, Paper, Row, Table

_LINE_WIDTHS: dict[Paper, float] = {"a4": 756.0, "letter": 706.0}
_INSET = 4.0
_TEXT_SIZE = 8.0
_LINES_OF_PAGE = 20
"""So many lines of a row always fit on a page."""
_ADDRESS_KINDS = frozenset({"link", "number"})

_WIDTHS = {"W": 0.94, "M": 0.92, "m": 0.94, "w": 0.8, "@": 0.91, "%": 0.85, "&": 0.74, "+": 0.58, "-": 0.35, "_": 0.46}
_NARROW = frozenset("ijlIJfrt|.,:;'!()[]{}/\\\"*`")
_NARROW_WIDTH, _CAPITAL_WIDTH, _USUAL_WIDTH, _WIDEST = 0.43, 0.79, 0.62, 1.3
_BOLD_FACTOR = 1.1
_AVERAGE_WIDTH = 0.55


def layout_of_rows(table: Table) -> dict[str, Any]:
    """What all parts of a table share. The keys are those of `part` in page.typ and rows.typ."""
    return shared_layout(table) | {"shares": [column.share for column in table.columns], "inset": _INSET}


def prepare_lines(table: Table, rows: Sequence[Row]) -> dict[str, Any]:
    """The rows for rows.typ, and the indexes of those that may be too long for one page."""
    widths = _widths(table)
    return {
        "rows": [
            [_cell(text, column, width=width) for text, column, width in zip(row, table.columns, widths, strict=True)]
            for row in rows
        ],
        "long": [index for index, row in enumerate(rows) if _lines(row, widths) > _LINES_OF_PAGE],
    }


def _widths(table: Table) -> list[float]:
    """The width that each column has for its text."""
    total = sum(column.share for column in table.columns)
    return [_LINE_WIDTHS[table.paper] * column.share / total - 2 * _INSET for column in table.columns]


def _cell(text: str, column: Column, *, width: float) -> Cell:
    """The value for rows.typ: the text, or a dictionary of its pieces, direction and link if it needs them."""
    factor = _BOLD_FACTOR if column.kind == "name" else 1.0
    printable = printable_text(text)
    if column.kind == "link":
        pieces = link_pieces(printable) if _width_of(printable) > width else [printable]
    else:
        pieces = _pieces(printable, width=width / factor)
    rtl = column.kind not in _ADDRESS_KINDS and is_right_to_left(printable)
    if len(pieces) == 1 and not rtl:
        return printable
    href = text if column.kind == "link" and text.startswith(("http://", "https://")) else None
    return {"pieces": pieces, "rtl": rtl, "href": href}


def _pieces(text: str, *, width: float) -> list[str]:
    """Split each word that may be wider than the column. A line may end after any piece."""
    if _width_of(text) <= width:
        return [text]
    pieces, plain = [], ""
    for word in _words(text):
        if _width_of(word) <= width:
            plain += word
            continue
        pieces += [plain, *split_run(word)] if plain else split_run(word)
        plain = ""
    return [*pieces, plain] if plain else pieces


def _words(text: str) -> list[str]:
    """Split a text into words and what is between them."""
    words, start = [], 0
    for position in range(1, len(text)):
        if text[position].isspace() != text[position - 1].isspace():
            words.append(text[start:position])
            start = position
    return [*words, text[start:]]


def _width_of(text: str) -> float:
    return sum(map(_letter_width, text)) * _TEXT_SIZE


@cache
def _letter_width(letter: str) -> float:
    """Return the upper bound of a letter's width: that of the letter below its accent, the widest of other scripts."""
    base = unicodedata.normalize("NFD", letter)[:1]
    if not base.isascii():
        return _WIDEST
    if base in _WIDTHS:
        return _WIDTHS[base]
    if base in _NARROW or base.isspace():
        return _NARROW_WIDTH
    return _CAPITAL_WIDTH if base.isupper() else _USUAL_WIDTH


def _lines(row: Row, widths: Sequence[float]) -> int:
    """Return about how many lines the longest cell of a row has."""
    return max(
        math.ceil(len(text) * _AVERAGE_WIDTH * _TEXT_SIZE / width) + text.count("\n")
        for text, width in zip(row, widths, strict=True)
    )
