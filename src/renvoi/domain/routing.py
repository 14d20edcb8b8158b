"""Hides how a visitor's country, region and language become a decision: the candidates' rules and the closed lists."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from renvoi.domain.places import CountryCode, Language, RegionCode
from renvoi.domain.table import Candidate, Operator, RoutingTable, operator_day

CountrySource = Literal["parameter", "cookie", "header", "address", "unknown"]
DecisionKind = Literal["unknown", "own", "region", "partner", "choice", "none"]
Reason = Literal[
    "no_country",
    "in_coverage",
    "no_region",
    "only_candidate",
    "best_priority",
    "same_priority",
    "visitor_chose",
    "no_partner",
    "all_paused",
    "outside_agreement",
    "none_available",
]
Draw = Callable[[int], bytes]
"""Partner id → bytes that order equal partners for one visitor; the smallest comes first."""


class Visitor(NamedTuple):
    """What is known of one request. Never stored. A tuple: one is made for each request."""

    country: CountryCode | None
    country_source: CountrySource
    region: RegionCode | None
    language: Language


@dataclass(frozen=True, slots=True)
class Decision:
    """What one visitor gets and why.

    `partners` holds each partner concerned, in the order in which they are shown; `destination` is None unless the
    visitor can be sent to exactly one address, and `destination_language` says in which language that address is.
    """

    kind: DecisionKind
    reason: Reason
    country: CountryCode | None
    region: RegionCode | None
    language: Language
    generation: int
    partners: tuple[Candidate, ...] = ()
    destination: str | None = None
    destination_language: Language | None = None


def decide(table: RoutingTable, visitor: Visitor, *, at: datetime, draw: Draw) -> Decision:
    """The decision for a visitor at a moment (aware), by the six steps of the product's contract.

    Total: every visitor has exactly one decision. Deterministic: time and the order among equals are arguments.
    """
    country = visitor.country
    if country is None:
        return _decision(table, visitor, "unknown", "no_country")
    match _coverage(table.operator, country, visitor.region):
        case "own":
            url, language = table.operator.signup_url.in_language(visitor.language)
            return _decision(table, visitor, "own", "in_coverage", destination=url, destination_language=language)
        case "unsettled":
            return _decision(table, visitor, "region", "no_region")
        case "outside":
            return _decide_among(table, visitor, table.candidates(country), at=at, draw=draw)


def choose(table: RoutingTable, visitor: Visitor, *, partner_id: int, at: datetime) -> Decision | None:
    """The decision for a visitor who picked that partner, whatever its priority.

    None where that partner can't receive this visitor: unknown, paused, outside its agreement, of other countries, or
    the visitor is (or, the region being unknown, may be) in the operator's own coverage area.
    """
    country = visitor.country
    if country is None or _coverage(table.operator, country, visitor.region) != "outside":
        return None
    day = operator_day(at, time_zone=table.operator.time_zone)
    for candidate in table.candidates(country):
        if candidate.id == partner_id and candidate.state_on(day) == "active":
            return _to_one(table, visitor, candidate, "visitor_chose")
    return None


def _coverage(
    operator: Operator, country: CountryCode, region: RegionCode | None
) -> Literal["own", "unsettled", "outside"]:
    if country in operator.covered_countries:
        return "own"
    regions = operator.covered_regions.get(country)
    if regions is None:
        return "outside"
    # A region of another country says nothing: the visitor chose a new country since.
    if region is None or not region.startswith(country + "-"):
        return "unsettled"
    return "own" if region in regions else "outside"


def _decide_among(
    table: RoutingTable, visitor: Visitor, candidates: tuple[Candidate, ...], *, at: datetime, draw: Draw
) -> Decision:
    day = operator_day(at, time_zone=table.operator.time_zone)
    able = [candidate for candidate in candidates if candidate.state_on(day) == "active"]
    if not able:
        return _decision(table, visitor, "none", _why_none(candidates, day=day))
    best = [candidate for candidate in able if candidate.priority == able[0].priority]
    if len(best) == 1:
        return _to_one(table, visitor, best[0], "only_candidate" if len(able) == 1 else "best_priority")
    equals = sorted(best, key=lambda candidate: (draw(candidate.id), candidate.id))
    return _decision(table, visitor, "choice", "same_priority", partners=tuple(equals))


def _why_none(candidates: tuple[Candidate, ...], *, day: date) -> Reason:
    states = {candidate.state_on(day) for candidate in candidates}
    if not states:
        return "no_partner"
    if states == {"paused"}:
        return "all_paused"
    return "none_available" if "paused" in states else "outside_agreement"


def _to_one(table: RoutingTable, visitor: Visitor, candidate: Candidate, reason: Reason) -> Decision:
    url, language = candidate.url.in_language(visitor.language)
    return _decision(
        table, visitor, "partner", reason, partners=(candidate,), destination=url, destination_language=language
    )


def _decision(
    table: RoutingTable,
    visitor: Visitor,
    kind: DecisionKind,
    reason: Reason,
    *,
    partners: tuple[Candidate, ...] = (),
    destination: str | None = None,
    destination_language: Language | None = None,
) -> Decision:
    return Decision(
        kind=kind,
        reason=reason,
        country=visitor.country,
        region=visitor.region,
        language=visitor.language,
        generation=table.generation,
        partners=partners,
        destination=destination,
        destination_language=destination_language,
    )
