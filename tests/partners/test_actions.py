"""One verb a write: what it changes, what the history keeps of it, and that gateways learn of it."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from renvoi.domain.places import RegionCode
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import Change, Operator, Partner, PublishedTable
from renvoi.partners.values import OperatorValues, PartnerValues
from renvoi.people.models import User
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    BOREALE,
    PRAIRIE,
    TUNDRA,
    a_partner,
    but,
    candidates_in,
    country,
    generation,
    published,
    stored,
    the_operator,
)

pytestmark = pytest.mark.django_db

IN_HISTORY = {
    "name": "Aló Brasil",
    "url_en": "https://alobrasil.example/en/signup",
    "url_fr": "https://inscription.alobrasil.example/fr",
    "description_en": "Portuguese and English, every day.",
    "description_fr": "Portugais et anglais, chaque jour.",
    "countries": ["BR", "PT"],
    "status": "active",
    "priority": 5,
    "agreement_reference": "ENT-2024-017",
    "agreement_starts_on": "2024-06-26",
    "agreement_ends_on": None,
    "version": 1,
    "trashed_at": None,
}


def newest_change() -> Change:
    return Change.objects.select_related("change_set__actor").latest("id")


def update(partner: Partner, values: PartnerValues, *, version: int | None = None, **more: Any) -> Partner:
    expected = partner.version if version is None else version
    return actions.update_partner(
        partner_id=partner.id, values=values, expected_version=expected, **{"actor": None, "channel": "console"} | more
    )


def trash(partner: Partner) -> Partner:
    return actions.trash_partner(partner_id=partner.id, actor=None, channel="console")


def restore(partner: Partner) -> Partner:
    return actions.restore_partner(partner_id=partner.id, actor=None, channel="console")


def row(partner: Partner) -> dict[str, Any]:
    """Everything that is stored of it."""
    (stored_row,) = Partner.objects.filter(id=partner.id).values()
    return stored_row | {"countries": Partner.objects.get(id=partner.id).countries}


class TestCreate:
    """A new partner."""

    def test_it_is_stored_as_it_was_given(self, odile: User) -> None:
        partner = Partner.objects.get(id=stored(ALO_BRASIL, actor=odile).id)
        assert PartnerValues.of(partner) == ALO_BRASIL
        assert (partner.version, partner.trashed_at) == (1, None)

    def test_the_history_says_who_how_and_what(self, odile: User) -> None:
        partner = stored(ALO_BRASIL, actor=odile)
        change = newest_change()
        assert (change.verb, change.subject, change.subject_id) == ("create", "partner", partner.id)
        assert (change.before, change.after) == (None, IN_HISTORY)
        assert (change.change_set.actor, change.change_set.channel) == (odile, "console")

    def test_the_generation_is_raised_once_and_published(self) -> None:
        before = generation()
        partner = stored(ALO_BRASIL)
        assert generation() == published().generation == before + 1
        (candidate,) = published().candidates(country("BR"))
        assert (candidate.id, candidate.name, candidate.url.fr) == (partner.id, ALO_BRASIL.name, ALO_BRASIL.url_fr)
        assert (candidate.priority, candidate.active, candidate.starts_on) == (5, True, date(2024, 6, 26))

    def test_a_paused_one_is_published_as_paused(self) -> None:
        stored(TUNDRA)
        assert [candidate.active for candidate in published().candidates(country("US"))] == [False]

    def test_many_are_one_change_set_and_one_generation(self) -> None:
        before = generation()
        assert actions.create_partners(many=[ALO_BRASIL, AZULEJO, PRAIRIE], actor=None, channel="demo") == 3
        assert generation() == before + 1
        assert Change.objects.values("change_set").distinct().count() == 1

    def test_many_are_made_all_or_none(self) -> None:
        with pytest.raises(ValidationError):
            actions.create_partners(many=[ALO_BRASIL, but(AZULEJO, name="alo brasil")], actor=None, channel="demo")
        assert (Partner.objects.count(), Change.objects.count()) == (0, 0)


class TestUpdate:
    """Other values."""

    CHANGED = but(ALO_BRASIL, name="Alô Brasil!", countries=(country("AO"), country("BR")), priority=1)

    def test_everything_is_replaced_and_the_version_grows(self) -> None:
        partner = update(stored(ALO_BRASIL), self.CHANGED)
        assert PartnerValues.of(Partner.objects.get(id=partner.id)) == self.CHANGED
        assert partner.version == Partner.objects.get(id=partner.id).version == 2

    def test_the_history_keeps_both_sides(self, wendy: User) -> None:
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

    def test_the_published_table_follows(self) -> None:
        partner = stored(ALO_BRASIL)
        before = generation()
        update(partner, self.CHANGED)
        assert published().generation == generation() == before + 1
        assert published().countries == {"AO", "BR"}
        assert published().candidates(country("AO"))[0].name == "Alô Brasil!"

    def test_saving_what_is_there_changes_nothing(self) -> None:
        partner = stored(ALO_BRASIL)
        before = (row(partner), generation(), Change.objects.count(), PublishedTable.objects.count())
        assert update(partner, ALO_BRASIL).version == 1
        assert (row(partner), generation(), Change.objects.count(), PublishedTable.objects.count()) == before

    def test_an_older_version_is_refused_and_changes_nothing(self) -> None:
        partner = stored(ALO_BRASIL)
        update(partner, self.CHANGED)
        before = (row(partner), generation(), Change.objects.count())
        with pytest.raises(StaleVersion) as caught:
            update(partner, but(ALO_BRASIL, name="Other"), version=1)
        assert caught.value.current == partner
        assert caught.value.current.version == 2
        assert (row(partner), generation(), Change.objects.count()) == before

    def test_what_is_in_the_trash_or_was_never_there_is_not_found(self) -> None:
        partner = trash(stored(ALO_BRASIL))
        with pytest.raises(Partner.DoesNotExist):
            update(partner, self.CHANGED)
        with pytest.raises(Partner.DoesNotExist):
            actions.update_partner(partner_id=10**9, values=ALO_BRASIL, expected_version=1, actor=None, channel="cli")


class TestName:
    """Unique among partners that are not in the trash, blind to case and accents."""

    @pytest.mark.parametrize("name", ["Aló Brasil", "ALO BRASIL", "alò brasil", "Alo\u0301 Brasil", "ＡLO Brasil"])
    def test_the_same_name_is_taken(self, name: str) -> None:
        holder = stored(ALO_BRASIL)
        with pytest.raises(ValidationError) as caught:
            stored(but(AZULEJO, name=name))
        (refusal,) = caught.value.error_dict["name"]
        assert refusal.params == {"name": "Aló Brasil", "partner_id": holder.id}
        with override("fr"):
            assert caught.value.message_dict == {"name": ["Il y a déjà un partenaire nommé Aló Brasil."]}
        assert Partner.objects.count() == 1

    def test_another_partner_s_name_can_t_be_taken_by_an_update(self) -> None:
        stored(ALO_BRASIL)
        azulejo = stored(AZULEJO)
        with pytest.raises(ValidationError):
            update(azulejo, but(AZULEJO, name="alo brasil"))

    def test_one_s_own_name_can_be_written_otherwise(self) -> None:
        assert update(stored(ALO_BRASIL), but(ALO_BRASIL, name="ALÓ BRASIL")).name == "ALÓ BRASIL"

    def test_it_is_free_again_once_in_the_trash(self) -> None:
        trash(stored(ALO_BRASIL))
        assert stored(ALO_BRASIL).name == "Aló Brasil"

    def test_a_name_that_folds_to_nothing_is_still_a_name(self) -> None:
        assert stored(but(ALO_BRASIL, name="\u0301")).id != stored(but(AZULEJO, name="\u0300")).id


class TestTrashAndRestore:
    """Deleting, and undoing it."""

    def test_a_trashed_partner_leaves_the_table(self, odile: User) -> None:
        partner, _ = stored(ALO_BRASIL), stored(AZULEJO)
        before = generation()
        actions.trash_partner(partner_id=partner.id, actor=odile, channel="console")
        assert generation() == published().generation == before + 1
        assert published().countries == {"AO", "PT"}
        content = bytes(PublishedTable.objects.latest("generation").content)
        assert ALO_BRASIL.name.encode() not in content
        change = newest_change()
        assert (change.verb, change.before) == ("trash", IN_HISTORY)
        assert change.after is not None
        assert change.after["trashed_at"] is not None
        assert Partner.objects.get(id=partner.id).trashed_by == odile

    def test_restored_it_is_exactly_what_it_was(self) -> None:
        partner = stored(ALO_BRASIL)
        stored(AZULEJO)
        before, table_before = row(partner), candidates_in(published())
        trash(partner)
        assert candidates_in(published()) != table_before
        restore(partner)
        assert row(partner) == before
        assert candidates_in(published()) == table_before
        assert (newest_change().verb, newest_change().after) == ("restore", IN_HISTORY)

    @pytest.mark.parametrize("verb", [trash, restore])
    def test_done_twice_it_is_done_once(self, verb: Callable[[Partner], Partner]) -> None:
        partner = stored(ALO_BRASIL)
        trash(partner)
        verb(partner)
        before = (row(partner), generation(), Change.objects.count())
        verb(partner)
        assert (row(partner), generation(), Change.objects.count()) == before

    def test_a_name_taken_meanwhile_keeps_it_in_the_trash(self) -> None:
        partner = trash(stored(ALO_BRASIL))
        stored(but(AZULEJO, name="ALO BRASIL"))
        with pytest.raises(ValidationError, match="ALO BRASIL"):
            restore(partner)
        assert Partner.objects.get(id=partner.id).trashed_at is not None

    def test_it_can_be_restored_under_another_name(self) -> None:
        partner = trash(stored(ALO_BRASIL))
        stored(but(AZULEJO, name="ALO BRASIL"))
        renamed = but(ALO_BRASIL, name="Aló Brasil (2)")
        actions.restore_partner_as(partner_id=partner.id, values=renamed, actor=None, channel="console")
        restored = Partner.objects.get(id=partner.id)
        assert (PartnerValues.of(restored), restored.trashed_at, restored.version) == (renamed, None, 2)
        assert "BR" in published().countries

    def test_under_a_name_that_is_taken_it_stays(self) -> None:
        partner = trash(stored(ALO_BRASIL))
        stored(but(AZULEJO, name="ALO BRASIL"))
        with pytest.raises(ValidationError):
            actions.restore_partner_as(partner_id=partner.id, values=ALO_BRASIL, actor=None, channel="console")
        assert Partner.objects.get(id=partner.id).trashed_at is not None

    def test_what_is_not_in_the_trash_is_not_restored_as_something_else(self) -> None:
        partner = stored(ALO_BRASIL)
        with pytest.raises(Partner.DoesNotExist):
            actions.restore_partner_as(partner_id=partner.id, values=AZULEJO, actor=None, channel="console")


class TestSubmission:
    """A form sent twice."""

    def create(self, values: PartnerValues, idempotency_key: uuid.UUID, *, actor: User | None = None) -> Partner:
        return actions.create_partner(values=values, actor=actor, channel="console", idempotency_key=idempotency_key)

    def test_the_same_creation_makes_one(self, odile: User) -> None:
        idempotency_key = uuid.uuid4()
        first = self.create(ALO_BRASIL, idempotency_key, actor=odile)
        before = (generation(), Change.objects.count())
        assert self.create(ALO_BRASIL, idempotency_key, actor=odile) == first
        assert (generation(), Change.objects.count()) == before

    def test_other_values_are_another_creation(self, odile: User) -> None:
        idempotency_key = uuid.uuid4()
        first = self.create(ALO_BRASIL, idempotency_key, actor=odile)
        assert self.create(AZULEJO, idempotency_key, actor=odile).id != first.id
        assert Partner.objects.count() == 2

    def test_somebody_else_s_creation_is_another_one(self, odile: User, wendy: User) -> None:
        idempotency_key = uuid.uuid4()
        self.create(ALO_BRASIL, idempotency_key, actor=odile)
        with pytest.raises(ValidationError, match="Aló Brasil"):
            self.create(ALO_BRASIL, idempotency_key, actor=wendy)

    def test_the_same_update_is_done_once_though_its_version_is_old(self, odile: User) -> None:
        partner, idempotency_key = stored(ALO_BRASIL), uuid.uuid4()
        values = but(ALO_BRASIL, priority=1)
        update(partner, values, version=1, actor=odile, idempotency_key=idempotency_key)
        assert update(partner, values, version=1, actor=odile, idempotency_key=idempotency_key).version == 2
        with pytest.raises(StaleVersion):
            update(partner, but(values, priority=2), version=1, actor=odile, idempotency_key=idempotency_key)
        assert (
            update(partner, but(values, priority=2), version=2, actor=odile, idempotency_key=idempotency_key).version
            == 3
        )

    def test_the_same_restoration_is_done_once(self, odile: User) -> None:
        partner, idempotency_key = trash(stored(ALO_BRASIL)), uuid.uuid4()
        values = but(ALO_BRASIL, name="Alô")
        for _ in range(2):
            actions.restore_partner_as(
                partner_id=partner.id, values=values, actor=odile, channel="console", idempotency_key=idempotency_key
            )
        assert Partner.objects.get(id=partner.id).version == 2


class TestOperator:
    """The operator and its coverage area."""

    OTHER = replace(
        BOREALE,
        mode="direct",
        time_zone="Pacific/Auckland",
        areas=((country("CA"), RegionCode("CA-ON")), (country("PM"), "")),
    )

    def test_everything_is_replaced_and_published(self) -> None:
        the_operator(BOREALE)
        before = generation()
        operator = the_operator(self.OTHER)
        assert OperatorValues.of(Operator.objects.get(id=1)) == self.OTHER
        assert generation() == published().generation == before + 1
        routed = published().operator
        assert (routed.mode, routed.time_zone) == ("direct", "Pacific/Auckland")
        assert routed.covered_countries == {"PM"}
        assert (routed.covered_regions, routed.signup_url.fr) == ({"CA": ("CA-ON",)}, BOREALE.signup_url_fr)
        assert operator.version == 3

    def test_the_history_keeps_both_sides(self, odile: User) -> None:
        version = the_operator(BOREALE).version
        actions.update_operator(values=self.OTHER, expected_version=version, actor=odile, channel="console")
        change = newest_change()
        assert (change.verb, change.subject, change.change_set.actor) == ("update", "operator", odile)
        assert change.before is not None
        assert change.after is not None
        assert (change.before["areas"], change.after["areas"]) == ([["CA", "CA-QC"]], [["CA", "CA-ON"], ["PM", ""]])
        assert (change.before["mode"], change.after["mode"]) == ("present", "direct")

    def test_saving_what_is_there_changes_nothing(self) -> None:
        version = the_operator(BOREALE).version
        before = (generation(), Change.objects.count())
        assert the_operator(BOREALE).version == version
        assert (generation(), Change.objects.count()) == before

    def test_an_older_version_is_refused(self) -> None:
        version = the_operator(BOREALE).version
        with pytest.raises(StaleVersion):
            actions.update_operator(values=self.OTHER, expected_version=version - 1, actor=None, channel="cli")
        assert OperatorValues.of(Operator.objects.get(id=1)) == BOREALE


def test_a_partner_of_many_scripts_is_stored_exactly(odile: User) -> None:
    values = a_partner("مرحبا שלום 🥐 नमस्ते", "IN", "IL", description_fr="Ligne 1\n\u202eligne 2")
    assert PartnerValues.of(Partner.objects.get(id=stored(values, actor=odile).id)) == values
