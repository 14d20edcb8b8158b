"""The structure of a PDF: tags, title, language, links, fonts, bookmarks; for any length and any script."""

from collections.abc import Iterator

import pikepdf
import pytest

from renvoi.exports.pdf import RECORDS_PER_PART, Pdf, render_pdf
from renvoi.exports.table import Row, Table
from tests.exports.cast import ALO, a_row, a_table
from tests.exports.reading import elements, fonts, languages, links, opened

SHORT = [ALO, *(a_row(number, f"Partenaire {number}") for number in range(2, 40))]
LONG = [a_row(number, f"Partenaire {number}") for number in range(2 * RECORDS_PER_PART + 10)]
MISSING = "\U0010fffd"
"""A private-use character, which no font has."""
A4_LANDSCAPE = (841.89, 595.28)


@pytest.fixture(scope="module", params=["one part", "several parts"])
def rendered(request: pytest.FixtureRequest) -> Pdf:
    """A PDF that is compiled at once, and one that is merged from parts."""
    return render_pdf(a_table(*(SHORT if request.param == "one part" else LONG)))


@pytest.fixture
def rows(rendered: Pdf) -> list[Row]:
    return SHORT if len(opened(rendered.content).pages) < 30 else LONG


class TestStructure:
    """What assistive technology can read."""

    def test_title_is_displayed_and_language_is_set(self, rendered: Pdf) -> None:
        pdf = opened(rendered.content)
        assert str(pdf.docinfo["/Title"]) == "Répertoire"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert str(pdf.Root.Lang).startswith("fr")
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == "Répertoire"

    def test_document_is_marked_as_tagged_and_as_pdf_ua_1(self, rendered: Pdf) -> None:
        pdf = opened(rendered.content)
        assert rendered.is_tagged_ua
        assert bool(pdf.Root.MarkInfo.Marked)
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        assert f"<xmpTPg:NPages>{len(pdf.pages)}<".encode() in pdf.Root.Metadata.read_bytes()

    def test_title_is_the_only_h1_and_each_record_is_an_h2(self, rendered: Pdf, rows: list[Row]) -> None:
        kinds = [str(element.S) for element in elements(opened(rendered.content))]
        assert kinds[0] == "/Document"
        assert [kind for kind in kinds if kind.startswith("/H")] == ["/H1", *["/H2"] * len(rows)]
        assert kinds.count("/Document") == 1
        assert kinds.count("/Link") == len(rows)
        assert set(kinds) <= {"/Document", "/H1", "/H2", "/P", "/Link", "/Span"}

    def test_values_in_another_language_are_tagged_with_it(self, rendered: Pdf, rows: list[Row]) -> None:
        languages_used = languages(opened(rendered.content))
        assert languages_used == ["en-CA"] * len(rows)

    def test_elements_pages_and_links_refer_to_the_structure_tree(self, rendered: Pdf) -> None:
        pdf = opened(rendered.content)
        tree = pdf.Root.StructTreeRoot
        keys = {int(key) for key in list(tree.ParentTree.Nums)[::2]}
        used = [int(page.obj.StructParents) for page in pdf.pages if "/StructParents" in page.obj]
        used += [int(note.StructParent) for page in pdf.pages for note in page.obj.get("/Annots", pikepdf.Array())]
        assert len(used) == len(set(used))
        assert set(used) == keys
        assert max(keys) < int(tree.ParentTreeNextKey)
        assert all("/P" in element for element in elements(pdf))

    def test_each_record_has_a_bookmark(self, rendered: Pdf, rows: list[Row]) -> None:
        with opened(rendered.content).open_outline() as outline:
            assert len(outline.root) == len(rows)
            assert [item.title.rpartition(" ")[2] for item in outline.root[-2:]] == [
                row[1].rpartition(" ")[2] for row in rows[-2:]
            ]


class TestPage:
    """What a reader sees."""

    def test_pages_are_a4_landscape(self, rendered: Pdf) -> None:
        for page in opened(rendered.content).pages:
            assert [float(edge) for edge in page.mediabox] == pytest.approx([0, 0, *A4_LANDSCAPE], abs=0.01)

    def test_fonts_are_embedded_and_come_from_a_package(self, rendered: Pdf) -> None:
        embedded = fonts(opened(rendered.content))
        assert embedded
        assert all(embedded.values())
        assert {name.partition("+")[2].partition("-")[0] for name in embedded} == {"NotoSans"}

    def test_every_url_is_a_link_to_itself(self, rendered: Pdf, rows: list[Row]) -> None:
        assert links(opened(rendered.content)) == [row[2] for row in rows]


@pytest.mark.parametrize(
    "address",
    [
        "https://alo.example/?a=1&b=2#c",
        "https://xn--lo-jia.example/%C3%A9",
        "http://[2001:db8::1]:8080/",
        "https://alo.example/a(b)c\\d",
        "https://alo.example/'\"<>",
        "https://alo.example/" + "segment/" * 200,
        "https://alo.example/" + "x" * 1_900,
        "HTTPS://alo.example/",
    ],
)
def test_target_of_a_link_is_exact_on_each_of_its_lines(address: str) -> None:
    targets = links(opened(render_pdf(a_table(("1", "a", address, "", "", "", ""))).content))
    if address.startswith("HTTPS"):
        # Stored URLs have a lowercase scheme, so this is only a text.
        assert targets == []
    else:
        assert set(targets) == {address}


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "file:///etc/passwd", "mailto:a@b.example", "//a.example", "a"]
)
def test_other_texts_do_not_become_links(text: str) -> None:
    content = render_pdf(a_table(("1", text, text, f"see {text} https://in.a.example/", text, text, text))).content
    assert links(opened(content)) == []


