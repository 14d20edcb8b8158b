"""Read a file of partners, whatever its form: CSV, XLSX or a pasted block. Its limits are here."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext_lazy as _

from renvoi.partners.figures import Figure
from renvoi.partners.importing.reading.delimited import Row, read_delimited, separator_of
from renvoi.partners.importing.reading.problems import FileRefused, Problem
from renvoi.partners.importing.reading.workbook import count_rows_of, is_workbook, read_workbook, require_small

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
"""Rows of a file, without its headings."""
# What files of other formats begin with: the older Excel's, PDF, and gzip.
_OTHER_FORMATS = (b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")


def pasted(text: str) -> bytes:
    """Return a pasted block as the content of a file."""
    return text.encode(errors="surrogatepass")


def require_readable(content: bytes, *, is_heading: Callable[[str], bool]) -> None:
    """Raise FileRefused if a look at its beginning shows that nothing of the file can be read.

    The whole of a large workbook is not looked at: that takes seconds.
    """
    _require_readable(content)
    if is_workbook(content) and not require_small(content):
        return
    rows = read_rows(content, is_heading=is_heading)
    next(rows)
    next(rows)


def estimate_rows(content: bytes) -> int:
    """Return about how many rows a readable file has; a cell of several lines counts as several."""
    return count_rows_of(content) if is_workbook(content) else content.count(b"\n") + 1


def read_cells(content: bytes, *, is_heading: Callable[[str], bool]) -> Iterator[Row]:
    """Yield every row, also blank ones, as `read_rows` reads them. Raises FileRefused where the rest can't be read."""
    return read_workbook(content) if is_workbook(content) else read_delimited(content, is_heading=is_heading)


def separator_in(content: bytes, *, is_heading: Callable[[str], bool]) -> str:
    """Return what separates the cells of a file; an empty text for a workbook."""
    return "" if is_workbook(content) else separator_of(content, is_heading=is_heading)


def read_rows(content: bytes, *, is_heading: Callable[[str], bool]) -> Iterator[Row]:
    """Yield the rows that are not blank: first the headings, then at most MAX_ROWS.

    `is_heading` says whether a text is a heading: the separator is recognized by it. Raises FileRefused where the rest
    can't be read, if there are more rows, and if there is none but the headings.
    """
    _require_readable(content)
    count = -1
    for row in read_cells(content, is_heading=is_heading):
        if not any(map(str.strip, row.cells)):
            continue
        count += 1
        if count > MAX_ROWS:
            sentence = _("The file has more than %(limit)s rows. Divide it into several files.")
            raise FileRefused(Problem(row.line, "", "too_many_rows", sentence, {"limit": Figure(MAX_ROWS)}))
        yield row
    if count < 1:
        raise FileRefused(Problem(1, "", "empty", _("The file is empty: it has no row under its headings.")))


def _require_readable(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        sentence = _("The file is larger than %(limit)s MB. Divide it into several files.")
        raise FileRefused(Problem(1, "", "too_large", sentence, {"limit": Figure(MAX_BYTES // 1024**2)}))
    if content.startswith(_OTHER_FORMATS):
        raise FileRefused(Problem(1, "", "format", _("This is neither CSV nor XLSX. Save it in one of these formats.")))
