"""Apply an import: all of it, exactly as its plan was shown, or nothing."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from renvoi.history.recording import Changes, Channel
from renvoi.partners.actions.bulk import Step, earlier_step
from renvoi.partners.actions.recording import change_set, snapshot_of
from renvoi.partners.actions.writing import Write, portions_of, write_many
from renvoi.partners.importing.plan import Plan, Update
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Partner
from renvoi.people.models import User


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person has confirmed: the digest of the plan that was shown, how many partners it writes, and whether rows
    may replace partners of which neither the name nor an address stays. `credential` is the name of the token that
    confirmed it; empty without one.
    """

    digest: str
    count: int
    replacements: bool = False
    credential: str = ""


class PlanNotApplied(Exception):
    """Nothing was written. `plan` is what the import would do now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(type(self).__doc__)
        self.plan = plan


class PlanChanged(PlanNotApplied):
    """The import would no longer do what was shown: the partners have changed since, or another day has begun."""


class PlanHasErrors(PlanNotApplied):
    """The file has errors."""


class ReplacementsUnconfirmed(PlanNotApplied):
    """Some numbers in the file are those of partners of which neither the name nor an address stays."""


def import_partners(
    *,
    content: bytes,
    confirmed: Confirmed,
    today: date,
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    on_compared: Callable[[int], None] = lambda _: None,
    on_written: Callable[[int], None] = lambda _: None,
) -> Step:
    """Create and change partners as the file's plan says, in one change set.

    `content` and `today` are those of `make_plan`; The confirmed count is announced to those
    who wait. The plan is made again while no other action can write: raises PlanChanged if its
    digest is another one; PlanHasErrors, or ReplacementsUnconfirmed, also if that was shown. `on_compared` is called
    with the number of rows that have been compared, `on_written` with that of the partners written.
    """
    with change_set(
        actor=actor,
        channel=channel,
        idempotency_key=idempotency_key,
        size=confirmed.count,
        credential=confirmed.credential,
    ) as changes:
        if (earlier := earlier_step(changes)) is not None:
            return earlier
        plan = make_plan(content, today=today, on_progress=on_compared)
        if plan.digest != confirmed.digest:
            raise PlanChanged(plan)
        if plan.errors:
            raise PlanHasErrors(plan)
        if plan.replacements and not confirmed.replacements:
            raise ReplacementsUnconfirmed(plan)
        _write(changes, plan, on_written)
    return Step(changes.id if plan.count else None, plan.count)


def _write(changes: Changes, plan: Plan, on_written: Callable[[int], None]) -> None:
    partners: dict[int, Partner] = {}
    for updates in portions_of(plan.updates):
        partners |= Partner.objects.select_for_update().in_bulk([update.partner_id for update in updates])
    writes = [_update(update, partners[update.partner_id]) for update in plan.updates]
    writes += [Write(creation.values) for creation in plan.creations]
    write_many(changes, writes, on_progress=on_written)


def _update(update: Update, partner: Partner) -> Write:
    return Write(update.after, "update", partner, before=snapshot_of(partner, update.before))
