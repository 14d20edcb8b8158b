"""Build the routing table from the business rows and publish it for the gateways."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

from django.db import connection, transaction
from django.db.models import F

from renvoi.domain.places import CountryCode, RegionCode
from renvoi.domain.table import Bilingual, Candidate, encode_table
from renvoi.domain.table import Operator as RoutedOperator
from renvoi.partners.models import CoveredArea, Generation, Operator, Partner, PublishedTable, ServedCountry

_RETAINED_TABLES = 20


def publish() -> int:
    """Publish the routing table of the current generation if it is not published yet. Return the generation.

    Idempotent: any process may call it at any time. If a process dies between its commit and this call, the next call
    publishes its change. The counter and the rows are read in one snapshot without a lock, so that no writer waits and
    no table holds half of a change.
    """
    with _read_snapshot():
        number = Generation.objects.values_list("number", flat=True).get(id=1)
        if PublishedTable.objects.filter(generation=number).exists():
            return number
        content = encode_table(generation=number, operator=routed_operator(), partners=_candidates())
    return _store(number, content)


def await_turn() -> None:
    """Wait until no other action is in progress. Call it first in an action's transaction.

    An IMMEDIATE transaction of SQLite already excludes other writers. On PostgreSQL the lock is the counter's row.
    """
    Generation.objects.select_for_update().get(id=1)


def raise_generation() -> None:
    """Increment the generation, which makes the newest published table outdated. Call it in an action's transaction."""
    Generation.objects.filter(id=1).update(number=F("number") + 1)


def routed_operator() -> RoutedOperator:
    """Return the operator and its coverage area as the routing table holds them. Two queries."""
    operator = Operator.objects.get(id=1)
    covered_countries: set[CountryCode] = set()
    covered_regions: dict[CountryCode, list[RegionCode]] = {}
    for country, region in CoveredArea.objects.order_by("country", "region").values_list("country", "region"):
        if region:
            covered_regions.setdefault(CountryCode(country), []).append(RegionCode(region))
        else:
            covered_countries.add(CountryCode(country))
    return RoutedOperator(
        name=operator.name,
        signup_url=Bilingual(en=operator.signup_url_en, fr=operator.signup_url_fr),
        mode="direct" if operator.mode == Operator.Mode.DIRECT else "present",
        default_language="en" if operator.default_language == "en" else "fr",
        time_zone=operator.time_zone,
        covered_countries=frozenset(covered_countries),
        covered_regions={country: tuple(regions) for country, regions in covered_regions.items()},
    )


@contextmanager
def _read_snapshot() -> Iterator[None]:
    """Read everything in the block from one snapshot, whatever other transactions commit meanwhile."""
    if connection.in_atomic_block:
        # The caller's transaction decides its own isolation. In tests, no other transaction is open.
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        # Not atomic(): its transaction is IMMEDIATE, which would block writers.
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _store(number: int, content: bytes) -> int:
    with transaction.atomic():
        PublishedTable.objects.bulk_create([PublishedTable(generation=number, content=content)], ignore_conflicts=True)
        PublishedTable.objects.filter(generation__lte=number - _RETAINED_TABLES).delete()
    return number


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
            starts_on=row["agreement_starts_on"],
            ends_on=row["agreement_ends_on"],
        )
        yield candidate, served.get(candidate.id, [])


def _countries_by_partner() -> dict[int, list[CountryCode]]:
    served = ServedCountry.objects.filter(partner__trashed_at=None).order_by("partner_id", "country")
    pairs = served.values_list("partner_id", "country").iterator(chunk_size=10_000)
    return {
        partner_id: [CountryCode(country) for _, country in group]
        for partner_id, group in groupby(pairs, key=lambda pair: pair[0])
    }
