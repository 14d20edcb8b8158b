"""The grid: what the routing table decides for each cell, filtered, and as a `Table` for export."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from renvoi.domain.names.keys import fold, sort_key
from renvoi.domain.places import (
    LANGUAGES,
    CountryCode,
    Language,
    RegionCode,
    country_name,
    country_sort_key,
    elsewhere,
    region_name,
)
from renvoi.domain.routing import Decision, DecisionKind, cells, decide
from renvoi.domain.table import TableLike
from renvoi.exports.table import Column, Kind, Row, Table

KINDS: Mapping[DecisionKind, Promise] = {
    "own": _("Your company"),
    "partner": _("A partner"),
    "choice": _("A choice of partners"),
    "none": _("Nobody"),
    "region": _("The question of the region"),
    "unknown": _("The question of the country"),
}
"""Each kind of decision as a label."""
_SEPARATOR = "; "
_MAX_TEXT_LENGTH = 100

Place = tuple[CountryCode, RegionCode | None]


@dataclass(frozen=True, slots=True)
class GridFilter:
    """Which cells of the grid are shown: those of one outcome, of one language, of places that match a text."""

    outcome: DecisionKind | None = None
    language: Language | None = None
    text: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "GridFilter":
        """Return the filter of a query string. What is not understood filters nothing."""
        outcome, language = query.get("outcome", ""), query.get("language", "")
        return cls(
            outcome=next((kind for kind in get_args(DecisionKind) if kind == outcome), None),
            language=next((one for one in LANGUAGES if one == language), None),
            text=query.get("place", "").replace("\0", "").strip()[:_MAX_TEXT_LENGTH],
        )

    def query(self) -> str:
        """Return the canonical query string: empty without a filter."""
        values = {"outcome": self.outcome, "language": self.language, "place": self.text}
        return urlencode({name: value for name, value in values.items() if value})

    def in_words(self) -> Iterator[str]:
        """Yield a phrase for each part of the filter, in the active language: “answer: Nobody”."""
        if self.outcome:
            yield gettext("answer: %(answer)s") % {"answer": KINDS[self.outcome]}
        if self.language:
            language = gettext("French") if self.language == "fr" else gettext("English")
            yield gettext("language: %(language)s") % {"language": language}
        if self.text:
            yield gettext("%(column)s containing “%(keyword)s”") % {"column": gettext("place"), "keyword": self.text}

    def select(self, grid: Iterable[Decision]) -> list[Decision]:
        """Return the cells that match, in their order."""
        words = fold(self.text).split()
        names: dict[Place, str] = {}
        return [cell for cell in grid if self._has_kind(cell) and _has_words(place_of(cell), words, names)]

    def _has_kind(self, cell: Decision) -> bool:
        return self.outcome in {None, cell.kind} and self.language in {None, cell.language}


def grid_of(table: TableLike, *, at: datetime, language: Language) -> list[Decision]:
    """Return what a table decides for each cell at an aware datetime, by the places' names. Equal partners are by id.

    The cells are those of `renvoi route --grid --regions`: of a country that is covered in part, "region unknown" comes
    first, then each covered region, then "elsewhere".
    """
    decisions = [decide(table, cell, at=at, draw=_drawn_by_id) for cell in cells(table.operator, with_regions=True)]
    keys = {place: _sort_key(place, language=language) for place in map(place_of, decisions)}
    return sorted(decisions, key=lambda cell: (keys[place_of(cell)], LANGUAGES.index(cell.language)))


def grid_table(grid: Sequence[Decision], *, language: Language) -> Table:
    """Return the table of these cells, one row for each."""
    with override(language):
        columns = tuple(Column(heading, kind, share=share) for heading, kind, share in _columns())
        title = gettext("What each prospect would get")
    return Table(
        title=title,
        language=language,
        columns=columns,
        rows=_rows(grid, language=language),
        count=len(grid),
    )


def place_of(cell: Decision) -> Place:
    """Return the place of a cell of the grid, which has a country."""
    return cell.country or CountryCode(""), cell.region


def place_label(place: Place, *, language: Language) -> str:
    """Return “Brésil”, “Ontario (Canada)” or “Ailleurs au Canada”."""
    country, region = place
    name = country_name(country, language=language)
    if region is None:
        return name
    shown = region_name(region, language=language)
    return shown if region == elsewhere(country) else f"{shown} ({name})"


def _columns() -> tuple[tuple[str, Kind, int], ...]:
    return (
        (gettext("Code"), "fact", 7),
        (gettext("Language"), "fact", 7),
        (gettext("Place"), "name", 21),
        (gettext("Answer"), "text", 15),
        (gettext("Partners"), "text", 24),
        (gettext("Destination"), "link", 26),
    )


def _rows(grid: Iterable[Decision], *, language: Language) -> Iterator[Row]:
    with override(language):
        kinds = {kind: str(label) for kind, label in KINDS.items()}
    for cell in grid:
        country, region = place_of(cell)
        names = _SEPARATOR.join(partner.name for partner in cell.partners)
        place = place_label((country, region), language=language)
        yield region or country, cell.language, place, kinds[cell.kind], names, cell.destination or ""


def _has_words(place: Place, words: Sequence[str], names: dict[Place, str]) -> bool:
    """Return whether a place's code or its names in both languages have each of the words. `names` caches them."""
    if not words:
        return True
    if place not in names:
        labels = " ".join(place_label(place, language=language) for language in LANGUAGES)
        names[place] = fold(f"{place[0]} {place[1] or ''} {labels}")
    return all(word in names[place] for word in words)


def _sort_key(place: Place, *, language: Language) -> tuple[str, str, bool, str]:
    country, region = place
    name = sort_key(region_name(region, language=language)) if region else ""
    return country_sort_key(country, language=language), country, region == elsewhere(country), name


def _drawn_by_id(partner_id: int) -> bytes:
    return partner_id.to_bytes(8, "big")
