"""The list of golden visitors is stored with the operator: recorded, undone, and read whatever it holds."""

from dataclasses import replace
from datetime import date

import pytest

from renvoi.domain.golden.visitors import MAX_GOLDEN, GoldenVisitor, TooMany, with_golden
from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.golden.stored import stored_golden
from renvoi.partners.models import Operator
from renvoi.partners.values import OperatorValues, parse_company
from tests.cast import ALO_BRASIL, BOREALE, generation, set_operator, stored, today, typed
from tests.partners.golden.lists import golden, list_golden

pytestmark = pytest.mark.django_db


def test_list_is_sorted_and_has_each_case_once() -> None:
    list_golden(golden("PT", decision="none"), golden("BR", "en", decision="none"))
    list_golden(golden("BR", "en", decision="partner"), golden("BR", decision="own"))
    assert [(one.case.country, one.case.language, one.decision) for one in stored_golden()] == [
        ("BR", "en", "partner"),
        ("BR", "fr", "own"),
        ("PT", "fr", "none"),
    ]


def test_change_is_one_step_with_the_list_before_and_after() -> None:
    partner = stored(ALO_BRASIL)
    before = generation()
    saved = list_golden(golden("BR", partner=partner.id))
    change = Change.objects.get(change_set_id=saved.change_set_id)
    assert (change.before or {})["golden_visitors"] == []
    assert (change.after or {})["golden_visitors"] == [["BR", "", "fr", "", "", partner.id]]
    assert generation() == before + 1
    assert list_golden(golden("BR", partner=partner.id)).change_set_id is None


def test_undo_puts_the_list_back() -> None:
    list_golden(golden("BR", decision="none"))
    saved = list_golden(golden("PT", decision="none"))
    assert saved.change_set_id is not None
    plan = actions.plan_undo([saved.change_set_id], today=today())
    actions.undo_steps(step_ids=[saved.change_set_id], digest=plan.digest, today=today(), actor=None, channel="console")
    assert [one.case.country for one in stored_golden()] == ["BR"]


def test_damaged_list_of_the_history_is_not_put_back() -> None:
    saved = list_golden(golden("BR", decision="none"))
    change = Change.objects.get(change_set_id=saved.change_set_id)
    Change.objects.filter(id=change.id).update(before={**(change.before or {}), "golden_visitors": [["BR"]]})
    assert saved.change_set_id is not None
    (skipped,) = actions.plan_undo([saved.change_set_id], today=today()).skipped
    assert skipped.why == "unreadable"


def test_saving_settings_leaves_the_list() -> None:
    set_operator(BOREALE)
    list_golden(golden("BR", decision="none"))
    operator = Operator.objects.get(id=1)
    values = parse_company(typed(BOREALE), current=OperatorValues.of(operator))
    assert values.golden_visitors == stored_golden()
    set_operator(replace(values, name="Another"))
    assert [one.case.country for one in stored_golden()] == ["BR"]


@pytest.mark.parametrize(
    "column",
    [{}, None, "text", [1], [["BR"]], [["BR", "", "de", "", "none", None]], [["BR", "", "fr", "soon", "none", None]]],
)
def test_what_this_version_cannot_read_is_left_out(column: object) -> None:
    Operator.objects.filter(id=1).update(golden_visitors=column if column is not None else [None])
    assert stored_golden() == ()
    assert OperatorValues.of(Operator.objects.get(id=1)).golden_visitors == ()


@pytest.mark.parametrize(
    "one",
    [golden("BR", decision="none"), golden("CA", "en", region="CA-ON", day=date(2026, 12, 24), partner=4)],
)
def test_json_reads_back(one: GoldenVisitor) -> None:
    assert GoldenVisitor.from_json(one.to_json()) == one


def test_list_has_a_limit() -> None:
    many = [replace(golden("BR", decision="none"), case=golden("BR").case._replace(region=str(n))) for n in range(501)]  # type: ignore[arg-type]
    assert len(with_golden((), *many[:MAX_GOLDEN])) == MAX_GOLDEN
    with pytest.raises(TooMany):
        with_golden((), *many)
