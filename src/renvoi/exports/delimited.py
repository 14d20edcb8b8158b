"""Render a table as CSV that spreadsheets do not run as formulas, and that reads back unchanged.

The file is UTF-8 with CRLF line ends and the quoting of RFC 4180. Excel needs a byte order mark to recognize UTF-8;
programs would read it as part of the first heading. A cell that a spreadsheet might take for a formula is prefixed with
one apostrophe. So is a cell that begins with an apostrophe, so that the prefix can be removed without loss.
"""

import csv
import io
from collections.abc import Generator
from typing import Literal

from renvoi.exports.table import Row, Table

Separator = Literal[",", ";"]
"""What separates the cells of a line. Excel in French expects the semicolon."""

CHUNK = 64 * 1024
"""About how many characters a chunk of the file has."""

_TRIGGERS = frozenset("=+-@'\t\r")


def escape_formula(cell: str) -> str:
    """Prefix a cell with an apostrophe if it begins as a formula may, or with an apostrophe."""
    return "'" + cell if cell[:1] in _TRIGGERS else cell


def unescape_formula(cell: str) -> str:
    """Undo `escape_formula`. A cell that it cannot have returned is unchanged."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _TRIGGERS else cell


def render_csv(
    table: Table, *, separator: Separator = ",", byte_order_mark: bool = True
) -> Generator[bytes, None, None]:
    """Yield the file: first its headings, before any row is read, then chunks of about CHUNK characters."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    if byte_order_mark:
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
    # `escape_formula` inlined: calling it for each cell would double the time.
    return ["'" + cell if cell[:1] in _TRIGGERS else cell for cell in row]


def _drain(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content
