"""Explanations: they are the decisions of `decide` and `choose`, and the fates of the partners lead to the reasons."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.explanation import Compared, Explanation, Fate, compared, compared_entry, explain, turns, visitor_of
from renvoi.domain.ledger_entry import RANDOM_BYTES, entry_at, fields_of
from renvoi.domain.routing import Decision, Reason, Visitor, choose, decide
from renvoi.domain.table import Bilingual
from renvoi.domain.table_codec.routing_table import RoutingTable
from tests.domain.cast import (
    BR,
    CA,
    DAY,
    MX,
    NOON,
    PM,
    TODAY,
    Serving,
    by_id,
    by_id_reversed,
    candidate,
    ids,
    moments,
    table_of,
    tables,
    visitor,
    visitors,
)

YESTERDAY, TOMORROW = TODAY - DAY, TODAY + DAY
NO_ADDRESS = Bilingual(en="no address")
draws = st.sampled_from([by_id, by_id_reversed])


def fates(explanation: Explanation) -> list[tuple[int, Fate]]:
    return [(partner.id, fate) for partner, fate in explanation.standings]


def reason_of(explanation: Explanation) -> Reason:
    """Return the reason that the step and the fates lead to, without the decision."""
    met = {fate for _, fate in explanation.standings}
    taken = [partner for partner, fate in explanation.standings if fate == "taken"]
    match explanation.step:
        case "country":
            return "no_country"
        case "coverage":
            return "in_coverage"
        case "region":
            return "no_region"
        case "click":
            return "visitor_chose"
    if len(taken) > 1:
        return "same_priority"
    if taken:
        return "best_priority" if "lower_priority" in met else "only_candidate"
    met.discard("no_address")
    if not met:
        return "no_partner"
    return "all_paused" if met == {"paused"} else "none_available" if "paused" in met else "outside_agreement"


@settings(max_examples=300)
@given(table=tables, visitor=visitors, at=moments, draw=draws)
def test_explanation_is_the_decision_and_leads_to_its_reason(
    table: RoutingTable, visitor: Visitor, at: datetime, draw: object
) -> None:
    explanation = explain(table, visitor, at=at, draw=draw)  # type: ignore[arg-type]
    decision = decide(table, visitor, at=at, draw=draw)  # type: ignore[arg-type]
    assert explanation.decision == decision
    assert reason_of(explanation) == decision.reason
    assert_every_partner_once(explanation, table, visitor)


@settings(max_examples=300)
@given(table=tables, visitor=visitors, at=moments, chosen=st.integers(1, 9))
def test_click_is_explained_as_it_is_decided(table: RoutingTable, visitor: Visitor, at: datetime, chosen: int) -> None:
    explanation = explain(table, visitor, at=at, draw=by_id, chosen=chosen)
    click = choose(table, visitor, partner_id=chosen, at=at)
    assert explanation.decision == (click or decide(table, visitor, at=at, draw=by_id))
    assert (explanation.step == "click") == (click is not None)
    assert reason_of(explanation) == explanation.decision.reason
    assert_every_partner_once(explanation, table, visitor)


def assert_every_partner_once(explanation: Explanation, table: RoutingTable, visitor: Visitor) -> None:
    candidates = table.candidates(visitor.country) if visitor.country else ()
    assert sorted(partner.id for partner, _ in explanation.standings) == sorted(ids(candidates))
    taken = tuple(partner for partner, fate in explanation.standings if fate == "taken")
    assert taken == explanation.decision.partners
    best = min((partner.priority for partner in taken), default=None)
    for partner, fate in explanation.standings:
        if fate == "lower_priority":
            assert best is not None
            assert partner.priority > best


@settings(max_examples=200)
@given(table=tables, visitor=visitors, at=moments, draw=draws, chosen=st.none() | st.integers(1, 9))
def test_entry_of_a_decision_leads_back_to_it(
    table: RoutingTable, visitor: Visitor, at: datetime, draw: object, chosen: int | None
) -> None:
    made = explain(table, visitor, at=at, draw=draw, chosen=chosen).decision  # type: ignore[arg-type]
    fields = fields_of(made, act="shown", country_source=visitor.country_source)
    entry = entry_at(at, fields, random_bytes=bytes(RANDOM_BYTES))
    again, clicked = visitor_of(entry)
    explanation = explain(table, again, at=entry.at, draw=by_id, chosen=clicked)
    assert compared(explanation.decision) == compared_entry(entry) == compared(made)


EVERY_FATE = (
    candidate(1, priority=3),
    candidate(2, priority=3),
    candidate(3, priority=4),
    candidate(4, priority=1, active=False),
    candidate(5, priority=1, starts_on=TOMORROW),
    candidate(6, priority=1, ends_on=YESTERDAY),
    candidate(7, priority=1, url=NO_ADDRESS),
    candidate(8, priority=1, url=NO_ADDRESS, active=False),
)


def served(*partners: object) -> list[Serving]:
    return [(partner, (BR, CA, PM)) for partner in partners]  # type: ignore[misc]


def test_each_partner_has_its_fate() -> None:
    table = table_of(*served(*EVERY_FATE))
    assert fates(explain(table, visitor(BR), at=NOON, draw=by_id_reversed)) == [
        (2, "taken"),
        (1, "taken"),
        (4, "paused"),
        (5, "to_come"),
        (6, "ended"),
        (7, "no_address"),
        (8, "no_address"),
        (3, "lower_priority"),
    ]


def test_click_on_a_later_partner_leaves_the_others() -> None:
    explanation = explain(table_of(*served(*EVERY_FATE)), visitor(BR), at=NOON, draw=by_id, chosen=3)
    assert (explanation.step, explanation.decision.reason) == ("click", "visitor_chose")
    assert [pair for pair in fates(explanation) if pair[1] in {"taken", "not_chosen"}] == [
        (3, "taken"),
        (1, "not_chosen"),
        (2, "not_chosen"),
    ]


@pytest.mark.parametrize(("country", "step"), [(PM, "coverage"), (CA, "region")])
def test_partners_of_a_covered_country_are_not_asked(country: object, step: str) -> None:
    explanation = explain(table_of(*served(*EVERY_FATE)), visitor(country), at=NOON, draw=by_id)  # type: ignore[arg-type]
    assert explanation.step == step
    assert {fate for _, fate in fates(explanation)} == {"not_asked"}


def test_without_a_country_nobody_stands() -> None:
    explanation = explain(table_of(*served(*EVERY_FATE)), visitor(None), at=NOON, draw=by_id)
    assert (explanation.step, explanation.standings) == ("country", ())


def test_table_turns_where_agreements_do() -> None:
    later = TODAY + timedelta(days=5)
    table = table_of((candidate(1, ends_on=TODAY), (BR,)), (candidate(2, starts_on=later), (BR,)))
    assert turns(table, visitor(BR), first=TODAY, last=TODAY + timedelta(days=30)) == [
        (TODAY, Compared("partner", "only_candidate", 1)),
        (TOMORROW, Compared("none", "outside_agreement", None)),
        (later, Compared("partner", "only_candidate", 2)),
    ]
    assert len(turns(table, visitor(BR), first=TODAY, last=TODAY)) == 1
    assert len(turns(table, visitor(MX), first=TODAY, last=later)) == 1
    assert len(turns(table, visitor(None), first=TODAY, last=later)) == 1


@settings(max_examples=100)
@given(table=tables, visitor=visitors)
def test_turns_are_those_of_all_days(table: RoutingTable, visitor: Visitor) -> None:
    def on(day: timedelta) -> Decision:
        at = datetime.combine(TODAY + day, time(12), tzinfo=ZoneInfo(table.operator.time_zone))
        return decide(table, visitor, at=at, draw=by_id)

    first, last = timedelta(days=-3), timedelta(days=3)
    rows = dict(turns(table, visitor, first=TODAY + first, last=TODAY + last))
    outcome = rows[TODAY + first]
    for number in range(-3, 4):
        day = timedelta(days=number)
        outcome = rows.get(TODAY + day, outcome)
        assert outcome == compared(on(day))