@pytest.mark.parametrize(
    ("script", "text", "family"),
    [
        ("Arabic", "شركة الهاتف", "IBMPlexSansArabic"),
        ("Greek", "Ελληνικά", "NotoSans"),
        ("Cyrillic", "їжак", "NotoSans"),
    ],
)
def test_scripts_are_drawn_with_fonts_of_the_packages(script: str, text: str, family: str) -> None:
    rendered = render_pdf(a_table(a_row(1, text)))
    assert rendered.is_tagged_ua, script
    embedded = fonts(opened(rendered.content))
    assert all(embedded.values())
    assert {name.partition("+")[2].partition("-")[0] for name in embedded} == {family, "NotoSans"}


class TestMissingGlyph:
    """A character that no font has."""

    def test_record_with_a_missing_glyph_is_reported(self) -> None:
        rows = [
            ALO,
            a_row(2, "deux"),
            ("3", "Trois", "", MISSING, "", "", ""),
            (f"{4}", f"a{MISSING}", "", "", "", "", ""),
        ]
        rendered = render_pdf(a_table(*rows))
        assert rendered.unshown == ("Trois", f"a{MISSING}")
        assert not rendered.is_tagged_ua
        pdf = opened(rendered.content)
        assert [str(element.S) for element in elements(pdf)].count("/H2") == len(rows)
        with pdf.open_metadata() as metadata:
            assert "pdfuaid:part" not in metadata

    def test_missing_glyph_in_one_part_removes_the_pdf_ua_mark(self) -> None:
        rendered = render_pdf(a_table(*LONG[: RECORDS_PER_PART + 5], ("9", "Neuf", "", MISSING, "", "", "")))
        assert rendered.unshown == ("Neuf",)
        with opened(rendered.content).open_metadata() as metadata:
            assert "pdfuaid:part" not in metadata

    def test_missing_glyph_in_the_description_is_reported_by_the_title(self) -> None:
        rendered = render_pdf(a_table(ALO, about=("Op", f"nom contenant {MISSING}")))
        assert rendered.unshown == ("Répertoire",)

    @pytest.mark.parametrize(
        "text", ["\x01", "\x1b[31m", "\u2028", "\ufeff", "\t", "\ufffe", "1\ufe0f\u20e3", "\U000e0041"]
    )
    def test_only_records_with_the_missing_glyph_are_reported(self, text: str) -> None:
        rendered = render_pdf(a_table(a_row(1, "un 1 2 3"), ("2", "Deux", "", text, "", "", "")))
        assert set(rendered.unshown) <= {"Deux"}
        assert rendered.is_tagged_ua == (not rendered.unshown)


class TestProgress:
    """The callback."""

    def test_progress_is_reported_after_each_part(self) -> None:
        progress: list[int] = []
        render_pdf(a_table(*LONG), on_progress=progress.append)
        assert progress == [RECORDS_PER_PART, 2 * RECORDS_PER_PART, len(LONG)]

    def test_exception_of_the_callback_stops_the_rendering(self) -> None:
        read_count = 0

        def rows() -> Iterator[Row]:
            nonlocal read_count
            for row in LONG:
                read_count += 1
                yield row

        def stop(_done: int) -> None:
            raise InterruptedError

        template = a_table()
        table = Table(title="t", language="fr", columns=template.columns, rows=rows(), count=len(LONG))
        with pytest.raises(InterruptedError):
            render_pdf(table, on_progress=stop)
        assert read_count <= RECORDS_PER_PART + 1


@pytest.mark.parametrize("count", [0, 1, RECORDS_PER_PART, RECORDS_PER_PART + 1])
def test_any_number_of_records_can_be_rendered(count: int) -> None:
    rendered = render_pdf(a_table(*LONG[:count]))
    assert rendered.is_tagged_ua
    assert [str(element.S) for element in elements(opened(rendered.content))].count("/H2") == count


@pytest.mark.parametrize("lines", [20, 40, 100, 400])
def test_record_longer_than_a_page_continues_on_the_next(lines: int) -> None:
    row = ("1", "Long", "https://long.example/", "\n".join(f"ligne {line}" for line in range(lines)), "", "", "")
    rendered = render_pdf(a_table(row, ALO))
    assert rendered.is_tagged_ua
    assert len(opened(rendered.content).pages) <= 2 + lines / 25


def test_texts_are_not_interpreted_as_markup(tmp_path: object) -> None:
    texts = [f'#read("{tmp_path}/x")', '#import "@preview/a:0.1.0"', "#image('/etc/passwd')", "\\u{41}", "<script>"]
    rendered = render_pdf(a_table(*(a_row(number, text) for number, text in enumerate(texts))))
    pdf = opened(rendered.content)
    assert rendered.is_tagged_ua
    assert b"root:" not in rendered.content
    assert not [key for key in ("/Names", "/OpenAction", "/AA", "/AcroForm") if key in pdf.Root and key != "/Names"]
