"""Say in a sentence what a step of the history did: “Aló Brasil: countries, URL in French changed”."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, npgettext_lazy, pgettext_lazy

from renvoi.console.sentences import counted
from renvoi.console.wording.accepted import finding_name
from renvoi.history.models import Change, ChangeSet
from renvoi.history.summaries import counts_of
from renvoi.partners.actions import OPERATOR, PARTNER
from renvoi.partners.actions.accepting import FINDING
from renvoi.partners.fields import LABELS
from renvoi.partners.figures import figure
from renvoi.partners.lists.history import CHANNELS

_ONE: Mapping[str, Any] = {
    "create": gettext_lazy("%(name)s: created"),
    "update": gettext_lazy("%(name)s: changed"),
    "pause": gettext_lazy("%(name)s: paused"),
    "resume": gettext_lazy("%(name)s: resumed"),
    "trash": gettext_lazy("%(name)s: deleted"),
    "purge": gettext_lazy("%(name)s: deleted for good"),
    "restore": gettext_lazy("%(name)s: restored"),
    "replace": gettext_lazy("%(name)s: changed by a replacement"),
    "undo": gettext_lazy("%(name)s: put back as before"),
}
VERBS: Mapping[str, Any] = {
    "create": pgettext_lazy("partner", "Created"),
    "update": pgettext_lazy("partner", "Changed"),
    "pause": pgettext_lazy("partner", "Put on pause"),
    "resume": pgettext_lazy("partner", "Resumed"),
    "trash": pgettext_lazy("partner", "Deleted"),
    "purge": pgettext_lazy("partner", "Deleted for good"),
    "restore": pgettext_lazy("partner", "Restored"),
    "replace": pgettext_lazy("partner", "Changed by a replacement"),
    "undo": pgettext_lazy("partner", "Put back as before"),
    "accept": pgettext_lazy("finding", "Accepted"),
    "reopen": pgettext_lazy("finding", "Reopened"),
}
_SEVERAL: Mapping[str, Any] = {
    "create": ngettext_lazy("%(shown)s partner created", "%(shown)s partners created", "count"),
    "update": ngettext_lazy("%(shown)s partner changed", "%(shown)s partners changed", "count"),
    "pause": ngettext_lazy("%(shown)s partner paused", "%(shown)s partners paused", "count"),
    "resume": ngettext_lazy("%(shown)s partner resumed", "%(shown)s partners resumed", "count"),
    "trash": ngettext_lazy("%(shown)s partner deleted", "%(shown)s partners deleted", "count"),
    "purge": ngettext_lazy("%(shown)s partner deleted for good", "%(shown)s partners deleted for good", "count"),
    "restore": ngettext_lazy("%(shown)s partner restored", "%(shown)s partners restored", "count"),
    "replace": ngettext_lazy(
        "%(shown)s partner changed by a replacement", "%(shown)s partners changed by a replacement", "count"
    ),
    "undo": ngettext_lazy("%(shown)s partner put back as before", "%(shown)s partners put back as before", "count"),
}
_OF_FINDING: Mapping[str, Any] = {
    "accept": gettext_lazy("Finding accepted: %(finding)s"),
    "reopen": gettext_lazy("Finding reopened: %(finding)s"),
    "undo": gettext_lazy("Finding put back as before: %(finding)s"),
}
_OF_IMPORT = ("create", "update")
_CHANGED_TOO = ngettext_lazy("%(shown)s changed", "%(shown)s changed", "count")
# French agrees with the gender of the field.
_MASCULINE = npgettext_lazy("masculine", "%(name)s: %(fields)s changed", "%(name)s: %(fields)s changed", "count")
_FEMININE = npgettext_lazy("feminine", "%(name)s: %(fields)s changed", "%(name)s: %(fields)s changed", "count")
_FEMININE_FIELDS = frozenset(
    {"url_en", "url_fr", "description_en", "description_fr", "priority", "agreement_reference"}
)
_NOT_SHOWN = frozenset({"version", "trashed_at"})


def step_sentence(change_set: ChangeSet) -> str:
    """Return what the step did, in the active language, without a final stop.

    The undo of an undo does not go further back than the latter, which put objects back as before.
    """
    if change_set.undoes_id is None:
        return _what(change_set)
    undone = change_set.undoes
    return _("Undo of “%(step)s”") % {"step": _what(undone)} if undone else _what(change_set)


def shown_actor(change_set: ChangeSet) -> str:
    """Return the present name of the account that acted; without one, the channel: “Command”."""
    return change_set.acted_by or shown_channel(change_set)


def shown_channel(change_set: ChangeSet) -> str:
    """Return the channel in words. Another version may have recorded one that this one does not know."""
    return str(CHANNELS.get(change_set.channel, change_set.channel))


def verb_of(change: Change) -> str:
    """Return what was done to one object: “Created”. Another version may have recorded another verb."""
    return str(VERBS.get(change.verb, change.verb))


def label_in_sentence(label: Any) -> str:
    """Return a label as it is written within a sentence: « pays », but « URL en français »."""
    text = str(label)
    return text if text.split(maxsplit=1)[0].isupper() else text[:1].lower() + text[1:]


def _what(change_set: ChangeSet) -> str:
    counts = counts_of(change_set)
    if not counts:
        return _("Change")
    if change_set.subject == OPERATOR:
        return _of_operator(change_set)
    if change_set.subject == FINDING and change_set.count == 1:
        return _of_finding(change_set, next(iter(counts)))
    if change_set.subject != PARTNER:
        return _of_others(change_set, counts)
    if change_set.count == 1:
        return _of_partner(change_set, next(iter(counts)))
    if _is_import(change_set, counts):
        parts = [counted(_SEVERAL[verb], counts[verb]) for verb in _OF_IMPORT if verb in counts]
        if len(parts) > 1:
            parts[1] = counted(_CHANGED_TOO, counts["update"])
        return _("Import: %(parts)s") % {"parts": ", ".join(parts)}
    return ", ".join(
        counted(_SEVERAL[verb], count) if verb in _SEVERAL else f"{verb} ({figure(count)})"
        for verb, count in counts.items()
    )


def _is_import(change_set: ChangeSet, counts: Mapping[str, int]) -> bool:
    return counts.keys() <= {*_OF_IMPORT} and ("update" in counts or change_set.channel != "demo")


def _of_operator(change_set: ChangeSet) -> str:
    fields = change_set.fields.split()
    if fields == ["areas"]:
        return _("Coverage area changed")
    if fields == ["golden_visitors"]:
        return _("Golden visitors changed")
    return _("General settings changed")


def _of_finding(change_set: ChangeSet, verb: str) -> str:
    name = finding_name(change_set.name)
    return str(_OF_FINDING[verb] % {"finding": name}) if verb in _OF_FINDING else f"{name}: {verb}"


def _of_partner(change_set: ChangeSet, verb: str) -> str:
    name = change_set.name or _("Partner %(id)s") % {"id": change_set.subject_id}
    fields = [field for field in change_set.fields.split() if field not in _NOT_SHOWN]
    if verb != "update" or not fields:
        return str(_ONE[verb] % {"name": name}) if verb in _ONE else f"{name}: {verb}"
    sentence = _FEMININE if _FEMININE_FIELDS.issuperset(fields) else _MASCULINE
    labels = [label_in_sentence(label) for field, label in LABELS.items() if field in fields]
    labels += [field for field in fields if field not in LABELS]
    return counted(sentence, len(fields), name=name, fields=", ".join(labels))


def _of_others(change_set: ChangeSet, counts: Mapping[str, int]) -> str:
    """Return what is recorded about a subject that this version does not know."""
    done = ", ".join(f"{verb} ({figure(count)})" if count > 1 else verb for verb, count in counts.items())
    return f"{change_set.subject} {change_set.name or change_set.subject_id or ''}".rstrip() + f": {done}"
