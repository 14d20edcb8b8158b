"""Sentences about lists of names and the consequences of an action, in French and in English."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import dates
from django.utils.translation import get_language, gettext, ngettext, ngettext_lazy, pgettext

from renvoi.domain.names.keys import fold
from renvoi.domain.places import (
    LANGUAGES,
    CountryCode,
    Language,
    country_sort_key,
    in_country,
    is_plural,
    the_country,
)
from renvoi.partners.consequences import Loss
from renvoi.partners.figures import figure

_NAMED = 5
# No elision before "onze", a y as in "Yahoo" or a sounded h; the other words in h are those that begin like these.
_SILENT_H = (
    "habit|harmoni|hebdo|heberg|helico|hemisph|heritag|heure|hexa|hist|hiver|homm|homo|honn|horiz|horlog|horti|hospi"
    "|hote|huil|huitr|humain|human|humid|hydr|hygi|hyper|hypo"
)
_ELIDED = re.compile(rf"(?!onz)[aeiou]|y[^aeiou\W\d]|{_SILENT_H}")


def current_language() -> Language:
    """Return the active language."""
    return "en" if get_language() == "en" else "fr"


def of(name: str) -> str:
    """Return “of Bell” or “of Éperlan”; in French “de Bell” or “d’Éperlan”."""
    if current_language() == "en":
        return f"of {name}"
    return f"d’{name}" if _ELIDED.match(fold(name).lstrip("\"'« (")) else f"de {name}"


def joined(parts: Sequence[str]) -> str:
    """Join the parts as in “Brésil, Portugal et Angola”."""
    if len(parts) < 2:
        return "".join(parts)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def either(parts: Sequence[str]) -> str:
    """Join the parts as in “Brésil, Portugal ou Angola”."""
    if len(parts) < 2:
        return "".join(parts)
    return gettext("%(first)s or %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def and_more(names: Sequence[str], *, shown: int) -> str:
    """Join the first names and count the others, as in “Canada, Brésil, Chili et 3 autres”."""
    hidden = len(names) - shown
    if hidden <= 0:
        return joined(names)
    others = ngettext("%(count)d other", "%(count)d others", hidden) % {"count": hidden}
    return joined([*names[:shown], others])


def version_name(generation: int, *, at: datetime) -> str:
    """Return “Version 41, du 3 décembre 2026 à 14 h 05”, with the day and the time that a local datetime has."""
    if current_language() == "fr":
        day = "1er" if at.day == 1 else str(at.day)
        date_ = f"{day} {dates.MONTHS[at.month]} {at.year}"
        return f"Version {figure(generation)}, du {date_} à {at.hour}\u00a0h\u00a0{at:%M}"
    return f"Version {figure(generation)}, of {dates.MONTHS[at.month]} {at.day}, {at.year} at {at:%H:%M}"


def version_in_sentence(generation: int, *, at: datetime) -> str:
    """Return the same within a sentence: « la version 41, du 3 décembre 2026 à 14 h 05 », “version 41, of …”."""
    name = version_name(generation, at=at)
    return ("la v" if current_language() == "fr" else "v") + name.removeprefix("V")


def counted(sentence: Any, count: int, **more: str) -> str:
    """Return a lazily translated sentence with `count`, which decides its plural, and `shown`, the same formatted."""
    return str(sentence % {"count": count, "shown": figure(count), **more})


def would_go(count: int) -> str:
    """Return that so many partners are in the trash longer than a new period allows."""
    sentence = ngettext_lazy(
        "%(shown)s partner has been in the trash for longer: it will be deleted for good within minutes.",
        "%(shown)s partners have been in the trash for longer: they will be deleted for good within minutes.",
        "count",
    )
    return counted(sentence, count)


def loss_sentences(losses: Sequence[Loss]) -> list[str]:
    """Return a sentence for each kind of loss.

    “Le Brésil n’aura plus de partenaire.”, “Au Portugal, il ne restera plus d’adresse en français.”
    """
    without = [loss.country for loss in losses if loss.language is None]
    sentences = [_without_partner(without)] if without else []
    for language in LANGUAGES:
        places = [loss.country for loss in losses if loss.language == language]
        if places:
            sentences.append(_without_address(places, language=language))
    return sentences


def still_served_by_operator(*, count: int) -> str:
    """Return that the countries of so many partners, some of which the operator covers, lose nothing without them."""
    if count > 1:
        return gettext("Their countries will still be served, by other partners or by your company.")
    return gettext("Its countries will still be served, by other partners or by your company.")


def _without_partner(countries: Sequence[CountryCode]) -> str:
    language = current_language()
    subject = _limited([the_country(code, language=language) for code in by_name(countries)])
    is_many = len(countries) > 1 or is_plural(countries[0], language=language)
    # The verb differs in French only (aura, auront).
    sentence = (
        pgettext("several countries", "%(countries)s will have no partner left.")
        if is_many
        else pgettext("one country", "%(countries)s will have no partner left.")
    )
    return sentence % {"countries": _capitalised(subject)}


def _without_address(countries: Sequence[CountryCode], *, language: Language) -> str:
    places = _limited([in_country(code, language=current_language()) for code in by_name(countries)])
    sentence = (
        gettext("%(in_countries)s, no address in French will be left.")
        if language == "fr"
        else gettext("%(in_countries)s, no address in English will be left.")
    )
    return sentence % {"in_countries": _capitalised(places)}


def by_name(countries: Iterable[CountryCode]) -> list[CountryCode]:
    """Sort the codes by the names of their countries, without the articles that the sentences add."""
    language = current_language()
    return sorted(countries, key=lambda code: country_sort_key(code, language=language))


def _limited(names: list[str]) -> str:
    hidden = len(names) - _NAMED
    if hidden > 1:
        others = ngettext("%(count)d other country", "%(count)d other countries", hidden) % {"count": hidden}
        names = [*names[:_NAMED], others]
    return joined(names)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
