"""Say whom a golden visitor is about, what is expected of it, and what it gets: “Brazil, French: expected …, got …”."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy

from renvoi.console.sentences import counted
from renvoi.console.wording.decisions import REASONS_NOW, place_name
from renvoi.console.wording.outcomes import outcome_text
from renvoi.domain.golden.checking import Checked
from renvoi.domain.golden.visitors import Case, ExpectedKind, GoldenVisitor

EXPECTATIONS: Mapping[ExpectedKind, Promise] = {
    "partner": pgettext_lazy("expected", "one partner"),
    "choice": pgettext_lazy("expected", "a choice among partners"),
    "none": gettext_lazy("nobody"),
    "own": gettext_lazy("your company"),
    "region": gettext_lazy("the choice of a region"),
}
_FATES: Mapping[str, Promise] = {
    "not_serving": gettext_lazy("The expected partner does not serve this country."),
    "taken": gettext_lazy("Another partner has the same priority as the expected one."),
    "no_address": gettext_lazy("The expected partner has no address to which one can be sent."),
    "paused": gettext_lazy("The expected partner is paused."),
    "to_come": gettext_lazy("The agreement of the expected partner has not begun."),
    "ended": gettext_lazy("The agreement of the expected partner has ended."),
    "lower_priority": gettext_lazy("Others come before the expected partner."),
    "not_asked": gettext_lazy("The coverage area decides, before any partner."),
}
_WOULD_BREAK: Any = ngettext_lazy(
    "%(shown)s golden visitor would no longer get what is expected: %(which)s.",
    "%(shown)s golden visitors would no longer get what is expected: %(which)s.",
    "count",
)
_BROKEN: Any = ngettext_lazy(
    "%(shown)s golden visitor no longer gets what is expected: %(which)s.",
    "%(shown)s golden visitors no longer get what is expected: %(which)s.",
    "count",
)
_SHOWN = 3


def case_text(case: Case) -> str:
    """Return “Ontario (Canada), French, on 2026-12-24”."""
    place = place_name(case.country, case.region)
    if case.day is None:
        sentence = _("%(place)s, French") if case.language == "fr" else _("%(place)s, English")
        return sentence % {"place": place}
    sentence = _("%(place)s, French, on %(day)s") if case.language == "fr" else _("%(place)s, English, on %(day)s")
    return sentence % {"place": place, "day": case.day.isoformat()}


def expected_text(golden: GoldenVisitor, names: Mapping[int, str]) -> str:
    """Return what is expected, as a phrase. `names` has those of the partners, by id."""
    if golden.partner is None:
        return str(EXPECTATIONS[golden.decision or "partner"])
    name = names.get(golden.partner, f"#{golden.partner}")
    return _("a choice with %(partner)s") % {"partner": name} if golden.decision == "choice" else name


def golden_text(golden: GoldenVisitor, names: Mapping[int, str]) -> str:
    """Return “Brazil, French: Aló Brasil”."""
    return _("%(visitor)s: %(expected)s") % {
        "visitor": case_text(golden.case),
        "expected": expected_text(golden, names),
    }


def difference_text(checked: Checked, names: Mapping[int, str]) -> str:
    """Return “Brazil, French: expected Aló Brasil, got nobody”."""
    return _("%(visitor)s: expected %(expected)s, got %(got)s") % {
        "visitor": case_text(checked.golden.case),
        "expected": expected_text(checked.golden, names),
        "got": outcome_text(checked.outcome, names),
    }


def why_text(checked: Checked) -> str:
    """Return why a golden visitor does not get what is expected, as a sentence."""
    sentence = _FATES.get(checked.fate or "")
    return str(sentence or REASONS_NOW[checked.outcome.reason])


def broken_text(broken: Sequence[Checked], names: Mapping[int, str], *, is_done: bool = False) -> str:
    """Return which golden visitors a change would break, or has broken; empty if none. Three are named."""
    if not broken:
        return ""
    which = "; ".join(difference_text(one, names) for one in broken[:_SHOWN])
    return counted(
        _BROKEN if is_done else _WOULD_BREAK, len(broken), which=which if len(broken) <= _SHOWN else f"{which}…"
    )
