"""XLSX, read with another library: every value is text and unchanged; no formulas, no links."""

import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from renvoi.exports import workbook
from renvoi.exports.table import Column, Row, Table
from renvoi.exports.workbook import TooManyRows, render_xlsx
from tests.exports.cast import ALO, COLUMNS, a_row, a_table, hostile_texts

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300)
NAME = (Column("Nom", kind="name"),)


def render(table: Table) -> bytes:
    file = io.BytesIO()
    render_xlsx(table, file=file)
    return file.getvalue()


def read(content: bytes) -> list[list[Any]]:
    return [*CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()]


def as_read(text: str) -> str:
    """The text as calamine returns it: ECMA-376's escapes above U+00FF stay escaped."""
    return text.replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_")


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def test_headings_and_rows_are_written_as_text() -> None:
    assert read(render(a_table(ALO))) == [[column.heading for column in COLUMNS], [*ALO]]


@pytest.mark.parametrize(
    "text",
    [
        "007",
        "1e5",
        "-1",
        "2026-11-22",
        "TRUE",
        "#N/A",
        "=1+1",
        '=HYPERLINK("https://evil.example")',
        "+1",
        "@SUM(1)",
        "{=1}",
        "https://alo.example/",
        "mailto:a@b.example",
        "internal:Sheet!A1",
        "<r><t>rich</t></r>",
        " blanks around ",
        "  ",
        "a\nb",
        "a\tb",
        "\r",
        "\x01\x1b[31m\x7f",
        "_x0041_",
        "_x005F_x0041_",
        "\ufffe\uffff",
        "👩‍👩‍👧",
        "é" * 300,
    ],
)
def test_value_is_written_as_exact_text(text: str) -> None:
    assert read(render(a_table((text,), columns=NAME)))[1:] == [[as_read(text)]]


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=5))
@settings(max_examples=40)
def test_any_texts_round_trip(texts: list[str]) -> None:
    assert read(render(a_table(*((text,) for text in texts), columns=NAME)))[1:] == [[as_read(text)] for text in texts]


def test_hostile_texts_round_trip() -> None:
    rows = [a_row(number, text) for number, text in enumerate(hostile_texts())]
    assert [tuple(row) for row in read(render(a_table(*rows)))[1:]] == [tuple(map(as_read, row)) for row in rows]


def test_workbook_has_no_formulas_links_or_drawings() -> None:
    texts = ["=1+1", "https://alo.example/", "mailto:a@b.example", "<r><t>rich</t></r>", "{=1}"]
    files = parts(render(a_table(*(a_row(number, text) for number, text in enumerate(texts)))))
    sheet = files["xl/worksheets/sheet1.xml"]
    for element in ("<f", "<hyperlink", "<drawing", "<legacyDrawing", "<oleObject", "<r>"):
        assert not re.search(rf"{re.escape(element)}[\s>]", sheet), element
    kinds = set(re.findall(r'<c r="[A-Z]+[0-9]+"[^>]*? t="(\w+)"', sheet))
    assert kinds <= {"inlineStr", "s"}
    written = re.findall(r"<c [^>]*>", sheet)
    assert len(written) == len(re.findall(r'<c [^>]*t="(?:inlineStr|s)"', sheet)) == len(COLUMNS) * (1 + len(texts))
    assert not [
        name for name in files if "externalLink" in name or "vbaProject" in name or name.endswith("sheet1.xml.rels")
    ]


def test_properties_describe_the_list() -> None:
    files = parts(render(a_table(ALO)))
    assert "<dc:title>Répertoire</dc:title>" in files["docProps/core.xml"]
    assert "12 de 312, triés par nom" in files["docProps/core.xml"]
    assert "Téléphonie Boréale" in files["docProps/app.xml"]
    assert 'state="frozen"' in files["xl/worksheets/sheet1.xml"]
    assert '<autoFilter ref="A1:G2"' in files["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Répertoire", "Répertoire"),
        ("a/b:c*[d]?\\e", "a b c  d   e"),
        ("'", "1"),
        ("x" * 40, "x" * 31),
        ("😀" * 20, "😀" * 15),
    ],
)
def test_sheet_name_is_valid_in_excel(title: str, name: str) -> None:
    content = render(a_table(ALO, title=title))
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names == [name]


def test_value_longer_than_a_cell_is_truncated() -> None:
    assert read(render(a_table(("é" * 40_000,), columns=NAME)))[1:] == [["é" * 32_767]]


def test_list_longer_than_a_sheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    rows: list[Row] = [("a",), ("b",)]
    assert len(read(render(a_table(*rows, columns=NAME)))) == 3
    with pytest.raises(TooManyRows, match="2 rows"):
        render(a_table(*rows, ("c",), columns=NAME))
    with pytest.raises(TooManyRows, match="2 rows"):
        # The table has more rows than its count says.
        render(replace(a_table(*rows, ("c",), columns=NAME), count=2))
