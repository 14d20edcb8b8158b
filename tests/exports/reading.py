"""Hides how a PDF is read back: its structure by pikepdf, its text by poppler's pdftotext."""

import io
import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pikepdf

from renvoi.exports.table import Table
from tests.programs import require

# Drawn as nothing: a joiner of marks, fillers of Hangul, and a Braille cell without dots.
_BLANK = frozenset("\u034f\u115f\u1160\u3164\uffa0\u2800")
# How Unicode calls the characters that turn the direction of those behind them.
_TURNING = {"RLE", "RLO", "RLI", "LRO"}
EMPTY = "–"
"""What stands for a value that there is not."""


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.Pdf.open(io.BytesIO(content))


def elements(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every element of the structure tree, in reading order."""
    yield from _within(pdf.Root.StructTreeRoot)


def _within(element: Any) -> Iterator[Any]:
    kids = element.get("/K", pikepdf.Array())
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _within(kid)


def links(pdf: pikepdf.Pdf) -> list[str]:
    """The address of each link that can be clicked, in order; one for each line that it takes."""
    notes = [note for page in pdf.pages for note in page.obj.get("/Annots", pikepdf.Array())]
    assert all(note.Subtype == pikepdf.Name.Link and note.A.S == pikepdf.Name.URI for note in notes)
    return [bytes(note.A.URI).decode() for note in notes]


def languages(pdf: pikepdf.Pdf) -> list[str]:
    """The language of each run of text that is not in the document's own, in order."""
    marks = [
        instruction.operands[1]
        for page in pdf.pages
        for instruction in pikepdf.parse_content_stream(page)
        if str(instruction.operator) == "BDC"
    ]
    return [str(mark.Lang) for mark in marks if isinstance(mark, pikepdf.Dictionary) and "/Lang" in mark]


def fonts(pdf: pikepdf.Pdf) -> dict[str, bool]:
    """The name of each font, and whether it is embedded."""
    found: dict[str, bool] = {}
    for page in pdf.pages:
        for font in page.obj.get("/Resources", pikepdf.Dictionary()).get("/Font", pikepdf.Dictionary()).values():
            inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            descriptor = inner.get("/FontDescriptor", pikepdf.Dictionary())
            is_embedded = any(f"/FontFile{number}" in descriptor for number in ("", "2", "3"))
            found[str(font.get("/BaseFont", "/Type3"))] = is_embedded or font.Subtype == pikepdf.Name.Type3
    return found


def text_pages(content: bytes) -> list[str]:
    """The text of each page, in the order of the page's content."""
    require("pdftotext")
    command = ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"]
    ran = subprocess.run(command, input=content, capture_output=True, check=True, timeout=120)
    return ran.stdout.decode().split("\f")[:-1]


def require_all_in_order(
    table: Table, rows: Sequence[tuple[str, ...]], content: bytes, *, unshown: Collection[str] = ()
) -> Counter[str]:
    """Fails unless the PDF's text is exactly: title, what is said of the list, then label and value of every field of
    every row, in order, nothing between; on each page but the first the head before, on each the page's number behind.

    How texts are compared: both in NFC, less blanks (lines are broken anywhere) and characters that no font draws
    (controls, format characters, and the two that are none). A value that poppler does not read in the order in which
    it is written (letters that run from right to left; a character drawn by several glyphs, which poppler says once a
    glyph: combining marks, and signs that fonts compose, such as ≠) must stand between its neighbours with each of its
    characters, as often as it has them, and no other. So must one with characters that no font has, in a record that
    is named in `unshown`; of these one may be missing, since poppler says nothing for the first of a font.

    Returns how many were compared exactly, and how many so.
    """
    said = _bare("".join(_body(table, text_pages(content))))
    begin = _bare(table.title + "".join(table.about))
    assert said.startswith(begin), said[: len(begin) + 20]
    at, compared = len(begin), Counter[str]()
    pieces = [piece for row in rows for piece in _pieces(table, row)]
    lacking = [row[table.name_index] in unshown for row in rows for _ in row]
    for number, ((label, value), may_lack) in enumerate(zip(pieces, lacking, strict=True)):
        assert said.startswith(_bare(label), at), f"{label} is not where it must be: {said[at : at + 60]!r}"
        at += len(_bare(label))
        if not _is_composed(value) and (value.isascii() or not may_lack):
            wanted = _bare(value)
            assert said.startswith(wanted, at), f"{value!r} is not where it must be: {said[at : at + 200]!r}"
            at += len(wanted)
            compared["exactly"] += 1
            continue
        until = _next_anchor(said, at, pieces[number + 1 :])
        _require_same_characters(value, said[at:until], most_missing=int(may_lack))
        at, compared["by characters"] = until, compared["by characters"] + 1
    assert said[at:] == ""
    return compared


def _body(table: Table, pages: Sequence[str]) -> Iterator[str]:
    head = _bare(table.title + "·".join(table.about))
    for number, page in enumerate(pages, start=1):
        lines = page.rstrip("\n").split("\n")
        assert lines[-1] == f"{number} / {len(pages)}", lines[-1]
        if number > 1:
            assert _bare(lines[0]) == head, lines[0]
        yield "\n".join(lines[0 if number == 1 else 1 : -1])


def _pieces(table: Table, row: Sequence[str]) -> Iterator[tuple[str, str]]:
    for column, value in zip(table.columns, row, strict=True):
        # The name stands behind what comes before it, without a label.
        yield "" if column.kind == "name" else column.heading, value or EMPTY


def _bare(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        one
        for one in composed
        if not one.isspace()
        and one not in _BLANK
        and unicodedata.category(one) not in {"Cc", "Cf", "Cn", "Zl", "Zp"}
        and one != "\ufffd"
    )


def _is_composed(text: str) -> bool:
    if any(unicodedata.bidirectional(one) in _TURNING for one in text):
        return True
    return any(
        unicodedata.bidirectional(one) in {"R", "AL", "AN"}
        or unicodedata.combining(one)
        or unicodedata.category(one).startswith("M")
        or (any(unicodedata.combining(part) for part in unicodedata.normalize("NFD", one)) and not one.isalpha())
        for one in _bare(text)
    )


def _next_anchor(said: str, at: int, following: Sequence[tuple[str, str]]) -> int:
    for label, value in following:
        if label:
            anchor = _bare(label) if not value.isascii() else _bare(label + value)
            found = said.find(anchor, at)
            assert found >= 0, f"{anchor!r} is not behind {said[at : at + 60]!r}"
            return found
    return len(said)


def _require_same_characters(value: str, found: str, *, most_missing: int) -> None:
    wanted, there = Counter(_letters(value)), Counter(_letters(found))
    assert len(wanted - there) <= most_missing, f"{value!r}: {[*(wanted - there)]} is missing in {found!r}"
    assert set(there) <= set(wanted), f"{value!r}: {set(there) - set(wanted)} is too much in {found!r}"


def _letters(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKD", _bare(text)))
