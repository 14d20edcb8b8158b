"""What a list is made of: its columns, and the `Source` of its rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Expression, F, Model, OrderBy, Q, QuerySet
from django.utils.functional import Promise

from renvoi.domain.places import Language

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list.

    `name` is its query parameter, `label` its heading, followed by `note` where there is room. `matching` returns the
    condition for a keyword, None if the keyword can't be understood; `hint` then says what would be. `ordering` returns
    what to sort by, in a language: fields or expressions. Those in `nullable` may be null, which sorts before every
    value. `css_name` is the end of its cells' CSS class, if it is not `name`.
    """

    name: str
    label: Promise
    search_label: Promise
    matching: Callable[[str], Q | None]
    ordering: Callable[[Language], tuple[str | Expression, ...]]
    nullable: tuple[str, ...] = ()
    note: Promise | str = ""
    is_number: bool = False
    hint: Promise | str = ""
    css_name: str = ""


@dataclass(frozen=True, slots=True)
class Source(Generic[Row]):
    """What a list shows: the rows, not evaluated, and the columns by which they are searched and sorted.

    `default_sort` is the name of a column, after `-` in descending order. Rows that are equal in it follow `ties`,
    names of fields, after `-` in descending order, that end with one that is unique. A page prefetches the relations in
    `prefetched`. Only rows of a list that `is_selectable` can be selected; their ids are integers.
    """

    rows: QuerySet[Row]
    columns: tuple[Column, ...]
    default_sort: str
    ties: tuple[str, ...]
    prefetched: tuple[str, ...] = ()
    is_selectable: bool = True

    def column(self, name: str) -> Column:
        """Return the column of that name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]


def order_by(key: str | Expression, *, is_descending: bool, is_nullable: bool) -> OrderBy:
    """Return the order by one of the keys of a column's `ordering`."""
    # Only for a nullable field, for which the engines differ by default: with NULLS FIRST on a column that is never
    # null, PostgreSQL would not use its index.
    nulls_lowest = True if is_nullable else None
    expression = F(key) if isinstance(key, str) else key
    if is_descending:
        return OrderBy(expression, descending=True, nulls_last=nulls_lowest)
    return OrderBy(expression, nulls_first=nulls_lowest)
