"""Hides how a form's countries are chosen: one by one, from a pasted list; and how they are taken away."""

from collections.abc import Iterable

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.sentences import and_more, current_language, joined
from renvoi.domain.places import COUNTRIES, CountryCode, country_name, parse_countries, parse_country, sort_key

_ANNOUNCED = 3


def edit_countries(form: TypedForm, typed: QueryDict) -> str | None:
    """Does to `form.chosen` what the button that was pressed says; None where none of these buttons was.

    What is to be announced; empty where nothing was added or removed, and then the form says why.
    """
    said: str | None = None
    added = parse_country(typed.get("country", ""))
    if "add_countries" in typed:
        said = _add_listed(form)
    elif "remove_country" in typed:
        removed = typed.get("remove_country", "")
        form.chosen = [code for code in form.chosen if code != removed]
        said = _("%(country)s removed, %(count)s.") % {"country": name_of(removed), "count": _count(form.chosen)}
    elif "add_country" in typed:
        said = _add_selected(form, added)
    elif typed.get("save") == "with" and added is not None and added not in form.chosen:
        form.chosen.append(added)
    form["countries"].value = " ".join(sorted(form.chosen))
    return said


def name_of(code: str) -> str:
    """The name of a country in the answer's language; a code that is none stands for itself."""
    country = parse_country(code)
    return country_name(country, language=current_language()) if country else code


def country_choices(*, without: Iterable[str]) -> list[tuple[CountryCode, str]]:
    """(code, name) of each country that is not chosen yet, in alphabetical order."""
    language, chosen = current_language(), set(without)
    named = ((code, country_name(code, language=language)) for code in COUNTRIES if code not in chosen)
    return sorted(named, key=lambda country: sort_key(country[1]))


def named_countries(codes: Iterable[str]) -> list[tuple[str, str]]:
    """(code, name) of each code, in alphabetical order; a code that is none stands for itself, to be refused."""
    language = current_language()
    named = []
    for text in dict.fromkeys(codes):
        code = parse_country(text)
        named.append((text, country_name(code, language=language) if code else text))
    return sorted(named, key=lambda country: sort_key(country[1]))


def _add_selected(form: TypedForm, added: CountryCode | None) -> str:
    if added is None:
        form["countries"].error = _("Select a country in the list first.")
        return ""
    if added in form.chosen:
        return ""
    form.chosen.append(added)
    return _added([added], form)


def _add_listed(form: TypedForm) -> str:
    """Adds the countries of the pasted list; what names none stays in its field."""
    listed, unknown = parse_countries(form.country_list)
    added = [code for code in listed if code not in form.chosen]
    form.chosen += added
    form.country_list = "; ".join(unknown)
    if unknown:
        sentence = ngettext(
            "There is no country named %(names)s.", "There are no countries named %(names)s.", len(unknown)
        )
        form["countries"].error = sentence % {"names": joined([_("“%(name)s”") % {"name": name} for name in unknown])}
    elif not listed:
        form["countries"].error = _("Paste or type a list of countries first.")
    # Both are announced: an error alone would be heard by nobody whose focus is elsewhere.
    return " ".join(filter(None, [_added(added, form) if added else "", str(form["countries"].error)]))


def _added(codes: list[CountryCode], form: TypedForm) -> str:
    names = and_more([name_of(code) for code in codes], shown=_ANNOUNCED)
    # In English both are the same; in French they are not (ajouté, ajoutés).
    sentence = ngettext("%(country)s added, %(count)s.", "%(country)s added, %(count)s.", len(codes))
    return sentence % {"country": names, "count": _count(form.chosen)}


def _count(chosen: list[str]) -> str:
    return ngettext("%(count)d country", "%(count)d countries", len(chosen)) % {"count": len(chosen)}
