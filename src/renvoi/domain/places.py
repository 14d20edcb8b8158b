"""Parse, name, search and sort countries and regions, in French and English.

Countries are those of ISO 3166-1 alpha-2, plus XK. Regions are those of ISO 3166-2, plus one value per country that
means "elsewhere in that country". Country names come from CLDR, region names from pycountry. Functions that take a
`CountryCode` or a `RegionCode` do not validate it: parse it first. A stored code that this version does not know is its
own name. CLDR and pycountry are loaded when a name or a region is first needed (about 0.1 s), not at import.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple, NewType

from babel import Locale

from renvoi.domain.names.agreement import is_plural_name
from renvoi.domain.names.countries import (
    AMBIGUOUS_NAMES,
    COMMON_NAMES,
    ENGLISH_NAMES,
    ENGLISH_NAMES_IN_SENTENCES,
    ENGLISH_ON,
    ENGLISH_WITH_ARTICLE,
    FRENCH_FORMS,
    FRENCH_NAMES,
    FRENCH_NAMES_IN_SENTENCES,
    FRENCH_PHRASES,
    LEADING_ARTICLES,
    TERRITORIES,
)
from renvoi.domain.names.keys import fold, sort_key, words
from renvoi.domain.names.regions import (
    ENGLISH_IN_REGION,
    FRENCH_IN_REGION,
    IN_REGION,
    region_names,
    top_level_regions,
)

Language = Literal["fr", "en"]
CountryCode = NewType("CountryCode", str)
RegionCode = NewType("RegionCode", str)

LANGUAGES: tuple[Language, ...] = ("fr", "en")

COUNTRIES: frozenset[CountryCode] = frozenset(CountryCode(code) for code in FRENCH_FORMS)
"""The 249 countries of ISO 3166-1, and XK."""

# CI-ZZ is the district of Zanzan. No ISO 3166-2 code has four characters after its hyphen.
_ELSEWHERE = {code: RegionCode(f"{code}-ZZZZ" if code == "CI" else f"{code}-ZZ") for code in COUNTRIES}
_NO_FORM = ("", "en ")
_ELSEWHERE_CODES = frozenset(_ELSEWHERE.values())
_REGION_PATTERN = re.compile(r"([A-Z]{2})-([A-Z0-9]{1,4})")

_COUNTRY_SEPARATOR = re.compile(r"[;,\t\r\n]")
_AND = re.compile(r"\s(?:et|and)\s")  # case-sensitive: ET is Ethiopia
ARTICLES = frozenset({"le", "la", "les", "l", "the"})


class ParsedCountries(NamedTuple):
    """The result of parsing a list of countries.

    `countries` has no duplicates and keeps the order of the list. `unknown` are the items that name no country.
    `ambiguous` maps each item that may mean several countries (Congo) to them.
    """

    countries: tuple[CountryCode, ...]
    unknown: tuple[str, ...]
    ambiguous: Mapping[str, tuple[CountryCode, ...]]


def parse_country(text: str) -> CountryCode | None:
    """Return the country of a two-letter code (UK is GB), ignoring case and surrounding whitespace, or None."""
    code = text.strip()
    if not code.isascii():  # upper() would turn "ß" into "SS"
        return None
    code = code.upper()
    country = CountryCode("GB" if code == "UK" else code)
    return country if country in COUNTRIES else None


def parse_region(text: str) -> RegionCode | None:
    """Return the region of an ISO 3166-2 code of any level or of an `elsewhere` value, in any case, or None."""
    code = text.strip()
    match = _REGION_PATTERN.fullmatch(code.upper()) if code.isascii() else None
    country = parse_country(match[1]) if match else None
    if match is None or country is None:
        return None
    region = RegionCode(f"{country}-{match[2]}")
    return region if region in _ELSEWHERE_CODES or region in region_names("en") else None


def elsewhere(country: CountryCode) -> RegionCode:
    """Return the region that means "elsewhere in that country" (CA-ZZ). It is never an ISO 3166-2 code."""
    return _ELSEWHERE.get(country) or RegionCode(f"{country}-ZZ")


def country_of_region(region: RegionCode) -> CountryCode:
    """Return the country of a region or of an `elsewhere` value."""
    return CountryCode(region[:2])


def regions_of(country: CountryCode) -> tuple[RegionCode, ...]:
    """Return the top-level subdivisions of a country, sorted by code; empty if ISO 3166-2 has none.

    There are 13 for CA and 57 for US (states, DC, outlying areas); for FR they are the regions, not the departments.
    A territory that also has a country code (US-PR and PR) is included.
    """
    return tuple(RegionCode(code) for code in top_level_regions() if code[:2] == country)


def country_name(code: CountryCode, *, language: Language) -> str:
    """Return the name of a country as it stands in a list: « Brésil », « La Réunion », "Brazil".

    Names are those of the Canadian locales of CLDR, with a capital, plain hyphens, and a few corrections.
    """
    return _country_names(language).get(code, code)


def country_sort_key(code: CountryCode, *, language: Language) -> str:
    """Return the sort key of a country's name, in which an article does not count: « La Réunion » stands under R."""
    return sort_key(_without_article(country_name(code, language=language)))


