"""Record the changes of partners and of the operator in the history, and publish what results from them."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from renvoi.history import recording
from renvoi.history.recording import Changes, Channel, Fields
from renvoi.history.running import announced
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Operator, Partner
from renvoi.partners.routing_table import publish
from renvoi.people.models import User
from renvoi.publication.publishing import await_turn, raise_generation

PARTNER, OPERATOR = "partner", "operator"
_ANNOUNCED = 500


class StaleVersion(Exception):
    """The row was saved by someone else since it was read. `current` is the row as it is now."""

    def __init__(self, current: Partner | Operator) -> None:
        super().__init__(f"version {current.version} is newer")
        self.current = current


class StaleSelection(Exception):
    """The partners are no longer those that were asked about. `current` maps their ids to their versions now."""

    def __init__(self, current: Mapping[int, int]) -> None:
        super().__init__(f"{len(current)} partners are not those that were asked about")
        self.current = current


def snapshot(partner: Partner) -> Fields:
    """Return all fields of a partner as the history records them."""
    return snapshot_of(partner, PartnerValues.of(partner))


def snapshot_of(partner: Partner, values: PartnerValues) -> Fields:
    """Return what the history records of a partner that has these values. No query."""
    return values.to_json() | {
        "version": partner.version,
        "trashed_at": partner.trashed_at.isoformat() if partner.trashed_at else None,
    }


def snapshots(ids: Sequence[int]) -> dict[int, Fields]:
    """Return all fields of the stored partners with these ids, by id. Two queries; at most 500 ids."""
    return {partner.id: snapshot(partner) for partner in Partner.objects.filter(id__in=ids).prefetch_related("served")}


class KeyReused(Exception):
    """The idempotency key belongs to another change of the same actor."""


@contextmanager
def change_set(
    *,
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None,
    size: int = 1,
    reason: str = "",
    credential: str = "",
) -> Iterator[Changes]:
    """Run the block as one change set. If it recorded a change, raise the generation and publish after the commit.

    Writers of partners and of the operator run one at a time on both engines. `size` is the number of partners: a large
    step is announced to those who wait. `reason` is what the actor wrote about the step, `credential` the name of the
    actor's token.
    """
    generation = 0

    def lock() -> None:
        nonlocal generation
        generation = await_turn() + 1

    announcement = announced(actor=actor, count=size) if size >= _ANNOUNCED else nullcontext()
    with (
        announcement,
        recording.change_set(
            actor=actor,
            channel=channel,
            credential=credential,
            idempotency_key=idempotency_key,
            reason=reason,
            lock=lock,
            after_commit=publish,
        ) as changes,
    ):
        changes.generation = generation
        yield changes
        if changes.recorded:
            raise_generation()
