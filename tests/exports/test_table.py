"""The rules that a table checks itself."""

from dataclasses import FrozenInstanceError

import pytest

from renvoi.exports.table import Column
from tests.exports.cast import ALO, COLUMNS, a_table


def test_headings_and_index_of_the_name() -> None:
    table = a_table(ALO)
    assert table.headings == ("Numéro", "Nom", "Adresse", "Texte", "In English", "État", "Rang")
    assert table.name_index == 1


@pytest.mark.parametrize(
    "columns",
    [
        (),
        (Column("a"), Column("b")),
        (Column("a", kind="name"), Column("b", kind="name")),
    ],
)
def test_exactly_one_column_has_the_names(columns: tuple[Column, ...]) -> None:
    with pytest.raises(ValueError, match="exactly one column"):
        a_table(columns=columns)


@pytest.mark.parametrize("kind", ["text", "link"])
def test_only_short_columns_may_precede_the_name(kind: str) -> None:
    first = Column("a", kind="text" if kind == "text" else "link")
    with pytest.raises(ValueError, match="Only short columns"):
        a_table(columns=(first, Column("b", kind="name")))
    assert a_table(columns=(Column("a", kind="fact"), Column("b", kind="name"))).name_index == 1


def test_rows_are_read_once() -> None:
    table = a_table(ALO)
    assert [*table.rows] == [ALO]
    assert [*table.rows] == []


def test_table_is_immutable() -> None:
    with pytest.raises(FrozenInstanceError):
        a_table().title = "x"  # type: ignore[misc]
    assert len(COLUMNS) == 7
