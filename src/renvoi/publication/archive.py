"""Store and read every routing table that was published: see docs/adr/0026.

A table is stored as the compressed changes since the one before it, and at intervals in full. Its digest is checked
whenever it is read.
"""

import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Max, Min

from renvoi.domain.table_codec.content import TableContent, TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.publication.models import ArchivedTable

_MAX_CHAIN_LENGTH = 100
"""Tables from one full table up to the next."""
# The fastest level: a full table of 10,000 partners takes 50 ms instead of 320, and a third more room.
_COMPRESSION_LEVEL = 1
_CACHED_CONTENTS = 4


class TableNotArchived(Exception):
    """There is no table of that generation, or none as old as that moment. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class ArchivedVersion:
    """A table of the archive, and when it was published (aware)."""

    table: RoutingTable
    published_at: datetime


def archive_row(generation: int, content: TableContent, *, published_at: datetime) -> ArchivedTable:
    """Return the row of a table, not saved yet. It is based on the archived table before it, or full if less."""
    row = ArchivedTable(
        generation=generation, published_at=published_at, digest=content.digest(), full=generation, content=b""
    )
    chain: list[ArchivedTable] = []
    changes = None
    # If what would be its base is damaged, the table is stored in full.
    with suppress(TableDamaged):
        # Another process may have archived a later table meanwhile.
        earlier = ArchivedTable.objects.filter(generation__lt=generation)
        chain = _chain(earlier.order_by("-generation").first())
        changes = _changes_since(chain, content)
    if changes is None:
        row.content = zlib.compress(content.serialise(), _COMPRESSION_LEVEL)
    else:
        row.content, row.base, row.full = changes, chain[-1].generation, chain[0].generation
    return row


def read_archived(generation: int) -> ArchivedVersion:
    """Return a table exactly as it was published. Raises TableNotArchived, or TableDamaged if its digest differs."""
    return ArchiveReader().read(generation)


def generation_at(at: datetime) -> int:
    """Return the generation that was in force at an aware datetime. Raises TableNotArchived."""
    published = ArchivedTable.objects.filter(published_at__lte=at)
    generation = published.order_by("-generation").values_list("generation", flat=True).first()
    if generation is None:
        raise TableNotArchived(_sentence_before_first())
    return generation


class ArchiveReader:
    """Reads tables one after another. Reading them in ascending order is fastest: each is the base of the next."""

    def __init__(self) -> None:
        self._contents: OrderedDict[int, TableContent] = OrderedDict()

    def read(self, generation: int) -> ArchivedVersion:
        """As `read_archived`."""
        row = _row(generation)
        return ArchivedVersion(RoutingTable(self._content(row).to_table(generation)), row.published_at)

    def content(self, generation: int) -> TableContent:
        """Return the content of a table. Raises as `read`."""
        return self._content(_row(generation))

    def damaged(self, generations: Iterable[int]) -> Iterator[tuple[int, str]]:
        """Yield each of these generations whose table can't be read, with the reason."""
        for generation in sorted(generations):
            try:
                self.content(generation)
            except (TableDamaged, TableNotArchived) as error:
                yield generation, str(error)

    def _content(self, row: ArchivedTable) -> TableContent:
        base = self._contents.get(row.base) if row.base is not None else None
        content = _content_of(_chain(row)) if base is None else _checked(row, base.with_changes(_unpacked(row)))
        self._contents[row.generation] = content
        if len(self._contents) > _CACHED_CONTENTS:
            self._contents.popitem(last=False)
        return content


def _row(generation: int) -> ArchivedTable:
    row = ArchivedTable.objects.filter(generation=generation).first()
    if row is not None:
        return row
    numbers = ArchivedTable.objects.aggregate(first=Min("generation"), last=Max("generation"))
    extent = f", which has {numbers['first']} to {numbers['last']}" if numbers["first"] is not None else ""
    raise TableNotArchived(f"There is no routing table {generation} in the archive{extent}.")


def _sentence_before_first() -> str:
    first = ArchivedTable.objects.order_by("published_at").values_list("generation", "published_at").first()
    if first is None:
        return "No routing table has been published yet."
    generation, published_at = first
    at = published_at.astimezone(UTC)
    return f"No routing table of that moment is archived: the first one, {generation}, is of {at:%Y-%m-%dT%H:%M:%SZ}."


def _chain(last: ArchivedTable | None) -> list[ArchivedTable]:
    """Return the rows from the full table up to `last`, each the base of the next. Empty without `last`.

    Raises TableDamaged.
    """
    if last is None:
        return []
    rows = ArchivedTable.objects.filter(full=last.full, generation__lt=last.generation)
    by_generation = {row.generation: row for row in rows} if last.base is not None else {}
    chain = [last]
    while (base := chain[-1].base) is not None:
        # Removed, so that rows that name each other end the loop.
        row = by_generation.pop(base, None)
        if row is None:
            raise TableDamaged(f"routing table {base}, on which table {last.generation} is based, is missing")
        chain.append(row)
    return chain[::-1]


def _content_of(chain: list[ArchivedTable]) -> TableContent:
    """Return the content of the last table of a chain. Raises TableDamaged."""
    full, *deltas = chain
    content = TableContent.parse(_unpacked(full))
    for row in deltas:
        content = content.with_changes(_unpacked(row))
    return _checked(chain[-1], content)


def _changes_since(chain: list[ArchivedTable], content: TableContent) -> bytes | None:
    """Return the compressed changes since the end of a chain, or None if a new chain should begin.

    A chain ends before its changes are larger than its full table. Reading then never costs more than two full tables,
    and the archive is never twice as large as with the best intervals. Raises TableDamaged.
    """
    if not chain or len(chain) >= _MAX_CHAIN_LENGTH:
        return None
    base = _content_of(chain)
    changes = content.changes_since(base)
    if list(base.with_changes(changes).partners) != list(content.partners):
        return None
    full, *deltas = chain
    compressed = zlib.compress(changes, _COMPRESSION_LEVEL)
    size = sum(len(row.content) for row in deltas) + len(compressed)
    return compressed if size < len(full.content) else None


def _unpacked(row: ArchivedTable) -> bytes:
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(row.content)
    except zlib.error as error:
        raise TableDamaged(f"the archived bytes of routing table {row.generation} are damaged: {error}") from error
    if not stream.eof or stream.unused_data:
        raise TableDamaged(f"the archived bytes of routing table {row.generation} are truncated, or others follow")
    return content


def _checked(row: ArchivedTable, content: TableContent) -> TableContent:
    if content.digest() != row.digest:
        raise TableDamaged(
            f"the content of routing table {row.generation} in the archive is damaged: its digest differs"
        )
    return content
