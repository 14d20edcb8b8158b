"""Prepare a table for records.typ: line breaks, text direction, and which columns share a line.

The result is JSON. The templates treat every text in it as a value, never as markup.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby, pairwise
from typing import Any

from renvoi.exports.table import SHORT_KINDS, Column, Kind, Paper, Row, Table

FONTS = ("Noto Sans", "IBM Plex Sans Arabic")
"""The font families that come with Renvoi, in order of preference. Fonts of the system come after them."""

# In points. The widths of letters are averages of Noto Sans: an estimate; a longer text wraps.
_BODY_WIDTHS: dict[Paper, float] = {"a4": 750.0, "letter": 700.0}
_GAP = 5.0
_LABEL_LETTER_WIDTH, _VALUE_LETTER_WIDTH = 4.3, 4.8
_MIN_LABEL_WIDTH, _MAX_LABEL_WIDTH = 60.0, 130.0
_FACT_LETTERS = 17

# How many of the widest letters always fit on a line: a longer run needs a place where it may be broken.
_MAX_UNBROKEN_LETTERS: dict[Kind, int] = {"name": 50, "text": 70, "link": 70, "fact": 17, "number": 17}
_PIECE_LETTERS = 3
# How many letters of the description the head of a page repeats: three lines of the widest.
_HEAD_LETTERS = 300
# How many average letters fit on a line, and how many lines always fit on a page.
_LINE_LETTERS, _PAGE_LINES = 75, 28

# Blanks, line ends and U+FEFF that fonts have no glyph for, and what typst can draw instead.
_REPLACEMENTS = str.maketrans({"\t": " ", "\ufeff": "\u2060"} | dict.fromkeys("\v\f\r\x85\u2028\u2029", "\n"))
# An address and a number are read from left to right.
_DIRECTED_KINDS: frozenset[Kind] = frozenset({"name", "text", "fact"})
_LTR, _RTL = frozenset({"L"}), frozenset({"R", "AL"})
_JOINERS = frozenset("\u200c\u200d")
_TONES_AND_FLAGS = frozenset(map(chr, [*range(0x1F3FB, 0x1F400), *range(0x1F1E6, 0x1F200), *range(0xE0020, 0xE0080)]))

_ADDRESS = re.compile(r"https?://\S")
# A URL may be broken after these delimiters, and before and after a percent-encoded byte.
_ADDRESS_PART = re.compile(r"%[0-9A-Fa-f]{2}|[^%/?&=;,._-]*[/?&=;,._-]+|[^%/?&=;,._-]+|%")
_MAX_PART_LETTERS = 24

Cell = str | dict[str, Any]


def layout(table: Table) -> dict[str, Any]:
    """What all parts of a table share: texts, columns, and which columns share a line. The keys are those of `part` in
    page.typ and records.typ."""
    first = table.name_index + 1
    groups = _groups(table.columns, first=first)
    label_width = _label_width(table.columns)
    return shared_layout(table) | {
        "before": list(range(table.name_index)),
        "groups": groups,
        "label_width": label_width,
        "widths": {str(group[0]): _widths(table, group, label_width=label_width) for group in groups if len(group) > 1},
    }


def shared_layout(table: Table) -> dict[str, Any]:
    """What both forms of a table share. The keys are those of `part` in page.typ."""
    return {
        "title": table.title,
        "language": table.language,
        "fonts": FONTS,
        "about": [_cell(line, kind="text") for line in table.about],
        "head": [_cell(line, kind="text") for line in _shortened(table.about)],
        "paper": {"a4": "a4", "letter": "us-letter"}[table.paper],
        "unshown_note": table.unshown_note,
        "columns": [
            {"heading": column.heading, "kind": column.kind, "language": column.language} for column in table.columns
        ],
        "name": table.name_index,
    }


def prepare_rows(columns: Sequence[Column], rows: Sequence[Row]) -> dict[str, Any]:
    """The rows for records.typ, and the indexes of those that may be too long for one page."""
    formatters = [partial(_cell, kind=column.kind) for column in columns]
    return {
        "rows": [[format_cell(text) for format_cell, text in zip(formatters, row, strict=True)] for row in rows],
        "long": [index for index, row in enumerate(rows) if _estimate_lines(row) > _PAGE_LINES],
    }


def _shortened(about: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the description as the head of a page repeats them: a long search is cut."""
    left = _HEAD_LETTERS
    for line in about:
        if left > 0:
            yield line if len(line) <= left else line[:left] + "…"
        left -= len(line)


