"""Selections parsed from the address and from the list's form, with and without JavaScript."""

import pytest
from django.http import QueryDict

from renvoi.lists.selection import NOTHING, Selection

SOME = Selection(ids=frozenset({3, 6}))
ALL = Selection(is_all=True)
ALL_BUT_5 = Selection(is_all=True, ids=frozenset({5}))


@pytest.mark.parametrize(
    ("query", "selection"),
    [
        ("", NOTHING),
        ("selected=3&selected=6", SOME),
        ("selected=all", ALL),
        ("selected=all&except=5", ALL_BUT_5),
        ("selected=all&except=five&except=-5&except=٥", ALL),
        ("selected=three&selected=3.0&selected=99999999999999999999", NOTHING),
        ("except=5", NOTHING),
    ],
)
def test_selection_is_parsed_from_address(query: str, selection: Selection) -> None:
    assert Selection.from_query(QueryDict(query)) == selection


@pytest.mark.parametrize("selection", [NOTHING, SOME, ALL, ALL_BUT_5])
def test_selection_round_trips_through_address(selection: Selection) -> None:
    query = QueryDict(mutable=True)
    for name, value in selection.pairs():
        query.appendlist(name, value)
    assert Selection.from_query(query) == selection


@pytest.mark.parametrize(
    ("form", "selection"),
    [
        # a row is ticked; rows ticked on another page are sent in hidden fields
        ("shown=3&shown=4&selected=3&selected=6", SOME),
        # a row is unticked
        ("shown=3&shown=4&selected=6", Selection(ids=frozenset({6}))),
        # the checkbox for all is ticked: all partners, whatever the rows of this page send
        ("shown=3&shown=4&selected=all&selected=3", ALL),
        ("shown=3&shown=4&every=all", ALL),
        # all were selected, and one row is unticked
        ("shown=4&shown=5&was=all&selected=all&every=all&selected=4", ALL_BUT_5),
        # … and another page is shown now
        ("shown=7&was=all&selected=all&every=all&selected=7&except=5", ALL_BUT_5),
        # … and it is ticked again
        ("shown=5&was=all&selected=all&every=all&selected=5", ALL),
        # either checkbox for all is unticked: no partner
        ("shown=4&was=all&every=all&selected=4", NOTHING),
        ("shown=4&was=all&selected=all&selected=4", NOTHING),
    ],
)
def test_selection_is_parsed_from_form(form: str, selection: Selection) -> None:
    assert Selection.from_query(QueryDict(form)) == selection


@pytest.mark.parametrize(
    ("selection", "ids"), [(NOTHING, []), (SOME, [3, 6]), (ALL, [3, 4, 5, 6]), (ALL_BUT_5, [3, 4, 6])]
)
def test_holds_returns_whether_row_is_selected(selection: Selection, ids: list[int]) -> None:
    assert [number for number in (3, 4, 5, 6) if selection.holds(number)] == ids
    assert bool(selection) == bool(ids)
