"""A form that is submitted twice acts once."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, generation, stored, with_changes
from tests.partners.acting import newest_change, trash, update

pytestmark = pytest.mark.django_db


class TestIdempotencyKey:
    """Actions that are repeated with the same idempotency key."""

    def create(self, values: PartnerValues, idempotency_key: uuid.UUID, *, actor: User | None = None) -> Partner:
        return actions.create_partner(
            values=values, actor=actor, channel="console", idempotency_key=idempotency_key
        ).partner

    def test_repeated_create_makes_one_partner(self, odile: User) -> None:
        idempotency_key = uuid.uuid4()
        first = self.create(ALO_BRASIL, idempotency_key, actor=odile)
        before = (generation(), Change.objects.count())
        assert self.create(ALO_BRASIL, idempotency_key, actor=odile) == first
        assert (generation(), Change.objects.count()) == before

    def test_create_with_same_key_and_other_values_updates_the_partner(self, odile: User) -> None:
        idempotency_key = uuid.uuid4()
        first = self.create(ALO_BRASIL, idempotency_key, actor=odile)
        for values, version in ((AZULEJO, 2), (with_changes(AZULEJO, priority=1), 3), (ALO_BRASIL, 4), (ALO_BRASIL, 4)):
            again = self.create(values, idempotency_key, actor=odile)
            assert (again.id, again.version) == (first.id, version)
            assert PartnerValues.of(Partner.objects.get()) == values

    def test_create_with_same_key_is_refused_once_someone_else_has_saved(self, odile: User, wendy: User) -> None:
        idempotency_key = uuid.uuid4()
        first = self.create(ALO_BRASIL, idempotency_key, actor=odile)
        update(first, with_changes(ALO_BRASIL, priority=1), actor=wendy)
        with pytest.raises(StaleVersion):
            self.create(with_changes(ALO_BRASIL, priority=2), idempotency_key, actor=odile)
        assert self.create(ALO_BRASIL, idempotency_key, actor=odile).priority == 1

    def test_create_with_same_key_is_refused_while_the_partner_is_in_the_trash(self, odile: User) -> None:
        idempotency_key = uuid.uuid4()
        trash(self.create(ALO_BRASIL, idempotency_key, actor=odile))
        with pytest.raises(Partner.DoesNotExist):
            self.create(AZULEJO, idempotency_key, actor=odile)
        assert Partner.objects.count() == 1

    def test_create_with_same_key_by_another_actor_is_not_a_repetition(self, odile: User, wendy: User) -> None:
        idempotency_key = uuid.uuid4()
        self.create(ALO_BRASIL, idempotency_key, actor=odile)
        with pytest.raises(ValidationError, match="Aló Brasil"):
            self.create(ALO_BRASIL, idempotency_key, actor=wendy)

    def test_repeated_update_acts_once_despite_older_version(self, odile: User) -> None:
        partner, idempotency_key = stored(ALO_BRASIL), uuid.uuid4()
        values = with_changes(ALO_BRASIL, priority=1)
        update(partner, values, version=1, actor=odile, idempotency_key=idempotency_key)
        assert update(partner, values, version=1, actor=odile, idempotency_key=idempotency_key).version == 2

    def test_repeated_action_names_the_change_set_of_the_first_time(self, odile: User) -> None:
        key, partner = uuid.uuid4(), stored(ALO_BRASIL)
        arguments: dict[str, Any] = {"partner_id": partner.id, "expected_version": 1, "channel": "console"}
        arguments |= {"values": with_changes(ALO_BRASIL, priority=1), "actor": odile}
        first, again = (actions.update_partner(**arguments, idempotency_key=key) for _ in range(2))
        assert (first.change_set_id, again.change_set_id) == (key, key)
        arguments |= {"expected_version": 2}
        assert actions.update_partner(**arguments).change_set_id is None
        trashed = actions.trash_partner(partner_id=partner.id, actor=odile, channel="console").change_set_id
        assert trashed == newest_change().change_set_id
        assert actions.trash_partner(partner_id=partner.id, actor=odile, channel="console").change_set_id is None

    def test_form_saved_again_with_other_values_is_not_stale_by_its_own_save(self, odile: User, wendy: User) -> None:
        partner, idempotency_key = stored(ALO_BRASIL), uuid.uuid4()
        saved = partner
        for version, priority in enumerate((1, 2, 1), start=2):
            values = with_changes(ALO_BRASIL, priority=priority)
            saved = update(partner, values, version=1, actor=odile, idempotency_key=idempotency_key)
            assert (saved.version, saved.priority) == (version, priority)
        with pytest.raises(StaleVersion):
            update(
                partner, with_changes(ALO_BRASIL, priority=3), version=1, actor=wendy, idempotency_key=idempotency_key
            )
        update(saved, with_changes(ALO_BRASIL, priority=4), actor=wendy)
        with pytest.raises(StaleVersion):
            update(
                partner, with_changes(ALO_BRASIL, priority=5), version=1, actor=odile, idempotency_key=idempotency_key
            )

    def test_repeated_restore_partner_as_acts_once(self, odile: User) -> None:
        partner, idempotency_key = trash(stored(ALO_BRASIL)), uuid.uuid4()
        values = with_changes(ALO_BRASIL, name="Alô")
        for _ in range(2):
            actions.restore_partner_as(
                partner_id=partner.id, values=values, actor=odile, channel="console", idempotency_key=idempotency_key
            )
        assert Partner.objects.get(id=partner.id).version == 3
