"""Read a PDF back: its structure with pikepdf, its text with poppler's pdftotext."""

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

# Characters that are drawn as nothing: a joiner of marks, Hangul fillers, and a Braille cell without dots.
_BLANK = frozenset("\u034f\u115f\u1160\u3164\uffa0\u2800")
# Bidirectional classes of the characters that change the direction of those after them.
_DIRECTION_CHANGES = {"RLE", "RLO", "RLI", "LRO"}
EMPTY = "–"
"""What is printed instead of an empty value."""


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.Pdf.open(io.BytesIO(content))


def elements(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every element of the structure tree, in reading order."""
    yield from _descendants(pdf.Root.StructTreeRoot)


def _descendants(element: Any) -> Iterator[Any]:
    kids = element.get("/K", pikepdf.Array())
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _descendants(kid)


def links(pdf: pikepdf.Pdf) -> list[str]:
    """The target of each link annotation, in order. A link has one annotation for each line that it spans."""
    annotations = [annotation for page in pdf.pages for annotation in page.obj.get("/Annots", pikepdf.Array())]
    for annotation in annotations:
        assert annotation.Subtype == pikepdf.Name.Link
        assert annotation.A.S == pikepdf.Name.URI
    return [bytes(annotation.A.URI).decode() for annotation in annotations]


def languages(pdf: pikepdf.Pdf) -> list[str]:
    """The language of each run of text that is not in the language of the document, in order."""
    marks = [
        instruction.operands[1]
        for page in pdf.pages
        for instruction in pikepdf.parse_content_stream(page)
        if str(instruction.operator) == "BDC"
    ]
    return [str(mark.Lang) for mark in marks if isinstance(mark, pikepdf.Dictionary) and "/Lang" in mark]


def fonts(pdf: pikepdf.Pdf) -> dict[str, bool]:
    """The name of each font, and whether it is embedded."""
    embedded: dict[str, bool] = {}
    for page in pdf.pages:
        for font in page.obj.get("/Resources", pikepdf.Dictionary()).get("/Font", pikepdf.Dictionary()).values():
            inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            descriptor = inner.get("/FontDescriptor", pikepdf.Dictionary())
            is_embedded = any(f"/FontFile{number}" in descriptor for number in ("", "2", "3"))
            embedded[str(font.get("/BaseFont", "/Type3"))] = is_embedded or font.Subtype == pikepdf.Name.Type3
    return embedded


def text_pages(content: bytes) -> list[str]:
    """The text of each page, in the order of the page's content."""
    require("pdftotext")
    command = ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"]
    ran = subprocess.run(command, input=content, capture_output=True, check=True, timeout=120)
    return ran.stdout.decode().split("\f")[:-1]


def require_all_in_order(
    table: Table, rows: Sequence[tuple[str, ...]], content: bytes, *, unshown: Collection[str] = ()
) -> Counter[str]:
    """Fail unless the text of the PDF is the title, the description, and label and value of every field in order.

    Nothing may come between them, except for the header of each page but the first and the footer of each page.

    Both texts are compared in NFC, without white space (a line may break anywhere) and without characters that no font
    draws: controls, format characters and noncharacters. Some values are compared by their characters only, without
    their order: poppler reorders right-to-left letters, and repeats a character that is drawn as several glyphs
    (combining marks, and signs that fonts compose, such as ≠). Such a value must have each of its characters, as often
    as it contains it, and no other. So must a value with missing glyphs in a record that `unshown` names; one of its
    characters may be missing, because poppler omits the first missing glyph of a font.

    Returns how many values were compared "exactly", and how many "by characters".
    """
    text = bare("".join(_body(table, text_pages(content))))
    start = bare(table.title + "".join(table.about))
    assert text.startswith(start), text[: len(start) + 20]
    index, compared = len(start), Counter[str]()
    fields = [field for row in rows for field in _fields(table, row, unshown=unshown)]
    is_unshown = [row[table.name_index] in unshown for row in rows for _ in row]
    for number, ((label, value), may_lack_glyphs) in enumerate(zip(fields, is_unshown, strict=True)):
        assert text.startswith(bare(label), index), f"{label} is misplaced: {text[index : index + 60]!r}"
        index += len(bare(label))
        if not is_composed(value) and (value.isascii() or not may_lack_glyphs):
            expected = bare(value)
            assert text.startswith(expected, index), f"{value!r} is misplaced: {text[index : index + 200]!r}"
            index += len(expected)
            compared["exactly"] += 1
            continue
        end = _next_anchor(text, index, fields[number + 1 :])
        _require_same_characters(value, text[index:end], max_missing=int(may_lack_glyphs))
        index, compared["by characters"] = end, compared["by characters"] + 1
    assert text[index:] == ""
    return compared


def _body(table: Table, pages: Sequence[str]) -> Iterator[str]:
    header = bare(table.title + "·".join(table.about))
    for number, page in enumerate(pages, start=1):
        lines = page.rstrip("\n").split("\n")
        assert lines[-1] == f"{number} / {len(pages)}", lines[-1]
        if number > 1:
            assert bare(lines[0]) == header, lines[0]
        yield "\n".join(lines[0 if number == 1 else 1 : -1])


def _fields(table: Table, row: Sequence[str], *, unshown: Collection[str]) -> Iterator[tuple[str, str]]:
    for column, value in zip(table.columns, row, strict=True):
        if column.kind == "name":
            # It follows the columns before it, without a label; the note on missing glyphs stands beside it.
            yield "", (value or EMPTY) + (table.unshown_note if value in unshown else "")
        else:
            yield column.heading, value or EMPTY


def bare(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        one
        for one in composed
        if not one.isspace()
        and one not in _BLANK
        and unicodedata.category(one) not in {"Cc", "Cf", "Cn", "Zl", "Zp"}
        and one != "\ufffd"
    )


def is_composed(text: str) -> bool:
    if any(unicodedata.bidirectional(one) in _DIRECTION_CHANGES for one in text):
        return True
    return any(
        unicodedata.bidirectional(one) in {"R", "AL", "AN"}
        or unicodedata.combining(one)
        or unicodedata.category(one).startswith("M")
        or (any(unicodedata.combining(part) for part in unicodedata.normalize("NFD", one)) and not one.isalpha())
        for one in bare(text)
    )


def _next_anchor(text: str, start: int, next_fields: Sequence[tuple[str, str]]) -> int:
    """The index of the next label at or after `start`, together with its value if that is ASCII."""
    for label, value in next_fields:
        if label:
            anchor = bare(label) if not value.isascii() else bare(label + value)
            index = text.find(anchor, start)
            assert index >= 0, f"{anchor!r} does not follow {text[start : start + 60]!r}"
            return index
    return len(text)


def _require_same_characters(value: str, text: str, *, max_missing: int) -> None:
    expected, actual = Counter(letters(value)), Counter(letters(text))
    assert len(expected - actual) <= max_missing, f"{value!r}: {[*(expected - actual)]} missing from {text!r}"
    assert set(actual) <= set(expected), f"{value!r}: unexpected {set(actual) - set(expected)} in {text!r}"


def letters(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKD", bare(text)))
