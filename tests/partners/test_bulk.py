"""Pause, resume and delete many partners in one step, and undo the step."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from renvoi.history.models import Change, ChangeSet
from renvoi.partners import actions
from renvoi.partners.actions import StaleSelection, Step, Undone
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    PRAIRIE,
    TUNDRA,
    a_partner,
    candidates_in,
    crowd,
    generation,
    published,
    stored,
    stored_many,
    with_changes,
)
from tests.partners.acting import newest_change

pytestmark = pytest.mark.django_db
Act = Callable[..., Step]
EACH: list[Act] = [actions.pause_partners, actions.resume_partners, actions.trash_partners]


def all_of_them() -> QuerySet[Partner]:
    return Partner.objects.filter(trashed_at=None)


def do(act: Act, actor: User, **more: Any) -> Step:
    return act(**{"partners": all_of_them(), "actor": actor, "channel": "console"} | more)


def undo(step: Step, actor: User) -> Undone:
    assert step.change_set_id is not None
    return actions.undo_step(change_set_id=step.change_set_id, actor=actor, channel="console")


def rows(*, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return all stored columns of each partner except `without`, and its countries."""
    all_rows = []
    for partner in Partner.objects.order_by("id").prefetch_related("served"):
        stored_row: dict[str, Any] = {**Partner.objects.filter(id=partner.id).values().get()}
        columns = {name: value for name, value in stored_row.items() if name not in without}
        all_rows.append(columns | {"countries": partner.countries})
    return all_rows


def states() -> dict[str, tuple[str, int, bool]]:
    return {one.name: (one.status, one.version, one.trashed_at is not None) for one in Partner.objects.all()}


class TestStep:
    """Pause, resume or delete the selected partners."""

    def test_pause_deactivates_selected_partners_only(self, odile: User) -> None:
        stored_many(ALO_BRASIL, PRAIRIE, TUNDRA)
        some = Partner.objects.exclude(name="Prairie Answers")
        step = do(actions.pause_partners, odile, partners=some)
        assert step.count == 1
        assert states() == {
            "Aló Brasil": ("paused", 2, False),
            "Prairie Answers": ("active", 1, False),
            "Tundra": ("paused", 1, False),
        }
        assert {
            partner.name: partner.active for partners in candidates_in(published()).values() for partner in partners
        } == {
            "Aló Brasil": False,
            "Prairie Answers": True,
            "Tundra": False,
        }

    def test_resume_activates_paused_partners(self, odile: User) -> None:
        stored_many(ALO_BRASIL, TUNDRA)
        assert do(actions.resume_partners, odile).count == 1
        assert states() == {"Aló Brasil": ("active", 1, False), "Tundra": ("active", 2, False)}

    def test_trash_records_who_deleted_partners(self, odile: User) -> None:
        stored_many(ALO_BRASIL, TUNDRA)
        assert do(actions.trash_partners, odile).count == 2
        assert Partner.objects.filter(trashed_by=odile).exclude(trashed_at=None).count() == 2
        assert candidates_in(published()) == {}

    @pytest.mark.parametrize("act", EACH)
    def test_step_makes_one_change_set_and_one_generation(self, act: Act, odile: User) -> None:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA, with_changes(TUNDRA, name="Taïga"))
        before = generation()
        step = do(act, odile)
        assert generation() == published().generation == before + 1
        changes = Change.objects.filter(change_set_id=step.change_set_id)
        assert changes.count() == step.count >= 2
        assert {change.change_set.actor for change in changes} == {odile}

    @pytest.mark.parametrize("act", EACH)
    def test_repeated_idempotency_key_acts_once(self, act: Act, odile: User) -> None:
        stored_many(ALO_BRASIL, TUNDRA)
        idempotency_key = uuid.uuid4()
        first = do(act, odile, idempotency_key=idempotency_key)
        done, number = states(), generation()
        stored(a_partner("Fado", "PT"))
        assert do(act, odile, idempotency_key=idempotency_key) == first
        assert {name: state for name, state in states().items() if name != "Fado"} == done
        assert generation() == number + 1

    @pytest.mark.parametrize("act", EACH)
    def test_step_that_changes_nothing_is_not_in_history(self, act: Act, odile: User) -> None:
        before = generation()
        assert do(act, odile) == Step(None, 0)
        assert (generation(), ChangeSet.objects.count()) == (before, 0)


