"""A PDF in rows: its structure, repeated headings, any text in its place and within its column, in bounded memory."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from renvoi.exports.pdf import RECORDS_PER_PART, Pdf, render_pdf
from renvoi.exports.table import Column, Paper, Row, Table
from tests.exports.cast import hostile_texts
from tests.exports.reading import elements, links, opened
from tests.exports.reading_rows import require_rows, words

COLUMNS = (
    Column("Code", "fact", share=7),
    Column("Nombre", "number", share=7),
    Column("Lieu", "name", share=21),
    Column("Partenaires", "text", share=39),
    Column("Destination", "link", share=26),
)
INJECTIONS = "#[]*_$@<>`\\ #panic() = x // y /* z */ ~ -- 'a' \"b\""
HUNDRED = "Téléphonie" * 10
WIDE = "W" * 100
MARGINS = {"a4": (42.5, 799.4), "letter": (42.5, 749.5)}


def a_row(number: int, text: str = "") -> Row:
    return ("CA-QC", str(number), f"Québec {number}", text, f"https://{number}.example/fr")


def in_rows(*rows: Row, paper: Paper = "letter") -> Table:
    about = ("Téléphonie Boréale", "2026-12-01", f"{len(rows)} cellules")
    return Table("Grille", "fr", COLUMNS, iter(rows), len(rows), about=about, paper=paper, form="rows")


SHORT = [a_row(number) for number in range(60)]
LONG = [a_row(number) for number in range(2 * RECORDS_PER_PART + 10)]


@pytest.fixture(scope="module", params=[SHORT, LONG], ids=["one part", "several parts"])
def rows(request: pytest.FixtureRequest) -> list[Row]:
    listed: list[Row] = request.param
    return listed


@pytest.fixture(scope="module")
def rendered(rows: list[Row]) -> Pdf:
    return render_pdf(in_rows(*rows))


class TestStructure:
    """What assistive technology can read."""

    def test_title_language_and_mark(self, rendered: Pdf) -> None:
        pdf = opened(rendered.content)
        assert rendered.is_tagged_ua
        assert str(pdf.docinfo["/Title"]) == "Grille"
        assert str(pdf.Root.Lang).startswith("fr")
        assert bool(pdf.Root.MarkInfo.Marked)
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        assert f"<xmpTPg:NPages>{len(pdf.pages)}<".encode() in pdf.Root.Metadata.read_bytes()

    def test_rows_and_headings_are_those_of_tables(self, rendered: Pdf, rows: list[Row]) -> None:
        kinds = Counter(str(element.S) for element in elements(opened(rendered.content)))
        tables = -(-len(rows) // RECORDS_PER_PART)
        assert kinds["/H1"] == kinds["/Document"] == 1
        assert kinds["/Table"] == kinds["/THead"] == tables
        assert kinds["/TR"] == len(rows) + tables
        assert (kinds["/TH"], kinds["/TD"]) == (len(COLUMNS) * tables, len(COLUMNS) * len(rows))
        assert kinds["/Link"] == len(rows)

    def test_each_page_has_the_headings_and_every_cell_is_in_its_place(self, rendered: Pdf, rows: list[Row]) -> None:
        compared = require_rows(in_rows(*rows), rows, rendered.content)
        assert compared == {"exactly": len(rows) * len(COLUMNS)}


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_pages_are_landscape_and_no_word_leaves_its_column(paper: Paper) -> None:
    extreme = [a_row(1, HUNDRED), a_row(2, WIDE), a_row(3, f"{WIDE.lower()} {INJECTIONS}"), a_row(4, "日本" * 50)]
    extreme += [("CA-ZZ", "9999999", WIDE, "m" * 300, f"https://{WIDE.lower()}.example/{'%C3%A9' * 60}?a=b")]
    content = render_pdf(in_rows(*extreme, paper=paper)).content
    left, right = MARGINS[paper]
    for page in opened(content).pages:
        assert [float(edge) for edge in page.mediabox][2:] == pytest.approx(
            (841.89, 595.28) if paper == "a4" else (792, 612), abs=0.01
        )
    shares = [column.share for column in COLUMNS]
    edges = [left + (right - left) * sum(shares[:number]) / sum(shares) for number in range(len(shares) + 1)]
    table = [word for word in words(content) if 100 < word.top < 560]
    assert len(table) > 30
    for word in table:
        start, end = next((start, end) for start, end in pairwise(edges) if start <= word.left < end)
        assert word.left >= start
        assert word.right <= end + 0.5, (word, end)


def test_markup_is_text() -> None:
    listed = [a_row(1, INJECTIONS), ("#code", "1", f"#{HUNDRED}", "= Titre", "#link"), a_row(3, "\\u{41} $x$ @ref <a>")]
    rendered = render_pdf(in_rows(*listed))
    assert require_rows(in_rows(*listed), listed, rendered.content)["exactly"] == 3 * len(COLUMNS)
    assert len(set(links(opened(rendered.content)))) == 2


def test_hostile_texts_are_in_their_place() -> None:
    short = [text for text in hostile_texts() if len(text) < 120 and text.isprintable() and text.strip()]
    listed = [a_row(number, text) for number, text in enumerate(short)]
    rendered = render_pdf(in_rows(*listed))
    shown = [row for row in listed if row[2] not in rendered.unshown]
    assert len(shown) > 0.8 * len(listed)
    compared = require_rows(in_rows(*shown), shown, render_pdf(in_rows(*shown)).content)
    assert compared["exactly"] > 0.9 * compared.total()


def test_right_to_left_names_and_emoji() -> None:
    listed = [("EG", "1", "شركة الهاتف", "شركة الهاتف الوطنية", ""), ("GR", "2", "Ελληνικά", "fête e\u0301", "")]
    rendered = render_pdf(in_rows(*listed))
    assert rendered.is_tagged_ua
    assert require_rows(in_rows(*listed), listed, rendered.content)["by characters"] == 2


def test_row_with_a_missing_glyph_is_reported() -> None:
    rendered = render_pdf(in_rows(a_row(1), a_row(2, "\U0010fffd")))
    assert rendered.unshown == ("Québec 2",)
    assert not rendered.is_tagged_ua


def test_row_longer_than_a_page_is_broken_and_all_of_it_is_there() -> None:
    content = render_pdf(in_rows(a_row(1, "mot " * 2_000), a_row(2))).content
    pdf = opened(content)
    assert len(pdf.pages) > 1
    assert sum(text == "/TR" for text in (str(element.S) for element in elements(pdf))) == 3


_MEASURED = """
import resource, sys
from renvoi.exports.pdf import render_pdf
from tests.exports.test_pdf_rows import a_row, in_rows
render_pdf(in_rows(*(a_row(number, "Portugais et anglais. " * 3) for number in range(int(sys.argv[1])))))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_grows_by_less_than_30_kb_for_a_row() -> None:
    few, many = (
        int(subprocess.run([sys.executable, "-c", _MEASURED, count], capture_output=True, check=True).stdout)
        for count in ("500", "3000")
    )
    assert (many - few) / 2_500 < 30
