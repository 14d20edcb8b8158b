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

from renvoi.domain.places import CountryCode, Language, country_name, country_sort_key, find_countries
from renvoi.partners.lists.columns import COLUMNS, SOON, STATE_DAY, with_shown_urls, with_state
from renvoi.partners.lists.selection import NOTHING, Selection
from renvoi.partners.models import ADDRESS_LENGTH, Partner, ServedCountry

PER_PAGE = (25, 50, 100)
_QUOTES = "\"'«»“”\u00a0\u202f "

_COLUMN_BY_NAME = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: its partners, with `served` prefetched.

    `count` is the number of matching partners, `number` this page, `last` the last page. `first` and `until` are the
    positions of the first and last row in the whole list, starting at 1.
    """

    rows: list[Partner]
    count: int
    number: int
    last: int
    first: int
    until: int


@dataclass(frozen=True)
class PartnerListing:
    """Which partners are listed, in which order, on which page. `keywords` holds only the columns with a keyword."""

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
        """Parse a query string. Never fails: a wrong or unknown parameter is ignored.

        The list's form sends the applied search in `for`. Its buttons and checkboxes keep to that search: keywords that
        were typed into its fields apply only if `search` is sent too (Enter, or the button Rechercher). A selection
        belongs to one search, so a new search clears it (`lost_selection`) and starts at the first page. A script may
        have cleared it already, in which case it sends `emptied`.
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
            lost_selection=(search_changed and bool(selection)) or "emptied" in query,
        )

    def query(self, **changes: Any) -> str:
        """Return the canonical query string of this listing with `changes` applied. Empty for the default list."""
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
        """The keywords as a query string, which the list's form sends in `for`."""
        return urlencode(self.keywords)

    @property
    def sorted_by(self) -> str:
        """The name of the column that the list is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the list is sorted in descending order."""
        return self.sort.startswith("-")

    def sort_after_click(self, column: str) -> str:
        """Return the `sort` parameter for a click on the column's heading."""
        return f"-{column}" if self.sort == column else column

    @cached_property
    def matched_countries(self) -> frozenset[CountryCode]:
        """The countries that the keyword in Countries matches."""
        return find_countries(self.keywords.get("countries", ""))

    @property
    def misunderstood(self) -> frozenset[str]:
        """The names of the columns whose keyword can't be understood."""
        return frozenset(
            name for name, keyword in self.keywords.items() if _COLUMN_BY_NAME[name].matching(keyword) is None
        )

    def partners(self) -> QuerySet[Partner]:
        """Return the matching partners in order, not evaluated. Ties are sorted by name, then by id."""
        partners = with_shown_urls(with_state(Partner.objects.filter(trashed_at=None), today=self.today))
        for name, keyword in self.keywords.items():
            # A keyword that can't be understood matches no partner.
            partners = partners.filter(_COLUMN_BY_NAME[name].matching(keyword) or Q(pk__in=()))
        sort_fields = _COLUMN_BY_NAME[self.sorted_by].ordering(self.language)
        order = [_order_by(field, is_descending=self.is_descending) for field in sort_fields]
        # A field that is repeated in ORDER BY keeps SQLite from using the index for the order.
        return partners.order_by(*order, *(name for name in ("name_sort", "id") if name not in sort_fields))

    def selected(self) -> QuerySet[Partner]:
        """Return the matching partners that are selected, in order, not evaluated."""
        return self.selection.among(self.partners())

    def exported(self) -> QuerySet[Partner]:
        """Return the partners to export, not evaluated: the selected ones, or all matching ones if none is selected."""
        return self.selected() if self.selection else self.partners()

    def page(self) -> Page:
        """Return the requested page, or the last one if there are fewer. Three queries, for any number of partners."""
        partners = self.partners()
        count = partners.order_by().count()
        last = max(1, -(-count // self.per_page))
        number = min(self.page_number, last)
        start = (number - 1) * self.per_page
        rows = list(partners.prefetch_related("served")[start : start + self.per_page])
        return Page(rows=rows, count=count, number=number, last=last, first=start + 1, until=start + len(rows))

    def page_of(self, partner_id: int) -> int | None:
        """Return the number of the page with that partner; None if the listing does not match it. One query."""
        ids = list(self.partners().values_list("id", flat=True))
        return ids.index(partner_id) // self.per_page + 1 if partner_id in ids else None

    def countries_of(self, partner: Partner) -> list[tuple[CountryCode, str, bool]]:
        """Return a partner's countries to display: (code, name, whether it matches), matches first, then by name."""
        countries = [(code, country_name(code, language=self.language)) for code in partner.countries]
        matched = self.matched_countries
        return sorted(
            ((code, name, code in matched) for code, name in countries),
            key=lambda country: (not country[2], country_sort_key(country[0], language=self.language)),
        )


def _order_by(field_name: str, *, is_descending: bool) -> OrderBy:
    """Return the order of one field. A missing day sorts before every day: the engines differ by default."""
    # Only for this field: with NULLS FIRST on a column that is never null, PostgreSQL would not use its index.
    nulls_lowest = True if field_name == STATE_DAY else None
    if is_descending:
        return F(field_name).desc(nulls_last=nulls_lowest)
    return F(field_name).asc(nulls_first=nulls_lowest)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many countries are served by partners outside the trash, and how many active agreements end within SOON."""

    countries: int
    ending: int


def count_all(*, today: date) -> Counts:
    """Return the counts. Two queries, which take several milliseconds if there are many partners."""
    # Few partners are in the trash. Excluding them reads one index; joining each row's partner would read every row.
    served = ServedCountry.objects.exclude(partner__in=Partner.objects.exclude(trashed_at=None))
    countries: int = served.aggregate(countries=Count("country", distinct=True))["countries"]
    present = Partner.objects.filter(trashed_at=None)
    ending = with_state(present.filter(agreement_ends_on__range=(today, today + SOON)), today=today)
    return Counts(countries=countries, ending=ending.filter(Q(is_ending=1)).count())


def count_present() -> int:
    """Return how many partners are outside the trash."""
    return Partner.objects.filter(trashed_at=None).count()


def _parse_keywords(query: QueryDict) -> dict[str, str]:
    """Map each column with a keyword to it, in the order of the columns."""
    keywords = {name: _strip_quotes(query.get(name, "")) for name in _COLUMN_BY_NAME}
    return {name: keyword for name, keyword in keywords.items() if keyword}


def _strip_quotes(keyword: str) -> str:
    """Remove spaces and quotation marks around a keyword: the manual quotes them, as in « Canada »."""
    text = keyword[:ADDRESS_LENGTH].replace("\0", "")
    # Repeat until nothing changes, so that parsing the address that was written for a keyword gives the same keyword.
    while (stripped := text.strip().strip(_QUOTES)) != text:
        text = stripped
    return text


def _parse_positive(text: str, *, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text) > 0 else default
