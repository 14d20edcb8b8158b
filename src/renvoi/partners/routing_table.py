"""The routing table of the partners and the operator: what their rows publish.

`renvoi.publication` decides when it is built, and stores it.
"""

from collections.abc import Iterator
from itertools import groupby

from renvoi.domain.places import CountryCode, RegionCode
from renvoi.domain.table import Bilingual, Candidate, Logo, Period
from renvoi.domain.table import Operator as RoutedOperator
from renvoi.domain.table_codec.content import TableContent
from renvoi.domain.table_codec.routing_table import RoutingTable, content_of
from renvoi.partners.models import Operator, Partner, ServedCountry
from renvoi.partners.values import OperatorValues
from renvoi.publication import newest_table as decoded
from renvoi.publication import publishing
from renvoi.publication.logos import stored_logo

_ROUTED_FIELDS = (
    "id",
    "name",
    "url_en",
    "url_fr",
    "description_en",
    "description_fr",
    "priority",
    "status",
    "agreement_starts_on",
    "agreement_ends_on",
)


def publish() -> int:
    """Publish and archive the table of the current rows unless that is done. Return its generation.

    Any process may call it at any time: see `publishing.publish`.
    """
    return publishing.publish(_content)


def build_table() -> RoutingTable:
    """Return the table of the rows as they are now. It is not published, and has the number 0."""
    return publishing.build_table(_content)


def newest_table() -> RoutingTable:
    """Return the published table of the current generation, or the table of the rows if there is none (yet).

    One query, or two; up to six if the table is not published. See `publication.newest_table`.
    """
    return decoded.newest_table(_content)


def _content() -> TableContent:
    """Return what the table of the present rows contains. At most five queries, read in one snapshot."""
    return content_of(operator=_routed_operator(), partners=_candidates())


def routed_operator(values: OperatorValues, *, logo: Logo | None = None) -> RoutedOperator:
    """Return the operator and its coverage area as the routing table holds them. No query.

    `logo` is the one that `values` names. No decision depends on it.
    """
    covered_countries: set[CountryCode] = set()
    covered_regions: dict[CountryCode, list[RegionCode]] = {}
    for country, region in sorted(values.areas):
        if region:
            covered_regions.setdefault(country, []).append(RegionCode(region))
        else:
            covered_countries.add(country)
    return RoutedOperator(
        name=values.name,
        signup_url=Bilingual(en=values.signup_url_en, fr=values.signup_url_fr),
        mode="direct" if values.mode == Operator.Mode.DIRECT else "present",
        default_language="en" if values.default_language == "en" else "fr",
        time_zone=values.time_zone,
        covered_countries=frozenset(covered_countries),
        covered_regions={country: tuple(regions) for country, regions in covered_regions.items()},
        site_url=Bilingual(en=values.site_url_en, fr=values.site_url_fr),
        text=Bilingual(en=values.text_en, fr=values.text_fr),
        contact=values.contact,
        privacy_url=Bilingual(en=values.privacy_url_en, fr=values.privacy_url_fr),
        logo=logo,
    )


def _routed_operator() -> RoutedOperator:
    values = OperatorValues.of(Operator.objects.get(id=1))
    return routed_operator(values, logo=stored_logo(values.logo))


def _candidates() -> Iterator[tuple[Candidate, list[CountryCode]]]:
    served = _countries_by_partner()
    rows = Partner.objects.filter(trashed_at=None).order_by("id").values(*_ROUTED_FIELDS)
    for row in rows.iterator(chunk_size=10_000):
        candidate = Candidate(
            id=row["id"],
            name=row["name"],
            url=Bilingual(en=row["url_en"], fr=row["url_fr"]),
            description=Bilingual(en=row["description_en"], fr=row["description_fr"]),
            priority=row["priority"],
            active=row["status"] == Partner.Status.ACTIVE,
            agreements=(Period(row["agreement_starts_on"], row["agreement_ends_on"]),),
        )
        yield candidate, served.get(candidate.id, [])


def _countries_by_partner() -> dict[int, list[CountryCode]]:
    served = ServedCountry.objects.filter(partner__trashed_at=None).order_by("partner_id", "country")
    pairs = served.values_list("partner_id", "country").iterator(chunk_size=10_000)
    return {
        # No other text can stand in the table's index: it would make the whole table unreadable.
        partner_id: [CountryCode(country) for _, country in group if country.isascii() and country.isalnum()]
        for partner_id, group in groupby(pairs, key=lambda pair: pair[0])
    }
