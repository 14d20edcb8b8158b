"""The countries of a form: add them one by one or from a pasted list, and remove them."""

from collections.abc import Iterable

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.sentences import and_more, current_language, joined
from renvoi.domain.places import COUNTRIES, CountryCode, country_name, parse_countries, parse_country, sort_key

_MAX_ANNOUNCED = 3


def edit_countries(form: TypedForm, typed: QueryDict) -> str | None:
    """Apply the pressed button to `form.chosen`, and return what screen readers announce.

    None if no such button was pressed. Empty if nothing was added or removed: the form then has the error.
    """
    announcement: str | None = None
    added = parse_country(typed.get("country", ""))
    if "add_countries" in typed:
        announcement = _add_listed(form)
    elif "remove_country" in typed:
        removed = typed.get("remove_country", "")
        form.chosen = [code for code in form.chosen if code != removed]
        announcement = _("%(country)s removed, %(count)s.") % {
            "country": country_label(removed),
            "count": _count(form.chosen),
        }
    elif "add_country" in typed:
        announcement = _add_selected(form, added)
    elif typed.get("save") == "with" and added is not None and added not in form.chosen:
        form.chosen.append(added)
    form["countries"].value = " ".join(sorted(form.chosen))
    return announcement


def country_label(code: str) -> str:
    """Return the name of a country in the active language, or the text itself if it is no country code."""
    country = parse_country(code)
    return country_name(country, language=current_language()) if country else code


def country_choices(*, without: Iterable[str]) -> list[tuple[CountryCode, str]]:
    """Return (code, name) of each country that is not chosen yet, sorted by name."""
    language, chosen = current_language(), set(without)
    named = ((code, country_name(code, language=language)) for code in COUNTRIES if code not in chosen)
    return sorted(named, key=lambda country: sort_key(country[1]))


def named_countries(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return (code, name) of each code, sorted by name. A text that is no code is its own name; saving refuses it."""
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
    """Add the countries of the pasted list. Names that are not recognized stay in the field."""
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
    # The error is announced too: a screen reader would not read it while the focus is elsewhere.
    return " ".join(filter(None, [_added(added, form) if added else "", str(form["countries"].error)]))


def _added(codes: list[CountryCode], form: TypedForm) -> str:
    names = and_more([country_label(code) for code in codes], shown=_MAX_ANNOUNCED)
    # Singular and plural differ in French only (ajouté, ajoutés).
    sentence = ngettext("%(country)s added, %(count)s.", "%(country)s added, %(count)s.", len(codes))
    return sentence % {"country": names, "count": _count(form.chosen)}


def _count(chosen: list[str]) -> str:
    return ngettext("%(count)d country", "%(count)d countries", len(chosen)) % {"count": len(chosen)}
