"""Show the fields of an object before and after a change, as far as they differ, in words."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from renvoi.console.sentences import by_name, current_language
from renvoi.console.templatetags.renvoi import moment
from renvoi.console.wording.golden import golden_text
from renvoi.domain.days.zone_names import zone_label
from renvoi.domain.days.zones import is_known_zone
from renvoi.domain.golden.visitors import readable
from renvoi.domain.places import CountryCode, RegionCode, country_name, region_name
from renvoi.history.models import Change
from renvoi.partners.actions import OPERATOR, PARTNER
from renvoi.partners.actions.accepting import FINDING
from renvoi.partners.fields import LABELS
from renvoi.partners.lists.columns import STATE_LABELS
from renvoi.partners.lists.names import last_names
from renvoi.partners.values import OPERATOR_LABELS, SECOND_FACTORS, SESSION_IDLES, TRASH_PERIODS

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs: its label, and its value before and after, empty if it had none.

    Of a list, such as countries, `added` and `removed` have the names, and `is_list` is true.
    """

    name: str
    label: str
    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    is_list: bool = False


def differences(change: Change) -> list[Difference]:
    """Return the fields that differ, in the order of the form; the version of the object is not one of them.

    Of an object that was created, these are its fields; of one that this version does not know, all there are.
    """
    before, after = change.before or {}, change.after or {}
    labels = _LABELS.get(change.subject, {})
    names = [*labels, *(name for name in {**after, **before} if name not in labels)]
    words = _WORDS.get(change.subject, {})
    return [
        _difference(name, labels.get(name, name), before.get(name), after.get(name), words.get(name, _text))
        for name in names
        if name not in _NOT_SHOWN and _is_other(before.get(name), after.get(name))
    ]


def field_words(subject: str) -> Iterator[tuple[str, str, Callable[[Any], str]]]:
    """Yield (name, label, function from a recorded value to words) of each field that this version knows."""
    words = _WORDS.get(subject, {})
    for name, label in _LABELS.get(subject, {}).items():
        yield name, str(label), partial(_in_words, words.get(name, _text))


def _in_words(words: Callable[[Any], str | tuple[str, ...]], value: Any) -> str:
    return _joined(words(value))


def _is_other(before: Any, after: Any) -> bool:
    # A field of a new object that was left empty is no change.
    return before != after and not (before in _EMPTY and after in _EMPTY)


_NOT_SHOWN = frozenset({"version", "facts"})
_EMPTY: tuple[Any, ...] = (None, "", [])


def _difference(
    name: str, label: str | Promise, before: Any, after: Any, words: Callable[[Any], str | tuple[str, ...]]
) -> Difference:
    if words is _logo and before and after:
        return Difference(name, str(label), _logo(before), str(_("replaced: %(logo)s") % {"logo": _logo(after)}))
    old, new = words(before), words(after)
    if isinstance(old, tuple) and isinstance(new, tuple):
        added = tuple(item for item in new if item not in old)
        removed = tuple(item for item in old if item not in new)
        texts = (", ".join(old), ", ".join(new))
        return Difference(name, str(label), *texts, added=added, removed=removed, is_list=True)
    return Difference(name, str(label), _joined(old), _joined(new))


def _joined(words: str | tuple[str, ...]) -> str:
    return words if isinstance(words, str) else ", ".join(words)


def _text(value: Any) -> str:
    """Return a value of any JSON type as text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _status(value: Any) -> str:
    return str(STATE_LABELS[value]) if value == "active" or value == "paused" else _text(value)  # noqa: PLR1714 (mypy)


def _countries(value: Any) -> str | tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        return _text(value)
    language = current_language()
    return tuple(country_name(code, language=language) for code in by_name(CountryCode(code) for code in value))


def _areas(value: Any) -> str | tuple[str, ...]:
    if value is None:
        return ()
    try:
        pairs = [(country, region) for country, region in value]
    except (TypeError, ValueError):
        return _text(value)
    if not all(isinstance(country, str) and isinstance(region, str) for country, region in pairs):
        return _text(value)
    return tuple(sorted(_area(country, region) for country, region in pairs))


def _golden(value: Any) -> str | tuple[str, ...]:
    if value is None:
        return ()
    listed = readable(value)
    if not isinstance(value, list) or len(listed) != len(value):
        return _text(value)
    names = last_names(golden.partner for golden in listed if golden.partner is not None)
    return tuple(golden_text(golden, names) for golden in listed)


def _area(country: str, region: str) -> str:
    language = current_language()
    name = country_name(CountryCode(country), language=language)
    return f"{name}, {region_name(RegionCode(region), language=language)}" if region else name


def _moment(value: Any) -> str:
    try:
        at = datetime.fromisoformat(value)
        return moment(at if timezone.is_aware(at) else timezone.make_aware(at))
    except (TypeError, ValueError, OverflowError):
        return _text(value)


def _logo(value: Any) -> str:
    """Return a name of a logo by which it can be told from others. Its bytes are stored elsewhere."""
    return str(_("logo %(code)s") % {"code": value[:8]}) if isinstance(value, str) and value else ""


def _chosen(words: Mapping[str, Promise]) -> Callable[[Any], str]:
    return lambda value: str(words[value]) if isinstance(value, str) and value in words else _text(value)


def _zone(value: Any) -> str:
    if not isinstance(value, str) or not is_known_zone(value):
        return _text(value)
    return zone_label(value, language=current_language(), at=timezone.now())


_PAPERS: Mapping[str, Promise] = {
    "": _("According to the coverage area"),
    "letter": _("Letter (8.5 × 11 in)"),
    "a4": _("A4 (210 × 297 mm)"),
}
_LABELS: Mapping[str, Mapping[str, Promise]] = {
    PARTNER: {**LABELS, "trashed_at": _("In the trash since")},
    OPERATOR: OPERATOR_LABELS,
    FINDING: {
        "reason": pgettext_lazy("change", "Reason"),
        "accepted_by": _("Accepted by"),
        "accepted_at": _("Accepted on"),
    },
}
_WORDS: Mapping[str, Mapping[str, Callable[[Any], str | tuple[str, ...]]]] = {
    FINDING: {"accepted_at": _moment},
    PARTNER: {"status": _status, "countries": _countries, "trashed_at": _moment},
    OPERATOR: {
        "areas": _areas,
        "golden_visitors": _golden,
        "time_zone": _zone,
        "mode": _chosen({"present": _("Present the partner"), "direct": _("Redirect at once")}),
        "default_language": _chosen({"fr": _("French"), "en": _("English")}),
        "logo": _logo,
        "paper": _chosen(_PAPERS),
        "trash_period": lambda days: str(TRASH_PERIODS.get(days, days)),
        "second_factor_from": lambda role: str(SECOND_FACTORS.get(role, role)),
        "session_idle_minutes": lambda minutes: str(SESSION_IDLES.get(minutes, minutes)),
    },
}
