"""The difference of two whole tables: that of all decisions, and of the partners."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.difference import CellChange, Outcome, PartnerChanges, TableDifference, table_difference
from renvoi.domain.routing import Visitor, cells, decide
from renvoi.domain.table import Operator
from renvoi.domain.table_codec.content import TableContent, TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable, content_of
from tests.domain.cast import BR, DAY, OPERATOR, TODAY, Serving, by_id, candidate, ids
from tests.domain.test_difference import changes, operators


def content(*partners: Serving, operator: Operator = OPERATOR) -> TableContent:
    return content_of(operator=operator, partners=sorted(partners, key=lambda serving: serving[0].id))


def outcome_on(table: RoutingTable, cell: Visitor, day: date) -> Outcome:
    """Return what `decide()` decides at noon of a day."""
    at = datetime.combine(day, time(12), tzinfo=ZoneInfo(table.operator.time_zone))
    decision = decide(table, cell, at=at, draw=by_id)
    partners = tuple(sorted(ids(decision.partners)))
    return Outcome(decision.kind, decision.reason, partners, decision.destination, decision.destination_language)


def expected(then: TableContent, now: TableContent, *, then_day: date, day: date) -> TableDifference:
    """Return the difference found by comparing every decision and every partner."""
    before, after = RoutingTable(then.to_table(1)), RoutingTable(now.to_table(2))
    everywhere = {cell for table in (before, after) for cell in cells(table.operator, with_regions=True)}
    rows = (CellChange(cell, outcome_on(before, cell, then_day), outcome_on(after, cell, day)) for cell in everywhere)
    partners = sorted(dict(then.partners.items() ^ now.partners.items()))
    return TableDifference([row for row in rows if row.before != row.after], partners)


@settings(max_examples=200)
@given(change=changes(), before=operators, after=operators, then_day=st.sampled_from([None, TODAY - DAY, TODAY + DAY]))
def test_difference_of_tables_is_that_of_all_decisions(
    change: tuple[list[Serving], PartnerChanges], before: Operator, after: Operator, then_day: date | None
) -> None:
    stored, changed = change
    staying = [serving for serving in stored if serving[0].id not in changed]
    arriving = [(one, tuple(served)) for one, served in filter(None, changed.values())]
    then, now = content(*stored, operator=before), content(*staying, *arriving, operator=after)
    difference = table_difference(then, now, day=TODAY, then_day=then_day)
    wanted = expected(then, now, then_day=then_day or TODAY, day=TODAY)
    assert difference.partners == wanted.partners
    assert len(difference.cells) == len(wanted.cells)
    assert set(difference.cells) == set(wanted.cells)


def test_agreement_ends_without_a_change() -> None:
    same = content((candidate(1, ends_on=TODAY - DAY), (BR,)))
    assert table_difference(same, same, day=TODAY) == ([], [])
    cell_changes, partners = table_difference(same, same, day=TODAY, then_day=TODAY - DAY)
    assert [(row.cell.country, row.before.kind, row.after.reason) for row in cell_changes] == [
        (BR, "partner", "outside_agreement")
    ] * 2
    assert partners == []


def test_other_name_differs_and_changes_no_cell() -> None:
    one = candidate(1)
    renamed = replace(one, name="Aló")
    assert table_difference(content((one, (BR,))), content((renamed, (BR,))), day=TODAY) == ([], [1])


@pytest.mark.parametrize(
    "damaged",
    [
        TableContent(operator=b"{}", partners={}),
        TableContent(operator=b"\xff", partners={}),
        content()._replace(partners={1: b"1\tBR\tnot JSON"}),
        content()._replace(partners={1: b"1\tBR\t[1]"}),
        content()._replace(partners={1: b"1"}),
    ],
)
def test_damaged_content_is_refused(damaged: TableContent) -> None:
    with pytest.raises(TableDamaged):
        table_difference(content(), damaged, day=TODAY)
