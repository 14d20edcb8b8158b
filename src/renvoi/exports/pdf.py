"""Render a table as a tagged PDF with typst, in parts of a few hundred records.

A text that no font can show costs the PDF its PDF/UA mark; the records that contain it are reported, and say so beside
their names.
"""

import importlib.resources
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Any, Literal

import typst

from renvoi.exports.pdf_parts import PdfMerger
from renvoi.exports.pdf_text import with_exact_text
from renvoi.exports.printing import layout, prepare_rows
from renvoi.exports.printing_rows import layout_of_rows, prepare_lines
from renvoi.exports.table import Form, Row, Table

RECORDS_PER_PART = 250
"""How many records typst lays out at a time, with 0.3 MB of memory for each. Progress is reported after each part."""

_FONT_PACKAGES = ("fontpkg_noto_sans", "fontpkg_ibm_plex_sans_arabic")
# typst drops a cached layout that none of the last ten compilations has used.
_CACHE_CLEARING_COMPILATIONS = 12
_UNSHOWN = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed|disallowed codepoint `"([^"]*)"`')
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_RUST_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}

OnProgress = Callable[[int], None]
"""Called with the number of records laid out so far. It may raise an exception to cancel the rendering."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """A tagged PDF.

    `is_tagged_ua`: whether it is also marked as PDF/UA-1. `unshown`: the names of the records with characters that no
    font has, or private ones, in the order of the table; the table's title if `about` has such characters.
    """

    content: bytes
    is_tagged_ua: bool
    unshown: tuple[str, ...]


def render_pdf(table: Table, *, on_progress: OnProgress | None = None) -> Pdf:
    """Render a table. Call it in a process of its own: it holds the GIL for a long time.

    Takes about 2 ms for a record, and 0.3 MB of memory for each of the first RECORDS_PER_PART records, then 40 KB each.
    """
    printer = _Printer(table, on_progress=on_progress)
    rows = iter(table.rows)
    first_rows = list(islice(rows, RECORDS_PER_PART))
    next_row = next(rows, None)
    if next_row is None:
        return printer.render(first_rows)
    return printer.render_in_parts(first_rows, chain([next_row], rows))


class _Printer:
    """One rendering: the layout that its parts share, its progress, and what no font could show."""

    def __init__(self, table: Table, *, on_progress: OnProgress | None) -> None:
        self._table = table
        self._layout = layout(table) if table.form == "records" else layout_of_rows(table)
        self._on_progress = on_progress
        self._done_count = 0
        self._unshown: dict[str, None] = {}
        self._is_ua = True

    def render(self, rows: list[Row]) -> Pdf:
        """Render all records at once."""
        return self._result(self._render_part(rows, page=1, is_only_part=True))

    def render_in_parts(self, first_rows: list[Row], remaining_rows: Iterator[Row]) -> Pdf:
        """Render the first RECORDS_PER_PART records, then the others in parts of the same size, and merge them."""
        merger, rows = PdfMerger(), first_rows
        while rows:
            merger.append(self._render_part(rows, page=merger.page_count + 1, is_only_part=False))
            _clear_typst_cache()
            rows = list(islice(remaining_rows, RECORDS_PER_PART))
        total = self._layout | {"rows": [], "long": [], "page": 2, "is_only_part": False, "total": merger.page_count}
        return self._result(merger.finish(total=self._compile(total, tagged=False), is_tagged_ua=self._is_ua))

    def _render_part(self, rows: list[Row], *, page: int, is_only_part: bool) -> bytes:
        part = self._layout | self._prepared(rows) | {"page": page, "is_only_part": is_only_part, "total": None}
        # A font may draw a private character, as anything: nobody else reads what was meant.
        unshown = _private_characters(chain(self._table.about, *rows))
        content = b""
        try:
            content = self._compile(part, standard="ua-1")
        except typst.TypstError as error:
            unshown |= _unshown_texts(error)
        if unshown or not content:
            self._is_ua = False
            content = self._compile(part | self._affected(unshown, rows))
        content = with_exact_text(content)
        self._done_count += len(rows)
        if self._on_progress is not None:
            self._on_progress(self._done_count)
        return content

    def _prepared(self, rows: list[Row]) -> dict[str, Any]:
        if self._table.form == "records":
            return prepare_rows(self._table.columns, rows)
        return prepare_lines(self._table, rows)

    def _compile(self, part: dict[str, Any], *, standard: Literal["1.7", "ua-1"] = "1.7", tagged: bool = True) -> bytes:
        return typst.compile(
            _template(self._table.form),
            font_paths=_fonts(),
            sys_inputs={"part": json.dumps(part)},
            format="pdf",
            pdf_standards=standard,
            pdf_tags=tagged,
        )

    def _affected(self, unshown: frozenset[str], rows: list[Row]) -> dict[str, Any]:
        """Record what has characters that no font has; return it for records.typ, which says so beside the names."""
        # For a digit with an enclosing mark, typst also names the digit, which alone occurs in every row.
        texts = frozenset(text for text in unshown if not text.isascii() or not text.isprintable()) or unshown
        is_about_unshown = any(text in line for text in texts for line in self._table.about)
        numbers = [number for number, row in enumerate(rows) if any(text in cell for text in texts for cell in row)]
        names = [self._table.title] if is_about_unshown else []
        names += [rows[number][self._table.name_index] for number in numbers]
        self._unshown |= dict.fromkeys(names)
        return {"unshown": numbers, "is_about_unshown": is_about_unshown}

    def _result(self, content: bytes) -> Pdf:
        return Pdf(content=content, is_tagged_ua=self._is_ua, unshown=tuple(self._unshown))


def _clear_typst_cache() -> None:
    for _ in range(_CACHE_CLEARING_COMPILATIONS):
        typst.compile(b"", font_paths=_fonts(), format="pdf")


@cache
def _template(form: Form) -> bytes:
    folder = importlib.resources.files("renvoi.exports")
    return b"".join((folder / name).read_bytes() for name in ("page.typ", f"{form}.typ"))


@cache
def _fonts() -> typst.Fonts:
    """The fonts that come with Renvoi, and those of the system for other characters. Read once in a process."""
    folders = [str(importlib.resources.files(package) / "files") for package in _FONT_PACKAGES]
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=folders)


def _unshown_texts(error: typst.TypstError) -> frozenset[str]:
    """The texts that no font can show, or that PDF/UA forbids, from the diagnostic of typst."""
    matches = _UNSHOWN.findall(error.diagnostic)
    return frozenset(_unescape(text or codepoint) for text, codepoint in matches)


def _private_characters(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(chain.from_iterable(_PRIVATE.findall(text) for text in texts if not text.isascii()))


def _unescape(escaped: str) -> str:
    """Undo the escapes of Rust's `Debug` format."""
    return _RUST_ESCAPE.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else _SIMPLE_ESCAPES.get(match[2], match[2]), escaped
    )
