"""Replace a partner by another one: its countries go to the other, and it is paused or deleted, in one step."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from django.utils import timezone

from renvoi.history.recording import Channel
from renvoi.partners.actions.recording import StaleVersion, change_set, snapshot_of
from renvoi.partners.actions.writing import Write, write_many
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User

Retirement = Literal["pause", "trash"]
"""What becomes of the partner that is replaced."""


@dataclass(frozen=True, slots=True)
class Succession:
    """What replacing a partner would do: the values of both as they would be.

    `successor` is None if it would be created. `retired_values` is None if the old partner would be in the trash.
    """

    retired: Partner
    successor: Partner | None
    successor_values: PartnerValues
    retired_values: PartnerValues | None

    @classmethod
    def of(cls, retired: Partner, successor: Partner | PartnerValues, *, retirement: Retirement) -> "Succession":
        """Return the succession of two partners, or of one by a partner that has these values. A query for each.

        A stored successor keeps its own countries, and all its other fields. A new one has the countries of its values.
        """
        old = PartnerValues.of(retired)
        if isinstance(successor, Partner):
            stored, values = successor, PartnerValues.of(successor)
            values = replace(values, countries=tuple(sorted({*values.countries, *old.countries})))
        else:
            stored, values = None, successor
        return cls(
            retired=retired,
            successor=stored,
            successor_values=values,
            retired_values=replace(old, status=Partner.Status.PAUSED) if retirement == "pause" else None,
        )

    @property
    def changed(self) -> Mapping[int, PartnerValues | None]:
        """The partners that change, for `consequences.foresee`: a new one has the id 0."""
        successor_id = self.successor.id if self.successor else 0
        return {self.retired.id: self.retired_values, successor_id: self.successor_values}


def replace_partner(
    *,
    partner_id: int,
    expected_version: int,
    successor: int | PartnerValues,
    expected_successor_version: int = 0,
    retirement: Retirement,
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
) -> uuid.UUID:
    """Give a partner's countries to another one, or create one with these values instead; pause or delete the first.

    Returns the change set, of a repeated form that of the first time. Raises Partner.DoesNotExist if one of the two is
    not there or in the trash; StaleVersion if one is no longer at its expected version; ValidationError if the name of
    the new one is taken, and ValueError if both are the same.
    """
    if successor == partner_id:
        raise ValueError("a partner can't replace itself")
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key) as changes:
        if changes.repeats is not None:
            return changes.repeats
        retired = _get(partner_id, expected_version)
        other = _get(successor, expected_successor_version) if isinstance(successor, int) else successor
        succession = Succession.of(retired, other, retirement=retirement)
        old = PartnerValues.of(retired)
        before = snapshot_of(retired, old)
        if succession.retired_values is None:
            account = actor.pk if actor else None
            first = Write(old, "replace", retired, before, trashed_at=timezone.now(), trashed_by_id=account)
        else:
            first = Write(succession.retired_values, "replace", retired, before)
        write_many(changes, [first, _write(succession)])
    return changes.id


def _write(succession: Succession) -> Write:
    partner, values = succession.successor, succession.successor_values
    if partner is None:
        return Write(values, "replace")
    return Write(values, "replace", partner, before=snapshot_of(partner, PartnerValues.of(partner)))


def _get(partner_id: int, expected_version: int) -> Partner:
    partner = Partner.objects.select_for_update().get(id=partner_id, trashed_at=None)
    if partner.version != expected_version:
        raise StaleVersion(partner)
    return partner
