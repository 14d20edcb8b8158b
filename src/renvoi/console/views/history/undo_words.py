"""Say what an undo would do, what it leaves and why, and what its proof shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from renvoi.console.sentences import version_in_sentence, would_go
from renvoi.console.templatetags.renvoi import moment
from renvoi.console.views.history.differences import Difference, differences
from renvoi.console.views.history.step_sentences import shown_actor
from renvoi.console.wording.accepted import finding_name
from renvoi.console.wording.foreseen import consequences_of
from renvoi.console.wording.outcomes import changed_answers
from renvoi.history.models import Change, ChangeSet
from renvoi.partners.actions import OPERATOR, PARTNER, Skipped, UndoPlan, newly_due
from renvoi.partners.actions.accepting import FINDING
from renvoi.partners.actions.undoing.planning import Reversal
from renvoi.partners.actions.undoing.proof import Proof
from renvoi.partners.actions.undoing.states import NOW, Key
from renvoi.partners.consequences import names_in
from renvoi.partners.lists.names import last_names
from renvoi.partners.values import OperatorValues

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class PutBack:
    """An object that would be put back: its name, and each field as it is and as it would be."""

    name: str
    path: str
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about one object, and the page of the step that explains it; `path` is empty if there is none."""

    sentence: str
    path: str = ""


def plan_context(plan: UndoPlan) -> dict[str, Any]:
    """Return what the page shows of a plan: the first 50 objects of each kind, and how many more there are."""
    reversals, skipped = plan.reversals, plan.skipped
    names = {one.key.subject_id: one.name for one in reversals}
    return {
        "count": len(reversals),
        "put_back": [_put_back(reversal) for reversal in reversals[:_SHOWN]],
        "more_put_back": len(reversals) - _SHOWN,
        "left": _left(skipped[:_SHOWN]),
        "more_left": len(skipped) - _SHOWN,
        **consequences_of(plan.foreseen, names=names).to_context(),
        "warning": _warning(reversals),
    }


def proof_context(proof: Proof) -> dict[str, Any]:
    """Return what the page shows of a proof."""
    keys = [key for key, _step in proof.differing]
    names = _names(keys)
    steps = _steps([step for _key, step in proof.differing[:_SHOWN]])
    return {
        "version": version_in_sentence(proof.generation, at=timezone.localtime(proof.published_at)),
        "is_identical": proof.is_identical,
        "differing": [_differing(names[key], steps.get(step)) for key, step in proof.differing[:_SHOWN]],
        "more_differing": len(proof.differing) - _SHOWN,
        "answers": changed_answers(proof.cells, names=names_in(proof.cells)),
    }


def _warning(reversals: Sequence[Reversal]) -> str:
    """Return how many partners the trash would lose for good by a shorter period of the general settings."""
    for reversal in reversals:
        if reversal.key.subject == OPERATOR:
            before, after = OperatorValues.from_json(reversal.before), OperatorValues.from_json(reversal.after)
            count = newly_due(before, after, at=timezone.now())
            return would_go(count) if count else ""
    return ""


def _put_back(reversal: Reversal) -> PutBack:
    after = reversal.after
    if after.get("trashed_at") == NOW:
        after = after | {"trashed_at": timezone.now().isoformat()}
    subject, id_ = reversal.key
    change = Change(subject=subject, before=reversal.before, after=after)
    if subject == FINDING:
        return PutBack(finding_name(reversal.name), reverse("console:findings"), differences(change))
    is_operator = subject == OPERATOR
    path = reverse("console:settings") if is_operator else reverse("console:partner", args=[id_])
    return PutBack(_("General settings") if is_operator else reversal.name, path, differences(change))


def _left(skipped: Sequence[Skipped]) -> list[Remark]:
    steps = _steps([one.later for one in skipped])
    return [_remark(one, steps.get(one.later)) for one in skipped]


def _remark(skipped: Skipped, later: ChangeSet | None) -> Remark:
    name = _("General settings") if skipped.key.subject == OPERATOR else skipped.name
    if skipped.key.subject == FINDING:
        name = finding_name(name)
    path = reverse("console:history_step", args=[later.id]) if later else ""
    if skipped.why == "name_taken" and skipped.holder:
        path = reverse("console:partner", args=[skipped.holder[0]])
        return Remark(_("%(name)s: its name is taken by another partner.") % {"name": name}, path)
    sentences = {
        "changed": _("%(name)s: changed since."),
        "destroyed": _("%(name)s: no longer exists, because the trash was emptied."),
        "unreadable": _("%(name)s: recorded by another version of Renvoi."),
    }
    if later is not None:
        params = {"name": name, "who": shown_actor(later), "at": moment(later.at)}
        return Remark(_("%(name)s: changed since, by %(who)s on %(at)s.") % params, path)
    return Remark(sentences.get(skipped.why, sentences["changed"]) % {"name": name}, path)


def _differing(name: str, step: ChangeSet | None) -> Remark:
    if step is None:
        return Remark(_("%(name)s: changed since.") % {"name": name})
    params = {"name": name, "who": shown_actor(step), "at": moment(step.at)}
    sentence = _("%(name)s: changed by %(who)s on %(at)s.") % params
    return Remark(sentence, reverse("console:history_step", args=[step.id]))


def _names(keys: Sequence[Key]) -> Mapping[Key, str]:
    """Return the names of the first objects; of a partner that was deleted for good, its last one."""
    shown = keys[:_SHOWN]
    names = last_names(key.subject_id for key in shown if key.subject == PARTNER)
    return {
        key: _("General settings") if key.subject == OPERATOR else names.get(key.subject_id, f"#{key.subject_id}")
        for key in shown
    }


def _steps(ids: Sequence[Any]) -> dict[Any, ChangeSet]:
    return ChangeSet.objects.select_related("actor").in_bulk([id_ for id_ in ids if id_])