def territories_of(country: CountryCode) -> tuple[CountryCode, ...]:
    """Return the territories of a state that have a country code of their own (FR: BL, GF, GP …), sorted by code."""
    return tuple(CountryCode(code) for code in TERRITORIES.get(country, "").split())


def region_name(code: RegionCode, *, language: Language) -> str:
    """Return the name of a region, in English if it has no French name; or « Ailleurs au Canada »."""
    if code in _ELSEWHERE_CODES:
        place = in_country(country_of_region(code), language=language)
        return f"Ailleurs {place}" if language == "fr" else f"Elsewhere {place}"
    return region_names(language).get(code, code)


def in_region(code: RegionCode, *, language: Language) -> str | None:
    """Return the phrase "in that region" of CA, US, BE and CH: « au Texas », « dans le Maine »; None for any other."""
    if code[:2] == "US" and code[3:] in TERRITORIES["US"].split():
        return in_country(CountryCode(code[3:]), language=language)
    form = (FRENCH_IN_REGION if language == "fr" else ENGLISH_IN_REGION).get(code)
    return IN_REGION[language].get(code) or (form and form + region_name(code, language=language))


def in_country(code: CountryCode, *, language: Language) -> str:
    """Return the phrase "in that country": « au Brésil », « aux États-Unis », "in the United States"."""
    if language == "en":
        return f"{'on' if code in ENGLISH_ON else 'in'} {the_country(code, language='en')}"
    if code in FRENCH_PHRASES:
        return FRENCH_PHRASES[code][1]
    return FRENCH_FORMS.get(code, _NO_FORM)[1] + _name_in_french_sentence(code)


def the_country(code: CountryCode, *, language: Language) -> str:
    """Return the name with its article in lower case, if it has one: « le Brésil », « Cuba », "the Bahamas"."""
    if language == "en":
        article = "the " if code in ENGLISH_WITH_ARTICLE else ""
        return article + (ENGLISH_NAMES_IN_SENTENCES.get(code) or country_name(code, language="en"))
    if code in FRENCH_PHRASES:
        return FRENCH_PHRASES[code][0]
    return FRENCH_FORMS.get(code, _NO_FORM)[0] + _name_in_french_sentence(code)


def is_plural(code: CountryCode, *, language: Language) -> bool:
    """Tell whether the verb after `the_country` is plural: « les États-Unis ont », "the United States has"."""
    return language == "fr" and is_plural_name(code)


def find_countries(keyword: str) -> frozenset[CountryCode]:
    """Return the countries with any name, French or English, common or former, in which the keyword starts at a word.

    Case and accents are ignored. Hyphens, apostrophes, quotes and whitespace are equivalent, and ignored at both ends:
    « "etats unis" » finds US. A two-letter code, or UK, also finds its country. A keyword of punctuation finds none.
    """
    searched = words(fold(keyword))
    if not searched:
        return frozenset()
    by_code = parse_country(searched)
    by_name = (code for code, names in _search_texts().items() if f" {searched}" in names)
    return frozenset(by_name) | ({by_code} if by_code else frozenset())


