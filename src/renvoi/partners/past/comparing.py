"""Set the table of an earlier time beside today's: cells and partners that differ, and the fields of one partner."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from renvoi.domain.difference import CellChange, table_difference
from renvoi.domain.places import CountryCode
from renvoi.domain.table import Operator, operator_day
from renvoi.domain.table_codec.content import TableContent, TableDamaged
from renvoi.domain.table_codec.routing_table import decode_line, decode_operator
from renvoi.history.recording import Fields
from renvoi.history.touching import fields_at
from renvoi.partners.actions.recording import PARTNER, snapshot
from renvoi.partners.models import Partner
from renvoi.partners.past.explaining import NotExplained
from renvoi.publication.archive import ArchiveReader, TableNotArchived, generation_at
from renvoi.publication.models import ArchivedTable


@dataclass(frozen=True, slots=True)
class Side:
    """A version as it stood: its number, when it was published, for which moment and on which day of the operator's
    calendar it is looked at, and how many partners and countries it had."""

    generation: int
    published_at: datetime
    at: datetime
    day: date
    operator: Operator
    partner_count: int
    country_count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side. `cells` are those whose decision differs, by country.

    `added`, `removed` and `changed` are the ids of partners, ascending.
    """

    then: Side
    now: Side
    cells: Sequence[CellChange]
    added: Sequence[int]
    removed: Sequence[int]
    changed: Sequence[int]
    contents: tuple[TableContent, TableContent]

    def recorded(self, partner_id: int) -> tuple[Fields | None, Fields | None]:
        """Return the fields that the tables have of a partner then and now, None if it was not there."""
        before, after = (_fields_of(content, partner_id) for content in self.contents)
        return before, after

    def name(self, partner_id: int) -> str:
        """Return the partner's name today, or its last one."""
        before, after = self.recorded(partner_id)
        return str((after or before or {}).get("name", ""))


def compare(*, at: datetime, now: datetime) -> Comparison:
    """Return the table in force at an aware datetime beside the newest one. Raises NotExplained.

    Each decides on its own day: a cell also differs because an agreement has begun or ended since.
    """
    reader = ArchiveReader()
    try:
        generation = generation_at(at)
    except TableNotArchived as error:
        raise NotExplained("too_early") from error
    newest = ArchivedTable.objects.order_by("-generation").values_list("generation", flat=True)[0]
    contents = _read(reader, generation), _read(reader, newest)
    then, today = _side(generation, contents[0], at=at), _side(newest, contents[1], at=now)
    try:
        cells, partners = table_difference(*contents, day=today.day, then_day=then.day)
    except (TableDamaged, TypeError, ValueError) as error:
        raise NotExplained("damaged_table", generation=generation) from error
    old, new = (content.partners for content in contents)
    return Comparison(
        then=then,
        now=today,
        cells=cells,
        added=[id_ for id_ in partners if id_ not in old],
        removed=[id_ for id_ in partners if id_ not in new],
        changed=[id_ for id_ in partners if id_ in old and id_ in new],
        contents=contents,
    )


@dataclass(frozen=True, slots=True)
class PartnerThen:
    """All fields of a partner in the version of an earlier time, and now. None if it did not exist.

    A field that is missing in `then` was not recorded: an earlier version of Renvoi did not have it.
    """

    generation: int
    published_at: datetime
    then: Fields | None
    now: Fields


def partner_then(partner: Partner, *, at: datetime) -> PartnerThen:
    """Return a partner's fields in the version that was in force at an aware datetime. Raises NotExplained."""
    try:
        generation = generation_at(at)
    except TableNotArchived as error:
        raise NotExplained("too_early") from error
    published_at = ArchivedTable.objects.values_list("published_at", flat=True).get(generation=generation)
    now = snapshot(partner)
    then, is_known = fields_at(PARTNER, partner.id, generation=generation)
    if not is_known:
        # Nothing has changed it since there is a history: it is as it was, if it was there.
        then = now if partner.id in _read(ArchiveReader(), generation).partners else None
    return PartnerThen(generation, published_at, then, now)


def _read(reader: ArchiveReader, generation: int) -> TableContent:
    try:
        return reader.content(generation)
    except TableNotArchived as error:
        raise NotExplained("no_table", generation=generation) from error
    except TableDamaged as error:
        raise NotExplained("damaged_table", generation=generation) from error


def _side(generation: int, content: TableContent, *, at: datetime) -> Side:
    published_at = ArchivedTable.objects.values_list("published_at", flat=True).get(generation=generation)
    try:
        operator = decode_operator(content.operator)
    except TableDamaged as error:
        raise NotExplained("damaged_table", generation=generation) from error
    day = operator_day(at, time_zone=operator.time_zone)
    return Side(generation, published_at, at, day, operator, len(content.partners), len(_countries(content)))


def _countries(content: TableContent) -> Collection[CountryCode]:
    """Return the countries that at least one partner serves, in whatever state, without decoding the partners."""
    served: set[bytes] = set()
    for line in content.partners.values():
        served.update(line.split(b"\t", 2)[1].split())
    return {CountryCode(code.decode()) for code in served}


def _fields_of(content: TableContent, partner_id: int) -> dict[str, Any] | None:
    """Return the fields that a table has of a partner, as the history records them."""
    line = content.partners.get(partner_id)
    if line is None:
        return None
    candidate, countries = decode_line(line)
    starts_on, ends_on = candidate.agreements[0]
    return {
        "name": candidate.name,
        "url_en": candidate.url.en,
        "url_fr": candidate.url.fr,
        "description_en": candidate.description.en,
        "description_fr": candidate.description.fr,
        "countries": list(countries),
        "status": "active" if candidate.active else "paused",
        "priority": candidate.priority,
        "agreement_starts_on": starts_on.isoformat() if starts_on else None,
        "agreement_ends_on": ends_on.isoformat() if ends_on else None,
    }
