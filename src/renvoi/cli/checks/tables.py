"""Check that every routing table that the ledger refers to is in the archive."""

from collections.abc import Iterator, Mapping
from contextlib import closing

from renvoi.cli.checks import Finding
from renvoi.cli.setup import counted
from renvoi.config import Config

_ARCHIVE = "partners_archivedtable"
_UNPUBLISHED = 0
"""The generation of entries from before the first table: every visitor was asked for their country."""


def check_tables(config: Config) -> Iterator[Finding]:
    """Check that no table of an entry is missing. Nothing is checked without a ledger or a database of this version."""
    from renvoi.ledger.engines import open_store
    from renvoi.ledger.protocol import LedgerUnavailable

    if not has_archive(config):
        return
    try:
        with closing(open_store(config)) as store:
            generations = store.generations()
    except LedgerUnavailable:
        return
    for sentence in missing_tables(generations):
        yield Finding(sentence, "restore a backup that has it, or ask why it was deleted")
    if sentence := deleted_earlier(generations):
        yield Finding(sentence)


def has_archive(config: Config) -> bool:
    """Return whether the database has an archive: it is there, and of this version. Set up Django before."""
    if not config.postgresql_url and not config.database_path.exists():
        return False
    from django.db import connection

    return _ARCHIVE in connection.introspection.table_names()


def missing_tables(generations: Mapping[int, int]) -> Iterator[str]:
    """Yield a sentence for each table that should be archived and is not. `generations` has the number of entries."""
    from renvoi.publication.models import ArchivedTable, Generation

    archived = set(ArchivedTable.objects.values_list("generation", flat=True))
    since = Generation.objects.get(id=1).archived_since
    for generation, count in generations.items():
        if generation >= since and generation not in archived:
            yield f"Routing table {generation}, which decided {_entries(count)}, is not in the archive"


def deleted_earlier(generations: Mapping[int, int]) -> str:
    """Return a sentence about the entries whose table an earlier version of Renvoi deleted, or an empty text."""
    from renvoi.publication.models import ArchivedTable, Generation

    since = Generation.objects.get(id=1).archived_since
    archived = set(ArchivedTable.objects.filter(generation__lt=since).values_list("generation", flat=True))
    count = sum(
        count
        for generation, count in generations.items()
        if _UNPUBLISHED < generation < since and generation not in archived
    )
    if not count:
        return ""
    return f"{_entries(count)} were decided by routing tables before {since}, which an earlier version deleted"


def damaged_tables(generations: Mapping[int, int]) -> Iterator[str]:
    """Yield a sentence for each archived table of an entry that can't be read. Reads all of them."""
    from renvoi.publication.archive import ArchiveReader
    from renvoi.publication.models import ArchivedTable

    archived = set(ArchivedTable.objects.values_list("generation", flat=True))
    for generation, problem in ArchiveReader().damaged(archived & generations.keys()):
        yield f"Routing table {generation}, which decided {_entries(generations[generation])}, can't be read: {problem}"


def _entries(count: int) -> str:
    return counted(count, one="entry", many="entries")
