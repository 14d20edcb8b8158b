"""Write and read the mark in the footer of a visitor's page: “41 · BR · fr”.

It says which routing table decided, for which place and language, so that a decision can be explained later from what
the visitor quotes. It identifies nobody.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from renvoi.domain.places import CountryCode, Language, RegionCode, country_of_region, parse_country, parse_region

UNKNOWN = "–"
"""What stands for a country that is not known."""
_LONGEST = 200
_PARTED = re.compile(r"[^0-9A-Z]+")
# A generation is a 64-bit integer.
_GENERATION = re.compile(r"0*([1-9][0-9]{0,17})")


class PageMark(NamedTuple):
    """The generation that decided, and the visitor's place and language. Without a country there is no region."""

    generation: int
    country: CountryCode | None
    region: RegionCode | None
    language: Language

    def __str__(self) -> str:
        return f"{self.generation} · {self.region or self.country or UNKNOWN} · {self.language}"


@lru_cache(maxsize=4096)
def mark_bytes(generation: int, country: CountryCode | None, region: RegionCode | None, language: Language) -> bytes:
    """Return the mark of a decision's page. A region of another country, which decides nothing, is left out."""
    if region is not None and country_of_region(region) != country:
        region = None
    return str(PageMark(generation, country, region, language)).encode()


def parse_mark(text: str) -> PageMark | None:
    """Return the mark that was copied or typed, with any separators, in any case; None if it is none."""
    words = [word for word in _PARTED.split(text[:_LONGEST].upper()) if word]
    if words[:1] == ["VERSION"]:
        del words[0]
    if len(text) > _LONGEST or not 2 <= len(words) <= 4:
        return None
    number, *place, last = words
    generation = _GENERATION.fullmatch(number)
    language: Language | None = "fr" if last == "FR" else "en" if last == "EN" else None
    if generation is None or language is None:
        return None
    region = parse_region("-".join(place)) if len(place) == 2 else None
    country = country_of_region(region) if region else parse_country(place[0]) if len(place) == 1 else None
    if place and country is None:
        return None
    return PageMark(int(generation[1]), country, region, language)
