"""Hides how a list becomes a PDF: typst, its fonts, parts of a few hundred records, and what to do without a glyph."""

import importlib.resources
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Any, Literal

import typst

from renvoi.exports.pdf_parts import Parts
from renvoi.exports.printing import layout, prepared
from renvoi.exports.table import Row, Table

PART = 250
"""Records that typst is given at a time: it takes 0.3 MB of memory for each. Progress is told as often."""

_FONT_PACKAGES = ("fontpkg_noto_sans", "fontpkg_ibm_plex_sans_arabic")
_FORGET = 12  # typst keeps what it laid out for ten compilations more
_NOT_SHOWN = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed|disallowed codepoint `"([^"]*)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}

OnProgress = Callable[[int], None]
"""Told how many records are laid out; may raise to stop it all."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """A PDF. `is_tagged_ua`: marked as PDF/UA-1; always tagged. `unshown`: the names of records with characters that
    no font has, in the list's order (the list's title where they are in what is said of it)."""

    content: bytes
    is_tagged_ua: bool
    unshown: tuple[str, ...]


def render_pdf(table: Table, *, on_progress: OnProgress | None = None) -> Pdf:
    """Print the table. Holds the interpreter's other threads up for long: for a process of its own.

    Takes about 2 ms a record. Memory: 0.3 MB for each of the first PART records; above, 40 KB more for each.
    """
    printer = _Printer(table, on_progress=on_progress)
    rows = iter(table.rows)
    first = list(islice(rows, PART))
    following = next(rows, None)
    if following is None:
        return printer.whole(first)
    return printer.in_parts(first, chain([following], rows))


class _Printer:
    """One printing: what is the same in all its parts, how far it is, and what it could not show."""

    def __init__(self, table: Table, *, on_progress: OnProgress | None) -> None:
        self._table = table
        self._layout = layout(table)
        self._on_progress = on_progress
        self._done = 0
        self._unshown: dict[str, None] = {}
        self._is_ua = True

    def whole(self, rows: list[Row]) -> Pdf:
        """All the records at once."""
        return self._pdf(self._part(rows, page=1, whole=True))

    def in_parts(self, first: list[Row], others: Iterator[Row]) -> Pdf:
        """The first PART records, then the others, in parts of as many."""
        parts, rows = Parts(), first
        while rows:
            parts.append(self._part(rows, page=parts.pages + 1, whole=False))
            _forget()
            rows = list(islice(others, PART))
        total = self._layout | {"rows": [], "long": [], "page": 2, "whole": False, "total": parts.pages}
        return self._pdf(parts.joined(total=_compiled(total, tagged=False), is_tagged_ua=self._is_ua))

    def _part(self, rows: list[Row], *, page: int, whole: bool) -> bytes:
        part = self._layout | prepared(self._table.columns, rows) | {"page": page, "whole": whole, "total": None}
        try:
            content = _compiled(part, standard="ua-1")
        except typst.TypstError as refused:
            self._is_ua = False
            self._unshown |= dict.fromkeys(self._where(_not_shown(refused), rows))
            content = _compiled(part)
        self._done += len(rows)
        if self._on_progress is not None:
            self._on_progress(self._done)
        return content

    def _where(self, missing: frozenset[str], rows: list[Row]) -> Iterator[str]:
        # Of a digit in a frame, typst names the digit too: that alone is in every row.
        missing = frozenset(text for text in missing if not text.isascii() or not text.isprintable()) or missing
        if any(text in said for text in missing for said in self._table.about):
            yield self._table.title
        for row in rows:
            if any(text in cell for text in missing for cell in row):
                yield row[self._table.name_at]

    def _pdf(self, content: bytes) -> Pdf:
        return Pdf(content=content, is_tagged_ua=self._is_ua, unshown=tuple(self._unshown))


def _compiled(part: dict[str, Any], *, standard: Literal["1.7", "ua-1"] = "1.7", tagged: bool = True) -> bytes:
    return typst.compile(
        _template(),
        font_paths=_fonts(),
        sys_inputs={"part": json.dumps(part)},
        format="pdf",
        pdf_standards=standard,
        pdf_tags=tagged,
    )


def _forget() -> None:
    for _ in range(_FORGET):
        typst.compile(b"", font_paths=_fonts(), format="pdf")


@cache
def _template() -> bytes:
    return (importlib.resources.files("renvoi.exports") / "records.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """The fonts that come with Renvoi, and the system's for what they lack; read once a process."""
    folders = [str(importlib.resources.files(package) / "files") for package in _FONT_PACKAGES]
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=folders)


def _not_shown(refused: typst.TypstError) -> frozenset[str]:
    """The texts that no font can show, or that PDF/UA forbids, as typst names them."""
    found = _NOT_SHOWN.findall(refused.diagnostic)
    return frozenset(_plain(text or codepoint) for text, codepoint in found)


def _plain(escaped: str) -> str:
    """The text behind Rust's debug form."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else _LETTERS.get(match[2], match[2]), escaped)
