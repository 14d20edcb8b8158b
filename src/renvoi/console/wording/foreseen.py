"""Say what a change would change for prospects, how many it concerns, and which number confirms a large one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from renvoi.console.sentences import counted, loss_sentences
from renvoi.console.wording.golden import broken_text
from renvoi.console.wording.outcomes import ChangedAnswer, changed_answers
from renvoi.partners.consequences import Foreseen, names_in
from renvoi.partners.figures import figure
from renvoi.partners.golden.stored import names_of
from renvoi.reports.weighing import Concerned, Weight, weigh

_CONCERNED = ngettext_lazy(
    "%(shown)s prospect of the last 30 days is concerned.",
    "%(shown)s prospects of the last 30 days are concerned.",
    "count",
)
_OTHERS = ngettext_lazy("%(shown)s other change follows.", "%(shown)s other changes follow.", "count")
_IN_SHORT = 2
_TAKEN_AWAY = ngettext_lazy(
    "Prospects of %(shown)s country would have no partner. Concerned in the last 30 days: %(left)s of %(total)s.",
    "Prospects of %(shown)s countries would have no partner. Concerned in the last 30 days: %(left)s of %(total)s.",
    "count",
)
_NO_NAMES: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Consequences:
    """What would change for prospects, in the user's words, and its weight.

    `prospects` says how many are concerned; it is empty if none are. `broken` says which golden visitors would no
    longer get what is expected, `broken_now` the same once the change is made; both are empty if none are.
    """

    losses: list[str]
    answers: list[ChangedAnswer]
    prospects: str
    weight: Weight
    broken: str = ""
    broken_now: str = ""

    def in_short(self) -> str:
        """Return the consequences in a few sentences for a message; empty if nothing changes."""
        shown, hidden = self.answers[:_IN_SHORT], self.answers[_IN_SHORT:]
        sentences = [
            _("%(places)s: %(before)s → %(after)s.") % {"places": one.places, "before": one.before, "after": one.after}
            for one in shown
        ]
        if hidden:
            sentences.append(counted(_OTHERS, len(hidden)))
        return " ".join(filter(None, [*sentences, self.prospects, self.broken_now]))

    def to_context(self) -> dict[str, Any]:
        """Return the context of `console/foreseen/_answers.html`."""
        context = {"losses": self.losses, "answers": self.answers, "prospects": self.prospects}
        return context | {"broken": self.broken}


def consequences_of(foreseen: Foreseen, *, names: Mapping[int, str] = _NO_NAMES) -> Consequences:
    """Return the consequences of a change. `names` has those of partners that are not stored, or not by that name."""
    weight = weigh(Concerned.by(foreseen.cells), today=timezone.localdate())
    answers = changed_answers(foreseen.cells, names=names_in(foreseen.cells) | dict(names), demand=weight.demand)
    golden_names = names_of(foreseen.broken) | dict(names)
    broken, broken_now = (broken_text(foreseen.broken, golden_names, is_done=is_done) for is_done in (False, True))
    return Consequences(
        loss_sentences(foreseen.losses), answers, prospects_concerned(weight), weight, broken, broken_now
    )


def prospects_concerned(weight: Weight) -> str:
    """Return how many prospects of the last 30 days get another answer; empty if none do."""
    return counted(_CONCERNED, weight.concerned) if weight.concerned else ""


def taken_away(weight: Weight) -> str:
    """Return from how many countries and prospects a large change takes the partner."""
    total = sum(weight.demand.values())
    return counted(_TAKEN_AWAY, len(weight.countries), left=figure(weight.left), total=figure(total))
