"""Create, update, delete and restore one partner; create several partners in one step."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from renvoi.history.recording import Changes, Channel
from renvoi.partners.actions.recording import PARTNER, KeyReused, StaleVersion, change_set, snapshot
from renvoi.partners.actions.writing import Write, require_free_name, write_many
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User


@dataclass(frozen=True, slots=True)
class Saved:
    """A partner as an action has left it, and the change set of that action; None if it changed nothing.

    Of a form that was submitted before with the same values, it is the change set of that time.
    """

    partner: Partner
    change_set_id: uuid.UUID | None


def create_partner(
    *,
    values: PartnerValues,
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    credential: str = "",
    is_key_of_values: bool = False,
) -> Saved:
    """Create a partner. One idempotency key creates one partner: submitted again, it updates that one.

    If `is_key_of_values`, it is never updated: the key with other values raises KeyReused.

    Raises ValidationError if the name is taken. If the key was submitted before, it also raises Partner.DoesNotExist
    (the partner is in the trash now) and StaleVersion (someone else has saved it since).
    """
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key, credential=credential) as changes:
        earlier = changes.last_of_form(PARTNER)
        if earlier is not None:
            _require_own_key(changes, values, partner_id=earlier.subject_id if is_key_of_values else None)
            return _update(changes, earlier.subject_id, values, expected_version=0)
        write = Write(values)
        write_many(changes, [write])
    return Saved(write.partner, changes.id)


def create_partners(*, many: Iterable[PartnerValues], actor: User | None, channel: Channel) -> int:
    """Create all the partners or none, in one change set and one publication. Return how many they are.

    Raises ValidationError if a name is taken, by a stored partner or by an earlier one of `many`.
    """
    writes = [Write(values) for values in many]
    with change_set(actor=actor, channel=channel, idempotency_key=None, size=len(writes)) as changes:
        write_many(changes, writes)
    return len(writes)


def update_partner(
    *,
    partner_id: int,
    values: PartnerValues,
    expected_version: int,
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    credential: str = "",
    is_key_of_values: bool = False,
) -> Saved:
    """Update a partner. Saving equal values changes nothing, not even the version.

    If `is_key_of_values`, the key of an earlier change with other values raises KeyReused.

    Raises Partner.DoesNotExist (also if the partner is in the trash), StaleVersion if the partner is at a version that
    is neither `expected_version` nor the one that the same idempotency key led to, and ValidationError if the name is
    taken.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key, credential=credential) as changes:
        _require_own_key(changes, values, partner_id=partner_id if is_key_of_values else None)
        return _update(changes, partner_id, values, expected_version=expected_version)


def _update(changes: Changes, partner_id: int, values: PartnerValues, *, expected_version: int) -> Saved:
    if changes.find_repeated(PARTNER, values.to_json()) == partner_id:
        return Saved(Partner.objects.get(id=partner_id), changes.earlier_id(PARTNER))
    partner = Partner.objects.select_for_update().get(id=partner_id, trashed_at=None)
    if partner.version not in {expected_version, changes.version_of_form(PARTNER, partner_id)}:
        raise StaleVersion(partner)
    if PartnerValues.of(partner) == values:
        return Saved(partner, None)
    write_many(changes, [Write(values, "update", partner, before=snapshot(partner))])
    return Saved(partner, changes.id)


def trash_partner(
    *,
    partner_id: int,
    actor: User | None,
    channel: Channel,
    expected_version: int | None = None,
    credential: str = "",
) -> Saved:
    """Move a partner to the trash, so that it receives no prospects.

    Nothing changes if it is already there. Raises Partner.DoesNotExist, and StaleVersion if the partner is no longer at
    `expected_version`.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=None, credential=credential) as changes:
        partner = Partner.objects.select_for_update().get(id=partner_id)
        if partner.trashed_at is not None:
            return Saved(partner, None)
        _require_version(partner, expected_version)
        before = snapshot(partner)
        partner.trashed_at, partner.trashed_by = timezone.now(), actor
        partner.version += 1
        partner.save(update_fields=["trashed_at", "trashed_by", "version"])
        changes.record("trash", PARTNER, partner.id, before=before, after=snapshot(partner))
    return Saved(partner, changes.id)


def restore_partner(
    *,
    partner_id: int,
    actor: User | None,
    channel: Channel,
    expected_version: int | None = None,
    credential: str = "",
) -> Saved:
    """Take a partner out of the trash with the values that it went in with.

    Nothing changes if it is not in the trash. Raises Partner.DoesNotExist, StaleVersion if the partner is no longer at
    `expected_version`, and ValidationError if its name was taken meanwhile.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=None, credential=credential) as changes:
        partner = Partner.objects.select_for_update().get(id=partner_id)
        if partner.trashed_at is None:
            return Saved(partner, None)
        _require_version(partner, expected_version)
        require_free_name(partner, partner.name)
        before = snapshot(partner)
        partner.trashed_at = partner.trashed_by = None
        partner.version += 1
        partner.save(update_fields=["trashed_at", "trashed_by", "version"])
        changes.record("restore", PARTNER, partner.id, before=before, after=snapshot(partner))
    return Saved(partner, changes.id)


def restore_partner_as(
    *,
    partner_id: int,
    values: PartnerValues,
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
) -> Saved:
    """Take a partner whose name was taken meanwhile out of the trash with new values.

    Raises Partner.DoesNotExist if it is not in the trash, and ValidationError if the new name is taken.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key) as changes:
        partner = Partner.objects.select_for_update().get(id=partner_id)
        if changes.find_repeated(PARTNER, values.to_json()) == partner.id:
            return Saved(partner, changes.earlier_id(PARTNER))
        if partner.trashed_at is None:
            raise Partner.DoesNotExist
        write_many(changes, [Write(values, "restore", partner, before=snapshot(partner))])
    return Saved(partner, changes.id)


def _require_version(partner: Partner, expected: int | None) -> None:
    if expected is not None and partner.version != expected:
        raise StaleVersion(partner)


def _require_own_key(changes: Changes, values: PartnerValues, *, partner_id: int | None) -> None:
    """Raise KeyReused if the key made another change than this one of that partner; never if the partner is None."""
    if partner_id is None or changes.last_of_form(PARTNER) is None:
        return
    if changes.find_repeated(PARTNER, values.to_json()) != partner_id:
        raise KeyReused
