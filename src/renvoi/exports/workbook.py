"""Render a table as an Excel workbook in which every value is text: no formulas, no links."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from renvoi.exports.table import Kind, Table

MAX_ROWS = 1_048_576
"""How many rows a sheet can have, including its headings."""

# In characters of the sheet's default font.
_WIDTHS: dict[Kind, int] = {"name": 32, "text": 48, "link": 44, "fact": 18, "number": 12}
_HEADING_MARGIN = 4
_INVALID_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_INVALID_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class TooManyRows(Exception):
    """The table has more rows than a sheet can have."""


class _PlainSheet(Worksheet):  # type: ignore[misc]
    """A sheet without rich strings: XlsxWriter takes any value that begins with <r> and ends with </r> for one.

    Characters that XML cannot contain are written as _xHHHH_, and a text that looks like this escape as _x005F_xHHHH_
    (ECMA-376, ST_Xstring). XlsxWriter itself misses the second of two overlapping escapes: _x005F_x0041_.
    """

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        escaped = _LOOKS_ESCAPED.sub("_x005F_", data)
        return _INVALID_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", escaped)

    def _xml_rich_inline_string(self, string: str, attributes: list[tuple[str, str]]) -> None:
        self._xml_inline_string(string, True, attributes)  # noqa: FBT003


def render_xlsx(
    table: Table, *, file: BinaryIO, folder: Path | None = None, on_row: Callable[[], None] = lambda: None
) -> None:
    """Write the table as a workbook to a binary file. Holds one row in memory; the sheet grows on disk.

    The sheet's files are in `folder`, by default the system's for temporary files. `on_row` is called after each row,
    and may raise an exception to end the rendering. Control characters read back unchanged (Excel's own escape,
    _xHHHH_). A value longer than a cell can hold, 32,767 UTF-16 code units, is truncated. Raises TooManyRows.
    """
    # Before the first row is read: otherwise a database cursor would be left open.
    _check_row_count(table.count)
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder and str(folder)})
    try:
        _describe(workbook, table)
        sheet = workbook.add_worksheet(_sheet_name(table.title), worksheet_class=_PlainSheet)
        text_format = workbook.add_format({"num_format": "@", "valign": "top"})
        _set_layout(sheet, table, text_format)
        _write(sheet, 0, table.headings, workbook.add_format({"bold": True, "bottom": 1, "num_format": "@"}))
        last_row = 0
        for last_row, row in enumerate(table.rows, start=1):
            _write(sheet, last_row, row, text_format)
            on_row()
        used_range = (0, 0, last_row, len(table.columns) - 1)
        sheet.autofilter(*used_range)
        sheet.ignore_errors({"number_stored_as_text": xlsxwriter.utility.xl_range(*used_range)})
    finally:
        workbook.close()


def _describe(workbook: xlsxwriter.Workbook, table: Table) -> None:
    workbook.set_properties(
        {"title": table.title, "company": "".join(table.about[:1]), "comments": "\n".join(table.about)}
    )


def _set_layout(sheet: Worksheet, table: Table, text_format: Format) -> None:
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, max(_WIDTHS[column.kind], len(column.heading) + _HEADING_MARGIN), text_format)


def _check_row_count(rows: int) -> None:
    if rows >= MAX_ROWS:
        raise TooManyRows(f"A sheet holds {MAX_ROWS - 1:,} rows besides its headings.")


def _write(sheet: Worksheet, index: int, row: tuple[str, ...], cell_format: Format) -> None:
    _check_row_count(index)
    for column, cell in enumerate(row):
        sheet.write_string(index, column, cell, cell_format)


def _sheet_name(title: str) -> str:
    """The title without what Excel refuses in the name of a sheet; "1" if nothing remains."""
    name = _INVALID_IN_SHEET_NAME.sub(" ", title).encode("utf-16-le")[: 31 * 2].decode("utf-16-le", "ignore")
    return name.strip(" '") or "1"
