"""Decide where a visitor is sent, from a routing table and the visitor's country, region and language."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from renvoi.domain.addresses import is_sendable
from renvoi.domain.places import COUNTRIES, LANGUAGES, CountryCode, Language, RegionCode, elsewhere
from renvoi.domain.table import Candidate, Operator, TableLike, operator_day

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
"""A function from partner id to bytes; partners of equal priority are shown in ascending order of these bytes."""


class Visitor(NamedTuple):
    """What a request tells about its sender. It is never stored. A tuple, because one is created for every request."""

    country: CountryCode | None
    country_source: CountrySource
    region: RegionCode | None
    language: Language


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one visitor, and the reason for it.

    `partners` are the partners concerned, in display order. `destination` is the address to send the visitor to, or
    None unless there is exactly one; `destination_language` is the language of that address. `generation` is the
    generation of the routing table.
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


def decide(table: TableLike, visitor: Visitor, *, at: datetime, draw: Draw) -> Decision:
    """Return the decision for a visitor at an aware datetime, following the six steps of the product's contract.

    The function is total: every visitor gets exactly one decision. It is deterministic: the time and the order
    among partners of equal priority are arguments.
    """
    country = visitor.country
    if country is None:
        return _build_decision(table, visitor, "unknown", "no_country")
    match coverage_of(table.operator, country, visitor.region):
        case "own":
            url, language = table.operator.signup_url.address_in(visitor.language)
            return _build_decision(table, visitor, "own", "in_coverage", destination=url, destination_language=language)
        case "undetermined":
            return _build_decision(table, visitor, "region", "no_region")
        case "outside":
            return _decide_among(table, visitor, table.candidates(country), at=at, draw=draw)


def choose(table: TableLike, visitor: Visitor, *, partner_id: int, at: datetime) -> Decision | None:
    """Return the decision for a visitor who chose a partner, whatever its priority.

    Returns None if that partner can't receive this visitor: it does not exist, is paused, is outside its agreement or
    does not serve the visitor's country; or the visitor is in the operator's own coverage area, or may be because the
    region is unknown. `at` is an aware datetime.
    """
    country = visitor.country
    if country is None or coverage_of(table.operator, country, visitor.region) != "outside":
        return None
    day = operator_day(at, time_zone=table.operator.time_zone)
    for candidate in table.candidates(country):
        if candidate.id == partner_id and is_available(candidate, day):
            return _send_to(table, visitor, candidate, "visitor_chose")
    return None


def cells(operator: Operator, *, with_regions: bool) -> Iterator[Visitor]:
    """Yield a visitor from each country in each language, by country.

    With regions, each country that is covered in part is followed by each region that is covered, and by "elsewhere".
    """
    for country in sorted(COUNTRIES):
        yield from cells_of(country, operators=[operator] if with_regions else [])


def cells_of(country: CountryCode, *, operators: Iterable[Operator]) -> Iterator[Visitor]:
    """Yield a visitor from a country in each language; from its regions as well if it is covered in part.

    With several operators, the regions are those that at least one of them covers.
    """
    covered = dict.fromkeys(
        region
        for operator in operators
        if country not in operator.covered_countries
        for region in operator.covered_regions.get(country, ())
    )
    for region in (None, *covered, elsewhere(country)) if covered else (None,):
        for language in LANGUAGES:
            yield Visitor(country=country, country_source="parameter", region=region, language=language)


def coverage_of(
    operator: Operator, country: CountryCode, region: RegionCode | None
) -> Literal["own", "undetermined", "outside"]:
    """Return whether a visitor is in the coverage area, may be in it because the region is unknown, or is outside."""
    if country in operator.covered_countries:
        return "own"
    regions = operator.covered_regions.get(country)
    if regions is None:
        return "outside"
    # A region of another country is stale: the visitor has since chosen a new country.
    if region is None or not region.startswith(country + "-"):
        return "undetermined"
    return "own" if region in regions else "outside"


def _decide_among(
    table: TableLike, visitor: Visitor, candidates: tuple[Candidate, ...], *, at: datetime, draw: Draw
) -> Decision:
    receivers, reason = receivers_among(candidates, day=operator_day(at, time_zone=table.operator.time_zone))
    if not receivers:
        return _build_decision(table, visitor, "none", reason)
    if len(receivers) == 1:
        return _send_to(table, visitor, receivers[0], reason)
    equals = sorted(receivers, key=lambda candidate: (draw(candidate.id), candidate.id))
    return _build_decision(table, visitor, "choice", reason, partners=tuple(equals))


def is_available(candidate: Candidate, day: date) -> bool:
    """Return whether a partner can receive visitors on a day: it is active and has an address that can be sent."""
    return candidate.state_on(day) == "active" and has_address(candidate)


def receivers_among(
    candidates: tuple[Candidate, ...], *, day: date, available: Callable[[Candidate, date], bool] = is_available
) -> tuple[list[Candidate], Reason]:
    """Return who receives the visitors from outside the coverage area, and the reason.

    `candidates` are those of the visitor's country in the order of a table: by priority and id. The receivers are those
    of the best priority among the available ones, by id; none if no candidate is available. `available` returns what
    `is_available` does.
    """
    receivers: list[Candidate] = []
    for candidate in candidates:
        if available(candidate, day):
            if receivers and candidate.priority != receivers[0].priority:
                return receivers, "best_priority" if len(receivers) == 1 else "same_priority"
            receivers.append(candidate)
    if not receivers:
        return receivers, _reason_for_none(candidates, day=day)
    return receivers, "only_candidate" if len(receivers) == 1 else "same_priority"


def has_address(candidate: Candidate) -> bool:
    """Return whether a partner has an address that can be sent. One that can't was not stored by staff."""
    return is_sendable(candidate.url.en) or is_sendable(candidate.url.fr)


def _reason_for_none(candidates: tuple[Candidate, ...], *, day: date) -> Reason:
    states = {candidate.state_on(day) for candidate in candidates if has_address(candidate)}
    if not states:
        return "no_partner"
    if states == {"paused"}:
        return "all_paused"
    return "none_available" if "paused" in states else "outside_agreement"


def _send_to(table: TableLike, visitor: Visitor, candidate: Candidate, reason: Reason) -> Decision:
    url, language = candidate.url.address_in(visitor.language)
    return _build_decision(
        table, visitor, "partner", reason, partners=(candidate,), destination=url, destination_language=language
    )


def _build_decision(
    table: TableLike,
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
