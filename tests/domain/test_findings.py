"""What staff may have overlooked in a routing table: each kind, what causes it, and what does not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given

from renvoi.domain.findings.finding import KINDS, Finding, Kind
from renvoi.domain.findings.finding_all import SOON, find_all
from renvoi.domain.places import COUNTRIES, CountryCode, territories_of
from renvoi.domain.routing import cells, decide
from renvoi.domain.table import Bilingual, TableLike, operator_day
from renvoi.domain.table_codec.routing_table import RoutingTable
from tests.domain.cast import BR, CA, FR, NOON, OPERATOR, PM, PT, TODAY, US, by_id, candidate, table_of, tables

FRENCH_ONLY = Bilingual(fr="https://partner1.example/fr")


def findings(table: TableLike, kind: Kind, *, today: date = TODAY, has_source: bool = True) -> dict[str, Finding]:
    """Return the findings of one kind by their subject."""
    every = find_all(table, today=today, has_source=has_source)
    assert len({one.key for one in every}) == len(every)
    return {one.subject: one for one in every if one.kind == kind}


def test_country_without_a_partner() -> None:
    table = table_of((candidate(1), (BR,)), (candidate(2, active=False), (PT,)))
    without = findings(table, "no_partner")
    assert without.keys() == COUNTRIES - {BR, PM}
    assert [one.id for one in without["PT"].partners] == [2]
    assert (without["PT"].facts[0], without["US"].facts[0]) == ("all_paused", "no_partner")


def test_choice_concerns_the_best_priority_only() -> None:
    equals = [(candidate(id_, priority=2), (BR,)) for id_ in (1, 2)]
    choice = findings(table_of(*equals, (candidate(3), (BR, PT)), (candidate(4), (PM,))), "choice")
    assert {subject: [one.id for one in finding.partners] for subject, finding in choice.items()} == {"BR": [1, 2]}


@pytest.mark.parametrize(
    ("countries", "lacking"), [((BR,), ("behind",)), ((PM,), ("hidden",)), ((BR, PM), ("behind", "hidden"))]
)
def test_partner_never_reached(countries: tuple[CountryCode, ...], lacking: tuple[str, ...]) -> None:
    best = (candidate(1, priority=1), (BR,))
    assert findings(table_of(best, (candidate(2), countries)), "unreached")["2"].lacking == lacking
    assert not findings(table_of(best, (candidate(2), (*countries, PT))), "unreached")
    assert not findings(table_of(best, (candidate(2, active=False), countries)), "unreached")


def test_partner_of_a_country_covered_in_part_is_reached() -> None:
    assert not findings(table_of((candidate(1), (CA,))), "unreached")


@pytest.mark.parametrize(
    ("url", "description", "expected"),
    [
        (FRENCH_ONLY, Bilingual("a", "b"), {"1:en": ("url",)}),
        (FRENCH_ONLY, Bilingual(fr="b"), {"1:en": ("url", "description")}),
        (FRENCH_ONLY, Bilingual(en="a"), {"1:en": ("url",), "1:fr": ("description",)}),
        (None, Bilingual(), {}),
        (None, Bilingual("a", "b"), {}),
    ],
)
def test_one_language_only(url: Bilingual | None, description: Bilingual, expected: dict[str, tuple[str, ...]]) -> None:
    partner = replace(candidate(1, url=url), description=description)
    lacking = findings(table_of((partner, (BR,))), "one_language")
    assert {subject: finding.lacking for subject, finding in lacking.items()} == expected


@pytest.mark.parametrize(("days", "count"), [(0, 1), (90, 1), (91, 0), (-1, 0)])
def test_agreement_that_ends_soon(days: int, count: int) -> None:
    partner = candidate(1, ends_on=TODAY + timedelta(days=days))
    assert len(findings(table_of((partner, (BR,))), "ending")) == count


def test_agreement_has_a_successor_where_somebody_is_available_afterwards() -> None:
    ending = (candidate(1, ends_on=TODAY + SOON), (BR, PT, US))
    follows = (candidate(2, priority=9), (BR,))
    ends_before = (candidate(3, ends_on=TODAY), (PT,))
    begins = (candidate(4, starts_on=TODAY + SOON + timedelta(days=1)), (US,))
    left = findings(table_of(ending, follows, ends_before, begins), "ending")
    assert left["1"].countries == (PT,)
    assert not findings(table_of((ending[0], (BR,)), follows), "ending")


def test_last_day_of_the_calendar_has_no_day_after_it() -> None:
    partner = candidate(1, ends_on=date.max)
    assert not findings(table_of((partner, (BR,))), "ending", today=date.max)


def test_state_without_the_territories_that_nobody_serves() -> None:
    alone = findings(table_of((candidate(1), (FR,))), "territories")
    assert alone["1:FR"].countries == tuple(code for code in territories_of(FR) if code != PM)
    others = tuple(code for code in territories_of(FR) if code != "RE")
    missing = findings(table_of((candidate(1), (FR,)), (candidate(2), others)), "territories")
    assert missing["1:FR"].countries == ("RE",)
    assert not findings(table_of((candidate(1), (FR, *territories_of(FR)))), "territories")


def test_coverage_area_without_territories() -> None:
    operator = replace(OPERATOR, covered_countries=frozenset({FR}))
    missing = findings(table_of(operator=operator), "territories")
    assert missing.keys() == {"own:FR"}
    whole = replace(operator, covered_countries=frozenset({FR, *territories_of(FR)}))
    assert not findings(table_of(operator=whole), "territories")


def test_no_source_of_the_country() -> None:
    assert findings(table_of(), "no_source", has_source=False)
    assert not findings(table_of(), "no_source")


class TestDigest:
    """By which an accepted finding is recognized."""

    def test_other_facts_have_another_digest(self) -> None:
        two, three = ([(candidate(id_), (BR,)) for id_ in range(count)] for count in (2, 3))
        (first,), (second,) = (findings(table_of(*some), "choice").values() for some in (two, three))
        assert (first.key, first.digest != second.digest) == (second.key, True)

    def test_name_is_no_fact(self) -> None:
        pair = [candidate(1), candidate(2)]
        renamed = [replace(one, name="Other") for one in pair]
        (first,), (second,) = (
            findings(table_of(*((one, (BR,)) for one in some)), "choice").values() for some in (pair, renamed)
        )
        assert first.digest == second.digest


def test_prospects_are_those_of_the_countries_and_languages() -> None:
    finding = Finding("one_language", "1:fr", (BR, PT), ("fr",))
    assert finding.prospects({(BR, "fr"): 2, (PT, "fr"): 3, (BR, "en"): 50, (US, "fr"): 70}) == 5


@given(tables)
def test_findings_about_countries_agree_with_decisions(table: RoutingTable) -> None:
    """Each country of which a cell is answered by nobody, or by a choice, has its finding, and no other has."""
    today = operator_day(NOON, time_zone=table.operator.time_zone)
    decisions = {
        (visitor.country, decide(table, visitor, at=NOON, draw=by_id).kind)
        for visitor in cells(table.operator, with_regions=True)
    }
    assert {(code, "none") for code in findings(table, "no_partner", today=today)} == {
        one for one in decisions if one[1] == "none"
    }
    assert {(code, "choice") for code in findings(table, "choice", today=today)} == {
        one for one in decisions if one[1] == "choice"
    }


def test_every_kind_has_a_place_in_the_order() -> None:
    assert len(set(KINDS)) == len(KINDS) == 7
