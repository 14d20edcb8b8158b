"""`renvoi route`: show which response a visitor would get from the gateway, and why."""

import hashlib
import json
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import click

from renvoi.cli.setup import configure
from renvoi.domain.places import Language, parse_country, parse_region
from renvoi.domain.routing import Decision, Visitor, decide
from renvoi.domain.table import RoutingTable
from renvoi.visitor.summary import decision_as_dict


@click.command()
@click.option("--country", required=True, help="The visitor's country: an ISO 3166-1 code such as BR.")
@click.option("--language", type=click.Choice(["fr", "en"]), required=True, help="The visitor's language.")
@click.option("--region", help="The visitor's region: an ISO 3166-2 code such as CA-ON.")
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Decide for noon of this day in the operator's time zone. The default is now.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def route(country: str, language: Language, region: str | None, day: datetime | None, as_json: bool) -> None:  # noqa: FBT001 (click's flag)
    """Show what a visitor would get, and why."""
    visitor = _visitor(country=country, region=region, language=language)
    table = _newest_table()
    at = datetime.now(tz=UTC)
    if day is not None:
        at = datetime.combine(day.date(), time(12), tzinfo=ZoneInfo(table.operator.time_zone))
    decision = decide(table, visitor, at=at, draw=_draw)
    if as_json:
        click.echo(json.dumps(decision_as_dict(decision), ensure_ascii=False, indent=2))
    else:
        click.echo(_as_text(decision))


def _visitor(*, country: str, region: str | None, language: Language) -> Visitor:
    country_code = parse_country(country)
    if country_code is None:
        raise click.BadParameter(f"{country!r} is not an ISO 3166-1 code.", param_hint="--country")
    region_code = parse_region(region) if region else None
    if region and region_code is None:
        raise click.BadParameter(f"{region!r} is not an ISO 3166-2 code.", param_hint="--region")
    return Visitor(country=country_code, country_source="parameter", region=region_code, language=language)


def _newest_table() -> RoutingTable:
    configure()
    from renvoi.partners.models import PublishedTable
    from renvoi.partners.publication import publish

    return RoutingTable(bytes(PublishedTable.objects.get(generation=publish()).content))


def _draw(partner_id: int) -> bytes:
    """A sort key among partners of equal rank, the same at every call: a terminal has no client address."""
    return hashlib.sha256(str(partner_id).encode()).digest()


def _as_text(decision: Decision) -> str:
    lines = [f"{decision.kind} ({decision.reason}), table {decision.generation}"]
    if decision.destination is not None:
        lines.append(f"to {decision.destination}")
    lines += [f"  {partner.id}  {partner.name}" for partner in decision.partners]
    return "\n".join(lines)
