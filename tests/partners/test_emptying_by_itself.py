"""Partners that have been in the trash too long are deleted for good, in portions."""

from datetime import UTC, datetime, timedelta

import pytest

from renvoi.history.models import ChangeSet
from renvoi.partners import actions
from renvoi.partners.actions import purging
from renvoi.partners.models import Operator, Partner
from renvoi.partners.values import OperatorValues
from tests.cast import BOREALE, a_partner, set_operator, stored, with_trash_period
from tests.partners.acting import newest_change, trash
from tests.partners.undoing.random_steps import undo

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def in_trash_for(**periods: timedelta) -> None:
    for name, period in periods.items():
        partner = trash(stored(a_partner(name)))
        Partner.objects.filter(id=partner.id).update(trashed_at=NOW - period)


def names() -> list[str]:
    return list(Partner.objects.order_by("name_sort").values_list("name", flat=True))


def test_only_partners_that_were_there_long_enough_go() -> None:
    set_operator(with_trash_period(30))
    stored(a_partner("Present"))
    in_trash_for(Old=timedelta(days=30), Newer=timedelta(days=30) - timedelta(seconds=1))
    assert actions.purge_due(at=NOW) == 1
    assert names() == ["Newer", "Present"]
    assert actions.purge_due(at=NOW) == 0
    step = ChangeSet.objects.latest("position")
    assert (step.channel, step.actor, step.acted_by, step.changes.get().verb) == ("timer", None, "", "purge")


def test_trash_is_never_emptied_unless_the_operator_says_so() -> None:
    set_operator(BOREALE)
    in_trash_for(Old=timedelta(days=4000))
    assert actions.purge_due(at=NOW) == 0
    assert names() == ["Old"]


def test_portions_are_steps_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "PORTION", 2)
    set_operator(with_trash_period(90))
    in_trash_for(**{f"N{days}": timedelta(days=days) for days in (91, 93, 92)})
    before = ChangeSet.objects.count()
    assert actions.purge_due(at=NOW) == 2
    assert names() == ["N91"]
    assert [actions.purge_due(at=NOW) for _time in range(2)] == [1, 0]
    assert ChangeSet.objects.count() == before + 2


def test_period_that_was_not_recorded_is_never() -> None:
    recorded = with_trash_period(30).to_json()
    assert OperatorValues.from_json(recorded).trash_period == 30
    del recorded["trash_period"]
    assert OperatorValues.from_json(recorded).trash_period == 0


def test_undo_of_a_step_of_an_earlier_version_keeps_the_period() -> None:
    set_operator(BOREALE)
    change = newest_change()
    for fields in (change.before, change.after):
        assert fields is not None
        del fields["trash_period"]
    change.save()
    set_operator(with_trash_period(30))
    assert undo([change.change_set_id]).count == 1
    operator = Operator.objects.get(id=1)
    assert (operator.name, operator.trash_period) == ("", 30)
