"""A plan in the user's words: what it does, the fields that differ, and what prospects will get."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from renvoi.console.sentences import and_more, counted, current_language, joined, loss_sentences
from renvoi.console.wording.foreseen import prospects_concerned
from renvoi.console.wording.outcomes import ChangedAnswer, Place, places_text
from renvoi.domain.places import CountryCode, Language, RegionCode
from renvoi.partners.consequences import Loss
from renvoi.partners.fields import LABELS
from renvoi.partners.figures import figure
from renvoi.partners.importing.cells import Countries
from renvoi.partners.imports.report import Report, ShownChange, ShownGroup, ShownOutcome, ShownProblem
from renvoi.partners.lists.columns import STATE_LABELS
from renvoi.reports.weighing import weight_of_import

TYPES = {
    False: "text/csv; charset=utf-8",
    True: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CREATE = ngettext_lazy("Create %(shown)s partner", "Create %(shown)s partners", "count")
_CHANGE = ngettext_lazy("Change %(shown)s partner", "Change %(shown)s partners", "count")
_CREATED = ngettext_lazy("%(shown)s partner created", "%(shown)s partners created", "count")
_CHANGED = ngettext_lazy("%(shown)s partner changed", "%(shown)s partners changed", "count")
_CHANGED_TOO = ngettext_lazy("%(shown)s changed", "%(shown)s changed", "count")
_REPLACES = ngettext_lazy(
    "Yes, %(shown)s row replaces a partner of which neither the name nor an address stays",
    "Yes, %(shown)s rows replace partners of which neither the name nor an address stays",
    "count",
)


@dataclass(frozen=True, slots=True)
class Line:
    """An error or a warning in the user's language."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field that differs: its label, and its text before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedPartner:
    """A partner that changes, with the fields that differ."""

    line: int
    id: int
    name: str
    replaces: bool
    fields: Sequence[FieldLine]


def plan_context(report: Report, *, is_done: bool) -> dict[str, Any]:
    """Return what the page shows of a plan, and how much it leaves out."""
    shown_cells = sum(group["count"] for group in report["groups"])
    weight = weight_of_import(report, today=timezone.localdate())
    return {
        "report": report,
        "summary": done_words(report) if is_done else to_do(report),
        "can_import": not report["errors"] and bool(report["created"] + report["changed"]),
        "errors": _lines(report["shown_errors"]),
        "more_errors": report["errors"] - len(report["shown_errors"]),
        "warnings": _lines(report["shown_warnings"]),
        "more_warnings": report["warnings"] - len(report["shown_warnings"]),
        "changes": [_change(change) for change in report["shown_changes"]],
        "more_changes": report["changed"] - len(report["shown_changes"]),
        "creations": [Line(line, "", name) for line, name in report["shown_creations"]],
        "more_creations": report["created"] - len(report["shown_creations"]),
        "losses": loss_sentences([_loss(country, language) for country, language in report["losses"]]),
        "answers": [_answer(group) for group in report["groups"]],
        # When the import is done, its prospects have got other answers since.
        "prospects": prospects_concerned(weight) if report["groups"] and not is_done else "",
        "more_cells": report["cells"] - shown_cells,
    }


def to_do(report: Report) -> str:
    """Return what an import does: “Create 12 partners and change 3”; empty if nothing."""
    created, changed = report["created"], report["changed"]
    if created and changed:
        words = {"create": counted(_CREATE, created), "changed": figure(changed)}
        return _("%(create)s and change %(changed)s") % words
    if created:
        return counted(_CREATE, created)
    return counted(_CHANGE, changed) if changed else ""


def done_words(report: Report) -> str:
    """Return what an import has done: “12 partners created and 3 changed”."""
    created, changed = report["created"], report["changed"]
    if created and changed:
        return joined([counted(_CREATED, created), counted(_CHANGED_TOO, changed)])
    return counted(_CREATED, created) if created else counted(_CHANGED, changed)


def replaces(report: Report) -> str:
    """Return the label of the box that confirms the rows that replace a partner."""
    return counted(_REPLACES, report["replaced"])


def in_language(texts: dict[str, str]) -> str:
    """Return the text in the active language."""
    return texts[current_language()]


def _lines(problems: Iterable[ShownProblem]) -> list[Line]:
    return [Line(one["line"], one["column"], in_language(one["reason"])) for one in problems]


def _change(change: ShownChange) -> ChangedPartner:
    fields = [
        FieldLine(str(LABELS[name]), _text(name, before), _text(name, after))
        for name, before, after in change["fields"]
    ]
    return ChangedPartner(change["line"], change["partner_id"], change["name"], change["replaces"], fields)


def _text(field: str, text: str) -> str:
    """Return the text of a field as the export writes it, or in words where it is made of codes."""
    if field == "countries":
        return str(Countries(CountryCode(code) for code in text.split()))
    if field == "status":
        return str(STATE_LABELS["paused" if text == "paused" else "active"])
    return text


def _loss(country: str, language: str) -> Loss:
    return Loss(CountryCode(country), _language(language) if language else None)


def _language(code: str) -> Language:
    return "fr" if code == "fr" else "en"


def _answer(group: ShownGroup) -> ChangedAnswer:
    """Return what prospects of some places get, before and after."""
    after = _outcome(group["after"])
    if group["differs"] == "address":
        after = _("%(who)s, at another address") % {"who": after}
    elif group["differs"]:
        after = _("%(who)s, for another reason") % {"who": after}
    return ChangedAnswer(_places(group), _outcome(group["before"]), after)


def _places(group: ShownGroup) -> str:
    """Return the cells as “Brazil and Peru; Portugal (in French); 3 other places”."""
    spoken: dict[Place, list[Language]] = {}
    for country, region, language in group["cells"]:
        spoken.setdefault((CountryCode(country), RegionCode(region) if region else None), []).append(
            _language(language)
        )
    return places_text(spoken, others=group["places"] - len(spoken))


def _outcome(outcome: ShownOutcome) -> str:
    if outcome["names"]:
        names = [*outcome["names"], *[""] * (outcome["count"] - len(outcome["names"]))]
        return and_more(names, shown=len(outcome["names"]))
    words = {
        "none": _("nobody"),
        "own": _("your company"),
        "region": _("the choice of a region"),
    }
    return words.get(outcome["kind"], _("nobody"))
