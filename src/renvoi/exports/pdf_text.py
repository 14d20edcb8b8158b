"""Let the text of a PDF be extracted exactly as it was typed, also where one letter is drawn as several glyphs.

typst maps each glyph of a letter with marks (M̃ is drawn as M and ˜) to the whole letter, so that readers extract it
twice, or add a space after it. Here the widest glyph gets the letter as its ActualText, and the others an empty one.
"""

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pikepdf import (
    Array,
    ContentStreamInstruction,
    Dictionary,
    Name,
    Operator,
    Page,
    Pdf,
    String,
    parse_content_stream,
    unparse_content_stream,
)
from pikepdf import Object as PdfObject

_MAPPING = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>\s")

Instruction = Any
"""An instruction of a content stream, as pikepdf parses it."""


@dataclass(frozen=True, slots=True)
class _Font:
    """What the glyphs of a font stand for, by glyph: their text and their width."""

    texts: Mapping[int, str]
    widths: Mapping[int, float]
    default_width: float

    @property
    def has_composed(self) -> bool:
        """Whether some glyph stands for a letter with marks that may be drawn as several glyphs."""
        composed = [(code, text) for code, text in self.texts.items() if _has_mark(text)]
        is_partial = any(len(text) > 1 or not self.widths.get(code, self.default_width) for code, text in composed)
        return is_partial or len(composed) > len({text for _, text in composed})


@dataclass(slots=True)
class _Glyph:
    """One glyph of a text operator: what it stands for, and what it is to be extracted as (None: as it is)."""

    code: int
    text: str
    width: float
    actual: str | None = None


@dataclass(slots=True)
class _Cluster:
    """The glyphs of one letter with marks, and the ActualText spans around some of them: (first, last instruction)."""

    text: str
    glyphs: list[_Glyph] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def takes(self, glyph: _Glyph) -> bool:
        """Whether the glyph belongs to this letter, not to a next one that is equal."""
        if glyph.text != self.text or any(glyph.code == other.code for other in self.glyphs):
            return False
        # Equal letters in a row have other glyphs only in scripts that join them.
        if not any(unicodedata.bidirectional(one) in {"R", "AL"} for one in self.text):
            return True
        return not glyph.width or not any(other.width for other in self.glyphs)

    def settle(self) -> None:
        """Let the widest glyph stand for the letter, and the others for nothing."""
        widest = max(self.glyphs, key=lambda glyph: glyph.width)
        for glyph in self.glyphs:
            glyph.actual = self.text if glyph is widest else ""


def with_exact_text(content: bytes) -> bytes:
    """Return the PDF with the text of letters with marks corrected; the same bytes if it has none."""
    with Pdf.open(io.BytesIO(content)) as pdf:
        fonts: dict[tuple[int, int], _Font] = {}
        is_changed = [_correct(pdf, page, fonts) for page in pdf.pages]
        if not any(is_changed):
            return content
        file = io.BytesIO()
        pdf.save(file)
        return file.getvalue()


def _correct(pdf: Pdf, page: Page, fonts: dict[tuple[int, int], _Font]) -> bool:
    page_fonts = {str(name): _font(font, fonts) for name, font in page.obj.Resources.get("/Font", Dictionary()).items()}
    if not any(font.has_composed for font in page_fonts.values()):
        return False
    instructions = list(parse_content_stream(page))
    glyphs = _glyphs(instructions, page_fonts)
    if not _settle(instructions, glyphs):
        return False
    page.obj.Contents = pdf.make_stream(unparse_content_stream(list(_rewritten(instructions, glyphs))))
    return True


def _font(font: PdfObject, known: dict[tuple[int, int], _Font]) -> _Font:
    key = font.objgen
    if key not in known:
        texts = {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
            for code, text in _MAPPING.findall(font.ToUnicode.read_bytes() if "/ToUnicode" in font else b"")
        }
        descendant = font.DescendantFonts[0] if "/DescendantFonts" in font else Dictionary()
        widths = dict(_widths(descendant.get("/W", Array())))
        known[key] = _Font(texts=texts, widths=widths, default_width=float(descendant.get("/DW", 1000)))
    return known[key]


def _widths(entries: PdfObject) -> Iterator[tuple[int, float]]:
    """Yield (glyph, width) of the array W of a font: `first [widths]` or `first last width`."""
    position = 0
    while position < len(entries):
        first, second = int(entries[position]), entries[position + 1]
        if isinstance(second, Array):
            yield from ((first + number, float(width)) for number, width in enumerate(second))
            position += 2
        else:
            yield from ((code, float(entries[position + 2])) for code in range(first, int(second) + 1))
            position += 3