def _groups(columns: Sequence[Column], *, first: int) -> list[list[int]]:
    """The columns after the name, by line: adjacent short columns share one."""
    numbers = range(first, len(columns))
    runs = groupby(numbers, key=lambda number: columns[number].kind in SHORT_KINDS)
    return [line for is_short, run in runs for line in _lines_of_group(list(run), is_short=is_short)]


def _lines_of_group(numbers: list[int], *, is_short: bool) -> Iterator[list[int]]:
    if is_short:
        yield numbers
    else:
        yield from ([number] for number in numbers)


def _label_width(columns: Sequence[Column]) -> float:
    widest = max(len(column.heading) for column in columns) * _LABEL_LETTER_WIDTH
    return min(max(widest, _MIN_LABEL_WIDTH), _MAX_LABEL_WIDTH)


def _widths(table: Table, group: Sequence[int], *, label_width: float) -> list[float]:
    """The width of each column that shares a line, in points. The first includes the label column; the others share the
    rest of the line."""
    first = label_width + _GAP + _FACT_LETTERS * _VALUE_LETTER_WIDTH
    natural_widths = [
        len(table.columns[number].heading) * _LABEL_LETTER_WIDTH + _FACT_LETTERS * _VALUE_LETTER_WIDTH
        for number in group[1:]
    ]
    scale = (_BODY_WIDTHS[table.paper] - first) / sum(natural_widths)
    return [first, *(width * min(scale, 1.25) for width in natural_widths)]


def _cell(text: str, *, kind: Kind) -> Cell:
    """The value for records.typ: the text, or a dictionary of its pieces, direction and link if it needs them."""
    if len(text) <= _MAX_UNBROKEN_LETTERS[kind] and text.isascii() and text.isprintable():
        return text
    printable = printable_text(text)
    pieces = _link_or_pieces(printable, kind=kind)
    rtl = kind in _DIRECTED_KINDS and is_right_to_left(printable)
    if len(pieces) == 1 and not rtl and (kind not in SHORT_KINDS or len(printable) <= _FACT_LETTERS):
        return printable
    return {"pieces": pieces, "rtl": rtl, "href": text if kind == "link" and _ADDRESS.match(text) else None}


def printable_text(text: str) -> str:
    """Return the text with blanks and line ends that typst can draw."""
    return text.replace("\r\n", "\n").translate(_REPLACEMENTS)


def _link_or_pieces(text: str, *, kind: Kind) -> list[str]:
    if kind == "link":
        return link_pieces(text) if len(text) > _MAX_UNBROKEN_LETTERS[kind] else [text]
    return _pieces(text, max_letters=_MAX_UNBROKEN_LETTERS[kind])


def _pieces(text: str, *, max_letters: int) -> list[str]:
    """Split each run of more than `max_letters` letters. A line may end after any piece."""
    if len(text) <= max_letters:
        return [text]
    runs = re.split(rf"(\S{{{max_letters},}})", text)
    return [piece for position, run in enumerate(runs) if run for piece in (split_run(run) if position % 2 else [run])]


def link_pieces(address: str) -> list[str]:
    """Split a URL that may not fit on a line. typst never breaks some of them, such as %C2%80%C2%81…"""
    parts = _ADDRESS_PART.findall(address)
    return [piece for part in parts for piece in (split_run(part) if len(part) > _MAX_PART_LETTERS else [part])]


def split_run(run: str) -> list[str]:
    """Split a word into pieces of a few letters, never within a letter with its marks."""
    starts = [
        position
        for position in range(0, len(run), _PIECE_LETTERS)
        if position == 0 or not _continues_cluster(run, position)
    ]
    return [run[start:end] for start, end in pairwise([*starts, len(run)])]


def _continues_cluster(text: str, position: int) -> bool:
    """Whether the character at `position` belongs to the one before it: a mark, a joiner, or one after a joiner."""
    return (
        unicodedata.category(text[position]).startswith("M")
        or text[position] in _JOINERS
        or text[position - 1] in _JOINERS
        or text[position] in _TONES_AND_FLAGS
    )


def is_right_to_left(text: str) -> bool:
    """Whether the first letter belongs to a right-to-left script."""
    if text.isascii():
        return False
    directions = map(unicodedata.bidirectional, text)
    return next((direction in _RTL for direction in directions if direction in _LTR | _RTL), False)


def _estimate_lines(row: Row) -> int:
    return sum(math.ceil(len(text) / _LINE_LETTERS) + text.count("\n") for text in row)
