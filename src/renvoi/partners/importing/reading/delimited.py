"""Read rows of cells from CSV, or from a block copied from a spreadsheet, in bounded memory."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from renvoi.exports.delimited import unescape_formula
from renvoi.partners.figures import Figure
from renvoi.partners.importing.reading.problems import FileRefused, Problem

MAX_ROW_LENGTH = 200_000
"""Characters of one row. All fields of a partner, at their longest, have fewer than 20,000."""
_SEPARATORS = ",;\t"
_SAMPLE = 4096
_UTF_16_SHARE = 0.4
_CHUNK = 64 * 1024


class Row(NamedTuple):
    """The cells of one row. `line` is the row of the spreadsheet, where the first one is 1."""

    line: int
    cells: list[str]


class _Text(NamedTuple):
    """A file and how it is encoded. Bytes that can't be decoded become lone surrogates, which no field accepts."""

    content: bytes
    encoding: str
    errors: str

    def open(self) -> io.TextIOWrapper:
        """Return a reader that decodes chunk by chunk and leaves line ends as they are."""
        return io.TextIOWrapper(io.BytesIO(self.content), encoding=self.encoding, errors=self.errors, newline="")


class _Lines(Iterator[str]):
    """The lines of a file. `length` counts the characters of one row: the reader of rows sets it back to 0."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self._file = file
        self.length = 0

    def __next__(self) -> str:
        line = self._file.readline(MAX_ROW_LENGTH + 1 - self.length)
        if not line:
            raise StopIteration
        self.length += len(line)
        if self.length > MAX_ROW_LENGTH:
            raise csv.Error("field larger than field limit")
        return line


def read_delimited(content: bytes, *, is_heading: Callable[[str], bool]) -> Iterator[Row]:
    """Yield the rows, without the apostrophes that the export adds (`exports.delimited`).

    The separator is the one with which most headings of the first row are known, else the one that makes the most of
    them. Raises FileRefused where the rest can't be read.
    """
    text = _text_of(content)
    separator = _separator_of(text, is_heading)
    line = 0
    for line, cells in enumerate(_records(text, separator), start=1):
        yield Row(line, [unescape_formula(cell) if cell[:1] == "'" else cell for cell in cells])
    if text.encoding.startswith("utf-16") and len(content) % 2:
        raise FileRefused(_cut(max(line, 1)))


def separator_of(content: bytes, *, is_heading: Callable[[str], bool]) -> str:
    """Return the separator with which a file is read."""
    return _separator_of(_text_of(content), is_heading)


def _separator_of(text: _Text, is_heading: Callable[[str], bool]) -> str:
    return max(_SEPARATORS, key=lambda separator: _headings(text, separator, is_heading))


def _records(text: _Text, separator: str) -> Iterator[list[str]]:
    line = 0
    with text.open() as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=separator, strict=True)
        try:
            for cells in reader:
                line += 1
                lines.length = 0
                yield cells
        except csv.Error as error:
            raise FileRefused(_problem_of(error, line=line + 1)) from error


def _problem_of(error: csv.Error, *, line: int) -> Problem:
    message = str(error)
    if "field larger" in message:
        sentence = _("This row is too long: the limit is %(limit)s characters. Is a quotation mark missing?")
        return Problem(line, "", "too_long", sentence, {"limit": Figure(MAX_ROW_LENGTH)})
    if "unexpected end" in message:
        return _cut(line)
    sentence = _("A quotation mark of this row is not doubled, or not followed by a separator.")
    return Problem(line, "", "quotes", sentence)


def _cut(line: int) -> Problem:
    return Problem(line, "", "cut", _("The file ends in the middle of a cell: it is cut. Save or send it again."))


def _headings(text: _Text, separator: str, is_heading: Callable[[str], bool]) -> tuple[int, int]:
    """Return how many headings a separator makes that are known, and how many in all."""
    try:
        cells = next((cells for cells in _records(text, separator) if any(cells)), [])
    except FileRefused:
        return 0, 0
    return sum(map(is_heading, map(unescape_formula, cells))), len(cells)


def _text_of(content: bytes) -> _Text:
    """Return the file with its encoding: UTF-8 or UTF-16, with or without a byte order mark, else Windows-1252."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        is_little = content.startswith(codecs.BOM_UTF16_LE)
        return _utf_16(content[2:], is_little=is_little)
    even, odd = content[:_SAMPLE:2], content[1:_SAMPLE:2]
    if even and odd and max(even.count(0) / len(even), odd.count(0) / len(odd)) > _UTF_16_SHARE:
        return _utf_16(content, is_little=odd.count(0) > even.count(0))
    if content.startswith(codecs.BOM_UTF8) or _is_utf_8(content):
        return _Text(content, "utf-8-sig", "surrogateescape")
    return _Text(content, "cp1252", "surrogateescape")


def _utf_16(content: bytes, *, is_little: bool) -> _Text:
    # Half a character at the end could not be decoded; the reader reports it.
    whole = content[: len(content) - len(content) % 2]
    return _Text(whole, "utf-16-le" if is_little else "utf-16-be", "surrogatepass")


def _is_utf_8(content: bytes) -> bool:
    """Return whether the file is UTF-8, or was until it was damaged: it has characters of several bytes, or is cut."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_letters = False
    try:
        for start in range(0, len(content), _CHUNK):
            has_letters |= not decoder.decode(content[start : start + _CHUNK]).isascii()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return has_letters or error.reason == "unexpected end of data" or not _ignoring_errors(content).isascii()
    return True


def _ignoring_errors(content: bytes) -> str:
    return content.decode(errors="ignore")