class TestExpected:
    """A step on the partners that were asked about, and on no others."""

    @pytest.mark.parametrize("act", EACH)
    def test_expected_partners_are_changed_in_any_order(self, act: Act, odile: User) -> None:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        versions = dict(all_of_them().order_by("-id").values_list("id", "version"))
        assert do(act, odile, partners=all_of_them().order_by("name"), expected=versions).count > 0

    @pytest.mark.parametrize("act", EACH)
    @pytest.mark.parametrize("wrong", ["missing", "additional", "version", "all"])
    def test_other_partners_or_versions_change_nothing(self, act: Act, wrong: str, odile: User) -> None:
        alo, azulejo, _ = stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        current = dict(all_of_them().values_list("id", "version"))
        expected = {
            "missing": {id_: version for id_, version in current.items() if id_ != alo.id},
            "additional": current | {10**9: 1},
            "version": current | {azulejo.id: 2},
            "all": {},
        }[wrong]
        before, number = rows(), generation()
        with pytest.raises(StaleSelection) as raised:
            do(act, odile, expected=expected)
        assert (dict(raised.value.current), rows(), generation()) == (current, before, number)
        assert ChangeSet.objects.filter(actor=odile).count() == 0

    @pytest.mark.parametrize("act", EACH)
    def test_repeated_submission_needs_no_expected_partners(self, act: Act, odile: User) -> None:
        stored_many(ALO_BRASIL, TUNDRA)
        versions, idempotency_key = dict(all_of_them().values_list("id", "version")), uuid.uuid4()
        first = do(act, odile, expected=versions, idempotency_key=idempotency_key)
        assert do(act, odile, expected=versions, idempotency_key=idempotency_key) == first


class TestUndo:
    """`undo_step`."""

    def test_undo_of_trash_restores_500_partners_exactly(self, odile: User) -> None:
        crowd(497)
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        before, table = rows(without=("version",)), candidates_in(published())
        step = do(actions.trash_partners, odile)
        assert (step.count, all_of_them().count(), candidates_in(published())) == (500, 0, {})
        undone = undo(step, odile)
        assert undone == Undone(count=500, skipped=(), change_set_id=newest_change().change_set_id)
        assert rows(without=("version",)) == before
        assert {one.version for one in all_of_them()} == {3}
        assert candidates_in(published()) == table

    @pytest.mark.parametrize("act", [actions.pause_partners, actions.resume_partners])
    def test_undo_restores_status_and_increments_version(self, act: Act, odile: User) -> None:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA, with_changes(TUNDRA, name="Taïga"))
        free = ("version", "updated_at")
        before, table = rows(without=free), candidates_in(published())
        step = do(act, odile)
        assert rows(without=free) != before
        assert undo(step, odile).count == step.count == 2
        assert rows(without=free) == before
        assert candidates_in(published()) == table
        assert sorted(one.version for one in all_of_them()) == [1, 1, 3, 3]

    def test_undo_skips_partner_changed_since(self, odile: User, wendy: User) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        step = do(actions.pause_partners, odile)
        actions.update_partner(
            partner_id=alo.id,
            values=with_changes(ALO_BRASIL, status="paused", priority=1),
            expected_version=2,
            actor=wendy,
            channel="console",
        )
        undone = undo(step, odile)
        assert (undone.count, [partner.name for partner in undone.skipped]) == (1, ["Aló Brasil"])
        assert states() == {"Aló Brasil": ("paused", 3, False), "Azulejo Chamadas": ("active", 3, False)}

    def test_undo_skips_partner_whose_name_was_taken_since(self, odile: User) -> None:
        stored_many(ALO_BRASIL, AZULEJO)
        step = do(actions.trash_partners, odile)
        stored(with_changes(ALO_BRASIL, name="ALO BRASIL"))
        undone = undo(step, odile)
        assert (undone.count, [partner.name for partner in undone.skipped]) == (1, ["Aló Brasil"])

    def test_step_is_undone_once(self, odile: User) -> None:
        stored_many(ALO_BRASIL, AZULEJO)
        step = do(actions.pause_partners, odile)
        undo(step, odile)
        again = do(actions.pause_partners, odile)
        # The second undo claims nothing that is not so any more.
        undone = undo(step, odile)
        assert (undone.count, [partner.name for partner in undone.skipped]) == (0, ["Aló Brasil", "Azulejo Chamadas"])
        assert {status for status, *_ in states().values()} == {"paused"}
        assert undo(again, odile).count == 2

    def test_undo_is_in_history_with_undone_step(self, odile: User) -> None:
        stored(ALO_BRASIL)
        step = do(actions.trash_partners, odile)
        undo(step, odile)
        change = Change.objects.latest("id")
        assert (change.verb, change.change_set.undoes_id) == ("undo", step.change_set_id)
        before, after = change.before or {}, change.after or {}
        assert (before["trashed_at"] is None, after["trashed_at"]) == (False, None)

    def test_undo_by_another_actor_raises_does_not_exist(self, odile: User, wendy: User) -> None:
        stored(ALO_BRASIL)
        step = do(actions.trash_partners, odile)
        with pytest.raises(ChangeSet.DoesNotExist):
            undo(step, wendy)


