"""CSV: byte order mark, CRLF, RFC 4180 quoting; no cell runs as a formula, and every cell reads back unchanged."""

import csv
import io
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.exports.delimited import CHUNK, Separator, escape_formula, render_csv, unescape_formula
from renvoi.exports.table import Column, Row
from tests.exports.cast import ALO, COLUMNS, a_row, a_table, cells, hostile_texts

TRIGGERS = "=+-@'\t\r"
# All that a table's cell may hold: no U+0000, no lone surrogate.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
SEPARATORS: tuple[Separator, ...] = (",", ";")


def read(content: bytes, *, separator: str = ",") -> list[list[str]]:
    """The cells, as a reader that did not write them sees them."""
    text = content.decode("utf-8-sig")
    return [*csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)]


class TestForm:
    """The bytes."""

    def test_it_begins_with_a_mark_and_its_headings_and_ends_each_line_with_crlf(self) -> None:
        content = b"".join(render_csv(a_table(ALO)))
        assert (
            content
            == (
                "\ufeffNuméro,Nom,Adresse,Texte,In English,État,Rang\r\n"
                "1,Aló Brasil,https://alobrasil.example/fr,Portugais et anglais.,Portuguese.,Actif,5\r\n"
            ).encode()
        )

    @pytest.mark.parametrize("separator", SEPARATORS)
    def test_a_cell_is_quoted_where_rfc_4180_says_so_and_not_elsewhere(self, separator: Separator) -> None:
        first = (Column("a", kind="name"), Column("b"))
        for cell, written in (
            ("plain", "plain"),
            (f"a{separator}b", f'"a{separator}b"'),
            ('a "b"', '"a ""b"""'),
            ("a\nb", '"a\nb"'),
            ("a\r\nb", '"a\r\nb"'),
            (" blank ", " blank "),
            ("", ""),
        ):
            content = b"".join(render_csv(a_table(("x", cell), columns=first), separator=separator))
            assert content.decode("utf-8-sig") == f"a{separator}b\r\nx{separator}{written}\r\n"

    def test_the_other_separator_needs_no_quotes(self) -> None:
        content = b"".join(render_csv(a_table(a_row(1, "a;b"))))
        assert b'"' not in content

    def test_a_table_without_rows_has_its_headings(self) -> None:
        assert read(b"".join(render_csv(a_table()))) == [[column.heading for column in COLUMNS]]

    def test_headings_are_as_inert_as_cells(self) -> None:
        content = b"".join(render_csv(a_table(columns=(Column("=1+1", kind="name"),))))
        assert content.decode("utf-8-sig") == "'=1+1\r\n"


class TestTriggers:
    """One apostrophe in front, and off again."""

    @pytest.mark.parametrize("trigger", TRIGGERS)
    def test_a_cell_that_begins_with_one_is_prefixed(self, trigger: str) -> None:
        assert escape_formula(f"{trigger}1") == f"'{trigger}1"
        assert unescape_formula(f"'{trigger}1") == f"{trigger}1"

    @pytest.mark.parametrize("cell", ["", "1", "a=1", " =1", "\n=1", "＝1", "’", '"', "|cmd", "%0A"])
    def test_another_is_left_alone_both_ways(self, cell: str) -> None:
        assert escape_formula(cell) == unescape_formula(cell) == cell

    @pytest.mark.parametrize("cell", ["'", "'a", "'90s", "'1"])
    def test_an_apostrophe_that_the_rule_did_not_write_stays(self, cell: str) -> None:
        assert unescape_formula(cell) == cell
        assert unescape_formula(escape_formula(cell)) == cell

    def test_every_beginning_comes_back(self) -> None:
        for size in range(4):
            for beginning in map("".join, product(TRIGGERS + "a", repeat=size)):
                assert unescape_formula(escape_formula(beginning)) == beginning

    @given(TEXTS)
    def test_any_cell_is_inert_and_comes_back(self, cell: str) -> None:
        written = escape_formula(cell)
        assert written[:1] not in set(TRIGGERS) - {"'"}
        assert unescape_formula(written) == cell

    @given(TEXTS, TEXTS)
    def test_no_two_cells_are_written_alike(self, first: str, second: str) -> None:
        assert (escape_formula(first) == escape_formula(second)) == (first == second)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5), st.sampled_from(SEPARATORS))
def test_any_table_comes_back(rows: list[tuple[str, str]], separator: Separator) -> None:
    columns = (Column("a", kind="name"), Column("b"))
    content = b"".join(render_csv(a_table(*rows, columns=columns), separator=separator))
    assert [tuple(map(unescape_formula, row)) for row in read(content, separator=separator)[1:]] == rows


@pytest.mark.parametrize("separator", SEPARATORS)
def test_hostile_texts_are_inert_and_come_back_exactly(separator: Separator) -> None:
    rows = [a_row(number, text) for number, text in enumerate(hostile_texts())]
    lines = read(b"".join(render_csv(a_table(*rows), separator=separator)), separator=separator)
    assert [cell for cell in cells(map(tuple, lines)) if cell[:1] in set("=+-@\t\r")] == []
    assert [tuple(map(unescape_formula, row)) for row in lines[1:]] == rows
    assert len(rows) > 400


class TestStream:
    """Piece by piece."""

    def test_the_headings_come_before_any_row_is_asked_for(self) -> None:
        read_rows: list[Row] = []

        def rows() -> Iterator[Row]:
            read_rows.append(ALO)
            yield ALO

        table = a_table()
        chunks = render_csv(type(table)(title="t", language="fr", columns=COLUMNS, rows=rows(), count=1))
        assert next(chunks).startswith("\ufeffNuméro".encode())
        assert read_rows == []
        assert next(chunks).startswith(b"1,")

    def test_pieces_are_about_a_chunk_whatever_the_number_of_rows(self) -> None:
        sizes = [len(chunk) for chunk in render_csv(a_table(*(a_row(number, "é" * 99) for number in range(5_000))))]
        assert len(sizes) > 10
        assert max(sizes) < 3 * CHUNK
        assert min(sizes[1:-1]) >= CHUNK
