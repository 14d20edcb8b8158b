"""What undoing a step does, what it leaves as it is, and why."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from renvoi.history.models import Change, ChangeSet
from renvoi.history.recording import Fields
from renvoi.partners import actions
from renvoi.partners.actions.undoing.planning import Skipped
from renvoi.partners.actions.undoing.states import Key
from renvoi.partners.fields import PartnerValues
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Operator, Partner
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, country, generation, set_operator, stored, stored_many, with_changes
from tests.partners.acting import newest_change, restore, update
from tests.partners.importing.files import apply, csv_file
from tests.partners.undoing.random_steps import TODAY, undo

CA = country("CA")
pytestmark = pytest.mark.django_db
RENAMED = with_changes(ALO_BRASIL, name="Olá Brasil", countries=AZULEJO.countries)


def newest() -> uuid.UUID:
    return newest_change().change_set_id


def values_of(partner: Partner) -> PartnerValues:
    return PartnerValues.of(Partner.objects.get(id=partner.id))


def skipped_by(step: uuid.UUID) -> Skipped:
    (skipped,) = undo([step]).skipped
    return skipped


def rewrite(step: uuid.UUID, **changes: Any) -> None:
    """Let the history have recorded something else of the only object of a step."""
    (change,) = Change.objects.filter(change_set=step)
    for name, fields in changes.items():
        setattr(change, name, fields)
    change.save()


class TestWhatIsUndone:
    def test_edit_returns_all_fields_and_countries(self) -> None:
        alo = stored(ALO_BRASIL)
        update(alo, RENAMED)
        assert undo([newest()]).count == 1
        assert values_of(alo) == ALO_BRASIL
        assert Partner.objects.get(id=alo.id).version == 3

    def test_creation_ends_in_the_trash_and_its_redo_restores(self, odile: User) -> None:
        alo = stored(ALO_BRASIL)
        plan = actions.plan_undo([newest()], today=TODAY)
        actions.undo_steps(step_ids=[newest()], digest=plan.digest, today=TODAY, actor=odile, channel="console")
        trashed = Partner.objects.get(id=alo.id)
        assert (trashed.trashed_at is not None, trashed.trashed_by_id) == (True, odile.id)
        undo([newest()])
        assert Partner.objects.get(id=alo.id).trashed_at is None
        assert values_of(alo) == ALO_BRASIL

    @pytest.mark.parametrize("way", ["deleted", "replaced", "deleted again", "undone", "undone with later ones"])
    def test_account_that_deleted_is_that_of_the_moment_to_which_a_partner_returns(
        self, way: str, odile: User, wendy: User
    ) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        if way == "deleted again":
            actions.trash_partner(partner_id=alo.id, actor=wendy, channel="console")
            restore(alo)
        if way == "replaced":
            actions.replace_partner(
                partner_id=alo.id,
                expected_version=1,
                successor=azulejo.id,
                expected_successor_version=1,
                retirement="trash",
                actor=odile,
                channel="console",
            )
        else:
            actions.trash_partner(partner_id=alo.id, actor=odile, channel="console")
        restore(alo)
        steps = [newest()]
        if way == "undone":
            undo(steps)
            restore(alo)
            steps = [newest()]
        elif way == "undone with later ones":
            actions.trash_partner(partner_id=alo.id, actor=wendy, channel="console")
            steps.append(newest())
        undo(steps)
        assert Partner.objects.get(id=alo.id).trashed_by == odile

    def test_deletion_and_restoration_keep_moment_and_account(self, odile: User) -> None:
        alo = stored(ALO_BRASIL)
        actions.trash_partner(partner_id=alo.id, actor=odile, channel="console")
        deleted = Partner.objects.get(id=alo.id)
        restore(alo)
        undo([newest()])
        again = Partner.objects.get(id=alo.id)
        assert (again.trashed_at, again.trashed_by_id) == (deleted.trashed_at, odile.id)

    def test_import_is_undone_in_one_change_set(self) -> None:
        alo = stored(ALO_BRASIL)
        content = csv_file(
            ["id", "name", "url_en", "countries"],
            [alo.id, "Olá", ALO_BRASIL.url_en, "BR"],
            ["", "Éperlan", "https://eperlan.example/", "PT"],
        )
        apply(content, plan=make_plan(content, today=TODAY))
        assert undo([newest()]).count == 2
        assert values_of(alo) == ALO_BRASIL
        assert list(Partner.objects.filter(trashed_at=None).values_list("name", flat=True)) == ["Aló Brasil"]

    def test_partners_that_exchanged_their_names_have_them_back(self) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        content = csv_file(
            ["id", "name", "url_en", "countries"],
            [alo.id, AZULEJO.name, ALO_BRASIL.url_en, "BR PT"],
            [azulejo.id, ALO_BRASIL.name, AZULEJO.url_en, "AO PT"],
        )
        apply(content, plan=make_plan(content, today=TODAY))
        assert undo([newest()]).count == 2
        assert (values_of(alo), values_of(azulejo)) == (ALO_BRASIL, AZULEJO)

    def test_coverage_area_is_undone(self) -> None:
        set_operator()
        operator = Operator.objects.get(id=1)
        before, version = OperatorValues.of(operator), operator.version
        actions.update_operator(
            values=replace(before, areas=((CA, ""),)),
            expected_version=version,
            actor=None,
            channel="cli",
        )
        plan = actions.plan_undo([newest()], today=TODAY)
        assert {str(change.cell.country) for change in plan.foreseen.cells} == {"CA"}
        undo([newest()])
        assert OperatorValues.of(Operator.objects.get(id=1)) == before

    def test_several_steps_are_undone_in_one_publication(self, odile: User) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        first = newest_change().change_set.at
        alo = update(alo, RENAMED, actor=odile)
        update(alo, with_changes(RENAMED, priority=7))
        actions.pause_partners(partners=Partner.objects.all(), actor=odile, channel="console")
        before = generation()
        plan = actions.plan_undo(actions.steps_since(first, actor=odile), today=TODAY)
        assert [len(step.reversals) for step in plan.steps] == [2, 0]
        assert [skipped.why for skipped in plan.skipped] == ["changed"]
        undo(actions.steps_since(first, actor=odile))
        assert values_of(alo) == with_changes(RENAMED, priority=7)
        assert generation() == before + 1
        (undoing,) = ChangeSet.objects.filter(generation=before + 1)
        assert undoing.undoes_id == plan.steps[0].step.id

    def test_step_can_be_undone_again_once_its_undo_is_undone(self) -> None:
        alo = stored(ALO_BRASIL)
        update(alo, RENAMED)
        step = newest()
        undo([step])
        assert actions.plan_undo([step], today=TODAY).steps == ()
        undo([newest()])
        assert values_of(alo) == RENAMED
        assert undo([step]).count == 1
        assert values_of(alo) == ALO_BRASIL

    def test_what_is_shown_is_what_is_foreseen(self) -> None:
        stored_many(ALO_BRASIL, AZULEJO)
        actions.trash_partners(partners=Partner.objects.all(), actor=None, channel="console")
        plan = actions.plan_undo([newest()], today=TODAY)
        assert {(str(change.cell.country), change.after.kind) for change in plan.foreseen.cells} == {
            ("AO", "partner"),
            ("BR", "partner"),
            ("PT", "partner"),
        }


class TestWhatIsLeft:
    def test_partner_changed_since_names_the_later_step(self) -> None:
        alo = stored(ALO_BRASIL)
        alo = update(alo, RENAMED)
        step = newest()
        update(alo, with_changes(RENAMED, priority=1))
        assert skipped_by(step) == Skipped(Key("partner", alo.id), "Olá Brasil", "changed", later=newest())
        assert values_of(alo).priority == 1

    def test_partner_whose_name_was_taken_names_its_holder(self) -> None:
        alo = stored(ALO_BRASIL)
        update(alo, RENAMED)
        step = newest()
        other = stored(with_changes(ALO_BRASIL, name="ALO BRASIL"))
        assert skipped_by(step).holder == (other.id, "ALO BRASIL")
        assert values_of(alo) == RENAMED

    def test_partner_that_is_left_keeps_its_name_from_others_of_the_step(self) -> None:
        """One of two that exchanged their names can't have its own back, so neither can the other."""
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        content = csv_file(
            ["id", "name", "url_en", "countries"],
            [alo.id, AZULEJO.name, ALO_BRASIL.url_en, "BR PT"],
            [azulejo.id, ALO_BRASIL.name, AZULEJO.url_en, "AO PT"],
        )
        apply(content, plan=make_plan(content, today=TODAY))
        step = newest()
        update(Partner.objects.get(id=azulejo.id), with_changes(AZULEJO, name=ALO_BRASIL.name, priority=9))
        assert [skipped.why for skipped in undo([step]).skipped] == ["changed", "name_taken"]
        assert values_of(alo).name == AZULEJO.name

    def test_partner_that_no_longer_exists(self) -> None:
        alo = stored(ALO_BRASIL)
        update(alo, RENAMED)
        Partner.objects.filter(id=alo.id).delete()
        assert skipped_by(newest()).why == "destroyed"

    @pytest.mark.parametrize(
        "fields",
        [
            {"priority": 12},
            {"priority": "five"},
            {"name": None},
            {"name": "x" * 101},
            {"url_en": "", "url_fr": ""},
            {"countries": 7},
            {"countries": ["BRA"]},
            {"status": "asleep"},
            {"agreement_ends_on": "tomorrow"},
            {"agreement_ends_on": 5},
            {"trashed_at": "yesterday"},
            {"trashed_at": "2026-01-01T00:00:00"},
            {"trashed_at": "0001-01-01T00:00:00+14:00"},
            {"url_en": None},
            {"agreement_reference": None},
            {"agreement_reference": []},
            {"countries": ["BR", "BR"]},
            {"countries": ["PT", "BR"]},
            {"fax": "+1 514 555 0100"},
        ],
    )
    def test_record_that_cannot_be_stored(self, fields: Fields) -> None:
        alo = stored(ALO_BRASIL)
        update(alo, RENAMED)
        rewrite(newest(), before=newest_change().before | fields)
        assert skipped_by(newest()).why == "unreadable"
        assert values_of(alo) == RENAMED

    def test_record_of_an_earlier_version_lacks_a_field(self) -> None:
        """The field keeps its value: the step can't have changed it."""
        alo = stored(ALO_BRASIL)
        update(alo, RENAMED)
        change = newest_change()
        before, after = ({k: v for k, v in (f or {}).items() if k != "priority"} for f in (change.before, change.after))
        rewrite(newest(), before=before, after=after)
        assert undo([newest()]).skipped == ()
        assert values_of(alo) == ALO_BRASIL

    def test_unknown_step_changes_nothing(self) -> None:
        plan = actions.plan_undo([uuid.uuid4()], today=TODAY)
        assert (plan.steps, plan.count) == ((), 0)

    def test_undo_that_would_do_something_else_is_refused(self) -> None:
        alo = stored(ALO_BRASIL)
        alo = update(alo, RENAMED)
        step = newest()
        plan = actions.plan_undo([step], today=TODAY)
        update(alo, with_changes(RENAMED, priority=1))
        with pytest.raises(actions.UndoChanged) as refused:
            actions.undo_steps(step_ids=[step], digest=plan.digest, today=TODAY, actor=None, channel="console")
        assert [skipped.why for skipped in refused.value.plan.skipped] == ["changed"]
        assert values_of(alo).priority == 1

    def test_equal_plans_have_equal_digests(self) -> None:
        alo = stored(TUNDRA)
        update(alo, with_changes(TUNDRA, priority=1))
        step = newest()
        assert actions.plan_undo([step], today=TODAY).digest == actions.plan_undo([step], today=TODAY).digest
