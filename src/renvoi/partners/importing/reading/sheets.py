"""Measure how much memory the parts of a workbook would take, before calamine reads them."""

import re
from collections import Counter
from collections.abc import Iterator
from xml.parsers import expat

# calamine also takes small letters, and any number of zeros.
_REFERENCE = re.compile(r"([A-Za-z]+)([0-9]+)")


class TooManyCells(Exception):
    """The rectangle that contains all cells of a sheet is too large."""


class SharedTexts:
    """The texts that cells refer to by number. calamine copies a text into each of these cells."""

    def __init__(self) -> None:
        self._lengths: list[int] = []
        self._references: Counter[int] = Counter()
        self._are_numbered_alike = True

    def add(self, number: int, length: int, *, has_text: bool) -> None:
        """Add a text of so many bytes. If several parts have texts, the longest one of each number counts."""
        self._lengths += [0] * (number + 1 - len(self._lengths))
        self._lengths[number] = max(self._lengths[number], length)
        # calamine does not count one without an element of text.
        self._are_numbered_alike &= has_text

    def refer(self, number: int) -> None:
        """Count a cell that refers to a text."""
        self._references[number] += 1

    def size(self) -> int:
        """Return how many bytes all the copies take at most. Raises IndexError if there is no text of some number."""
        if not self._are_numbered_alike:
            return max(self._lengths) * self._references.total()
        return sum(self._lengths[number] * count for number, count in self._references.items())


def measure_part(chunks: Iterator[bytes], texts: SharedTexts, *, max_cells: int) -> None:
    """Read a part of XML: add its texts, and the references of its cells, to `texts`.

    Raises TooManyCells, ExpatError, and ValueError for a document type declaration.
    """
    _Part(texts, max_cells).read(chunks)


class _Part:
    """Where the cells of a sheet are, and how long its texts are.

    As in calamine, a row or a cell that does not say where it is follows the one before it.
    """

    def __init__(self, texts: SharedTexts, max_cells: int) -> None:
        self._texts, self._max_cells = texts, max_cells
        self._row = self._column = 0
        self._rows = self._columns = 1
        self._is_in_cell = self._is_reference = self._is_number = False
        self._number = ""
        # The text of this part that is being read.
        self._text = -1
        self._is_in_text = self._has_text = False
        self._length = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.CommentHandler = self._parser.ProcessingInstructionHandler = self._require_outside

    def read(self, chunks: Iterator[bytes]) -> None:
        for chunk in chunks:
            self._parser.Parse(chunk, False)  # noqa: FBT003 (expat takes no keywords)
        self._parser.Parse(b"", True)  # noqa: FBT003

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if self._is_number:
            raise ValueError("an element within a number")
        match name.rpartition(":")[2]:
            case "c":
                self._open_cell(attributes)
            case "v" if self._is_reference:
                self._number, self._is_number = "", True
                self._parser.CharacterDataHandler = self._add_to_number
            case "row":
                number = attributes.get("r", "")
                self._row = int(number) if number.isdecimal() else self._row + 1
                self._column = 0
            case "si":
                self._open_text()
            case "t":
                self._has_text = True

    def _open_cell(self, attributes: dict[str, str]) -> None:
        if self._is_in_cell:
            raise ValueError("a cell within a cell")
        self._is_in_cell, self._is_reference = True, attributes.get("t") == "s"
        row, self._column = self._row, self._column + 1
        if match := _REFERENCE.fullmatch(attributes.get("r", "")):
            row, self._column = int(match[2]), _column_number(match[1])
        self._rows = max(self._rows, row)
        self._columns = max(self._columns, self._column)
        if self._rows * self._columns > self._max_cells:
            raise TooManyCells

    def _open_text(self) -> None:
        if self._is_in_text:
            raise ValueError("a text within a text")
        self._text, self._length = self._text + 1, 0
        self._is_in_text, self._has_text = True, False
        self._parser.CharacterDataHandler = self._add_to_text

    def _close(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "c":
                self._is_in_cell = self._is_reference = False
            case "v" if self._is_number:
                self._parser.CharacterDataHandler, self._is_number = None, False
                self._texts.refer(int(self._number))
            case "si":
                self._parser.CharacterDataHandler, self._is_in_text = None, False
                self._texts.add(self._text, self._length, has_text=self._has_text)

    def _add_to_number(self, text: str) -> None:
        self._number += text

    def _add_to_text(self, text: str) -> None:
        self._length += len(text.encode(errors="replace"))

    def _require_outside(self, *_comment: object) -> None:
        if self._is_number or self._is_in_text:
            raise ValueError("a comment within a text")

    @staticmethod
    def _refuse(*_declaration: object) -> None:
        raise ValueError("a document type declaration")


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
