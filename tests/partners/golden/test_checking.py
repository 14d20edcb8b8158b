"""Golden visitors are checked against a table, and against changes that are not published."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from renvoi.domain.days.zones import zone_of
from renvoi.domain.difference import Overlay
from renvoi.domain.golden.checking import Checked, broken_by, check, differences
from renvoi.domain.golden.visitors import Case, GoldenVisitor
from renvoi.domain.routing import cells, decide
from renvoi.partners.golden.stored import check_stored
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    BOREALE,
    a_partner,
    country,
    published,
    set_operator,
    stored,
    stored_many,
    today,
    with_changes,
)
from tests.partners.golden.lists import golden, list_golden

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 1)


def checked(one: GoldenVisitor, *, day: date = DAY) -> Checked:
    return check([one], published(), today=day)[0]


class TestExpectations:
    """What counts as what was expected."""

    def test_partner_alone_must_be_the_only_receiver(self) -> None:
        first = stored(ALO_BRASIL)
        one = golden("BR", partner=first.id)
        assert checked(one).is_expected
        stored(with_changes(ALO_BRASIL, name="Another one"))
        result = checked(one)
        assert (result.is_expected, result.outcome.kind, result.fate) == (False, "choice", "taken")
        assert checked(golden("BR", partner=first.id, decision="choice")).is_expected

    def test_decision_alone_leaves_the_partner_open(self) -> None:
        stored(ALO_BRASIL)
        assert checked(golden("BR", decision="partner")).is_expected
        assert not checked(golden("BR", decision="none")).is_expected
        assert checked(golden("JP", decision="none")).is_expected

    def test_coverage_and_its_regions(self) -> None:
        set_operator(BOREALE)
        assert checked(golden("CA", region="CA-QC", decision="own")).is_expected
        assert checked(golden("CA", decision="region")).is_expected
        assert checked(golden("CA", region="CA-ZZ", decision="none")).is_expected

    def test_day_of_the_visitor_comes_before_today(self) -> None:
        partner = stored(with_changes(ALO_BRASIL, agreement_ends_on=DAY))
        later = DAY + timedelta(days=1)
        assert checked(golden("BR", partner=partner.id)).is_expected
        result = checked(golden("BR", partner=partner.id, day=later))
        assert (result.is_expected, result.outcome.reason, result.fate) == (False, "outside_agreement", "ended")
        assert not checked(golden("BR", partner=partner.id), day=later).is_expected

    def test_reason_is_what_became_of_the_expected_partner(self) -> None:
        paused = stored(with_changes(ALO_BRASIL, status="paused"))
        elsewhere = stored(a_partner("Elsewhere", "JP"))
        assert checked(golden("BR", partner=paused.id)).fate == "paused"
        assert checked(golden("BR", partner=elsewhere.id)).fate == "not_serving"

    def test_every_cell_is_checked_as_the_gateway_decides_it(self) -> None:
        set_operator(BOREALE)
        stored_many(ALO_BRASIL, AZULEJO, a_partner("Prairie", "US", "CA"), a_partner("Prairie 2", "US"))
        table, at = published(), datetime(2026, 12, 1, 12, tzinfo=zone_of(BOREALE.time_zone))
        for cell in cells(table.operator, with_regions=True):
            decision = decide(table, cell, at=at, draw=lambda _: b"")
            assert cell.country is not None
            one = GoldenVisitor(Case(cell.country, cell.region, cell.language, None))
            (result,) = check([one], table, today=DAY)
            assert (result.outcome.kind, result.outcome.reason) == (decision.kind, decision.reason)
            assert result.outcome.partners == tuple(sorted(partner.id for partner in decision.partners))


class TestBroken:
    """What a change would break."""

    def test_only_what_was_as_expected_can_break(self) -> None:
        partner = stored(ALO_BRASIL)
        fine, wrong = golden("BR", partner=partner.id), golden("BR", "en", decision="none")
        overlay = Overlay(published(), partners={partner.id: None})
        assert [one.golden for one in broken_by([fine, wrong], overlay, today=DAY)] == [fine]

    def test_other_countries_are_not_decided(self) -> None:
        partner = stored(ALO_BRASIL)
        broken = golden("JP", decision="partner")
        overlay = Overlay(published(), partners={partner.id: None})
        assert broken_by([broken, golden("JP", "en", decision="none")], overlay, today=DAY) == []

    def test_coverage_breaks_too(self) -> None:
        set_operator(BOREALE)
        partner = stored(ALO_BRASIL)
        one = golden("BR", partner=partner.id)
        operator = replace(published().operator, covered_countries=frozenset({country("BR")}))
        (result,) = broken_by([one], Overlay(published(), operator=operator), today=DAY)
        assert (result.outcome.kind, result.fate) == ("own", "not_asked")


def test_stored_list_is_checked_against_the_table_in_force() -> None:
    partner = stored(ALO_BRASIL)
    assert check_stored(today=today()) == []
    list_golden(golden("BR", partner=partner.id), golden("PT", decision="own"))
    results = check_stored(today=today())
    assert [one.is_expected for one in results] == [True, False]
    assert differences([one.golden for one in results], published(), today=today()) == results[1:]
