"""The table that all three renderers take as their input."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from renvoi.domain.places import Language

Kind = Literal["name", "text", "link", "fact", "number"]
"""What a column contains. `name`: the name of the record. `text`, `link`: a value that is printed on a line of its own.
`fact`, `number`: a short value (a state or a day; an integer) that shares a line with its neighbours."""

Paper = Literal["a4", "letter"]
"""The paper of a PDF."""

Form = Literal["records", "rows"]
"""How a PDF shows a table. `records`: a group of lines for each record, with its labels. `rows`: a row for each record,
below headings that are repeated on each page."""

SHORT_KINDS: frozenset[Kind] = frozenset({"fact", "number"})

Row = tuple[str, ...]
"""One record: a string for each column, empty if it has no value, without U+0000 and lone surrogates."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `language` is the language of its values if it differs from the table's.

    `share` is its part of the width of a PDF in rows, compared with those of the other columns.
    """

    heading: str
    kind: Kind = "text"
    language: Language | None = None
    share: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A list to export. Exactly one column is the `name`; the columns before it are short.

    `rows` is read once, in order, and never held in memory: pass a generator. `count` is the expected number of rows.
    `about` describes the list in a few lines, the first of which names its owner; it appears in print and in the
    properties of a workbook. `paper` and `form` are those of a PDF; `unshown_note` is printed beside the name of a
    record with characters that no font has. Raises ValueError if the columns are wrong.
    """

    title: str
    language: Language
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    count: int
    about: tuple[str, ...] = ()
    paper: Paper = "a4"
    form: Form = "records"
    unshown_note: str = ""

    def __post_init__(self) -> None:
        kinds = [column.kind for column in self.columns]
        if kinds.count("name") != 1:
            raise ValueError("A table has exactly one column that names its records.")
        if not SHORT_KINDS.issuperset(kinds[: self.name_index]):
            raise ValueError("Only short columns may come before the name.")

    @property
    def name_index(self) -> int:
        """The index of the record's name in a row."""
        return [column.kind for column in self.columns].index("name")

    @property
    def headings(self) -> Row:
        """The headings in the order of the columns."""
        return tuple(column.heading for column in self.columns)
