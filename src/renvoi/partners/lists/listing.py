"""Parse the query string of the list of partners, query its rows, and write the query string back.

A `PartnerListing` is a value made from a query string: the address is the whole state of the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, OrderBy, Q, QuerySet
from django.http import QueryDict

from renvoi.domain.places import CountryCode, Language, country_name, find_countries, sort_key
from renvoi.partners.lists.columns import COLUMNS, SOON, STATE_DAY, with_state
from renvoi.partners.lists.selection import NOTHING, Selection
from renvoi.partners.models import ADDRESS_LENGTH, Partner, ServedCountry

PER_PAGE = (25, 50, 100)
_QUOTES = "\"'«»“”\u00a0\u202f "

_COLUMN_BY_NAME = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: the partners on it (with `served` prefetched), where it stands, and its rows' ranks."""

    rows: list[Partner]
    count: int
    number: int
    last: int
    first: int
    until: int


@dataclass(frozen=True)
class PartnerListing:
    """Which partners, in which order, which page. `keywords` holds only columns in which something is searched."""

    language: Language
    today: date
    keywords: Mapping[str, str] = field(default_factory=dict)
    sort: str = "name"
    page_number: int = 1
    per_page: int = PER_PAGE[0]
    selection: Selection = NOTHING
    lost_selection: bool = False

    @classmethod
    def from_query(cls, query: QueryDict, *, language: Language, today: date) -> "PartnerListing":
        """The listing that a query string asks for. Total: what is wrong or unknown in it counts as not said.

        The list's own form says in `for` what is searched: that holds for whatever its buttons and boxes do. What is
        typed into its fields meanwhile holds only where `search` is said too (Enter, or Rechercher). A selection holds
        for one search, so another one empties it (`lost_selection`) and begins at its first page.
        """
        typed, applied_query = _parse_keywords(query), query.get("for")
        applied = typed if applied_query is None else _parse_keywords(QueryDict(applied_query))
        keywords = typed if applied_query is None or "search" in query else applied
        search_changed = keywords != applied
        sort = query.get("sort", "")
        selection = Selection.from_query(query)
        return cls(
            language=language,
            today=today,
            keywords=keywords,
            sort=sort if sort.removeprefix("-") in _COLUMN_BY_NAME else "name",
            page_number=1 if search_changed else _parse_positive(query.get("page", ""), default=1),
            per_page=next((size for size in PER_PAGE if str(size) == query.get("per_page")), PER_PAGE[0]),
            selection=NOTHING if search_changed else selection,
            lost_selection=search_changed and bool(selection),
        )

    def query(self, **changes: Any) -> str:
        """The canonical query string of this listing, or of one that differs by `changes`; empty for the plain list."""
        other = replace(self, **changes)
        params: list[tuple[str, str | int]] = list(other.keywords.items())
        if other.sort != "name":
            params.append(("sort", other.sort))
        if other.page_number > 1:
            params.append(("page", other.page_number))
        if other.per_page != PER_PAGE[0]:
            params.append(("per_page", other.per_page))
        return urlencode([*params, *other.selection.pairs()])

    @property
    def searched(self) -> str:
        """What is searched, as the list's form says it in `for`."""
        return urlencode(self.keywords)

    @property
    def sorted_by(self) -> str:
        """The name of the column that orders the list."""
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the order is reversed."""
        return self.sort.startswith("-")

    def sort_after_click(self, column: str) -> str:
        """The `sort` that a click on that column's heading asks for."""
        return f"-{column}" if self.sort == column else column

    @cached_property
    def matched_countries(self) -> frozenset[CountryCode]:
        """The countries that the keyword in Countries finds."""
        return find_countries(self.keywords.get("countries", ""))

    def partners(self) -> QuerySet[Partner]:
        """Every partner that matches, in order. Not evaluated; equal keys fall back on name, then id."""
        partners = with_state(Partner.objects.filter(trashed_at=None), today=self.today)
        for name, keyword in self.keywords.items():
            partners = partners.filter(_COLUMN_BY_NAME[name].matching(keyword))
        sort_fields = _COLUMN_BY_NAME[self.sorted_by].ordering(self.language)
        order = [_order_by(field, is_descending=self.is_descending) for field in sort_fields]
        # A key that is said twice keeps SQLite from taking the order of an index.
        return partners.order_by(*order, *(name for name in ("name_sort", "id") if name not in sort_fields))

    def selected(self) -> QuerySet[Partner]:
        """Those of the matching partners that are ticked, in order. Not evaluated."""
        return self.selection.among(self.partners())

    def exported(self) -> QuerySet[Partner]:
        """What an export holds: those that are ticked, else all that match. Not evaluated."""
        return self.selected() if self.selection else self.partners()

    def page(self) -> Page:
        """The page asked for, or the last one where there are fewer. Three queries, for any number of partners."""
        partners = self.partners()
        count = partners.order_by().count()
        last = max(1, -(-count // self.per_page))
        number = min(self.page_number, last)
        start = (number - 1) * self.per_page
        rows = list(partners.prefetch_related("served")[start : start + self.per_page])
        return Page(rows=rows, count=count, number=number, last=last, first=start + 1, until=start + len(rows))

    def countries_of(self, partner: Partner) -> list[tuple[CountryCode, str, bool]]:
        """A partner's countries as displayed: code, name, whether it matches. Matches first, then alphabetical."""
        countries = [(code, country_name(code, language=self.language)) for code in partner.countries]
        matched = self.matched_countries
        return sorted(
            ((code, name, code in matched) for code, name in countries),
            key=lambda country: (not country[2], sort_key(country[1])),
        )


def _order_by(field_name: str, *, is_descending: bool) -> OrderBy:
    """The key's order. No day at all is before every day: the engines differ unless they are told."""
    # Only there: told the same of a column that is never null, PostgreSQL would not use its index.
    nulls_lowest = True if field_name == STATE_DAY else None
    if is_descending:
        return F(field_name).desc(nulls_last=nulls_lowest)
    return F(field_name).asc(nulls_first=nulls_lowest)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many countries partners outside the trash serve; how many agreements of active ones end within SOON."""

    countries: int
    ending: int


def count_all(*, today: date) -> Counts:
    """The counts. Two queries, of several milliseconds where there are many partners."""
    # Few are in the trash: leaving these out reads one index, where asking each row's partner reads every row.
    served = ServedCountry.objects.exclude(partner__in=Partner.objects.exclude(trashed_at=None))
    countries: int = served.aggregate(countries=Count("country", distinct=True))["countries"]
    present = Partner.objects.filter(trashed_at=None)
    ending = with_state(present.filter(agreement_ends_on__range=(today, today + SOON)), today=today)
    return Counts(countries=countries, ending=ending.filter(Q(is_ending=1)).count())


def count_present() -> int:
    """How many partners there are outside the trash."""
    return Partner.objects.filter(trashed_at=None).count()


def _parse_keywords(query: QueryDict) -> dict[str, str]:
    """The columns in which something is searched, in their order, and what."""
    keywords = {name: _strip_quotes(query.get(name, "")) for name in _COLUMN_BY_NAME}
    return {name: keyword for name, keyword in keywords.items() if keyword}


def _strip_quotes(keyword: str) -> str:
    """The keyword without blanks and quotes around it: the manual writes « Canada »."""
    text = keyword[:ADDRESS_LENGTH].replace("\0", "")
    # Again until nothing goes: a keyword that is read twice, as the address of a list is, stays what it was.
    while (stripped := text.strip().strip(_QUOTES)) != text:
        text = stripped
    return text


def _parse_positive(text: str, *, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text) > 0 else default
