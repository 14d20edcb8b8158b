"""`renvoi route`: show which response a visitor would get from the gateway, or got at an earlier time, and why."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

import click

from renvoi.cli.setup import configure
from renvoi.domain.days.moments import YEARS, moments_of
from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import Language, parse_country, parse_region
from renvoi.domain.routing import Decision, Visitor, cells, decide
from renvoi.domain.table_codec.content import TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.visitor.summary import cell_as_dict, decision_as_dict

# ISO 8601, as the ledger prints it or as one types it: to the minute or finer, with an offset or without.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)


class _Options(TypedDict):
    country: str | None
    language: Language | None
    region: str | None
    day: datetime | None
    moment: str | None
    generation: int | None
    grid: bool
    regions: bool
    as_json: bool


@click.command()
@click.option("--country", help="The visitor's country: an ISO 3166-1 code such as BR.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="The visitor's language.")
@click.option("--region", help="The visitor's region: an ISO 3166-2 code such as CA-ON.")
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Decide for noon of this day in the operator's time zone. The default is now.",
)
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    help="Decide as at this time, such as 2026-11-28T14:05, by the routing table that was in force then. The time is in"
    " the operator's time zone unless it has an offset (-05:00, Z).",
)
@click.option(
    "--generation",
    type=click.IntRange(1),
    metavar="N",
    help="Decide by routing table N: for the time given by --at or --date, else for the time of its publication.",
)
@click.option("--grid", is_flag=True, help="Show all countries in both languages, instead of one visitor.")
@click.option("--regions", is_flag=True, help="With --grid: also the regions of each country that is covered in part.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def route(**options: Unpack[_Options]) -> None:
    """Show what a visitor would get, and why; or what they got at an earlier time."""
    visitor = _visitor(options)
    configure(reads_only=True)
    table, at = _table_and_moment(options)
    if visitor is None:
        _print_grid(table, at=at, with_regions=options["regions"], as_json=options["as_json"])
        return
    decision = decide(table, visitor, at=at, draw=_draw)
    if options["as_json"]:
        click.echo(json.dumps(decision_as_dict(decision), ensure_ascii=False, indent=2))
    else:
        click.echo(_as_text(decision))


def _visitor(options: _Options) -> Visitor | None:
    """Return the visitor of the options, or None for the grid. Raises UsageError for options that don't go together."""
    country, language, region = options["country"], options["language"], options["region"]
    if options["day"] is not None and options["moment"] is not None:
        raise click.UsageError("--at and --date both name a time: give one of them.")
    if options["grid"]:
        if country is not None or language is not None or region is not None:
            raise click.UsageError(
                "--grid shows all countries and languages: leave out --country, --language, --region."
            )
        return None
    if options["regions"]:
        raise click.UsageError("--regions belongs to --grid.")
    if country is None or language is None:
        raise click.UsageError(f"Missing option '{'--country' if country is None else '--language'}'.")
    country_code = parse_country(country)
    if country_code is None:
        raise click.BadParameter(f"{country!r} is not an ISO 3166-1 code.", param_hint="--country")
    region_code = parse_region(region) if region else None
    if region and region_code is None:
        raise click.BadParameter(f"{region!r} is not an ISO 3166-2 code.", param_hint="--region")
    return Visitor(country=country_code, country_source="parameter", region=region_code, language=language)


def _table_and_moment(options: _Options) -> tuple[RoutingTable, datetime]:
    """Return the table that decides, and the time for which it does."""
    from renvoi.publication.archive import generation_at, read_archived

    moment, generation, day = options["moment"], options["generation"], options["day"]
    at = None if moment is None else _parse_moment(moment)
    if generation is not None:
        with _explaining("--generation"):
            archived = read_archived(generation)
        table, at = archived.table, at or archived.published_at
    elif at is not None:
        with _explaining("--at"):
            table = read_archived(generation_at(at)).table
    else:
        table, at = _newest_table(), datetime.now(tz=UTC)
    if day is not None:
        at = datetime.combine(day.date(), time(12), tzinfo=zone_of(table.operator.time_zone))
    return table, at


@contextmanager
def _explaining(option: str) -> Iterator[None]:
    """Turn the errors of the archive into those of a command: wrong usage, or a failure."""
    from renvoi.publication.archive import TableNotArchived

    try:
        yield
    except TableNotArchived as error:
        raise click.BadParameter(str(error), param_hint=option) from error
    except TableDamaged as error:
        raise click.ClickException(f"No answer is given: {error}. See renvoi ledger verify.") from error


def _parse_moment(text: str) -> datetime:
    """Return the moment of a text in UTC. Without an offset it is in the operator's present time zone."""
    from renvoi.partners.models import Operator

    refused = click.BadParameter(f"{text!r} is not a time such as 2026-11-28T14:05.", param_hint="--at")
    if not _MOMENT.fullmatch(text):
        raise refused
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is None:
            moment = _in_zone(moment, zone_of(Operator.objects.get(id=1).time_zone))
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refused from error
    if moment.year not in YEARS:
        raise refused
    return moment


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a time of that zone. Raises BadParameter if clocks show it twice or never, where they are set."""
    shown = moments_of(moment, zone)
    if len(shown) == 1:
        return shown[0]
    first, second = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    times = "twice" if shown else "never"
    offsets = f"{first.isoformat()[-6:]} or {second.isoformat()[-6:]}"
    raise click.BadParameter(
        f"{moment.isoformat(timespec='minutes')} is {times} in {zone.key}, where clocks are set: add an offset,"
        f" {offsets}.",
        param_hint="--at",
    )


def _newest_table() -> RoutingTable:
    from django.db import OperationalError

    from renvoi.partners.routing_table import publish
    from renvoi.publication.models import Generation, PublishedTable

    try:
        generation = publish()
    except OperationalError:
        newest = PublishedTable.objects.order_by("-generation").first()
        if newest is None:
            raise
        generation = newest.generation
        if generation != Generation.objects.get(id=1).number:
            click.echo("The last change is not published yet, and can't be from here.", err=True)
    try:
        return RoutingTable(bytes(PublishedTable.objects.get(generation=generation).content))
    except TableDamaged as error:
        raise click.ClickException(
            f"The routing table {generation} is damaged ({error}); see renvoi doctor."
        ) from error


def _draw(partner_id: int) -> bytes:
    """A sort key among partners of equal rank, the same at every call: a terminal has no client address."""
    return hashlib.sha256(str(partner_id).encode()).digest()


def _print_grid(table: RoutingTable, *, at: datetime, with_regions: bool, as_json: bool) -> None:
    decisions = [
        decide(table, visitor, at=at, draw=_draw) for visitor in cells(table.operator, with_regions=with_regions)
    ]
    if as_json:
        grid = [cell_as_dict(decision, with_region=with_regions) for decision in decisions]
        click.echo(json.dumps(grid, ensure_ascii=False, indent=2))
        return
    click.echo(f"Table {table.generation}")
    for decision in decisions:
        place, ids = decision.region or decision.country, " ".join(str(partner.id) for partner in decision.partners)
        columns = (place, decision.language, decision.kind, decision.reason, ids, decision.destination or "")
        click.echo("\t".join(map(str, columns)).rstrip())


def _as_text(decision: Decision) -> str:
    lines = [f"{decision.kind} ({decision.reason}), table {decision.generation}"]
    if decision.destination is not None:
        lines.append(f"to {decision.destination}")
    lines += [f"  {partner.id}  {partner.name}" for partner in decision.partners]
    return "\n".join(lines)
