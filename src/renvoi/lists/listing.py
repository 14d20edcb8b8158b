"""Parse the query string of a list, query its rows, and write the query string back.

A `Listing` is a value made from a query string: the address is the whole state of the list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, Self
from urllib.parse import urlencode

from django.db.models import OrderBy, Q, QuerySet
from django.http import QueryDict

from renvoi.domain.places import Language
from renvoi.lists.columns import Column, Row, Source, order_by
from renvoi.lists.selection import NOTHING, Selection

PER_PAGE = (25, 50, 100)
_KEYWORD_LENGTH = 2000
_QUOTES = "\"'«»“”\u00a0\u202f "


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a listing.

    `count` is the number of matching rows, `number` this page, `last` the last page. `first` and `until` are the
    positions of the first and last row in the whole list, starting at 1.
    """

    rows: list[Row]
    count: int
    number: int
    last: int
    first: int
    until: int


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[Row]):
    """Which rows of a source are listed, in which order, on which page.

    `keywords` holds only the columns with a keyword. `sort` is the name of a column, after `-` in descending order.
    """

    source: Source[Row] = field(repr=False, compare=False)
    language: Language
    sort: str
    keywords: Mapping[str, str] = field(default_factory=dict)
    page_number: int = 1
    per_page: int = PER_PAGE[0]
    selection: Selection = NOTHING
    lost_selection: bool = False

    @classmethod
    def parse(cls, query: QueryDict, *, source: Source[Row], language: Language, **more: Any) -> Self:
        """Parse a query string. Never fails: a wrong or unknown parameter is ignored. `more`: a subclass's fields.

        The list's form sends the applied search in `for`. Its buttons and checkboxes keep to that search: keywords that
        were typed into its fields apply only if `search` is sent too (Enter, or the button Rechercher). A selection
        belongs to one search, so a new search clears it (`lost_selection`) and starts at the first page. A script may
        have cleared it already, in which case it sends `emptied`.
        """
        typed, applied_query = _parse_keywords(query, source.columns), query.get("for")
        applied = typed if applied_query is None else _parse_keywords(QueryDict(applied_query), source.columns)
        keywords = typed if applied_query is None or "search" in query else applied
        search_changed = keywords != applied
        sort = query.get("sort", "")
        selection = Selection.from_query(query) if source.is_selectable else NOTHING
        is_column = sort.removeprefix("-") in {column.name for column in source.columns}
        return cls(
            source=source,
            language=language,
            keywords=keywords,
            sort=sort if is_column else source.default_sort,
            page_number=1 if search_changed else parse_positive(query.get("page", ""), default=1),
            per_page=next((size for size in PER_PAGE if str(size) == query.get("per_page")), PER_PAGE[0]),
            selection=NOTHING if search_changed else selection,
            lost_selection=(search_changed and bool(selection)) or "emptied" in query,
            **more,
        )

    def query(self, **changes: Any) -> str:
        """Return the canonical query string of this listing with `changes` applied. Empty for the default list."""
        other = replace(self, **changes)
        params: list[tuple[str, str | int]] = list(other.keywords.items())
        if other.sort != self.source.default_sort:
            params.append(("sort", other.sort))
        if other.page_number > 1:
            params.append(("page", other.page_number))
        if other.per_page != PER_PAGE[0]:
            params.append(("per_page", other.per_page))
        return urlencode([*params, *other.selection.pairs()])

    @property
    def saved_query(self) -> str:
        """The part of the query string that a saved view keeps: search, order and page size."""
        return self.query(page_number=1, selection=NOTHING)

    @property
    def searched(self) -> str:
        """The keywords as a query string, which the list's form sends in `for`."""
        return urlencode(self.keywords)

    @property
    def sorted_by(self) -> Column:
        """The column that the list is sorted by."""
        return self.source.column(self.sort.removeprefix("-"))

    @property
    def is_descending(self) -> bool:
        """Whether the list is sorted in descending order."""
        return self.sort.startswith("-")

    def sort_after_click(self, column: str) -> str:
        """Return the `sort` parameter for a click on the column's heading."""
        return f"-{column}" if self.sort == column else column

    @cached_property
    def conditions(self) -> Mapping[str, Q | None]:
        """The condition of each keyword, by the name of its column; None if it can't be understood."""
        return {name: self.source.column(name).matching(keyword) for name, keyword in self.keywords.items()}

    @property
    def misunderstood(self) -> frozenset[str]:
        """The names of the columns whose keyword can't be understood."""
        return frozenset(name for name, condition in self.conditions.items() if condition is None)

    def rows(self) -> QuerySet[Row]:
        """Return the matching rows in order, not evaluated."""
        rows = self.source.rows
        for condition in self.conditions.values():
            # A keyword that can't be understood matches no row.
            rows = rows.filter(condition or Q(pk__in=()))
        return rows.order_by(*self.order)

    @cached_property
    def order(self) -> tuple[OrderBy | str, ...]:
        """The order of the rows: by the column, then by the ties of the source."""
        column = self.sorted_by
        keys = column.ordering(self.language)
        order = (order_by(key, is_descending=self.is_descending, is_nullable=key in column.nullable) for key in keys)
        # A field that is repeated in ORDER BY keeps SQLite from using the index for the order.
        return (*order, *(name for name in self.source.ties if name.removeprefix("-") not in keys))

    def selected(self) -> QuerySet[Row]:
        """Return the matching rows that are selected, in order, not evaluated."""
        return self.selection.among(self.rows())

    def exported(self) -> QuerySet[Row]:
        """Return the rows to export, not evaluated: the selected ones, or all matching ones if none is selected."""
        return self.selected() if self.selection else self.rows()

    def page(self) -> Page[Row]:
        """Return the requested page, or the last one if there are fewer.

        Two queries, and one for each prefetched relation, for any number of rows.
        """
        rows = self.rows()
        count = rows.order_by().count()
        last = max(1, -(-count // self.per_page))
        number = min(self.page_number, last)
        start = (number - 1) * self.per_page
        shown = list(rows.prefetch_related(*self.source.prefetched)[start : start + self.per_page])
        return Page(rows=shown, count=count, number=number, last=last, first=start + 1, until=start + len(shown))

    def page_of(self, row_id: int) -> int | None:
        """Return the number of the page with that row; None if the listing does not match it. One query."""
        ids = list(self.rows().values_list("id", flat=True))
        return ids.index(row_id) // self.per_page + 1 if row_id in ids else None


def _parse_keywords(query: QueryDict, columns: Sequence[Column]) -> dict[str, str]:
    """Map each column with a keyword to it, in the order of the columns."""
    keywords = {column.name: _strip_quotes(query.get(column.name, "")) for column in columns}
    return {name: keyword for name, keyword in keywords.items() if keyword}


def _strip_quotes(keyword: str) -> str:
    """Remove spaces and quotation marks around a keyword: the manual quotes them, as in « Canada »."""
    text = keyword[:_KEYWORD_LENGTH].replace("\0", "")
    # Repeat until nothing changes, so that parsing the address that was written for a keyword gives the same keyword.
    while (stripped := text.strip().strip(_QUOTES)) != text:
        text = stripped
    return text


def parse_positive(text: str, *, default: int) -> int:
    """Return the number in a query parameter; `default` if it is not one from 1 to 999,999,999."""
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text) > 0 else default
