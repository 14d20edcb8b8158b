"""The grid of one language as a world map: a mark for each country, in the order of the grid."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from renvoi.console.sentences import current_language
from renvoi.console.wording.cells import ShownCell, shown_cell
from renvoi.domain.places import CountryCode, Language, country_name, country_sort_key
from renvoi.domain.routing import Decision
from renvoi.partners.figures import figure
from renvoi.partners.lists.grid import place_of

_BUILT = Path(__file__).parents[2] / "world_map.json"
_IN_LANGUAGE: dict[Language, Promise] = {
    "fr": _("%(code)s – %(place)s, in French: %(answer)s"),
    "en": _("%(code)s – %(place)s, in English: %(answer)s"),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a country is on the map: the centre of its mark, and its land as the path of an SVG in tenths of a unit.

    Land that `is_wide` is easy to hit beside its mark.
    """

    at: str
    land: str
    is_wide: bool


@dataclass(frozen=True, slots=True)
class World:
    """The map that tools/world_map has built. Marks of 24 units around the spots do not overlap."""

    box: str
    spots: dict[CountryCode, Spot]


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A country on the map: its cell, or None if the filter leaves it out. `title` says the cell in a sentence."""

    code: CountryCode
    spot: Spot
    cell: ShownCell | None
    title: str


@dataclass(frozen=True, slots=True)
class ShownMap:
    """The countries of one language, in the order of their names, and how many of them have a cell."""

    world: World
    places: Sequence[MapPlace]
    count: str


@cache
def world() -> World:
    """Return the map without outcomes, read once."""
    built: dict[str, Any] = json.loads(_BUILT.read_text(encoding="utf-8"))
    spots = {CountryCode(code): Spot(**spot) for code, spot in built["places"].items()}
    return World(built["box"], spots)


def shown_map(cells: Iterable[Decision]) -> ShownMap:
    """Return the map of the cells of one language that match. Those of regions are not on it."""
    by_country = {place_of(cell)[0]: shown_cell(cell) for cell in cells if cell.region is None}
    places = [_place(code, spot, by_country.get(code)) for code, spot in _by_name()]
    count = ngettext(
        "%(shown)s of %(all)s countries matches.", "%(shown)s of %(all)s countries match.", len(by_country)
    )
    return ShownMap(world(), places, count % {"shown": figure(len(by_country)), "all": figure(len(places))})


def _by_name() -> list[tuple[CountryCode, Spot]]:
    spots, language = world().spots, current_language()
    return sorted(spots.items(), key=lambda item: country_sort_key(item[0], language=language))


def _place(code: CountryCode, spot: Spot, cell: ShownCell | None) -> MapPlace:
    name = country_name(code, language=current_language())
    if cell is None:
        return MapPlace(code, spot, None, name)
    title = str(_IN_LANGUAGE[cell.language]) % {"place": name, "code": code, "answer": cell.words}
    return MapPlace(code, spot, cell, title)