def parse_countries(text: str) -> ParsedCountries:
    """Parse a list of countries such as « Brésil; Portugal, AO ».

    Items are separated by semicolons, commas, tabs and line ends, and also by "et" or "and". An item is any name in
    French or English, common or former, with or without its article and regardless of case and accents; a two-letter
    code; or several codes separated by whitespace.
    """
    countries: dict[CountryCode, None] = {}
    unknown: dict[str, None] = {}
    ambiguous: dict[str, tuple[CountryCode, ...]] = {}
    for item in filter(None, (item.strip() for item in _COUNTRY_SEPARATOR.split(text))):
        parts = _parse_item(item)
        countries.update({codes[0]: None for codes in parts.values() if len(codes) == 1})
        ambiguous.update({part: codes for part, codes in parts.items() if len(codes) > 1})
        if not parts:
            unknown[item] = None
    return ParsedCountries(tuple(countries), tuple(unknown), ambiguous)


def _parse_item(item: str) -> dict[str, tuple[CountryCode, ...]]:
    """Map each part of an item to the countries that it may mean; empty if a part means none."""
    for parts in ([item], _AND.split(item), item.split()):
        candidates = {part.strip(): _parse_name(part) for part in parts}
        if candidates and all(candidates.values()):
            return candidates
    return {}


def _parse_name(text: str) -> tuple[CountryCode, ...]:
    """Return the countries that a code or a name may mean; none if it is neither."""
    if by_code := parse_country(text):
        return (by_code,)
    name = words(fold(text))
    article, _, rest = name.partition(" ")
    return _countries_by_name().get(name) or _countries_by_name().get(rest if article in ARTICLES else "", ())


def _without_article(name: str) -> str:
    return next((name.removeprefix(article) for article in LEADING_ARTICLES if name.startswith(article)), name)


def _name_in_french_sentence(code: CountryCode) -> str:
    """Return the name as it stands behind an article or a preposition: « îles Cook », « Vatican »."""
    if code in FRENCH_NAMES_IN_SENTENCES:
        return FRENCH_NAMES_IN_SENTENCES[code]
    name = country_name(code, language="fr")
    return f"î{name[1:]}" if name.startswith(("Île ", "Îles ")) else name


def _names_in(*locales: str) -> dict[CountryCode, str]:
    territories = [Locale.parse(locale).territories for locale in locales]
    return {code: next((names[code] for names in territories if code in names), code) for code in COUNTRIES}


@cache
def _country_names(language: Language) -> Mapping[CountryCode, str]:
    locales, corrections = (("fr_CA", "fr"), FRENCH_NAMES) if language == "fr" else (("en_CA", "en"), ENGLISH_NAMES)
    names = {code: corrections.get(code, name) for code, name in _names_in(*locales).items()}
    return {code: f"{name[0].upper()}{name[1:]}".replace("\u2011", "-") for code, name in names.items()}


@cache
def names_of_countries() -> Mapping[CountryCode, frozenset[str]]:
    """Map each country to the folded words of all its names: of lists, in sentences, of CLDR, common and former."""
    variants: list[Mapping[CountryCode, str]] = [_names_in(locale) for locale in ("fr_CA", "fr", "en_CA", "en")]
    variants += [_country_names(language) for language in LANGUAGES]
    variants += [{code: the_country(code, language=language) for code in COUNTRIES} for language in LANGUAGES]
    return {
        code: frozenset(
            words(fold(name))
            for name in (*(names[code] for names in variants), *COMMON_NAMES.get(code, "").split(", "))
            if name
        )
        for code in COUNTRIES
    }


@cache
def _countries_by_name() -> Mapping[str, tuple[CountryCode, ...]]:
    """Map the folded words of each name to the countries that it may mean: one, or several if it is ambiguous."""
    countries: dict[str, tuple[CountryCode, ...]] = {
        name: (code,) for code, names in names_of_countries().items() for name in names
    }
    for ambiguous in AMBIGUOUS_NAMES:
        codes = tuple(CountryCode(code) for code in ambiguous.codes.split())
        countries |= {words(fold(name)): codes for name in ambiguous.names.split(", ")}
    return countries


@cache
def _search_texts() -> Mapping[CountryCode, str]:
    """Map each country to the folded words of all its names, each name preceded by a line end and a space."""
    return {code: "".join(f"\n {name}" for name in sorted(names)) for code, names in names_of_countries().items()}
