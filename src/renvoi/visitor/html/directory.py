"""The public directory at `/partners/`: which partners receive visitors, by country, for people and search engines.

A large directory is split: its first page then has the countries only, and each country has pages of its own.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from renvoi.domain.addresses import view_address
from renvoi.domain.names.keys import sort_key
from renvoi.domain.places import (
    COUNTRIES,
    CountryCode,
    Language,
    country_name,
    country_sort_key,
    in_country,
    parse_country,
)
from renvoi.domain.routing import coverage_of, receivers_among
from renvoi.domain.table import Candidate, TableLike, operator_day
from renvoi.visitor.html.pages import Pages

PATH = "/partners/"
MAX_PARTNERS = 200
"""How many partners a page lists. A directory with more of them has a page of countries, and pages for each country."""

_SUBPATH = re.compile(r"(?:([A-Z]{2})/(?:([1-9][0-9]{0,4})/)?)?")


class Listed(NamedTuple):
    """A partner in the directory. `host` is that of its address in the language of the page."""

    name: str
    host: str


class Entry(NamedTuple):
    """A country of the directory. `total` partners receive its visitors; `partners` are those that the page lists.

    `is_own`: the operator itself serves it, in full or in part (`is_partly_own`).
    """

    code: CountryCode
    name: str
    is_own: bool
    is_partly_own: bool
    total: int
    partners: tuple[Listed, ...]


class Directory:
    """The pages of the directory of one routing table. Each is rendered when it is first asked for on a day."""

    def __init__(self, table: TableLike, pages: Pages) -> None:
        self._table = table
        self._pages = pages
        self._day: date | None = None
        self._receivers: dict[CountryCode, list[Candidate]] = {}
        self._rendered: dict[tuple[str, Language], bytes | None] = {}

    def page(self, path: str, *, language: Language, at: datetime) -> bytes | None:
        """Return the HTML page at a path that begins with `PATH`, at a moment (aware); None if there is none.

        The first page of a day reads the whole table, which takes tenths of a second if it is large: call this
        outside the event loop. Several threads may call it.
        """
        day = operator_day(at, time_zone=self._table.operator.time_zone)
        if day != self._day:
            self._rendered, self._receivers = {}, self._receivers_on(day)
            self._day = day
        # Another thread that began the same day may replace the pages meanwhile.
        rendered, key = self._rendered, (path, language)
        if key not in rendered:
            match = _SUBPATH.fullmatch(path.removeprefix(PATH))
            country = parse_country(match[1]) if match and match[1] else None
            if match is None or (match[1] and country is None):
                return None
            page = self._country(country, int(match[2] or 1), language) if country else self._first(language)
            if page is None:
                return None
            rendered[key] = page
        return rendered[key]

    def _receivers_on(self, day: date) -> dict[CountryCode, list[Candidate]]:
        """Return who receives visitors on a day: by country, those of the best priority."""
        receivers = {}
        for code in COUNTRIES - self._table.operator.covered_countries:
            available, _ = receivers_among(self._table.candidates(code), day=day)
            if available:
                receivers[code] = available
        return receivers

    def _first(self, language: Language) -> bytes:
        is_large = sum(map(len, self._receivers.values())) > MAX_PARTNERS
        listed = slice(0) if is_large else slice(None)
        entries = [self._entry(code, language, listed) for code in self._codes(language)]
        return self._pages.undecided("directory.html", language=language, path=PATH, entries=entries, is_large=is_large)

    def _country(self, code: CountryCode, number: int, language: Language) -> bytes | None:
        first = (number - 1) * MAX_PARTNERS
        entry = self._entry(code, language, slice(first, first + MAX_PARTNERS))
        count = -(-entry.total // MAX_PARTNERS) or 1
        if not (entry.total or entry.is_own or entry.is_partly_own) or number > count:
            return None
        return self._pages.undecided(
            "directory_country.html",
            language=language,
            path=f"{PATH}{code}/{number}/" if number > 1 else f"{PATH}{code}/",
            entry=entry,
            in_place=in_country(code, language=language),
            number=number,
            count=count,
        )

    def _codes(self, language: Language) -> Iterator[CountryCode]:
        operator = self._table.operator
        codes = {*self._receivers, *operator.covered_countries, *operator.covered_regions} & COUNTRIES
        yield from sorted(codes, key=lambda code: country_sort_key(code, language=language))

    def _entry(self, code: CountryCode, language: Language, listed: slice) -> Entry:
        coverage = coverage_of(self._table.operator, code, None)
        receivers = self._receivers.get(code, [])
        total = len(receivers)
        if listed != slice(0):
            receivers = sorted(receivers, key=lambda partner: (sort_key(partner.name), partner.id))
        return Entry(
            code,
            country_name(code, language=language),
            is_own=coverage == "own",
            is_partly_own=coverage == "undetermined",
            total=total,
            partners=tuple(_listed(partner, language) for partner in receivers[listed]),
        )


def _listed(partner: Candidate, language: Language) -> Listed:
    return Listed(partner.name, view_address(partner.url.address_in(language)[0]).host)
