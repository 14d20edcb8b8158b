"""Hides how lists of names and what follows from an action are said, in French and in English."""

from collections.abc import Iterable, Sequence

from django.utils.translation import get_language, gettext, ngettext, pgettext

from renvoi.domain.places import (
    LANGUAGES,
    CountryCode,
    Language,
    country_name,
    in_country,
    is_plural,
    sort_key,
    the_country,
)
from renvoi.partners.lists.consequences import Loss

_NAMED = 5


def current_language() -> Language:
    """The language of the answer being made."""
    return "en" if get_language() == "en" else "fr"


def joined(parts: Sequence[str]) -> str:
    """« Brésil, Portugal et Angola »."""
    if len(parts) < 2:
        return "".join(parts)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def and_more(names: Sequence[str], *, shown: int) -> str:
    """« Canada, Brésil, Chili et 3 autres », or all of them where they are few."""
    rest = len(names) - shown
    if rest <= 0:
        return joined(names)
    others = ngettext("%(count)d other", "%(count)d others", rest) % {"count": rest}
    return joined([*names[:shown], others])


def what_is_lost(losses: Sequence[Loss]) -> list[str]:
    """« Le Brésil n’aura plus de partenaire. », « Au Portugal, il ne restera plus d’adresse en français. »; a sentence
    for each kind of loss that there is."""
    without = [loss.country for loss in losses if loss.language is None]
    found = [_without_partner(without)] if without else []
    for language in LANGUAGES:
        places = [loss.country for loss in losses if loss.language == language]
        if places:
            found.append(_without_address(places, language=language))
    return found


def _without_partner(countries: Sequence[CountryCode]) -> str:
    language = current_language()
    subject = _few([the_country(code, language=language) for code in by_name(countries)])
    is_many = len(countries) > 1 or is_plural(countries[0], language=language)
    # In English the verb is the same for one and for many; in French it is not (aura, auront).
    sentence = (
        pgettext("several countries", "%(countries)s will have no partner left.")
        if is_many
        else pgettext("one country", "%(countries)s will have no partner left.")
    )
    return sentence % {"countries": _capitalised(subject)}


def _without_address(countries: Sequence[CountryCode], *, language: Language) -> str:
    places = _few([in_country(code, language=current_language()) for code in by_name(countries)])
    sentence = (
        gettext("%(in_countries)s, no address in French will be left.")
        if language == "fr"
        else gettext("%(in_countries)s, no address in English will be left.")
    )
    return sentence % {"in_countries": _capitalised(places)}


def by_name(countries: Iterable[CountryCode]) -> list[CountryCode]:
    """In the order of their names: an article is not what one looks for in a list."""
    language = current_language()
    return sorted(countries, key=lambda code: sort_key(country_name(code, language=language)))


def _few(names: list[str]) -> str:
    rest = len(names) - _NAMED
    if rest > 1:
        others = ngettext("%(count)d other country", "%(count)d other countries", rest) % {"count": rest}
        names = [*names[:_NAMED], others]
    return joined(names)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
