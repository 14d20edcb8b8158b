"""The table that all three renderers take as their input."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from renvoi.domain.places import Language

Kind = Literal["name", "text", "link", "fact", "number"]
"""What a column is. `name`: what the record is called; `text`, `link`: a line of its own in print; `fact`, `number`: a
short value (a state, a day; a whole number) that shares a line with its neighbours."""

SHORT_KINDS: frozenset[Kind] = frozenset({"fact", "number"})

Row = tuple[str, ...]
"""One record: a text for each column, empty where there is none, without U+0000 and lone surrogates."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `language` is that of its values where it is not the table's."""

    heading: str
    kind: Kind = "text"
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A list as it is exported. Exactly one column is the `name`; those before it are short.

    `rows` is read once, from its beginning to its end, and never held: give a generator. `count` is how many it is
    expected to give. `about`: what is said of the list, a line each, who it belongs to first; in print, and in the
    properties of a workbook.
    """

    title: str
    language: Language
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    count: int
    about: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        kinds = [column.kind for column in self.columns]
        if kinds.count("name") != 1:
            raise ValueError("A table has exactly one column that names its records.")
        if not SHORT_KINDS.issuperset(kinds[: self.name_index]):
            raise ValueError("Only short columns may come before the name.")

    @property
    def name_index(self) -> int:
        """Where in a row the record's name is."""
        return [column.kind for column in self.columns].index("name")

    @property
    def headings(self) -> Row:
        """The headings, in the order of the columns."""
        return tuple(column.heading for column in self.columns)
