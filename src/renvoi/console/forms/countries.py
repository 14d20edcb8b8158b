"""The countries of a form: add them one by one or from a pasted list, and remove them."""

from collections.abc import Iterable, Iterator

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.sentences import and_more, by_name, current_language, either
from renvoi.console.wording.decisions import place_name
from renvoi.domain.names.agreement import Agreement, agreement
from renvoi.domain.names.keys import sort_key
from renvoi.domain.places import (
    COUNTRIES,
    CountryCode,
    ParsedCountries,
    RegionCode,
    country_name,
    country_of_region,
    country_sort_key,
    elsewhere,
    find_countries,
    parse_countries,
    parse_country,
    parse_region,
    regions_of,
    territories_of,
)
from renvoi.partners.models import CoveredArea

_MAX_ANNOUNCED, _MAX_CANDIDATES = 3, 5


def edit_countries(form: TypedForm, typed: QueryDict) -> str | None:
    """Apply the pressed button to `form.chosen`, and return what screen readers announce.

    None if no such button was pressed. Empty if nothing was added or removed: the form then has the error.
    """
    announcement: str | None = None
    selected = parse_country(typed.get("country", ""))
    if "add_countries" in typed:
        announcement = _add_listed(form)
    elif "remove_country" in typed:
        announcement = _remove(form, typed.get("remove_country", ""))
    elif "add_territory" in typed or "add_territories" in typed:
        state = parse_country(typed.get("add_territories", ""))
        one = parse_country(typed.get("add_territory", ""))
        announcement = _add(form, [*(territories_of(state) if state else ()), *([one] if one else ())])
    elif "add_country" in typed or ("enter" in typed and form.country_name.strip()):
        announcement = _add_named(form, selected)
    elif typed.get("save") == "with" and selected is not None:
        _add(form, [selected])
        form.country = ""
    form["countries"].value = " ".join(sorted(form.chosen))
    return announcement


def _remove(form: TypedForm, removed: str) -> str:
    form.chosen = [code for code in form.chosen if code != removed]
    parts = {"country": country_label(removed), "count": _count(form.chosen)}
    return removed_sentences()[agreement([removed])] % parts


def _add(form: TypedForm, countries: Iterable[CountryCode]) -> str:
    added = [code for code in countries if code not in form.chosen]
    form.added = list(added)
    form.chosen += added
    return _added(added, form) if added else ""


def country_label(code: str) -> str:
    """Return the name of a country in the active language, or the text itself if it is no country code."""
    country = parse_country(code)
    return country_name(country, language=current_language()) if country else code


def country_choices(*, without: Iterable[str]) -> list[tuple[CountryCode, str]]:
    """Return (code, name) of each country that is not chosen yet, sorted by name."""
    language, chosen = current_language(), set(without)
    codes = sorted(COUNTRIES - chosen, key=lambda code: country_sort_key(code, language=language))
    return [(code, country_name(code, language=language)) for code in codes]


def region_choices(selected: str, more: Iterable[RegionCode]) -> list[tuple[str, str]]:
    """Return (code, name) of each region of the countries that are covered in part, of `more` and of `selected`."""
    partly = CoveredArea.objects.exclude(region="").values_list("country", flat=True).distinct()
    codes = {region for code in partly for region in (*regions_of(CountryCode(code)), elsewhere(CountryCode(code)))}
    codes.update(more)
    chosen = parse_region(selected)
    if chosen is not None:
        codes.add(chosen)
    named = [(code, place_name(country_of_region(code), code)) for code in codes]
    return sorted(named, key=lambda choice: (choice[0][:2], choice[0].endswith("-ZZ"), choice[1]))


