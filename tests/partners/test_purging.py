"""Delete partners in the trash for good: what goes, what stays, and what can no longer be undone."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.lists.names import last_names
from renvoi.partners.models import Partner, ServedCountry
from renvoi.people.models import User
from renvoi.publication.models import ArchivedTable
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, crowd, generation, stored, stored_many, with_changes
from tests.partners.acting import IN_HISTORY, newest_change, restore, trash, update
from tests.partners.undoing.random_steps import undo

pytestmark = pytest.mark.django_db


def purge(**more: object) -> actions.Step:
    fields = {"partners": Partner.objects.all(), "actor": None, "channel": "console"} | more
    return actions.purge_partners(**fields)  # type: ignore[arg-type]


class TestPurge:
    """`purge_partners`."""

    def test_only_partners_in_the_trash_are_deleted_for_good(self, odile: User) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        trash(alo)
        step = purge(actor=odile)
        assert (step.count, step.change_set_id) == (1, newest_change().change_set_id)
        assert list(Partner.objects.all()) == [azulejo]
        assert set(ServedCountry.objects.values_list("partner", flat=True)) == {azulejo.id}

    def test_history_has_all_fields_that_they_had(self, odile: User) -> None:
        alo = stored(ALO_BRASIL)
        trash(alo)
        trashed = newest_change().after
        purge(actor=odile)
        change = newest_change()
        assert (change.verb, change.subject_id, change.after) == ("purge", alo.id, None)
        assert change.before == trashed
        assert trashed is not None
        assert {**trashed, "trashed_at": None, "version": 1} == IN_HISTORY
        assert change.change_set.acted_by == "Odile"

    def test_visitors_get_what_they_got(self) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        trash(alo)
        before = generation()
        purge()
        newest, previous = ArchivedTable.objects.order_by("-generation")[:2]
        assert (newest.generation, previous.generation) == (before + 1, before)
        assert newest.digest == previous.digest

    def test_empty_trash_changes_nothing(self) -> None:
        stored(ALO_BRASIL)
        before = (generation(), Change.objects.count())
        assert purge() == actions.Step(None, 0)
        assert (generation(), Change.objects.count()) == before

    def test_submitted_again_it_is_the_same_step(self, odile: User) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        trash(alo)
        key = uuid.uuid4()
        first = purge(actor=odile, idempotency_key=key)
        trash(azulejo)
        assert purge(actor=odile, idempotency_key=key) == first == actions.Step(key, 1)
        assert Partner.objects.filter(id=azulejo.id).exists()

    def test_partner_that_came_into_the_trash_is_not_deleted_unasked(self) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        expected = {trash(alo).id: 2}
        trash(azulejo)
        with pytest.raises(actions.StaleSelection) as raised:
            purge(expected=expected)
        assert raised.value.current == expected | {azulejo.id: 2}
        assert Partner.objects.count() == 2

    def test_partner_restored_and_deleted_meanwhile_is_asked_about_again(self) -> None:
        alo = stored(ALO_BRASIL)
        expected = {trash(alo).id: 2}
        restore(alo)
        trash(alo)
        with pytest.raises(actions.StaleSelection):
            purge(expected=expected)

    def test_id_of_the_last_partner_is_not_used_again(self) -> None:
        """A new partner with its id would inherit its referrals, and its links."""
        last = stored_many(ALO_BRASIL, AZULEJO)[-1]
        for partner in Partner.objects.all():
            trash(partner)
        purge()
        assert Partner.objects.count() == 0
        assert stored(TUNDRA).id > last.id

    def test_statements_of_500_partners_do_not_grow(self) -> None:
        crowd(1001)
        actions.trash_partners(partners=Partner.objects.all(), actor=None, channel="cli")
        counts = []
        for count in (1, 500, 500):
            ids = list(Partner.objects.order_by("id").values_list("id", flat=True)[:count])
            with CaptureQueriesContext(
                connection,
            ) as captured:
                purge(partners=Partner.objects.filter(id__in=ids))
            writes = ("INSERT", "DELETE")
            counts.append(len([one for one in captured.captured_queries if not one["sql"].startswith(writes)]))
        assert len(set(counts)) == 1
        assert Partner.objects.count() == 0


class TestUndo:
    """Steps that concern a partner which no longer exists."""

    def test_purge_itself_cannot_be_undone(self) -> None:
        trash(stored(ALO_BRASIL))
        step = purge().change_set_id
        assert step is not None
        undone = undo([step])
        assert (undone.count, [one.why for one in undone.skipped]) == (0, ["destroyed"])
        assert [one.name for one in undone.skipped] == ["Aló Brasil"]

    def test_creation_edit_and_deletion_are_left_with_the_reason(self) -> None:
        alo = stored(ALO_BRASIL)
        steps = [newest_change().change_set_id]
        update(alo, with_changes(ALO_BRASIL, priority=9))
        steps.append(newest_change().change_set_id)
        trash(alo)
        steps.append(newest_change().change_set_id)
        purge()
        for step in steps:
            assert [one.why for one in undo([step]).skipped] == ["destroyed"]
        assert Partner.objects.count() == 0

    def test_others_of_the_same_step_are_put_back(self, odile: User) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        step = actions.trash_partners(partners=Partner.objects.all(), actor=odile, channel="console").change_set_id
        purge(partners=Partner.objects.filter(id=alo.id))
        assert step is not None
        undone = actions.undo_step(change_set_id=step, actor=odile, channel="console")
        assert (undone.count, [one.why for one in undone.skipped]) == (1, ["destroyed"])
        assert Partner.objects.get().id == azulejo.id
        assert Partner.objects.get().trashed_at is None

    def test_undone_deletion_of_which_one_was_purged_since_names_it(self, odile: User) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        step = actions.trash_partners(partners=Partner.objects.all(), actor=odile, channel="console").change_set_id
        assert step is not None
        actions.undo_step(change_set_id=step, actor=odile, channel="console")
        trash(alo)
        purge()
        again = actions.undo_step(change_set_id=step, actor=odile, channel="console")
        assert (again.count, [(one.name, one.why) for one in again.skipped]) == (1, [("Aló Brasil", "destroyed")])


class TestLastNames:
    """`last_names`."""

    def test_name_of_a_partner_deleted_for_good_is_the_last_one(self) -> None:
        alo, azulejo, tundra = stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        trash(update(alo, with_changes(ALO_BRASIL, name="Olá Brasil")))
        purge()
        trash(azulejo)
        ids = [alo.id, azulejo.id, tundra.id, tundra.id + 1]
        assert last_names(ids) == {alo.id: "Olá Brasil", azulejo.id: AZULEJO.name, tundra.id: TUNDRA.name}

    def test_two_queries_for_500(self) -> None:
        crowd(500)
        ids = list(Partner.objects.values_list("id", flat=True))
        actions.trash_partners(partners=Partner.objects.all(), actor=None, channel="cli")
        purge(partners=Partner.objects.filter(id__in=ids[:250]))
        with CaptureQueriesContext(connection) as captured:
            names = last_names(ids)
        assert (len(captured), len(names)) == (2, 500)

    def test_what_is_recorded_wrongly_has_no_name(self) -> None:
        alo = stored(ALO_BRASIL)
        trash(alo)
        purge()
        Change.objects.filter(verb="purge").update(before={"name": None})
        assert last_names([alo.id]) == {}
