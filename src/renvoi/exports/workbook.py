"""Hides how a list becomes an Excel workbook in which every value is a text: nothing is computed, nothing linked."""

import re
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from renvoi.exports.table import Kind, Table

MOST_ROWS = 1_048_576
"""Of a sheet, with its headings."""

# In characters of the sheet's font.
_WIDTHS: dict[Kind, int] = {"name": 32, "text": 48, "link": 44, "fact": 18, "number": 12}
_FOR_A_HEADING = 4
_UNXML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class TooManyRows(Exception):
    """The list is longer than a sheet can be."""


class _PlainSheet(Worksheet):  # type: ignore[misc]
    """A sheet without rich texts: XlsxWriter takes any value that begins with <r> and ends with </r> for its own.

    What XML can't hold is written _xHHHH_, and what looks like that as _x005F_xHHHH_ (ECMA-376, ST_Xstring). XlsxWriter
    overlooks the second of two that overlap: _x005F_x0041_.
    """

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        escaped = _LIKE_AN_ESCAPE.sub("_x005F_", data)
        return _UNXML.sub(lambda match: f"_x{ord(match[0]):04X}_", escaped)

    def _xml_rich_inline_string(self, string: str, attributes: list[tuple[str, str]]) -> None:
        self._xml_inline_string(string, True, attributes)  # noqa: FBT003


def render_xlsx(table: Table, *, file: BinaryIO) -> None:
    """Write the workbook to a binary file, open for writing. One row is held at a time; the sheet grows on disk.

    Control characters come back exactly (Excel's own _xHHHH_). A value longer than a cell can be (32,767 UTF-16
    units) is cut there. Raises TooManyRows.
    """
    # Before a row is asked for: who reads rows from a database is not left in the midst of them.
    _require_room(table.count)
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True})
    try:
        _describe(workbook, table)
        sheet = workbook.add_worksheet(_sheet_name(table.title), worksheet_class=_PlainSheet)
        text = workbook.add_format({"num_format": "@", "valign": "top"})
        _lay_out(sheet, table, text)
        _write(sheet, 0, table.headings, workbook.add_format({"bold": True, "bottom": 1, "num_format": "@"}))
        last = 0
        for last, row in enumerate(table.rows, start=1):
            _write(sheet, last, row, text)
        around = (0, 0, last, len(table.columns) - 1)
        sheet.autofilter(*around)
        sheet.ignore_errors({"number_stored_as_text": xlsxwriter.utility.xl_range(*around)})
    finally:
        workbook.close()


def _describe(workbook: xlsxwriter.Workbook, table: Table) -> None:
    workbook.set_properties(
        {"title": table.title, "company": "".join(table.about[:1]), "comments": "\n".join(table.about)}
    )


def _lay_out(sheet: Worksheet, table: Table, text: Format) -> None:
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, max(_WIDTHS[column.kind], len(column.heading) + _FOR_A_HEADING), text)


def _require_room(rows: int) -> None:
    if rows >= MOST_ROWS:
        raise TooManyRows(f"A sheet holds {MOST_ROWS - 1:,} rows besides its headings.")


def _write(sheet: Worksheet, number: int, row: tuple[str, ...], form: Format) -> None:
    _require_room(number)
    for column, cell in enumerate(row):
        sheet.write_string(number, column, cell, form)


def _sheet_name(title: str) -> str:
    """The title, less what Excel refuses in the name of a sheet."""
    name = _NOT_IN_A_SHEET_NAME.sub(" ", title).encode("utf-16-le")[: 31 * 2].decode("utf-16-le", "ignore")
    return name.strip(" '") or "1"
