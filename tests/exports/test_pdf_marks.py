"""Letters with marks are extracted from a PDF exactly as they were typed, in order, once each."""

import unicodedata

import pytest

from renvoi.exports.pdf import RECORDS_PER_PART, render_pdf
from renvoi.exports.pdf_text import with_exact_text
from tests.exports.cast import a_row, a_table
from tests.exports.reading import elements, opened, text_pages

TEXTS = [
    "n\u0308o",
    "e\u030ax e\u030a x",
    "a\u0323\u0308b",
    "M\u0303olto M",
    "M M\u0303 M",
    "M\u0303M\u0303M\u0303",
    "Ọ\u0300ṣun ẹ\u0300kọ\u0301",
    "Ė\u0303Ė\u0303 ė\u0303",
    "x\u0301\u0302\u0303y",
    "q\u0303q q\u0303",
    "≠ ≢ ≠≠",
    "Tổng Đài",
    "é ñ Å",
    "е\u0301да ӣ",
    "a\u0332b\u0332c\u0332",
    "ᾷ ΐ",
]


def lines_of(content: bytes) -> list[str]:
    return [unicodedata.normalize("NFC", line) for page in text_pages(content) for line in page.split("\n")]


@pytest.mark.parametrize("text", TEXTS)
def test_extracted_text_is_the_input(text: str) -> None:
    pdf = render_pdf(a_table(a_row(7, text)))
    assert (pdf.unshown, pdf.is_tagged_ua) == ((), True)
    typed = unicodedata.normalize("NFC", text)
    lines = lines_of(pdf.content)
    for line in (f"Numéro 7 {typed}", f"Texte {typed}", f"In English {typed}", f"État {typed} Rang 7"):
        assert line in lines


def test_all_of_them_together_are_the_input() -> None:
    rows = [a_row(number, text) for number, text in enumerate(TEXTS)]
    lines = lines_of(render_pdf(a_table(*rows)).content)
    for number, text in enumerate(TEXTS):
        assert f"Numéro {number} {unicodedata.normalize('NFC', text)}" in lines


def test_parts_of_a_long_list_are_the_input() -> None:
    rows = [a_row(number, f"M\u0303{number} n\u0308o") for number in range(RECORDS_PER_PART + 3)]
    pdf = render_pdf(a_table(*rows))
    lines = lines_of(pdf.content)
    assert [line for line in lines if line.startswith("Texte")] == [f"Texte M\u0303{row[0]} n\u0308o" for row in rows]
    assert pdf.is_tagged_ua
    assert [str(element.S) for element in elements(opened(pdf.content))].count("/H2") == len(rows)


@pytest.mark.parametrize(("text", "count"), [("مُمُ", 2), ("مُحَمَّد", 3), ("שָׁלוֹם", 2)])
def test_right_to_left_letters_have_their_marks_once(text: str, count: int) -> None:
    lines = lines_of(render_pdf(a_table(("1", "x", "", text, "", "", ""))).content)
    (line,) = [line for line in lines if line.startswith("Texte")]
    letters = unicodedata.normalize("NFD", line.removeprefix("Texte"))
    marks = [one for one in letters if unicodedata.combining(one)]
    assert sorted(marks) == sorted(one for one in unicodedata.normalize("NFD", text) if unicodedata.combining(one))
    assert len(marks) >= count


def test_pdf_without_such_letters_stays_as_it_is() -> None:
    content = render_pdf(a_table(a_row(1, "Éperlan, cœur, Ωμέγα"))).content
    assert with_exact_text(content) == content
