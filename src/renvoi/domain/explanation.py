"""Explain a decision: which step of the contract made it, and what became of each partner that serves the country.

`routing.decide` and `routing.choose` decide; what is here only says why the others were not taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Literal, NamedTuple

from renvoi.domain.days.zones import zone_of
from renvoi.domain.ledger_entry import Entry
from renvoi.domain.places import CountryCode
from renvoi.domain.routing import (
    Decision,
    DecisionKind,
    Draw,
    Reason,
    Visitor,
    choose,
    decide,
    has_address,
    is_available,
)
from renvoi.domain.table import Candidate, TableLike, operator_day

Step = Literal["country", "coverage", "region", "candidates", "click"]
"""What settled the decision: the country is unknown; it is covered; its region is unknown; the partners that serve it;
or the visitor's click on one of them."""
Fate = Literal["taken", "no_address", "paused", "to_come", "ended", "lower_priority", "not_chosen", "not_asked"]
"""What became of a partner: it was taken; it could not receive anybody (no address that can be sent, paused, before or
after its agreement); others came first; the visitor chose another; or the decision was made before any partner."""

_STEPS: dict[DecisionKind, Step] = {"unknown": "country", "own": "coverage", "region": "region"}
_NOON = time(12)
_DAY = timedelta(days=1)
_MAX_TURNS = 100


class Standing(NamedTuple):
    """A partner that serves the country, in whatever state, and what became of it."""

    partner: Candidate
    fate: Fate


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and the way to it. `day` is the operator's day on which it was made.

    `standings` has every partner of the table that serves the country: those that were taken first, in their order of
    display, then the others by priority and id.
    """

    decision: Decision
    day: date
    step: Step
    standings: tuple[Standing, ...]


class Compared(NamedTuple):
    """What is compared of two decisions. The order drawn among equal partners plays no part in it."""

    kind: DecisionKind
    reason: Reason
    partner: int | None


def explain(table: TableLike, visitor: Visitor, *, at: datetime, draw: Draw, chosen: int | None = None) -> Explanation:
    """Return the decision exactly as `decide` makes it at an aware datetime, and the way to it.

    With `chosen`, the id of the partner on which the visitor clicked, it is the decision of `choose`; if that partner
    can't receive this visitor, that of `decide`.
    """
    click = choose(table, visitor, partner_id=chosen, at=at) if chosen is not None else None
    decision = click or decide(table, visitor, at=at, draw=draw)
    day = operator_day(at, time_zone=table.operator.time_zone)
    step: Step = "click" if click else _STEPS.get(decision.kind, "candidates")
    candidates = table.candidates(visitor.country) if visitor.country is not None else ()
    return Explanation(decision, day, step, tuple(_standings(candidates, decision, step=step, day=day)))


def compared(decision: Decision) -> Compared:
    """Return what is compared of a decision."""
    partner = decision.partners[0].id if len(decision.partners) == 1 else None
    return Compared(decision.kind, decision.reason, partner)


def compared_entry(entry: Entry) -> Compared:
    """Return the same of an entry of the ledger."""
    return Compared(entry.decision, entry.reason, entry.partner)


def visitor_of(entry: Entry) -> tuple[Visitor, int | None]:
    """Return the visitor whom an entry was about, and the partner on which the visitor clicked, if that was why."""
    visitor = Visitor(entry.country, entry.country_source, entry.region, entry.language)
    return visitor, entry.partner if entry.reason == "visitor_chose" else None


def turns(table: TableLike, visitor: Visitor, *, first: date, last: date) -> list[tuple[date, Compared]]:
    """Return from which days on a table decides what for a visitor, from one day of the operator's to another.

    The first row is that of the first day. A table decides differently on a later day only where an agreement begins or
    has ended; of these days, the first hundred are examined.
    """
    zone = zone_of(table.operator.time_zone)
    rows: list[tuple[date, Compared]] = []
    for day in (first, *islice(_turning_days(table, visitor.country, first=first, last=last), _MAX_TURNS)):
        decision = decide(table, visitor, at=datetime.combine(day, _NOON, tzinfo=zone), draw=lambda _: b"")
        outcome = compared(decision)
        if not rows or rows[-1][1] != outcome:
            rows.append((day, outcome))
    return rows


def _standings(candidates: tuple[Candidate, ...], decision: Decision, *, step: Step, day: date) -> Iterator[Standing]:
    taken = {partner.id for partner in decision.partners}
    yield from (Standing(partner, "taken") for partner in decision.partners)
    for candidate in candidates:
        if candidate.id not in taken:
            yield Standing(candidate, _fate_of_other(candidate, step=step, day=day))


def _fate_of_other(candidate: Candidate, *, step: Step, day: date) -> Fate:
    if step in {"coverage", "region"}:
        return "not_asked"
    if is_available(candidate, day):
        return "not_chosen" if step == "click" else "lower_priority"
    state = candidate.state_on(day)
    # One that has no address counts as if it were not there, whatever its state.
    if state == "active" or not has_address(candidate):
        return "no_address"
    return state


def _turning_days(table: TableLike, country: CountryCode | None, *, first: date, last: date) -> list[date]:
    days = set()
    for candidate in table.candidates(country) if country is not None else ():
        for starts_on, ends_on in candidate.agreements:
            if starts_on is not None:
                days.add(starts_on)
            if ends_on is not None and ends_on < date.max:
                days.add(ends_on + _DAY)
    return sorted(day for day in days if first < day <= last)
