"""What a change would change: an overlay is like a table, and the difference is that of all decisions."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, time
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.difference import CellChange, Outcome, Overlay, PartnerChanges, difference
from renvoi.domain.places import COUNTRIES, CountryCode, Language, RegionCode, elsewhere
from renvoi.domain.routing import Visitor, cells, decide
from renvoi.domain.table import Bilingual, Candidate, Operator, TableLike
from renvoi.domain.table_codec.routing_table import RoutingTable
from tests.domain.cast import (
    BR,
    CA,
    DAY,
    MX,
    OHIO,
    ONTARIO,
    OPERATOR,
    PM,
    PT,
    QUEBEC,
    TODAY,
    US,
    Serving,
    by_id,
    candidate,
    ids,
    table_of,
)

two_hundred_examples = settings(max_examples=200)

ELSEWHERE = elsewhere(CA)


def outcome_of(table: TableLike, cell: Visitor) -> Outcome:
    """Return what `decide()` decides at noon of TODAY."""
    at = datetime.combine(TODAY, time(12), tzinfo=ZoneInfo(table.operator.time_zone))
    decision = decide(table, cell, at=at, draw=by_id)
    partners = tuple(sorted(ids(decision.partners)))
    return Outcome(decision.kind, decision.reason, partners, decision.destination, decision.destination_language)


def differing_decisions(before: TableLike, after: TableLike) -> set[CellChange]:
    """Compare the decisions of two tables in every cell of either."""
    everywhere = {cell for table in (before, after) for cell in cells(table.operator, with_regions=True)}
    changes = (CellChange(cell, outcome_of(before, cell), outcome_of(after, cell)) for cell in everywhere)
    return {change for change in changes if change.before != change.after}


# Few countries, priorities and addresses, so that a change often concerns a decision.
_COUNTRIES = (BR, CA, US, PM)
_URLS = [
    None,
    Bilingual(en="https://one.example/"),
    Bilingual(fr="https://one.example/"),
    Bilingual(en="no address", fr="https://two.example/"),
    Bilingual(en="no address"),
]
_OPERATORS = [
    replace(OPERATOR, signup_url=url, time_zone=zone, covered_countries=frozenset(whole), covered_regions=partly)
    for url in (OPERATOR.signup_url, Bilingual(en="https://boreale.example/"))
    for zone in ("America/Toronto", "Pacific/Auckland")
    for whole in ((), (PM,), (PM, CA))
    for partly in ({}, {CA: (QUEBEC,)}, {CA: (ONTARIO, QUEBEC), US: (OHIO,)}, {CA: (ONTARIO,)})
]
operators = st.sampled_from(_OPERATORS)
countries = st.sampled_from([subset for size in range(5) for subset in combinations(_COUNTRIES, size)])


@st.composite
def servings(draw: st.DrawFn, id_: int) -> Serving:
    days = st.sampled_from([None, TODAY - DAY, TODAY, TODAY + DAY])
    partner = candidate(
        id_,
        url=draw(st.sampled_from(_URLS)),
        priority=draw(st.sampled_from([1, 5])),
        active=draw(st.sampled_from([True, True, False])),
        starts_on=draw(st.none() | days),
        ends_on=draw(st.none() | days),
    )
    return partner, draw(countries)


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[Serving], PartnerChanges]:
    """Draw the partners of a table, and others, edited or removed ones in their place."""
    stored = [draw(servings(id_)) for id_ in range(1, draw(st.integers(1, 7)))]
    changed = draw(st.sets(st.integers(1, len(stored) + 2), max_size=4))
    return stored, {id_: draw(st.none() | servings(id_)) for id_ in changed}


def changed_table(stored: list[Serving], partners: PartnerChanges, operator: Operator) -> RoutingTable:
    """Return the table that the changes would lead to."""
    staying = [serving for serving in stored if serving[0].id not in partners]
    arriving = [(one, tuple(served)) for one, served in filter(None, partners.values())]
    return table_of(*staying, *arriving, operator=operator)


@two_hundred_examples
@given(change=changes(), before=operators, after=operators)
def test_difference_is_that_of_all_decisions(
    change: tuple[list[Serving], PartnerChanges], before: Operator, after: Operator
) -> None:
    stored, partners = change
    table = table_of(*stored, operator=before)
    cell_changes = difference(Overlay(table, partners=partners, operator=after), day=TODAY)
    assert len(cell_changes) == len(set(cell_changes))
    assert set(cell_changes) == differing_decisions(table, changed_table(stored, partners, after))


@two_hundred_examples
@given(change=changes(), operator=operators, more=changes())
def test_overlay_equals_table_of_changed_partners(
    change: tuple[list[Serving], PartnerChanges], operator: Operator, more: tuple[list[Serving], PartnerChanges]
) -> None:
    stored, partners = change
    overlay: TableLike = Overlay(table_of(*stored), partners=partners, operator=operator)
    assert_alike(overlay, changed_table(stored, partners, operator))
    # An overlay is a table: another one can lie on it.
    assert_alike(Overlay(overlay, partners=more[1]), changed_table(stored, {**partners, **more[1]}, operator))


def assert_alike(overlay: TableLike, table: TableLike) -> None:
    assert (overlay.generation, overlay.operator) == (table.generation, table.operator)
    for country in (*_COUNTRIES, PT):
        assert overlay.candidates(country) == table.candidates(country)
    for id_ in range(10):
        assert overlay.countries_served_by([id_]) == table.countries_served_by([id_])
    assert overlay.countries_served_by(range(10)) == table.countries_served_by(range(10))


class Asking:
    """A table that notes the countries whose candidates are asked for."""

    def __init__(self, table: RoutingTable) -> None:
        self.asked: set[CountryCode] = set()
        self.generation, self.operator, self._table = table.generation, table.operator, table

    def candidates(self, country: CountryCode) -> tuple[Candidate, ...]:
        self.asked.add(country)
        return self._table.candidates(country)

    def countries_served_by(self, partner_ids: Collection[int]) -> frozenset[CountryCode]:
        return self._table.countries_served_by(partner_ids)


def test_only_countries_of_changed_partners_are_computed() -> None:
    table = Asking(table_of((candidate(1), (BR, CA)), (candidate(2), (PT, MX))))
    overlay = Overlay(table, partners={1: (candidate(1, active=False), (BR, US))})
    difference(overlay, day=TODAY)
    assert table.asked == {BR, CA, US}


def changed_cells(
    *partners: Serving, changed: PartnerChanges, operator: Operator | None = None, before: Operator = OPERATOR
) -> dict[tuple[str, Language], tuple[Outcome, Outcome]]:
    """Map each changed cell, as (country or region, language), to its outcomes."""
    overlay = Overlay(table_of(*partners, operator=before), partners=changed, operator=operator)
    rows = difference(overlay, day=TODAY)
    return {(cell.region or cell.country or "", cell.language): (was, now) for cell, was, now in rows}


def regions(*codes: RegionCode) -> Operator:
    return replace(OPERATOR, covered_regions={CA: codes})


def test_last_partner_leaves() -> None:
    one = candidate(1)
    none = Outcome("none", "no_partner")
    assert changed_cells((one, (BR,)), changed={1: None}) == {
        (BR, "fr"): (Outcome("partner", "only_candidate", (1,), one.url.fr, "fr"), none),
        (BR, "en"): (Outcome("partner", "only_candidate", (1,), one.url.en, "en"), none),
    }


def test_partner_leaves_country_covered_in_part() -> None:
    cells_ = changed_cells((candidate(1), (CA, PM)), changed={1: None})
    # Nobody in a covered country or region was sent to it, nor anybody before the region is known.
    assert cells_.keys() == {(ELSEWHERE, "fr"), (ELSEWHERE, "en")}


def test_coverage_grows_by_a_region() -> None:
    cells_ = changed_cells((candidate(1), (CA,)), changed={}, operator=regions(QUEBEC, ONTARIO))
    assert {(cell, was.kind, now.kind) for cell, (was, now) in cells_.items()} == {
        ((ONTARIO, language), "partner", "own") for language in ("fr", "en")
    }


def test_country_is_covered_entirely() -> None:
    whole = replace(OPERATOR, covered_countries=frozenset({PM, CA}), covered_regions={})
    cells_ = changed_cells((candidate(1), (CA,)), changed={}, operator=whole)
    assert {(cell, was.kind, now.kind) for (cell, _), (was, now) in cells_.items()} == {
        (CA, "region", "own"),
        (ELSEWHERE, "partner", "own"),
    }


def test_other_signup_address_changes_own_cells() -> None:
    moved = replace(OPERATOR, signup_url=Bilingual(en=OPERATOR.signup_url.en, fr="https://boreale.example/"))
    assert changed_cells(changed={}, operator=moved).keys() == {(PM, "fr"), (QUEBEC, "fr")}


EQUALS = ((candidate(1), (MX,)), (candidate(2), (MX,)), (candidate(3, priority=9), (MX,)))


@pytest.mark.parametrize(
    ("changed", "partners"),
    [
        pytest.param({3: None}, None, id="a partner that is for later leaves"),
        pytest.param({1: (replace(candidate(1), name="Aló"), (MX,))}, None, id="a name changes"),
        pytest.param({1: (candidate(1, url=Bilingual(en="https://a.example/")), (MX,))}, None, id="an address changes"),
        pytest.param({4: (candidate(4), (MX,))}, (1, 2, 4), id="an equal arrives"),
        pytest.param({1: (candidate(1, priority=6), (MX,))}, (2,), id="one is for later"),
    ],
)
def test_choice_is_compared_as_a_set(changed: PartnerChanges, partners: tuple[int, ...] | None) -> None:
    cells_ = changed_cells(*EQUALS, changed=changed)
    assert [now.partners for _, now in cells_.values()] == ([partners] * 2 if partners else [])


def test_table_of_unknown_countries_changes_no_cell() -> None:
    unknown = CountryCode("ZZ")
    assert unknown not in COUNTRIES
    assert changed_cells((candidate(1), (unknown,)), changed={1: None}) == {}
