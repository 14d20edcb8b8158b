"""Validate the parameters of a visitor's URL, which are the fields of its forms too."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from renvoi.domain.places import CountryCode, Language, RegionCode, parse_country, parse_region
from renvoi.web.negotiation import parse_language

_SOURCE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class QueryParams(NamedTuple):
    """The validated parameters of a URL, or fields of a form. Values that are not understood are dropped.

    `country_ignored`: a country was given, but not understood.
    """

    country: CountryCode | None = None
    region: RegionCode | None = None
    language: Language | None = None
    source: str = ""
    show_all: bool = False
    country_ignored: bool = False


NO_PARAMS = QueryParams()


def parse_params(fields: Mapping[str, str]) -> QueryParams:
    """Validate the fields of a query string or a form. Never raises."""
    if not fields:
        return NO_PARAMS
    country_text = fields.get("country", "").strip()
    country = parse_country(country_text)
    source = fields.get("src", "")
    return QueryParams(
        country=country,
        region=parse_region(fields.get("region", "")),
        language=parse_language(fields.get("lang", "")),
        source=source if _SOURCE.fullmatch(source) else "",
        show_all=fields.get("all") == "1",
        country_ignored=country is None and bool(country_text),
    )
