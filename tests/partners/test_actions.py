"""Create and update partners: stored values, history, published table, unique names."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from renvoi.domain.table import Period
from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from renvoi.publication.models import PublishedTable
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    PRAIRIE,
    TUNDRA,
    a_partner,
    colleague,
    country,
    generation,
    published,
    stored,
    with_changes,
)
from tests.partners.acting import IN_HISTORY, newest_change, row, trash, update

pytestmark = pytest.mark.django_db


class TestCreate:
    """`create_partner` and `create_partners`."""

    def test_create_stores_the_values(self, odile: User) -> None:
        partner = Partner.objects.get(id=stored(ALO_BRASIL, actor=odile).id)
        assert PartnerValues.of(partner) == ALO_BRASIL
        assert (partner.version, partner.trashed_at) == (1, None)

    def test_create_records_actor_channel_and_values(self, odile: User) -> None:
        partner = stored(ALO_BRASIL, actor=odile)
        change = newest_change()
        assert (change.verb, change.subject, change.subject_id) == ("create", "partner", partner.id)
        assert (change.before, change.after) == (None, IN_HISTORY)
        assert (change.change_set.actor, change.change_set.channel) == (odile, "console")

    def test_create_publishes_one_generation(self) -> None:
        before = generation()
        partner = stored(ALO_BRASIL)
        assert generation() == published().generation == before + 1
        (candidate,) = published().candidates(country("BR"))
        assert (candidate.id, candidate.name, candidate.url.fr) == (partner.id, ALO_BRASIL.name, ALO_BRASIL.url_fr)
        assert (candidate.priority, candidate.active) == (5, True)
        assert candidate.agreements == (Period(date(2024, 6, 26)),)

    def test_paused_partner_is_published_as_inactive(self) -> None:
        stored(TUNDRA)
        assert [candidate.active for candidate in published().candidates(country("US"))] == [False]

    def test_create_partners_makes_one_change_set_and_one_generation(self) -> None:
        before = generation()
        assert actions.create_partners(many=[ALO_BRASIL, AZULEJO, PRAIRIE], actor=None, channel="demo") == 3
        assert generation() == before + 1
        assert Change.objects.values("change_set").distinct().count() == 1

    def test_create_partners_is_all_or_nothing(self) -> None:
        with pytest.raises(ValidationError):
            actions.create_partners(
                many=[ALO_BRASIL, with_changes(AZULEJO, name="alo brasil")], actor=None, channel="demo"
            )
        assert (Partner.objects.count(), Change.objects.count()) == (0, 0)


class TestUpdate:
    """`update_partner`."""

    CHANGED = with_changes(ALO_BRASIL, name="Alô Brasil!", countries=(country("AO"), country("BR")), priority=1)

    def test_update_replaces_all_values_and_increments_version(self) -> None:
        partner = update(stored(ALO_BRASIL), self.CHANGED)
        assert PartnerValues.of(Partner.objects.get(id=partner.id)) == self.CHANGED
        assert partner.version == Partner.objects.get(id=partner.id).version == 2

    def test_update_records_values_before_and_after(self, wendy: User) -> None:
        update(stored(ALO_BRASIL), self.CHANGED, actor=wendy)
        change = newest_change()
        assert (change.verb, change.change_set.actor) == ("update", wendy)
        assert change.before == IN_HISTORY
        assert change.after == IN_HISTORY | {
            "name": "Alô Brasil!",
            "countries": ["AO", "BR"],
            "priority": 1,
            "version": 2,
        }

    def test_update_publishes_new_values(self) -> None:
        partner = stored(ALO_BRASIL)
        before = generation()
        update(partner, self.CHANGED)
        assert published().generation == generation() == before + 1
        assert published().countries == {"AO", "BR"}
        assert published().candidates(country("AO"))[0].name == "Alô Brasil!"

    def test_update_with_equal_values_changes_nothing(self) -> None:
        partner = stored(ALO_BRASIL)
        before = (row(partner), generation(), Change.objects.count(), PublishedTable.objects.count())
        assert update(partner, ALO_BRASIL).version == 1
        assert (row(partner), generation(), Change.objects.count(), PublishedTable.objects.count()) == before

    def test_update_of_older_version_raises_and_changes_nothing(self) -> None:
        partner = stored(ALO_BRASIL)
        update(partner, self.CHANGED)
        before = (row(partner), generation(), Change.objects.count())
        with pytest.raises(StaleVersion) as caught:
            update(partner, with_changes(ALO_BRASIL, name="Other"), version=1)
        assert caught.value.current == partner
        assert caught.value.current.version == 2
        assert (row(partner), generation(), Change.objects.count()) == before

    def test_update_of_trashed_or_missing_partner_raises_does_not_exist(self) -> None:
        partner = trash(stored(ALO_BRASIL))
        with pytest.raises(Partner.DoesNotExist):
            update(partner, self.CHANGED)
        with pytest.raises(Partner.DoesNotExist):
            actions.update_partner(partner_id=10**9, values=ALO_BRASIL, expected_version=1, actor=None, channel="cli")


class TestChangeSet:
    """What a change set says about its step."""

    def test_it_has_the_generation_that_it_raised_the_table_to(self, odile: User) -> None:
        partner = stored(ALO_BRASIL, actor=odile)
        created = newest_change().change_set
        assert created.generation == generation() == published().generation
        update(partner, with_changes(ALO_BRASIL, priority=1))
        assert newest_change().change_set.generation == generation() == (created.generation or 0) + 1

    def test_it_has_the_actor_s_name_at_the_time(self, odile: User) -> None:
        stored(ALO_BRASIL, actor=odile)
        User.objects.filter(id=odile.id).update(name="Odile Tremblay")
        change_set = newest_change().change_set
        assert (change_set.actor_name, change_set.acted_by) == ("Odile", "Odile Tremblay")

    def test_deleted_account_leaves_its_name(self, odile: User) -> None:
        partner = stored(ALO_BRASIL, actor=odile)
        actions.trash_partner(partner_id=partner.id, actor=odile, channel="console")
        odile.delete()
        change_set = newest_change().change_set
        assert (change_set.actor, change_set.actor_name, change_set.acted_by) == (None, "Odile", "Odile")

    def test_account_without_a_name_leaves_the_beginning_of_its_email(self) -> None:
        nameless = colleague("o" * 200 + "@boreale.example")
        stored(ALO_BRASIL, actor=nameless)
        nameless.delete()
        assert newest_change().change_set.acted_by == "o" * 200

    def test_command_has_no_name(self) -> None:
        stored(ALO_BRASIL)
        assert newest_change().change_set.acted_by == ""


class TestUniqueName:
    """Names are unique among partners outside the trash, regardless of case and accents."""

    @pytest.mark.parametrize("name", ["Aló Brasil", "ALO BRASIL", "alò brasil", "Alo\u0301 Brasil", "ＡLO Brasil"])
    def test_same_folded_name_is_taken(self, name: str) -> None:
        holder = stored(ALO_BRASIL)
        with pytest.raises(ValidationError) as caught:
            stored(with_changes(AZULEJO, name=name))
        (refusal,) = caught.value.error_dict["name"]
        assert refusal.params == {"name": "Aló Brasil", "partner_id": holder.id}
        with override("fr"):
            assert caught.value.message_dict == {"name": ["Il y a déjà un partenaire nommé Aló Brasil."]}
        assert Partner.objects.count() == 1

    def test_update_to_name_of_another_partner_raises(self) -> None:
        stored(ALO_BRASIL)
        azulejo = stored(AZULEJO)
        with pytest.raises(ValidationError):
            update(azulejo, with_changes(AZULEJO, name="alo brasil"))

    def test_update_can_change_case_of_own_name(self) -> None:
        assert update(stored(ALO_BRASIL), with_changes(ALO_BRASIL, name="ALÓ BRASIL")).name == "ALÓ BRASIL"

    def test_name_of_trashed_partner_is_free(self) -> None:
        trash(stored(ALO_BRASIL))
        assert stored(ALO_BRASIL).name == "Aló Brasil"

    def test_different_names_with_only_combining_marks_are_not_equal(self) -> None:
        assert stored(with_changes(ALO_BRASIL, name="\u0301")).id != stored(with_changes(AZULEJO, name="\u0300")).id


def test_text_in_many_scripts_is_stored_exactly(odile: User) -> None:
    values = a_partner("مرحبا שלום 🥐 नमस्ते", "IN", "IL", description_fr="Ligne 1\n\u202eligne 2")
    assert PartnerValues.of(Partner.objects.get(id=stored(values, actor=odile).id)) == values