def named_countries(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return (code, name) of each code, sorted by name. A text that is no code is its own name; saving refuses it."""
    language = current_language()
    named = []
    for text in dict.fromkeys(codes):
        code = parse_country(text)
        key = country_sort_key(code, language=language) if code else sort_key(text)
        named.append((key, text, country_name(code, language=language) if code else text))
    return [(text, name) for _key, text, name in sorted(named)]


def _add_named(form: TypedForm, selected: CountryCode | None) -> str:
    """Add the country that is selected and those that are typed. What is not recognized stays in the field."""
    listed = _completed(parse_countries(form.country_name))
    if selected is None and not form.country_name.strip():
        form["countries"].error = _("Select a country in the list first.")
        return ""
    form.country, form.country_name = "", "; ".join((*listed.unknown, *listed.ambiguous))
    return _add_parsed(form, listed, selected)


def _completed(listed: ParsedCountries) -> ParsedCountries:
    """Return the list with each text that begins names of few countries as those countries."""
    matches = {text: tuple(by_name(find_countries(text))) for text in listed.unknown}
    begun = {text: codes for text, codes in matches.items() if 1 <= len(codes) <= _MAX_CANDIDATES}
    return ParsedCountries(
        countries=(*listed.countries, *(codes[0] for codes in begun.values() if len(codes) == 1)),
        unknown=tuple(text for text in listed.unknown if text not in begun),
        ambiguous={**listed.ambiguous, **{text: codes for text, codes in begun.items() if len(codes) > 1}},
    )


def _add_listed(form: TypedForm) -> str:
    """Add the countries of the pasted list. Names that are not recognized stay in the field."""
    listed = parse_countries(form.country_list)
    form.country_list = "; ".join((*listed.unknown, *listed.ambiguous))
    if not form.country_list and not listed.countries:
        form["countries"].error = _("Paste or type a list of countries first.")
    return _add_parsed(form, listed, None)


def _add_parsed(form: TypedForm, listed: ParsedCountries, selected: CountryCode | None) -> str:
    announcement = _add(form, dict.fromkeys([*([selected] if selected else ()), *listed.countries]))
    if listed.unknown or listed.ambiguous:
        form["countries"].error = " ".join(_refusals(listed))
    # The error is announced too: a screen reader would not read it while the focus is elsewhere.
    return " ".join(filter(None, [announcement, str(form["countries"].error)]))


def _refusals(listed: ParsedCountries) -> Iterator[str]:
    """Yield a sentence about the names that no country has, and one for each name that several may have."""
    if listed.unknown:
        names = [_("“%(name)s”") % {"name": name} for name in listed.unknown]
        yield _("No country is named %(names)s.") % {"names": either(names)}
    for name, candidates in listed.ambiguous.items():
        countries = [country_label(code) for code in candidates]
        yield _("“%(name)s” can be %(countries)s. Type the one you mean.") % {
            "name": name,
            "countries": either(countries),
        }


def _added(codes: list[CountryCode], form: TypedForm) -> str:
    names = and_more([country_label(code) for code in codes], shown=_MAX_ANNOUNCED)
    return added_sentences()[agreement(codes)] % {"country": names, "count": _count(form.chosen)}


def added_sentences() -> dict[Agreement, str]:
    """Return the sentence for each agreement of the participle, which differs in French only (ajouté, ajoutées)."""
    return {
        "m": pgettext("masculine", "%(country)s added, %(count)s."),
        "f": pgettext("feminine", "%(country)s added, %(count)s."),
        "mp": pgettext("masculine plural", "%(country)s added, %(count)s."),
        "fp": pgettext("feminine plural", "%(country)s added, %(count)s."),
    }


def removed_sentences() -> dict[Agreement, str]:
    """Return the sentence for each agreement of the participle, as `added_sentences` does."""
    return {
        "m": pgettext("masculine", "%(country)s removed, %(count)s."),
        "f": pgettext("feminine", "%(country)s removed, %(count)s."),
        "mp": pgettext("masculine plural", "%(country)s removed, %(count)s."),
        "fp": pgettext("feminine plural", "%(country)s removed, %(count)s."),
    }


def _count(chosen: list[str]) -> str:
    return ngettext("%(count)d country", "%(count)d countries", len(chosen)) % {"count": len(chosen)}
