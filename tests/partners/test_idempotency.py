"""A form that is submitted twice acts once."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import Change, Partner
from renvoi.partners.values import PartnerValues
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, generation, stored, with_changes
from tests.partners.acting import trash, update

pytestmark = pytest.mark.django_db


class TestIdempotencyKey:
    """Actions that are repeated with the same idempotency key."""

    def create(self, values: PartnerValues, idempotency_key: uuid.UUID, *, actor: User | None = None) -> Partner:
        return actions.create_partner(values=values, actor=actor, channel="console", idempotency_key=idempotency_key)

    def test_repeated_create_makes_one_partner(self, odile: User) -> None:
        idempotency_key = uuid.uuid4()
        first = self.create(ALO_BRASIL, idempotency_key, actor=odile)
        before = (generation(), Change.objects.count())
        assert self.create(ALO_BRASIL, idempotency_key, actor=odile) == first
        assert (generation(), Change.objects.count()) == before

    def test_create_with_same_key_and_other_values_makes_another_partner(self, odile: User) -> None:
        idempotency_key = uuid.uuid4()
        first = self.create(ALO_BRASIL, idempotency_key, actor=odile)
        assert self.create(AZULEJO, idempotency_key, actor=odile).id != first.id
        assert Partner.objects.count() == 2

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
        with pytest.raises(StaleVersion):
            update(partner, with_changes(values, priority=2), version=1, actor=odile, idempotency_key=idempotency_key)
        assert (
            update(
                partner, with_changes(values, priority=2), version=2, actor=odile, idempotency_key=idempotency_key
            ).version
            == 3
        )

    def test_repeated_restore_partner_as_acts_once(self, odile: User) -> None:
        partner, idempotency_key = trash(stored(ALO_BRASIL)), uuid.uuid4()
        values = with_changes(ALO_BRASIL, name="Alô")
        for _ in range(2):
            actions.restore_partner_as(
                partner_id=partner.id, values=values, actor=odile, channel="console", idempotency_key=idempotency_key
            )
        assert Partner.objects.get(id=partner.id).version == 2