def _glyphs(instructions: Sequence[Instruction], fonts: Mapping[str, _Font]) -> dict[int, list[_Glyph | float]]:
    """Map the index of each text operator to its glyphs and the shifts between them."""
    result: dict[int, list[_Glyph | float]] = {}
    font: _Font | None = None
    for index, instruction in enumerate(instructions):
        operator = str(instruction.operator)
        if operator == "Tf":
            font = fonts.get(str(instruction.operands[0]))
        elif operator in {"Tj", "TJ"} and font is not None and font.texts:
            operand = instruction.operands[0]
            result[index] = list(_parts(operand if operator == "TJ" else [operand], font))
    return result


def _parts(operands: Any, font: _Font) -> Iterator[_Glyph | float]:
    for operand in operands:
        if not isinstance(operand, String):
            yield float(operand)
            continue
        codes = bytes(operand)
        for start in range(0, len(codes) - 1, 2):
            code = int.from_bytes(codes[start : start + 2], "big")
            yield _Glyph(code, font.texts.get(code, ""), font.widths.get(code, font.default_width))


def _settle(instructions: list[Instruction], glyphs: Mapping[int, list[_Glyph | float]]) -> bool:
    """Find the letters drawn as several glyphs, and settle what each glyph stands for. False if there are none.

    The ActualText spans around some of their glyphs are removed: they become None.
    """
    clusters = [cluster for cluster in _clusters(instructions, glyphs) if len(cluster.glyphs) > 1]
    for cluster in clusters:
        cluster.settle()
        for first, last in cluster.spans:
            instructions[first] = instructions[last] = None
    return bool(clusters)


def _clusters(instructions: Sequence[Instruction], glyphs: Mapping[int, list[_Glyph | float]]) -> Iterator[_Cluster]:
    """Yield the letters with marks, each with its glyphs in the order in which they are drawn."""
    cluster, actual, start = _Cluster(""), None, 0
    for index, instruction in enumerate(instructions):
        operator = str(instruction.operator)
        if operator == "BDC":
            actual, start = _actual_text(instruction), index
        elif operator == "EMC":
            if actual and cluster.text == actual:
                cluster.spans.append((start, index))
            actual = None
        for glyph in (part for part in glyphs.get(index, ()) if isinstance(part, _Glyph)):
            glyph.text = glyph.text if actual is None else actual
            if not _has_mark(glyph.text) or not cluster.takes(glyph):
                yield cluster
                cluster = _Cluster(glyph.text)
            if _has_mark(glyph.text):
                cluster.glyphs.append(glyph)
    yield cluster


def _actual_text(instruction: Instruction) -> str | None:
    properties = instruction.operands[1]
    if not isinstance(properties, Dictionary) or "/ActualText" not in properties:
        return None
    return str(properties.ActualText)


def _rewritten(
    instructions: Sequence[Instruction], glyphs: Mapping[int, list[_Glyph | float]]
) -> Iterator[Instruction]:
    for index, instruction in enumerate(instructions):
        if instruction is None:
            continue
        parts = glyphs.get(index, [])
        if any(isinstance(part, _Glyph) and part.actual is not None for part in parts):
            yield from _split(parts)
        else:
            yield instruction


def _split(parts: Sequence[_Glyph | float]) -> Iterator[Instruction]:
    """Yield the text operators for the glyphs; one with an ActualText has an operator of its own."""
    pending: list[_Glyph | float] = []
    for part in parts:
        if not isinstance(part, _Glyph) or part.actual is None:
            pending.append(part)
            continue
        if pending:
            yield _shown(pending)
            pending = []
        properties = Dictionary(ActualText=String(part.actual))
        yield ContentStreamInstruction([Name.Span, properties], Operator("BDC"))
        yield _shown([part])
        yield ContentStreamInstruction([], Operator("EMC"))
    if pending:
        yield _shown(pending)


def _shown(parts: Sequence[_Glyph | float]) -> Instruction:
    operands = [String(part.code.to_bytes(2, "big")) if isinstance(part, _Glyph) else part for part in parts]
    return ContentStreamInstruction([Array(operands)], Operator("TJ"))


def _has_mark(text: str) -> bool:
    return any(unicodedata.combining(one) for one in unicodedata.normalize("NFD", text))
