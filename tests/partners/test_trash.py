"""Move partners to the trash and restore them."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from renvoi.publication.models import PublishedTable
from tests.cast import ALO_BRASIL, AZULEJO, candidates_in, generation, published, stored, with_changes
from tests.partners.acting import IN_HISTORY, newest_change, restore, row, trash

pytestmark = pytest.mark.django_db


class TestTrashAndRestore:
    """`trash_partner`, `restore_partner` and `restore_partner_as`."""

    def test_trash_removes_partner_from_published_table(self, odile: User) -> None:
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

    def test_restore_brings_back_the_same_row(self) -> None:
        partner = stored(ALO_BRASIL)
        stored(AZULEJO)
        before, table_before = row(partner), candidates_in(published())
        trash(partner)
        assert candidates_in(published()) != table_before
        restore(partner)
        assert row(partner) == before | {"version": 3}
        assert candidates_in(published()) == table_before
        assert (newest_change().verb, newest_change().after) == ("restore", IN_HISTORY | {"version": 3})

    @pytest.mark.parametrize("verb", [actions.trash_partner, actions.restore_partner])
    def test_each_raises_the_version_and_refuses_an_older_one(self, verb: Callable[..., actions.Saved]) -> None:
        partner = stored(ALO_BRASIL)
        if verb is actions.restore_partner:
            trash(partner)
        version = row(partner)["version"]
        with pytest.raises(actions.StaleVersion):
            verb(partner_id=partner.id, actor=None, channel="console", expected_version=version - 1)
        done = verb(partner_id=partner.id, actor=None, channel="console", expected_version=version)
        assert row(partner)["version"] == done.partner.version == version + 1
        assert done.change_set_id == newest_change().change_set_id
        assert newest_change().after == actions.snapshot(done.partner)

    @pytest.mark.parametrize("verb", [trash, restore])
    def test_trash_or_restore_twice_acts_once(self, verb: Callable[[Partner], Partner]) -> None:
        partner = stored(ALO_BRASIL)
        trash(partner)
        verb(partner)
        before = (row(partner), generation(), Change.objects.count())
        verb(partner)
        assert (row(partner), generation(), Change.objects.count()) == before

    def test_restore_raises_if_name_was_taken_meanwhile(self) -> None:
        partner = trash(stored(ALO_BRASIL))
        stored(with_changes(AZULEJO, name="ALO BRASIL"))
        with pytest.raises(ValidationError, match="ALO BRASIL"):
            restore(partner)
        assert Partner.objects.get(id=partner.id).trashed_at is not None

    def test_restore_partner_as_uses_new_values(self) -> None:
        partner = trash(stored(ALO_BRASIL))
        stored(with_changes(AZULEJO, name="ALO BRASIL"))
        renamed = with_changes(ALO_BRASIL, name="Aló Brasil (2)")
        actions.restore_partner_as(partner_id=partner.id, values=renamed, actor=None, channel="console")
        restored = Partner.objects.get(id=partner.id)
        assert (PartnerValues.of(restored), restored.trashed_at, restored.version) == (renamed, None, 3)
        assert "BR" in published().countries

    def test_restore_partner_as_raises_if_name_is_taken(self) -> None:
        partner = trash(stored(ALO_BRASIL))
        stored(with_changes(AZULEJO, name="ALO BRASIL"))
        with pytest.raises(ValidationError):
            actions.restore_partner_as(partner_id=partner.id, values=ALO_BRASIL, actor=None, channel="console")
        assert Partner.objects.get(id=partner.id).trashed_at is not None

    def test_restore_partner_as_raises_outside_trash(self) -> None:
        partner = stored(ALO_BRASIL)
        with pytest.raises(Partner.DoesNotExist):
            actions.restore_partner_as(partner_id=partner.id, values=AZULEJO, actor=None, channel="console")
