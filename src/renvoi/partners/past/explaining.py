"""Explain decisions of the past, from the archived tables, the ledger and the history."""

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from renvoi.config import Config
from renvoi.domain.explanation import Compared, Explanation, compared, compared_entry, explain, turns, visitor_of
from renvoi.domain.ledger_entry import Entry, EntryRefused, parse_entry, serialise_entry
from renvoi.domain.places import RegionCode
from renvoi.domain.routing import Visitor
from renvoi.domain.table import operator_day
from renvoi.domain.table_codec.content import TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.ledger.engines import open_store
from renvoi.ledger.protocol import LedgerUnavailable
from renvoi.publication.archive import ArchivedVersion, TableNotArchived, generation_at, read_archived
from renvoi.publication.models import ArchivedTable
from renvoi.visitor.html.page_mark import PageMark

Refusal = Literal["unknown_reference", "ledger_away", "damaged_entry", "no_table", "too_early", "damaged_table"]
_INSTANT = timedelta(microseconds=1)


class NotExplained(Exception):
    """There is no explanation: nothing has that reference, or the table is missing or damaged."""

    def __init__(self, refusal: Refusal, *, generation: int | None = None) -> None:
        """`generation` is that of the table, if it is known which one is missing or damaged."""
        super().__init__(refusal)
        self.refusal = refusal
        self.generation = generation


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation, with the version that decided and the time for which it did.

    `published_at` is when the version was published, and `replaced_at` when the next one was: None if it is in force.
    `entry` is what the ledger has recorded, if that was asked about. `turns` says from which days on the version
    decided what, while it was in force, if no time was asked about. `chosen` is the partner on which the visitor
    clicked, if that was so, and `covered_regions` are those of the country that were covered.
    """

    explanation: Explanation
    visitor: Visitor
    at: datetime
    published_at: datetime
    replaced_at: datetime | None
    entry: Entry | None
    turns: tuple[tuple[date, Compared], ...]
    chosen: int | None
    covered_regions: tuple[RegionCode, ...]

    @property
    def generation(self) -> int:
        """The number of the table that decided."""
        return self.explanation.decision.generation

    @property
    def differs_from_entry(self) -> bool:
        """Whether the ledger has recorded another decision. It must not."""
        return self.entry is not None and compared(self.explanation.decision) != compared_entry(self.entry)


def find_entry(config: Config, ref: str) -> Entry:
    """Return the entry of a reference (a lowercase UUID). Raises NotExplained."""
    try:
        with closing(open_store(config)) as store:
            entry = store.find(ref)
    except LedgerUnavailable as error:
        raise NotExplained("ledger_away") from error
    if entry is None:
        raise NotExplained("unknown_reference")
    try:
        return parse_entry(serialise_entry(entry))
    except EntryRefused as error:
        raise NotExplained("damaged_entry") from error


def explain_entry(entry: Entry) -> Explained:
    """Return the explanation of what the ledger has recorded. Raises NotExplained."""
    visitor, chosen = visitor_of(entry)
    return _explained(entry.generation, visitor, at=entry.at, entry=entry, chosen=chosen)


def explain_mark(mark: PageMark, *, at: datetime | None, now: datetime) -> Explained:
    """Return the explanation of what stands in the footer of a page. Raises NotExplained.

    The mark has no time. Without `at` (aware) it is that at which its version was published, or now if it is in force.
    """
    source = "unknown" if mark.country is None else "parameter"
    visitor = Visitor(mark.country, source, mark.region, mark.language)  # type: ignore[arg-type]
    return _explained(mark.generation, visitor, at=at, now=now)


def explain_moment(visitor: Visitor, *, at: datetime, chosen: int | None = None) -> Explained:
    """Return the explanation of what a visitor got at an aware datetime. Raises NotExplained.

    `chosen` is the id of the partner on which the visitor clicked.
    """
    try:
        generation = generation_at(at)
    except TableNotArchived as error:
        raise NotExplained("too_early") from error
    return _explained(generation, visitor, at=at, chosen=chosen)


def _explained(
    generation: int,
    visitor: Visitor,
    *,
    at: datetime | None,
    now: datetime | None = None,
    entry: Entry | None = None,
    chosen: int | None = None,
) -> Explained:
    archived = _read(generation)
    later = ArchivedTable.objects.filter(generation__gt=generation).order_by("generation")
    replaced_at = later.values_list("published_at", flat=True).first()
    table, published_at = archived.table, archived.published_at
    moment = at or (now if now is not None and replaced_at is None else published_at)
    try:
        explanation = explain(table, visitor, at=moment, draw=_drawn_by_id, chosen=chosen)
        turned = _turns_between(published_at, replaced_at or moment, table, visitor) if at is None else []
    except (TypeError, ValueError, KeyError) as error:
        raise NotExplained("damaged_table", generation=generation) from error
    regions = table.operator.covered_regions.get(visitor.country, ()) if visitor.country else ()
    return Explained(
        explanation=explanation,
        visitor=visitor,
        at=moment,
        published_at=published_at,
        replaced_at=replaced_at,
        entry=entry,
        turns=tuple(turned),
        chosen=chosen,
        covered_regions=regions,
    )


def _read(generation: int) -> ArchivedVersion:
    try:
        return read_archived(generation)
    except TableNotArchived as error:
        raise NotExplained("no_table", generation=generation) from error
    except TableDamaged as error:
        raise NotExplained("damaged_table", generation=generation) from error


def _turns_between(
    begins_at: datetime, ends_at: datetime, table: RoutingTable, visitor: Visitor
) -> list[tuple[date, Compared]]:
    zone = table.operator.time_zone
    first, last = (operator_day(at, time_zone=zone) for at in (begins_at, ends_at - _INSTANT))
    return turns(table, visitor, first=first, last=max(first, last))


def _drawn_by_id(partner_id: int) -> bytes:
    """Order equal partners by id: the order in which a visitor saw them depends on an address that is not stored."""
    return partner_id.to_bytes(8, "big")
