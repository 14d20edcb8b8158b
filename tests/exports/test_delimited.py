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
# Everything that a cell of a table may contain: no U+0000, no lone surrogate.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
SEPARATORS: tuple[Separator, ...] = (",", ";")


def read(content: bytes, *, separator: str = ",") -> list[list[str]]:
    """The cells, as the csv module reads them."""
    text = content.decode("utf-8-sig")
    return [*csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)]


class TestBytes:
    """The bytes of a file."""

    def test_file_has_a_byte_order_mark_headings_and_crlf(self) -> None:
        content = b"".join(render_csv(a_table(ALO)))
        assert (
            content
            == (
                "\ufeffNuméro,Nom,Adresse,Texte,In English,État,Rang\r\n"
                "1,Aló Brasil,https://alobrasil.example/fr,Portugais et anglais.,Portuguese.,Actif,5\r\n"
            ).encode()
        )

    @pytest.mark.parametrize("separator", SEPARATORS)
    def test_byte_order_mark_is_all_that_differs_for_programs(self, separator: Separator) -> None:
        marked = b"".join(render_csv(a_table(ALO), separator=separator))
        plain = b"".join(render_csv(a_table(ALO), separator=separator, byte_order_mark=False))
        assert marked == b"\xef\xbb\xbf" + plain

    @pytest.mark.parametrize("separator", SEPARATORS)
    def test_cells_are_quoted_only_if_rfc_4180_requires_it(self, separator: Separator) -> None:
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

    def test_unused_separator_is_not_quoted(self) -> None:
        content = b"".join(render_csv(a_table(a_row(1, "a;b"))))
        assert b'"' not in content

    def test_table_without_rows_has_headings(self) -> None:
        assert read(b"".join(render_csv(a_table()))) == [[column.heading for column in COLUMNS]]

    def test_headings_are_escaped(self) -> None:
        content = b"".join(render_csv(a_table(columns=(Column("=1+1", kind="name"),))))
        assert content.decode("utf-8-sig") == "'=1+1\r\n"


class TestEscapeFormula:
    """The apostrophe before a cell, and its removal."""

    @pytest.mark.parametrize("trigger", TRIGGERS)
    def test_cell_that_begins_with_a_trigger_is_escaped(self, trigger: str) -> None:
        assert escape_formula(f"{trigger}1") == f"'{trigger}1"
        assert unescape_formula(f"'{trigger}1") == f"{trigger}1"

    @pytest.mark.parametrize("cell", ["", "1", "a=1", " =1", "\n=1", "＝1", "’", '"', "|cmd", "%0A"])
    def test_other_cells_are_unchanged(self, cell: str) -> None:
        assert escape_formula(cell) == unescape_formula(cell) == cell

    @pytest.mark.parametrize("cell", ["'", "'a", "'90s", "'1"])
    def test_apostrophe_of_the_cell_itself_is_preserved(self, cell: str) -> None:
        assert unescape_formula(cell) == cell
        assert unescape_formula(escape_formula(cell)) == cell

    def test_every_combination_of_triggers_round_trips(self) -> None:
        for size in range(4):
            for beginning in map("".join, product(TRIGGERS + "a", repeat=size)):
                assert unescape_formula(escape_formula(beginning)) == beginning

    @given(TEXTS)
    def test_any_cell_is_escaped_and_round_trips(self, cell: str) -> None:
        written = escape_formula(cell)
        assert written[:1] not in set(TRIGGERS) - {"'"}
        assert unescape_formula(written) == cell

    @given(TEXTS, TEXTS)
    def test_different_cells_have_different_escapes(self, first: str, second: str) -> None:
        assert (escape_formula(first) == escape_formula(second)) == (first == second)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5), st.sampled_from(SEPARATORS))
def test_any_table_round_trips(rows: list[tuple[str, str]], separator: Separator) -> None:
    columns = (Column("a", kind="name"), Column("b"))
    content = b"".join(render_csv(a_table(*rows, columns=columns), separator=separator))
    assert [tuple(map(unescape_formula, row)) for row in read(content, separator=separator)[1:]] == rows


@pytest.mark.parametrize("separator", SEPARATORS)
def test_hostile_texts_are_escaped_and_round_trip(separator: Separator) -> None:
    rows = [a_row(number, text) for number, text in enumerate(hostile_texts())]
    lines = read(b"".join(render_csv(a_table(*rows), separator=separator)), separator=separator)
    assert [cell for cell in cells(map(tuple, lines)) if cell[:1] in set("=+-@\t\r")] == []
    assert [tuple(map(unescape_formula, row)) for row in lines[1:]] == rows
    assert len(rows) > 700


class TestStreaming:
    """Chunks."""

    def test_headings_are_yielded_before_the_first_row_is_read(self) -> None:
        read_rows: list[Row] = []

        def rows() -> Iterator[Row]:
            read_rows.append(ALO)
            yield ALO

        table = a_table()
        chunks = render_csv(type(table)(title="t", language="fr", columns=COLUMNS, rows=rows(), count=1))
        assert next(chunks).startswith("\ufeffNuméro".encode())
        assert read_rows == []
        assert next(chunks).startswith(b"1,")

    def test_chunks_are_of_the_configured_size(self) -> None:
        sizes = [len(chunk) for chunk in render_csv(a_table(*(a_row(number, "é" * 99) for number in range(5_000))))]
        assert len(sizes) > 10
        assert max(sizes) < 3 * CHUNK
        assert min(sizes[1:-1]) >= CHUNK
