"""Render a table as CSV that spreadsheets do not run as formulas, and that reads back unchanged.

The file is UTF-8 with a byte order mark, CRLF line ends and the quoting of RFC 4180. A cell that a spreadsheet might
take for a formula is prefixed with one apostrophe. So is a cell that begins with an apostrophe, so that the prefix can
be removed without loss.
"""

import csv
import io
from collections.abc import Iterator
from typing import Literal

from renvoi.exports.table import Row, Table

Separator = Literal[",", ";"]
"""The comma; or the semicolon, for an Excel in French."""

CHUNK = 64 * 1024
"""About how many characters are given at a time."""

_TRIGGERS = frozenset("=+-@'\t\r")


def escape_formula(cell: str) -> str:
    """The cell as it stands in the file: with an apostrophe where it begins as a formula may, or with one."""
    return "'" + cell if cell[:1] in _TRIGGERS else cell


def unescape_formula(cell: str) -> str:
    """The cell that `prefixed` was given; what it can't have made stays as it is."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _TRIGGERS else cell


def render_csv(table: Table, *, separator: Separator = ",") -> Iterator[bytes]:
    """The file, piece by piece: first its headings at once, then pieces of about CHUNK; no row is held longer."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(_escape_row(table.headings))
    yield _drain(buffer)
    for row in table.rows:
        writer.writerow(_escape_row(row))
        if buffer.tell() >= CHUNK:
            yield _drain(buffer)
    if buffer.tell():
        yield _drain(buffer)


def _escape_row(row: Row) -> list[str]:
    # `prefixed`, written out: a call for each cell costs as much as the writing itself.
    return ["'" + cell if cell[:1] in _TRIGGERS else cell for cell in row]


def _drain(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content
