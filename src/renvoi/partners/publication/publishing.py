"""Build the routing table from the business rows, publish it for the gateways and archive it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from renvoi.domain.places import CountryCode, RegionCode
from renvoi.domain.table import Bilingual, Candidate, Period
from renvoi.domain.table import Operator as RoutedOperator
from renvoi.domain.table_codec.content import TableContent, TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable, content_of
from renvoi.partners.models import (
    ArchivedTable,
    CoveredArea,
    Generation,
    Operator,
    Partner,
    PublishedTable,
    ServedCountry,
)
from renvoi.partners.publication.archive import ArchiveReader, TableNotArchived, archive_row

# The newest, and the one before it: a gateway may have asked which one is the newest just before a publication.
_LOADABLE_TABLES = 2

_logger = logging.getLogger(__name__)


def publish() -> int:
    """Publish and archive the routing table of the current generation unless that is done. Return the generation.

    Idempotent: any process may call it at any time. If a process dies between its commit and this call, the next call
    publishes its change. The counter and the rows are read in one snapshot without a lock, so that no writer waits and
    no table holds half of a change.
    """
    _archive_published()
    with _read_snapshot():
        number = Generation.objects.values_list("number", flat=True).get(id=1)
        if PublishedTable.objects.filter(generation=number).exists():
            return number
        try:
            content = _archived_content(number) or content_of(operator=routed_operator(), partners=_candidates())
        except TableDamaged as error:
            content = None
            _logger.warning("The archived routing table %s can't be published again: %s.", number, error)
    if content is None:
        # Its number stays that of the damaged table: the rows may have been changed by other means since.
        raise_generation()
        return publish()
    return _store(number, content)


def build_table() -> RoutingTable:
    """Return the routing table of the rows as they are now. It is not published, and has the number 0."""
    with _read_snapshot():
        content = content_of(operator=routed_operator(), partners=_candidates())
    return RoutingTable(content.to_table(0))


def await_turn() -> int:
    """Wait until no other action is in progress, and return the generation. Call it first in an action's transaction.

    An IMMEDIATE transaction of SQLite already excludes other writers. On PostgreSQL the lock is the counter's row.
    """
    return Generation.objects.select_for_update().get(id=1).number


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


def _archive_published() -> None:
    """Archive published tables that are not archived: those of Renvoi before it had an archive.

    Such a Renvoi may also be running on another host while this one is upgraded. A damaged table is deleted: no gateway
    loads it, and the newest one is then published again.
    """
    archived = ArchivedTable.objects.filter(generation=OuterRef("generation"))
    missing = PublishedTable.objects.filter(~Exists(archived)).order_by("generation")
    for generation in list(missing.values_list("generation", flat=True)):
        published = PublishedTable.objects.filter(generation=generation).first()
        if published is not None:
            _archive(published)


def _archive(published: PublishedTable) -> None:
    try:
        _, content = TableContent.of_table(bytes(published.content))
    except TableDamaged as error:
        _logger.warning("The published routing table %s is deleted: %s.", published.generation, error)
        published.delete()
        return
    row = archive_row(published.generation, content, published_at=published.published_at)
    ArchivedTable.objects.bulk_create([row], ignore_conflicts=True)


def _archived_content(number: int) -> TableContent | None:
    """Return the content that a generation has in the archive: what was published once is not built again.

    Raises TableDamaged.
    """
    try:
        return ArchiveReader().content(number)
    except TableNotArchived:
        return None


def _store(number: int, content: TableContent) -> int:
    """Insert both forms of a table in one transaction. If another process has inserted them, nothing changes."""
    published_at = timezone.now()
    row = archive_row(number, content, published_at=published_at)
    table = PublishedTable(generation=number, content=content.to_table(number), published_at=published_at)
    with transaction.atomic():
        ArchivedTable.objects.bulk_create([row], ignore_conflicts=True)
        PublishedTable.objects.bulk_create([table], ignore_conflicts=True)
        archived = ArchivedTable.objects.filter(generation=OuterRef("generation"))
        newest = PublishedTable.objects.order_by("-generation").values("generation")[:_LOADABLE_TABLES]
        PublishedTable.objects.filter(Exists(archived)).exclude(generation__in=newest).delete()
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
