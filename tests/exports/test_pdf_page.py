"""The page of a PDF: its paper, its head, the direction of names, and what is said of characters that no font has."""

import re

import pikepdf
import pytest

from renvoi.exports.pdf import RECORDS_PER_PART, render_pdf
from renvoi.exports.table import Paper, Row
from tests.exports.cast import ALO, a_row, a_table
from tests.exports.reading import opened, text_pages

ABOUT = ("Téléphonie gypaète", "2026-11-22", "12 de 312, pays contenant « gypaète », triés par pays")
PRIVATE, MISSING = "\ue000", "\U0010fffd"
NOTE = "Certains caractères ne peuvent être affichés."
MANY = [a_row(number, f"Partenaire {number}") for number in range(12)]


@pytest.mark.parametrize(("paper", "size"), [("a4", (841.89, 595.28)), ("letter", (792, 612))])
@pytest.mark.parametrize("count", [1, RECORDS_PER_PART + 1])
def test_every_page_has_the_paper(paper: Paper, size: tuple[float, float], count: int) -> None:
    rows = [a_row(number, "x") for number in range(count)]
    for page in opened(render_pdf(a_table(*rows, paper=paper)).content).pages:
        assert [float(edge) for edge in page.mediabox] == pytest.approx([0, 0, *size], abs=0.01)


class TestHead:
    """The head of each page but the first."""

    def test_head_is_not_clipped(self) -> None:
        content = render_pdf(a_table(*MANY, about=ABOUT)).content
        with opened(content) as pdf:
            operators = [str(one.operator) for one in pikepdf.parse_content_stream(pdf.pages[1])]
        # A clipping path cut the descenders of g, p and q, and the first of two lines.
        assert not {"W", "W*"} & set(operators)
        assert text_pages(content)[1].split("\n")[0] == "Répertoire " + " · ".join(ABOUT)

    def test_long_head_is_whole_on_two_lines(self) -> None:
        about = (*ABOUT[:2], "pays contenant « gypaète », " * 7)
        lines = text_pages(render_pdf(a_table(*MANY, about=about)).content)[1].split("\n")
        assert " ".join(lines[:2]).split() == ("Répertoire " + " · ".join(about)).split()

    def test_head_of_a_very_long_search_is_cut_with_an_ellipsis(self) -> None:
        about = (*ABOUT[:2], "nom contenant « W » " * 300)
        content = render_pdf(a_table(*MANY, about=about)).content
        head = text_pages(content)[1].split("Numéro")[0]
        assert head.rstrip().endswith("…")
        assert len(head.rstrip().split("\n")) <= 3
        # The first page has all of it.
        assert text_pages(content)[0].count("«") == 300


class TestDirection:
    """A text in a right-to-left script."""

    @pytest.mark.parametrize("name", ["שלום!", "שלום (בע״מ)."])
    @pytest.mark.parametrize("column", [1, 3, 5])
    def test_punctuation_at_its_end_stands_at_its_left(self, column: int, name: str) -> None:
        row = ["1", "x", "", "", "", "", ""]
        row[column] = name
        assert self._left_of(row, mark=name[-1], letter=name[0])
        # In a text that begins with a Latin letter it stands at its right.
        row[column] = f"x {name}"
        assert not self._left_of(row, mark=name[-1], letter=name[0])

    def test_figures_after_it_in_the_head_stay_in_order(self) -> None:
        about = ("שלום!", "2026-11-22", "12 de 312")
        with opened(render_pdf(a_table(*MANY, about=about)).content) as pdf:
            drawn = "".join(text for text, _ in glyphs_of(pdf.pages[1]))
        assert drawn.index("2026-11-22") < drawn.index("12de312")

    def _left_of(self, row: list[str], *, mark: str, letter: str) -> bool:
        with opened(render_pdf(a_table(tuple(row))).content) as pdf:
            positions = dict(reversed(glyphs_of(pdf.pages[0])))
        return positions[mark] < positions[letter]


def glyphs_of(page: pikepdf.Page) -> list[tuple[str, float]]:
    """Return (text, distance from the left) of each glyph that is not blank, in the order in which they are drawn.

    Glyphs of one text operator stand one after the other: a thousandth of a point is added for each.
    """
    texts: dict[str, dict[int, str]] = {}
    for name, font in page.obj.Resources.Font.items():
        pairs = re.findall(rb"<([0-9A-F]{4})>\s*<([0-9A-F]{4})>\s", font.ToUnicode.read_bytes())
        texts[str(name)] = {int(code, 16): chr(int(text, 16)) for code, text in pairs}
    drawn: list[tuple[str, float]] = []
    font_name, line, shift = "", 0.0, 0.0
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "Tf":
            font_name = str(operands[0])
        elif operator == "cm":
            line = float(operands[4])
        elif operator == "Tm":
            shift = float(operands[4])
        elif operator in {"Tj", "TJ"}:
            parts = operands[0] if operator == "TJ" else operands
            codes = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
            for start in range(0, len(codes), 2):
                shift += 0.001
                text = texts[font_name].get(int.from_bytes(codes[start : start + 2], "big"), "")
                drawn += [(text, line + shift)] if text.strip() else []
    return drawn


class TestUnshown:
    """Characters that no font has, and private ones, which no two fonts draw alike."""

    @pytest.mark.parametrize("character", [PRIVATE, MISSING])
    @pytest.mark.parametrize("column", [1, 3, 5])
    def test_note_stands_beside_the_name(self, character: str, column: int) -> None:
        row: Row = ("3", "Trois", "", "texte", "", "fait", "")
        bad = (*row[:column], row[column] + character, *row[column + 1 :])
        content = render_pdf(a_table(ALO, bad, a_row(4, "Quatre"), unshown_note=NOTE)).content
        lines = text_pages(content)[0].split("\n")
        noted = [line for line in lines if NOTE in line]
        assert len(noted) == 1
        assert noted[0].startswith("Numéro 3 Trois")

    def test_note_stands_under_the_title_if_the_description_has_one(self) -> None:
        pages = text_pages(render_pdf(a_table(ALO, about=("Op", f"nom {MISSING}"), unshown_note=NOTE)).content)
        assert pages[0].index(NOTE) < pages[0].index("Numéro 1")

    def test_note_stands_in_the_part_that_has_the_record(self) -> None:
        rows = [*(a_row(number, "x") for number in range(RECORDS_PER_PART)), a_row(900, f"neuf {PRIVATE}")]
        text = "".join(text_pages(render_pdf(a_table(*rows, unshown_note=NOTE)).content))
        assert text.count(NOTE) == 1
        assert text.index(NOTE) > text.index("Numéro 900")

    def test_document_without_such_characters_has_no_note(self) -> None:
        assert NOTE not in "".join(text_pages(render_pdf(a_table(ALO, unshown_note=NOTE)).content))