@pytest.mark.parametrize("act", EACH)
def test_number_of_queries_grows_by_batch_not_by_partner(
    act: Act, odile: User, django_assert_max_num_queries: Any
) -> None:
    crowd(400)
    Partner.objects.filter(id__gt=Partner.objects.earliest("id").id + 200).update(status="paused")
    with django_assert_max_num_queries(41):
        step = do(act, odile)
    with django_assert_max_num_queries(41):
        undo(step, odile)


class TestRestore:
    """Restoring many partners from the trash."""

    @pytest.fixture
    def trashed(self, odile: User) -> QuerySet[Partner]:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        do(actions.trash_partners, odile)
        return Partner.objects.exclude(trashed_at=None)

    def test_restored_partners_are_published_in_one_generation(self, odile: User, trashed: QuerySet[Partner]) -> None:
        before = generation()
        assert candidates_in(published()) == {}
        step = do(actions.restore_partners, odile, partners=trashed)
        assert (step.count, step.skipped, generation()) == (3, (), before + 1)
        assert {"BR", "PT"} <= candidates_in(published()).keys()
        assert Change.objects.filter(change_set_id=step.change_set_id, verb="restore").count() == 3

    def test_partners_that_were_not_asked_about_are_not_restored(self, odile: User, trashed: QuerySet[Partner]) -> None:
        expected = dict(trashed.values_list("id", "version"))
        expected.popitem()
        with pytest.raises(StaleSelection):
            do(actions.restore_partners, odile, partners=trashed, expected=expected)
        assert trashed.count() == 3

    def test_same_form_restores_once(self, odile: User, trashed: QuerySet[Partner]) -> None:
        key = uuid.uuid4()
        first = do(actions.restore_partners, odile, partners=trashed, idempotency_key=key)
        again = do(actions.restore_partners, odile, partners=trashed, idempotency_key=key)
        assert (first.count, again.count, again.change_set_id) == (3, 3, first.change_set_id)

    def test_partners_outside_the_trash_are_skipped(self, odile: User, trashed: QuerySet[Partner]) -> None:
        do(actions.restore_partners, odile, partners=trashed)
        step = do(actions.restore_partners, odile, partners=Partner.objects.all())
        assert (step.change_set_id, step.count, step.skipped) == (None, 0, ())

    def test_each_partner_returns_to_the_moment_of_its_deletion(self, odile: User, trashed: QuerySet[Partner]) -> None:
        late = stored(PRAIRIE)
        actions.trash_partner(partner_id=late.id, actor=None, channel="cli")
        before = set(trashed.values_list("id", "trashed_at", "trashed_by"))
        step = do(actions.restore_partners, odile, partners=trashed)
        assert step.change_set_id is not None
        undone = actions.undo_step(change_set_id=step.change_set_id, actor=odile, channel="console")
        assert (undone.count, undone.skipped) == (4, ())
        assert set(trashed.values_list("id", "trashed_at", "trashed_by")) == before
