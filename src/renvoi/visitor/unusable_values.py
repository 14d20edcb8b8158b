"""List the stored values of a routing table that this version or machine can't use. Visitors are served without."""

from collections.abc import Iterable, Iterator, Sequence

from renvoi.domain.addresses import is_sendable
from renvoi.domain.days.zones import is_known_zone, zone_of
from renvoi.domain.places import COUNTRIES, CountryCode, parse_region
from renvoi.domain.table import Bilingual, Operator
from renvoi.domain.table_codec.routing_table import RoutingTable

_SHOWN = 5


def unusable_values(table: RoutingTable) -> tuple[str, ...]:
    """Return a sentence for each kind of value that can't be used, and what is done instead. Reads the whole table."""
    return (*_of_operator(table.operator), *_of_partners(table))


def _of_operator(operator: Operator) -> Iterator[str]:
    if not is_known_zone(operator.time_zone):
        yield (
            f"This machine does not know the time zone {operator.time_zone!r}:"
            f" days begin and end in {zone_of(operator.time_zone).key}."
        )
    if _is_unsendable(operator.signup_url):
        yield "A sign-up address can't be read: visitors from the coverage area get the other one, or a page."
    regions = [region for regions in operator.covered_regions.values() for region in regions]
    countries = _unknown({*operator.covered_countries, *operator.covered_regions})
    unknown = [*countries, *(region for region in regions if parse_region(region) is None)]
    if unknown:
        yield f"The coverage area has codes that are of no country or region: {_some(unknown)}."


def _of_partners(table: RoutingTable) -> Iterator[str]:
    stored = {partner.id: partner.url for code in table.countries for partner in table.candidates(code)}
    unsendable = sorted(id_ for id_, url in stored.items() if _is_unsendable(url))
    if unsendable:
        yield f"Partners have an address that can't be read, and is not used: {_some(unsendable)}."
    unknown = _unknown(table.countries)
    if unknown:
        yield f"Partners serve codes that are of no country: {_some(unknown)}."


def _is_unsendable(url: Bilingual) -> bool:
    return any(href and not is_sendable(href) for href in (url.en, url.fr))


def _unknown(codes: Iterable[CountryCode]) -> list[CountryCode]:
    return sorted({*codes} - COUNTRIES)


def _some(items: Sequence[object]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(map(str, items[:_SHOWN])) + more
