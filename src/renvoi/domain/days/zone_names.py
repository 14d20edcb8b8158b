"""Names of time zones by place, in the user's words: « Heure de l’Est (Toronto) », "Eastern Time (Toronto)".

The names are those of the Unicode CLDR. A zone is offered under its present name only, and only if a place has it:
neither US/Eastern nor Etc/GMT+5, and nothing that depends on the machine, such as localtime.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from renvoi.domain.days.zones import is_known_zone, known_name, zone_of
from renvoi.domain.names.keys import sort_key
from renvoi.domain.places import Language

UTC = "UTC"
_LOCALES: Mapping[Language, str] = {"fr": "fr_CA", "en": "en_CA"}
_FIRST = "CA"
_WORLD = "001"
_AFRICA, _AMERICAS, _ASIA, _EUROPE, _OCEANIA, _ANTARCTICA = "002", "019", "142", "150", "009", "AQ"
_ORDER = (_FIRST, _AMERICAS, _EUROPE, _AFRICA, _ASIA, _OCEANIA, _ANTARCTICA, _WORLD)
_REGION_OF_PREFIX = {
    "Africa": _AFRICA,
    "America": _AMERICAS,
    "Antarctica": _ANTARCTICA,
    "Arctic": _EUROPE,
    "Asia": _ASIA,
    "Australia": _OCEANIA,
    "Europe": _EUROPE,
    "Indian": _AFRICA,
    "Pacific": _OCEANIA,
}
# Islands whose zones bear the name of an ocean: the region of their country.
_REGION_OF_COUNTRY = {
    **dict.fromkeys(("PT", "ES", "FO", "IS"), _EUROPE),
    **dict.fromkeys(("BM", "FK", "GS"), _AMERICAS),
    **dict.fromkeys(("CV", "SH"), _AFRICA),
    **dict.fromkeys(("IO", "MV"), _ASIA),
    **dict.fromkeys(("CC", "CX"), _OCEANIA),
    "TF": _ANTARCTICA,
}
_MACHINES_OWN = frozenset({"localtime", "Factory", "posixrules"})


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """A time zone as it is offered: its name, and its label with the present offset."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class ZoneGroup:
    """The zones of a part of the world, from west to east."""

    label: str
    zones: tuple[ZoneChoice, ...]


def canonical_zone(name: str) -> str:
    """Return the present name of a zone, for any name that it has or had; another text is returned as it is."""
    present = str(get_global("zone_aliases").get(name, name))
    return UTC if present == "Etc/UTC" else present


def is_usable_zone(name: str) -> bool:
    """Return whether this machine knows that zone, and every machine means the same by it."""
    return name not in _MACHINES_OWN and is_known_zone(name)


def present_name(name: str) -> str | None:
    """Return the name to store for a zone: its present one, else one that this machine knows, else None."""
    present = canonical_zone(name)
    usable = present if is_usable_zone(present) else known_name(name)
    return usable if usable is not None and is_usable_zone(usable) else None


def zone_label(name: str, *, language: Language, at: datetime) -> str:
    """Return the label of a zone by its place, with its offset at an aware datetime."""
    offset = at.astimezone(zone_of(name)).utcoffset() or timedelta()
    return f"{_place(name, language)} · {_offset_text(offset)}"


def offered_zones(*, language: Language, at: datetime) -> list[ZoneGroup]:
    """Return the zones that this machine knows, by part of the world; Canada comes first."""
    return list(_offered(language, at.replace(minute=0, second=0, microsecond=0)))


@lru_cache(maxsize=4)
def _offered(language: Language, at: datetime) -> tuple[ZoneGroup, ...]:
    """Return the groups for an hour: an offset that changes within it is shown from the next one on."""
    locale = Locale.parse(_LOCALES[language])
    grouped: dict[str, list[tuple[timedelta, str, ZoneChoice]]] = {}
    for name, region in _zones().items():
        offset = at.astimezone(zone_of(name)).utcoffset() or timedelta()
        choice = ZoneChoice(name, zone_label(name, language=language, at=at))
        grouped.setdefault(region, []).append((offset, sort_key(choice.label), choice))
    return tuple(
        ZoneGroup(
            _capitalised(locale.territories[region]),
            tuple(choice for *_, choice in sorted(grouped[region], key=_west_first)),
        )
        for region in _ORDER
        if region in grouped
    )


def _west_first(entry: tuple[timedelta, str, ZoneChoice]) -> tuple[timedelta, str]:
    return entry[0], entry[1]


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    """Return each zone that is offered, with its part of the world."""
    countries = get_global("zone_territories")
    names = {str(name) for zones in get_global("territory_zones").values() for name in zones}
    present = {canonical_zone(name) for name in names if not name.startswith("Etc/")}
    known = {name: _region(name, countries.get(name, "")) for name in sorted(present) if is_usable_zone(name)}
    return {name: region for name, region in known.items() if region} | {UTC: _WORLD}


def _region(name: str, country: str) -> str:
    """Return the part of the world of a zone; empty for a name that is no place's."""
    if country == _FIRST:
        return _FIRST
    prefix = name.partition("/")[0]
    if prefix in {"Atlantic", "Indian"} and country in _REGION_OF_COUNTRY:
        return _REGION_OF_COUNTRY[country]
    return _REGION_OF_PREFIX.get(prefix, "")


@lru_cache(maxsize=1024)
def _place(name: str, language: Language) -> str:
    """Return « Heure de l’Est (Toronto) », or the country and the city of a zone whose time has no name."""
    locale = Locale.parse(_LOCALES[language])
    if name == UTC:
        return _capitalised(locale.time_zones["Etc/UTC"]["long"]["standard"])
    city = locale.time_zones.get(name, {}).get("city") or name.rpartition("/")[2].replace("_", " ")
    names = locale.meta_zones.get(_time_of(name), {}).get("long", {})
    territory = get_global("zone_territories").get(name, "")
    called = names.get("generic") or names.get("standard") or locale.territories.get(territory, "")
    return f"{_capitalised(called)} ({city})" if called else str(city)


def _time_of(name: str) -> str:
    """Return the CLDR's name of the time that a place keeps; empty if it has none. Some are under a former name."""
    times = get_global("meta_zones")
    formers = (former for former, present in get_global("zone_aliases").items() if present == name)
    return str(next((times[known] for known in (name, *formers) if known in times), ""))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _offset_text(offset: timedelta) -> str:
    """Return UTC−05:00, with a minus sign."""
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "\u2212" if minutes < 0 else "+"
    return f"UTC{sign}{hours:02}:{rest:02}"
