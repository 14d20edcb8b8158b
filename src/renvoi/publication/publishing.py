"""Publish routing tables for the gateways and archive them, and count their generations."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from renvoi.domain.table_codec.content import TableContent, TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.publication.archive import ArchiveReader, TableNotArchived, archive_row
from renvoi.publication.models import ArchivedTable, Generation, PublishedTable

# The newest, and the one before it: a gateway may have asked which one is the newest just before a publication.
_LOADABLE_TABLES = 2

_logger = logging.getLogger(__name__)

ContentBuilder = Callable[[], TableContent]
"""Returns the content of the table of the present rows. It is called at most once, within the snapshot."""


def publish(build_content: ContentBuilder) -> int:
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
            content = _archived_content(number) or build_content()
        except TableDamaged as error:
            content = None
            _logger.warning("The archived routing table %s can't be published again: %s.", number, error)
    if content is None:
        # Its number stays that of the damaged table: the rows may have been changed by other means since.
        raise_generation()
        return publish(build_content)
    return _store(number, content)


def build_table(build_content: ContentBuilder) -> RoutingTable:
    """Return the routing table of the rows as they are now. It is not published, and has the number 0."""
    with _read_snapshot():
        content = build_content()
    return RoutingTable(content.to_table(0))


def await_turn() -> int:
    """Wait until no other action is in progress, and return the generation. Call it first in an action's transaction.

    An IMMEDIATE transaction of SQLite already excludes other writers. On PostgreSQL the lock is the counter's row.
    """
    return Generation.objects.select_for_update().get(id=1).number


def raise_generation() -> None:
    """Increment the generation, which makes the newest published table outdated. Call it in an action's transaction."""
    Generation.objects.filter(id=1).update(number=F("number") + 1)


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
