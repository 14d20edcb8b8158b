"""Find a visitor's country and region: each has several sources, in a fixed order. Both paths of a request end here."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple, TypeVar

from renvoi.domain.places import CountryCode, Language, RegionCode, country_of_region
from renvoi.domain.routing import CountrySource, Visitor
from renvoi.visitor.cookies import Remembered
from renvoi.visitor.params import QueryParams
from renvoi.web.negotiation import choose_language

MAX_CACHED_HEADER_BYTES = 100
"""Headers up to this length have their meaning cached."""

_PARAMETER: CountrySource = "parameter"
Client = TypeVar("Client")


class Place(NamedTuple):
    """A country and a region, as one of the sources names them."""

    country: CountryCode | None
    region: RegionCode | None


NO_PLACE = Place(None, None)
_NO_REGIONS = (None, None, None)


def find_visitor(
    params: QueryParams,
    remembered: Remembered,
    from_proxy: Place,
    country_of_client: Callable[[Client], CountryCode | None],
    client: Client,
    language: Language,
    is_click: bool,  # noqa: FBT001 (called for each request, so by position)
) -> Visitor:
    """Return the visitor, from the first source that has a usable country; see `RequestReader.visitor_of` for a click.

    `country_of_client` is called if the other sources have none.
    """
    named, source = params.country, _PARAMETER
    country = named
    if named is None or is_click:
        if remembered.country is not None and (named is None or named == remembered.country):
            country, source = remembered.country, "cookie"
        elif from_proxy.country is not None and (named is None or named == from_proxy.country):
            country, source = from_proxy.country, "header"
        else:
            of_client = country_of_client(client)
            if named is None:
                country, source = of_client, "unknown" if of_client is None else "address"
            elif of_client == named:
                source = "address"
    regions = params.region, remembered.region, from_proxy.region
    return Visitor(country, source, None if regions == _NO_REGIONS else _first_in(country, regions), language)


def _first_in(country: CountryCode | None, regions: Iterable[RegionCode | None]) -> RegionCode | None:
    """Return the first region that is in the country: another country's says nothing about this visitor."""
    return next((region for region in regions if region and country_of_region(region) == country), None)


def negotiate_language(accept_language: str, default: Language) -> Language:
    """Return the language that a value of Accept-Language prefers, else the default."""
    # Browsers send a few hundred different values, all of them short.
    is_short = len(accept_language) <= MAX_CACHED_HEADER_BYTES
    return (negotiate_language_cached if is_short else _negotiate_uncached)(accept_language, default)


def _negotiate_uncached(accept_language: str, default: Language) -> Language:
    return choose_language(parameter=None, cookie=None, accept_language=accept_language, default=default)


negotiate_language_cached = lru_cache(maxsize=512)(_negotiate_uncached)
"""The same for a value of at most MAX_CACHED_HEADER_BYTES."""
