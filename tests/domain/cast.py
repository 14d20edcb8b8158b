"""An operator, partners and visitors for routing tests, and strategies for tables, visitors and times."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product

from hypothesis import strategies as st

from renvoi.domain.places import LANGUAGES, CountryCode, Language, RegionCode, elsewhere
from renvoi.domain.routing import Visitor
from renvoi.domain.table import Bilingual, Candidate, Operator, Period
from renvoi.domain.table_codec.routing_table import RoutingTable, encode_table

Serving = tuple[Candidate, tuple[CountryCode, ...]]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
"""Noon in Toronto."""

BR, PT, AO, CA, US = (CountryCode(code) for code in ("BR", "PT", "AO", "CA", "US"))
PM, FR, DE, IT, MX = (CountryCode(code) for code in ("PM", "FR", "DE", "IT", "MX"))
QUEBEC, ONTARIO, OHIO = RegionCode("CA-QC"), RegionCode("CA-ON"), RegionCode("US-OH")

OPERATOR = Operator(
    name="Téléphonie Boréale",
    signup_url=Bilingual(en="https://signup.boreale.example/en", fr="https://abonnement.boreale.example/fr"),
    mode="present",
    default_language="fr",
    time_zone="America/Toronto",
    covered_countries=frozenset({PM}),
    covered_regions={CA: (QUEBEC,)},
)
"""It covers all of Saint-Pierre-et-Miquelon, and Québec in Canada."""


def candidate(
    id_: int,
    *,
    url: Bilingual | None = None,
    priority: int = 5,
    active: bool = True,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Candidate:
    return Candidate(
        id=id_,
        name=f"Partner {id_}",
        url=url or Bilingual(en=f"https://partner{id_}.example/en", fr=f"https://partner{id_}.example/fr"),
        description=Bilingual(en="Answers.", fr="Répond."),
        priority=priority,
        active=active,
        agreements=(Period(starts_on, ends_on),),
    )


def table_of(*partners: Serving, operator: Operator = OPERATOR, generation: int = 42) -> RoutingTable:
    return RoutingTable(encode_table(generation=generation, operator=operator, partners=partners))


def visitor(country: CountryCode | None, *, region: RegionCode | None = None, language: Language = "fr") -> Visitor:
    source = "unknown" if country is None else "address"
    return Visitor(country=country, country_source=source, region=region, language=language)  # type: ignore[arg-type]


def by_id(partner_id: int) -> bytes:
    """A draw that sorts partners of equal priority by id."""
    return partner_id.to_bytes(8, "big")


def by_id_reversed(partner_id: int) -> bytes:
    """A draw that sorts partners of equal priority by descending id."""
    return (2**40 - partner_id).to_bytes(8, "big")


def ids(partners: Iterable[Candidate]) -> list[int]:
    return [partner.id for partner in partners]


# Few countries, priorities and days, so that combinations collide often; one choice per partner, so that generating
# thousands of examples is fast.
_COUNTRIES = (BR, CA, US, PM)
_SUBSETS = [subset for size in range(1, 5) for subset in combinations(_COUNTRIES, size)]
_DAYS = (None, TODAY - DAY, TODAY, TODAY + DAY)
_KINDS = list(product((1, 5, 9), (True, True, False), _DAYS, _DAYS, _SUBSETS))
_VISITORS = [
    visitor(country, region=region, language=language)
    for country in (None, DE, *_COUNTRIES)
    for region in (None, QUEBEC, ONTARIO, OHIO, elsewhere(CA), elsewhere(US))
    for language in LANGUAGES
]
_OPERATORS = [
    replace(OPERATOR, time_zone=zone, covered_countries=frozenset(countries), covered_regions=regions)
    for zone in ("America/Toronto", "Pacific/Auckland")
    for countries in ((), (PM,), (PM, BR))
    for regions in ({}, {CA: (QUEBEC,)}, {CA: (ONTARIO, QUEBEC)})
]


def _serving(id_: int, kind: int) -> Serving:
    priority, active, starts_on, ends_on, countries = _KINDS[kind]
    return candidate(id_, priority=priority, active=active, starts_on=starts_on, ends_on=ends_on), countries


tables = st.builds(
    lambda kinds, operator: table_of(
        *(_serving(id_, kind) for id_, kind in enumerate(kinds, start=1)), operator=operator
    ),
    st.lists(st.integers(0, len(_KINDS) - 1), max_size=8),
    st.sampled_from(_OPERATORS),
)
visitors = st.sampled_from(_VISITORS)
moments = st.sampled_from([NOON + hours * HOUR for hours in range(-48, 49, 3)])
