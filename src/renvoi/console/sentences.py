"""Hides how lists of names and what follows from an action are said, in French and in English."""

from collections.abc import Sequence

from django.utils.translation import get_language, gettext, ngettext, pgettext

from renvoi.domain.places import CountryCode, Language, country_name, is_plural, sort_key, the_country

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


def left_without_partner(countries: Sequence[CountryCode]) -> str:
    """« Le Brésil et le Portugal n’auront plus de partenaire. »; empty where none is left without."""
    if not countries:
        return ""
    language = current_language()
    # By their names: an article is not what one looks for in a list.
    ordered = sorted(countries, key=lambda code: sort_key(country_name(code, language=language)))
    names = [the_country(code, language=language) for code in ordered]
    rest = len(names) - _NAMED
    if rest > 1:
        names = [
            *names[:_NAMED],
            ngettext("%(count)d other country", "%(count)d other countries", rest) % {"count": rest},
        ]
    subject = joined(names)
    is_many = len(countries) > 1 or is_plural(countries[0], language=language)
    # In English the verb is the same for one and for many; in French it is not (aura, auront).
    sentence = (
        pgettext("several countries", "%(countries)s will have no partner left.")
        if is_many
        else pgettext("one country", "%(countries)s will have no partner left.")
    )
    return sentence % {"countries": subject[:1].upper() + subject[1:]}
