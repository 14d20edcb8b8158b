"""What can be done to the selected partners, and the sentences that ask about it and report it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext_lazy

from renvoi.console.list_address import PARTNERS, TRASH, ListAddress
from renvoi.history.recording import Channel
from renvoi.partners import actions
from renvoi.partners.consequences import Foreseen, foresee, without
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User


class BulkAction(Protocol):
    """An action of `renvoi.partners.actions` on many partners."""

    def __call__(
        self,
        *,
        partners: QuerySet[Partner],
        actor: User,
        channel: Channel,
        idempotency_key: uuid.UUID | None,
        expected: Mapping[int, int],
    ) -> actions.Step: ...


@dataclass(frozen=True, slots=True)
class Help:
    """A chapter of the guide, an anchor in it, and what is explained there."""

    chapter: str
    anchor: str
    about: Promise


_GONE = gettext_lazy("What you had selected is not in the list any more: somebody deleted or changed it meanwhile.")
_NOT_IN_TRASH = gettext_lazy(
    "What you had selected is not in the trash any more: somebody restored it or deleted it for good."
)
_HELP = Help("time", "bulk", gettext_lazy("Pause, resume or delete several partners"))


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be done to the selected partners.

    Questions and consequences are those of one partner, whose `name` they take, and of several; the other sentences
    take `count`, which decides the plural. `shown` is the formatted number. `already` is the status of a partner for
    which there is nothing to do; `blocked` returns the partners to which it can't be done, whose `names` are in
    `unneeded` and `skipped` then. `address` is the list in which they are selected, and
    `gone` says that none of them is in it any more. `help` explains the verb. A step that `is_final` has no `undo`,
    and the number of several partners is always typed. `whole` is the question about all of the list. `foresee` returns
    what would change for prospects on a day; if it is None, nothing.
    """

    act: BulkAction
    questions: tuple[Promise, Promise]
    consequences: tuple[Promise, Promise]
    done: Any
    undo: Promise | None = None
    address: ListAddress[Any] = PARTNERS
    gone: Promise = _GONE
    help: Help = _HELP
    unneeded: Any = None
    blocked: Callable[[QuerySet[Partner]], Sequence[Partner]] | None = None
    skipped: Any = None
    already: str = ""
    is_danger: bool = False
    is_final: bool = False
    whole: Promise | None = None
    takes_away: bool = True
    foresee: Callable[[QuerySet[Partner], date], Foreseen] | None = None


def _without(selected: QuerySet[Partner], today: date) -> Foreseen:
    return without(selected.order_by().values_list("id", flat=True), today=today)


def _resumed(selected: QuerySet[Partner], today: date) -> Foreseen:
    paused = selected.filter(status=Partner.Status.PAUSED).prefetch_related("served")
    active = {partner.id: replace(PartnerValues.of(partner), status=Partner.Status.ACTIVE) for partner in paused}
    return foresee(active, today=today)


def _restored(selected: QuerySet[Partner], today: date) -> Foreseen:
    blocked = {partner.id for partner in actions.not_restorable(selected)}
    restored = {partner.id: PartnerValues.of(partner) for partner in selected.prefetch_related("served")}
    return foresee({id_: values for id_, values in restored.items() if id_ not in blocked}, today=today)


_STILL_SERVED = (
    gettext_lazy("Its countries will still be served by other partners."),
    gettext_lazy("Their countries will still be served by other partners."),
)

VERBS: Mapping[str, Verb] = {
    "pause": Verb(
        act=actions.pause_partners,
        questions=(gettext_lazy("Pause %(name)s?"), gettext_lazy("Pause %(shown)s partners?")),
        consequences=_STILL_SERVED,
        done=ngettext_lazy(
            "%(shown)s partner paused. It no longer receives prospects.",
            "%(shown)s partners paused. They no longer receive prospects.",
            "count",
        ),
        undo=gettext_lazy("Undo the pause"),
        unneeded=ngettext_lazy("%(shown)s is already paused.", "%(shown)s are already paused.", "count"),
        already=Partner.Status.PAUSED,
        foresee=_without,
    ),
    "resume": Verb(
        act=actions.resume_partners,
        questions=(gettext_lazy("Resume %(name)s?"), gettext_lazy("Resume %(shown)s partners?")),
        consequences=(
            gettext_lazy("It will receive prospects again, within the days of its agreement."),
            gettext_lazy("They will receive prospects again, within the days of their agreements."),
        ),
        done=ngettext_lazy(
            "%(shown)s partner resumed. It receives prospects again, within the days of its agreement.",
            "%(shown)s partners resumed. They receive prospects again, within the days of their agreements.",
            "count",
        ),
        undo=gettext_lazy("Undo the resumption"),
        unneeded=ngettext_lazy("%(shown)s is not paused.", "%(shown)s are not paused.", "count"),
        already=Partner.Status.ACTIVE,
        takes_away=False,
        foresee=_resumed,
    ),
    "delete": Verb(
        act=actions.trash_partners,
        questions=(gettext_lazy("Delete %(name)s?"), gettext_lazy("Delete %(shown)s partners?")),
        consequences=_STILL_SERVED,
        done=ngettext_lazy(
            "%(shown)s partner deleted. It no longer receives prospects.",
            "%(shown)s partners deleted. They no longer receive prospects.",
            "count",
        ),
        undo=gettext_lazy("Undo the deletion"),
        is_danger=True,
        foresee=_without,
    ),
    "restore": Verb(
        act=actions.restore_partners,
        questions=(gettext_lazy("Restore %(name)s?"), gettext_lazy("Restore %(shown)s partners?")),
        consequences=(
            gettext_lazy(
                "It returns to the list as it is now, and receives prospects as its state and its agreement allow."
            ),
            gettext_lazy(
                "They return to the list as they are now, and receive prospects as their states and their agreements"
                " allow."
            ),
        ),
        done=ngettext_lazy("%(shown)s partner restored.", "%(shown)s partners restored.", "count"),
        undo=gettext_lazy("Undo the restoration"),
        address=TRASH,
        gone=_NOT_IN_TRASH,
        help=Help("trash", "restore-several", gettext_lazy("Restore several partners")),
        unneeded=ngettext_lazy(
            "%(shown)s partner stays in the trash, because its name is taken: %(names)s.",
            "%(shown)s partners stay in the trash, because their names are taken: %(names)s.",
            "count",
        ),
        blocked=actions.not_restorable,
        skipped=ngettext_lazy(
            "%(shown)s partner was left in the trash, because its name is taken: %(names)s.",
            "%(shown)s partners were left in the trash, because their names are taken: %(names)s.",
            "count",
        ),
        takes_away=False,
        foresee=_restored,
    ),
    "purge": Verb(
        act=actions.purge_partners,
        questions=(gettext_lazy("Delete %(name)s for good?"), gettext_lazy("Delete %(shown)s partners for good?")),
        consequences=(
            gettext_lazy(
                "Its name, its addresses, its descriptions, its countries and its agreement go with it: it can’t be"
                " restored."
            ),
            gettext_lazy(
                "Their names, their addresses, their descriptions, their countries and their agreements go with them:"
                " they can’t be restored."
            ),
        ),
        whole=gettext_lazy("Empty the trash?"),
        done=ngettext_lazy("%(shown)s partner deleted for good.", "%(shown)s partners deleted for good.", "count"),
        address=TRASH,
        gone=_NOT_IN_TRASH,
        help=Help("trash", "empty", gettext_lazy("Empty the trash")),
        is_danger=True,
        is_final=True,
        takes_away=False,
    ),
}
