"""Routing decisions: each of the six steps of the contract, and properties of every table and visitor."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.places import CountryCode, elsewhere
from renvoi.domain.routing import Decision, DecisionKind, Reason, Visitor, choose, decide
from renvoi.domain.table import Bilingual, operator_day
from renvoi.domain.table_codec.routing_table import RoutingTable
from tests.domain.cast import (
    AO,
    BR,
    CA,
    DE,
    FR,
    IT,
    MX,
    NOON,
    OHIO,
    ONTARIO,
    OPERATOR,
    PM,
    PT,
    QUEBEC,
    TODAY,
    US,
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

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)

UNSERVED = CountryCode("JP")

FIRST, LATER = candidate(1, priority=1), candidate(2, priority=9)
SOLE = candidate(3)
EQUALS = (candidate(4), candidate(5), candidate(6))
PAUSED, PAUSED_FIRST = candidate(7, active=False), candidate(8, active=False, priority=1)
ENDED, TO_COME = candidate(9, ends_on=YESTERDAY), candidate(10, starts_on=TOMORROW)
ENGLISH = candidate(11, url=Bilingual(en="https://english.example/"))
PRAIRIE = candidate(12)
OWN_PARTNER = candidate(13)

TABLE = table_of(
    (FIRST, (BR,)),
    (LATER, (BR,)),
    (SOLE, (PT, FR)),
    *((equal, (MX,)) for equal in EQUALS),
    (candidate(20, priority=9), (MX,)),
    (PAUSED, (AO, IT, FR)),
    (PAUSED_FIRST, (AO, FR)),
    (ENDED, (DE, IT)),
    (TO_COME, (DE,)),
    (ENGLISH, (US,)),
    (PRAIRIE, (CA,)),
    (OWN_PARTNER, (PM,)),
)


class Step(NamedTuple):
    """A visitor and the decision that the contract requires."""

    visitor: Visitor
    kind: DecisionKind
    reason: Reason
    partners: list[int]
    destination: str | None


STEPS = {
    "1 the country is unknown": Step(visitor(None), "unknown", "no_country", [], None),
    "1 only the region is known": Step(visitor(None, region=QUEBEC), "unknown", "no_country", [], None),
    "2 the country is covered": Step(visitor(PM), "own", "in_coverage", [], OPERATOR.signup_url.fr),
    "2 in English": Step(visitor(PM, language="en"), "own", "in_coverage", [], OPERATOR.signup_url.en),
    "2 any region of a covered country": Step(
        visitor(PM, region=OHIO), "own", "in_coverage", [], OPERATOR.signup_url.fr
    ),
    "2 the region is covered": Step(visitor(CA, region=QUEBEC), "own", "in_coverage", [], OPERATOR.signup_url.fr),
    "3 the region is unknown": Step(visitor(CA), "region", "no_region", [], None),
    "3 a region of another country": Step(visitor(CA, region=OHIO), "region", "no_region", [], None),
    "4 another region": Step(visitor(CA, region=ONTARIO), "partner", "only_candidate", [12], PRAIRIE.url.fr),
    "4 elsewhere in Canada": Step(visitor(CA, region=elsewhere(CA)), "partner", "only_candidate", [12], PRAIRIE.url.fr),
    "4 the only candidate": Step(visitor(PT), "partner", "only_candidate", [3], SOLE.url.fr),
    "4 the best priority": Step(visitor(BR), "partner", "best_priority", [1], FIRST.url.fr),
    "4 the only available partner": Step(visitor(FR), "partner", "only_candidate", [3], SOLE.url.fr),
    "4 address in the other language": Step(visitor(US), "partner", "only_candidate", [11], ENGLISH.url.en),
    "5 several share the best": Step(visitor(MX), "choice", "same_priority", [4, 5, 6], None),
    "6 no partner": Step(visitor(UNSERVED), "none", "no_partner", [], None),
    "6 all are paused": Step(visitor(AO), "none", "all_paused", [], None),
    "6 all are outside their agreement": Step(visitor(DE), "none", "outside_agreement", [], None),
    "6 some paused, some outside": Step(visitor(IT), "none", "none_available", [], None),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_decision_of_each_step(step: Step) -> None:
    decision = decide(TABLE, step.visitor, at=NOON, draw=by_id)
    assert (decision.kind, decision.reason, ids(decision.partners), decision.destination) == step[1:]
    assert (decision.country, decision.region, decision.language) == (
        step.visitor.country,
        step.visitor.region,
        step.visitor.language,
    )
    assert decision.generation == TABLE.generation


def test_decision_has_language_of_destination() -> None:
    languages = {
        country: decide(TABLE, visitor(country), at=NOON, draw=by_id).destination_language for country in (PT, US, MX)
    }
    assert languages == {PT: "fr", US: "en", MX: None}


def test_equal_priorities_are_sorted_by_draw() -> None:
    decision = decide(TABLE, visitor(MX), at=NOON, draw=by_id_reversed)
    assert ids(decision.partners) == [6, 5, 4]


def test_equal_draws_are_sorted_by_id() -> None:
    assert ids(decide(TABLE, visitor(MX), at=NOON, draw=lambda _: b"").partners) == [4, 5, 6]


class TestChoose:
    """Decisions for a visitor who chose a partner."""

    @pytest.mark.parametrize(
        ("chosen", "visitor"),
        [
            (FIRST, visitor(BR)),
            (LATER, visitor(BR)),
            (EQUALS[2], visitor(MX)),
            (PRAIRIE, visitor(CA, region=ONTARIO)),
            (PRAIRIE, visitor(CA, region=elsewhere(CA))),
        ],
        ids=lambda value: str(getattr(value, "id", "")),
    )
    def test_partner_of_any_priority_can_be_chosen(self, chosen: object, visitor: Visitor) -> None:
        partner_id: int = getattr(chosen, "id")  # noqa: B009
        decision = choose(TABLE, visitor, partner_id=partner_id, at=NOON)
        assert decision is not None
        assert (decision.kind, decision.reason, ids(decision.partners)) == ("partner", "visitor_chose", [partner_id])
        assert decision.destination == f"https://partner{partner_id}.example/fr"

    @pytest.mark.parametrize(
        ("partner_id", "visitor"),
        [
            pytest.param(99, visitor(BR), id="there is no such partner"),
            pytest.param(SOLE.id, visitor(BR), id="it serves another country"),
            pytest.param(FIRST.id, visitor(None), id="the country is unknown"),
            pytest.param(PAUSED.id, visitor(AO), id="it is paused"),
            pytest.param(ENDED.id, visitor(DE), id="its agreement has ended"),
            pytest.param(TO_COME.id, visitor(DE), id="its agreement is to come"),
            pytest.param(OWN_PARTNER.id, visitor(PM), id="the country is the operator's own"),
            pytest.param(PRAIRIE.id, visitor(CA, region=QUEBEC), id="the region is the operator's own"),
            pytest.param(PRAIRIE.id, visitor(CA), id="the region may be the operator's own"),
            pytest.param(PRAIRIE.id, visitor(CA, region=OHIO), id="the region is another country's"),
        ],
    )
    def test_partner_that_cannot_receive_is_refused(self, partner_id: int, visitor: Visitor) -> None:
        assert choose(TABLE, visitor, partner_id=partner_id, at=NOON) is None


REASONS: dict[DecisionKind, set[Reason]] = {
    "unknown": {"no_country"},
    "own": {"in_coverage"},
    "region": {"no_region"},
    "partner": {"only_candidate", "best_priority"},
    "choice": {"same_priority"},
    "none": {"no_partner", "all_paused", "outside_agreement", "none_available"},
}
hundred_examples = settings(max_examples=100)


def available(table: RoutingTable, visitor: Visitor, at: datetime) -> dict[int, int]:
    """Return the priority of each partner that can receive the visitor, computed directly from the contract."""
    day = operator_day(at, time_zone=table.operator.time_zone)
    return {
        partner.id: partner.priority
        for partner in (table.candidates(visitor.country) if visitor.country else ())
        if partner.active
        and any(
            (starts_on is None or starts_on <= day) and (ends_on is None or day <= ends_on)
            for starts_on, ends_on in partner.agreements
        )
    }


def decide_reversed(table: RoutingTable, visitor: Visitor, at: datetime) -> Decision:
    return decide(table, visitor, at=at, draw=by_id_reversed)


class TestEveryTableAndVisitor:
    """Properties that hold for every table, visitor and time."""

    @hundred_examples
    @given(table=tables, visitor=visitors, at=moments)
    def test_decision_is_deterministic_and_consistent(
        self, table: RoutingTable, visitor: Visitor, at: datetime
    ) -> None:
        decision = decide_reversed(table, visitor, at)
        assert decision == decide_reversed(table, visitor, at)
        assert decision.reason in REASONS[decision.kind]
        assert (decision.destination is not None) == (decision.kind in {"own", "partner"})

    @hundred_examples
    @given(table=tables, visitor=visitors, at=moments)
    def test_only_available_partners_of_best_priority_are_shown(
        self, table: RoutingTable, visitor: Visitor, at: datetime
    ) -> None:
        decision = decide_reversed(table, visitor, at)
        priorities = available(table, visitor, at)
        best = {id_ for id_, priority in priorities.items() if priority == min(priorities.values())}
        if decision.kind in {"partner", "choice"}:
            assert set(ids(decision.partners)) == best
            assert decision.kind == ("partner" if len(best) == 1 else "choice")
            assert (decision.reason == "only_candidate") == (len(priorities) == 1)
        else:
            assert decision.partners == ()
            assert decision.kind != "none" or not priorities

    @hundred_examples
    @given(table=tables, visitor=visitors, at=moments)
    def test_visitor_in_coverage_area_is_never_sent_to_partner(
        self, table: RoutingTable, visitor: Visitor, at: datetime
    ) -> None:
        kind = decide_reversed(table, visitor, at).kind
        covered = table.operator.covered_regions.get(visitor.country, ()) if visitor.country else ()
        is_region_known = visitor.region is not None and visitor.region[:2] == visitor.country
        is_own = visitor.country in table.operator.covered_countries or (visitor.region in covered and is_region_known)
        assert (kind == "own") == is_own
        assert (kind == "region") == (bool(covered) and not is_own and not is_region_known)
        assert (kind == "unknown") == (visitor.country is None)

    @hundred_examples
    @given(table=tables, visitor=visitors, at=moments, draw=st.lists(st.binary(max_size=1), min_size=8))
    def test_partners_are_sorted_by_draw(
        self, table: RoutingTable, visitor: Visitor, at: datetime, draw: list[bytes]
    ) -> None:
        shown = ids(decide(table, visitor, at=at, draw=lambda id_: draw[id_ - 1]).partners)
        assert shown == sorted(shown, key=lambda id_: (draw[id_ - 1], id_))

    @hundred_examples
    @given(table=tables, visitor=visitors, at=moments)
    def test_exactly_available_partners_can_be_chosen(
        self, table: RoutingTable, visitor: Visitor, at: datetime
    ) -> None:
        outside = decide_reversed(table, visitor, at).kind in {"partner", "choice", "none"}
        partner_ids = {partner.id for country in table.countries for partner in table.candidates(country)}
        chosen = {id_ for id_ in partner_ids if choose(table, visitor, partner_id=id_, at=at) is not None}
        assert chosen == (set(available(table, visitor, at)) if outside else set())
