"""Parse, name, search and sort countries and regions, in French and English.

Countries are those of ISO 3166-1 alpha-2, plus XK. Regions are those of ISO 3166-2, plus one value per country that
means "elsewhere in that country". Country names come from CLDR, region names from pycountry. Functions that take a
`CountryCode` or a `RegionCode` do not validate it: parse it first. CLDR is loaded when a name is first needed and
pycountry when a region is first needed (about 0.1 s per process); neither is loaded at import.
"""

import gettext
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NewType

from babel import Locale

Language = Literal["fr", "en"]
CountryCode = NewType("CountryCode", str)
RegionCode = NewType("RegionCode", str)

LANGUAGES: tuple[Language, ...] = ("fr", "en")

# French article before each name ("le Brésil"), then preposition that means "in" ("au Brésil"). Names whose article
# is part of the CLDR name (la Réunion) are listed among those without an article.
_FRENCH_FORMS: tuple[tuple[str, str, str], ...] = (
    (
        "le ",
        "au ",
        (
            "BD BF BI BJ BN BR BT BW BY BZ CA CD CG CL CM CR CV DK EH GA GB GH GL GT GY HN JP KE KG KH KW "
            "KZ LA LB LI LK LR LS LU MA ME ML MM MW MX MZ NE NG NI NP PA PE PK PT PY QA RW SD SN SR SS "
            "SV TD TG TJ TL TM VE VN VU WS XK YE ZW"
        ),
    ),
    (
        "la ",
        "en ",
        (
            "BA BE BG BO CF CH CI CN CO CZ DO FI FM FR GE GF GM GN GP GQ GR GS GW HR HU JM JO KP KR LT LV "
            "LY MD MK MN MQ MR MY NA NC NO NZ PF PG PL RO RS RU SE SI SK SL SO SY TH TN TR TZ ZM"
        ),
    ),
    (
        "l’",
        "en ",
        ("AD AF AL AM AO AQ AR AT AU AZ DE DZ EC EE EG ER ES ET ID IE IN IQ IR IS IT SA SZ UA UG UY UZ ZA"),
    ),
    ("les ", "aux ", "AE AS AX BM BQ BS CC CK FJ FK FO HM KM KY MH MP MV NL PH PN PW SB SC TC TO US VG VI"),
    (
        "",
        "à ",
        (
            "AG AI AW BH BL CU CW CY DJ GG GI GU JE KI KN LC MC MF MG MS MT MU NR NU OM PM PR RE SG SH SJ SM "
            "ST SX TK TT TV TW VC WF YT"
        ),
    ),
    ("", "en ", "HT IL"),
    ("la ", "à la ", "BB DM GD"),
    ("le ", "dans le ", "IO"),
    ("la ", "dans la ", "HK MO VA"),
    ("l’", "dans l’", "BV CX IM NF"),
    ("les ", "dans les ", "PS TF UM"),
)
_FRENCH = {code: (article, preposition) for article, preposition, codes in _FRENCH_FORMS for code in codes.split()}

# CLDR capitalises these two as list items; in a sentence, only a state (Îles Marshall) keeps its capital.
_FRENCH_LOWER_CASE = {"KY": "îles Caïmans", "TC": "îles Turques-et-Caïques"}

_ENGLISH_THE = "AE AX BQ BS CC CF CK DO FK FO GB GM HM IM IO KM KY MH MP MV NL PH PN PS SB SC TC TF UM US VG VI"
_ENGLISH_WITH_ARTICLE = frozenset(_ENGLISH_THE.split())

COUNTRIES: frozenset[CountryCode] = frozenset(CountryCode(code) for code in _FRENCH)
"""The 249 countries of ISO 3166-1, and XK."""

# CI-ZZ is the district of Zanzan. No ISO 3166-2 code has four characters after its hyphen.
_ELSEWHERE = {code: RegionCode(f"{code}-ZZZZ" if code == "CI" else f"{code}-ZZ") for code in COUNTRIES}
_ELSEWHERE_CODES = frozenset(_ELSEWHERE.values())
_REGION_PATTERN = re.compile(r"([A-Z]{2})-([A-Z0-9]{1,4})")

# Corrections of pycountry's French catalogue.
_FRENCH_REGION_NAMES = {
    "CA-NB": "Nouveau-Brunswick",
    "CA-NT": "Territoires du Nord-Ouest",
    "CA-PE": "Île-du-Prince-Édouard",
    "US-HI": "Hawaï",
    "US-WV": "Virginie-Occidentale",
}
_COUNTRY_SEPARATOR = re.compile(r"[;,\t\r\n]")
_AND = re.compile(r"\s(?:et|and)\s")  # case-sensitive: ET is Ethiopia
_REGION_NOTE = re.compile(r"\s*(?:\[.*\]|†)\s*$")

_FOLDED_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "‘": "'"})
# Letters that do not decompose in Unicode, and that a French reader sorts as the similar ASCII letter.
_SORT_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "þ": "th"})


@dataclass(frozen=True, slots=True)
class _Region:
    name: str
    top_level: bool


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
    return region if region in _ELSEWHERE_CODES or region in _regions() else None


def elsewhere(country: CountryCode) -> RegionCode:
    """Return the region that means "elsewhere in that country" (CA-ZZ). It is never an ISO 3166-2 code."""
    return _ELSEWHERE[country]


def country_of_region(region: RegionCode) -> CountryCode:
    """Return the country of a region or of an `elsewhere` value."""
    return CountryCode(region[:2])


def regions_of(country: CountryCode) -> tuple[RegionCode, ...]:
    """Return the top-level subdivisions of a country, sorted by code; empty if ISO 3166-2 has none.

    There are 13 for CA and 57 for US (states, DC, outlying areas); for FR they are the regions, not the departments.
    A territory that also has a country code (US-PR and PR) is included.
    """
    return tuple(sorted(code for code, region in _regions().items() if code[:2] == country and region.top_level))


def country_name(code: CountryCode, *, language: Language) -> str:
    """Return the name of a country in the Canadian locales of CLDR: « Brésil », "Brazil"."""
    return _country_names(language)[code]


def region_name(code: RegionCode, *, language: Language) -> str:
    """Return the name of a region, in English if it has no French name; or « Ailleurs au Canada »."""
    if code in _ELSEWHERE_CODES:
        place = in_country(country_of_region(code), language=language)
        return f"Ailleurs {place}" if language == "fr" else f"Elsewhere {place}"
    name = _regions()[code].name
    if language == "fr":
        name = _FRENCH_REGION_NAMES.get(code) or _french_regions().gettext(name)
    # ISO 3166-2 adds a note after some names: "Wales [Cymru GB-CYM]", "Centar †".
    return _REGION_NOTE.sub("", name)


def in_country(code: CountryCode, *, language: Language) -> str:
    """Return the phrase "in that country": « au Brésil », « aux États-Unis », "in the United States"."""
    if language == "en":
        return f"in {the_country(code, language='en')}"
    return _FRENCH[code][1] + _name_in_french_sentence(code)


def the_country(code: CountryCode, *, language: Language) -> str:
    """Return the name with its article in lower case, if it has one: « le Brésil », « Cuba », "the Bahamas"."""
    if language == "fr":
        return _FRENCH[code][0] + _name_in_french_sentence(code)
    article = "the " if code in _ENGLISH_WITH_ARTICLE else ""
    return article + country_name(code, language="en")


def is_plural(code: CountryCode, *, language: Language) -> bool:
    """Tell whether the verb after `the_country` is plural: « les États-Unis ont », "the United States has"."""
    return language == "fr" and _FRENCH[code][0] == "les "


def fold(text: str) -> str:
    """Return the folded key of a text, without case, accents and typographic variants, for search and uniqueness.

    Applies NFKD and casefold, removes nonspacing marks (Mn), and replaces œ by oe, æ by ae, ’ and ‘ by ', and CRLF and
    CR by LF. Whitespace is preserved. A text that consists of marks keeps them. Folding is idempotent.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Casefolding can undo normalisation and vice versa. Unicode definition D146 requires this order, with NFD first.
    text = unicodedata.normalize("NFD", text).casefold()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = "".join(character for character in text if unicodedata.category(character) != "Mn")
    return folded.translate(_FOLDED_LETTERS) or text


def sort_key(text: str) -> str:
    """Return a sort key whose code points compare in the order a French reader expects: Danemark, Égypte, Espagne.

    The key starts with the words of the folded text (Saint-Marin sorts as "saint marin"), with ø ł đ ð ħ ı þ replaced
    by similar ASCII letters. A tab, which sorts before every letter and space, and the folded text itself follow, so
    that two texts have the same sort key only if they have the same folded key. No U+0000 is added.
    """
    folded = fold(text)
    return f"{_words(folded.translate(_SORT_LETTERS))}\t{folded}"


def find_countries(keyword: str) -> frozenset[CountryCode]:
    """Return the countries with a French or English CLDR name in which the keyword starts at a word.

    Case and accents are ignored. Hyphens, apostrophes, quotes and whitespace are equivalent, and ignored at both ends:
    « "etats unis" » finds US. A two-letter code, or UK, also finds its country. A keyword of punctuation finds none.
    """
    words = _words(fold(keyword))
    if not words:
        return frozenset()
    by_code = parse_country(words)
    by_name = (code for code, names in _search_texts().items() if f" {words}" in names)
    return frozenset(by_name) | ({by_code} if by_code else frozenset())


def parse_countries(text: str) -> tuple[tuple[CountryCode, ...], tuple[str, ...]]:
    """Parse a list of countries such as « Brésil; Portugal, AO ».

    Returns the countries, without duplicates and in the order of the list, and the items that name no country. Items
    are separated by semicolons, commas, tabs and line ends, and also by "et" or "and". An item is a full name in French
    or English, with or without its article and regardless of case and accents; a two-letter code; or several codes
    separated by whitespace.
    """
    countries: dict[CountryCode, None] = {}
    unknown: dict[str, None] = {}
    for item in filter(None, (item.strip() for item in _COUNTRY_SEPARATOR.split(text))):
        codes = _parse_item(item)
        countries.update(dict.fromkeys(codes))
        if not codes:
            unknown[item] = None
    return tuple(countries), tuple(unknown)


def _parse_item(item: str) -> tuple[CountryCode, ...]:
    for parts in ([item], _AND.split(item), item.split()):
        codes = [parse_country(part) or _countries_by_name().get(_words(fold(part))) for part in parts]
        if codes and all(codes):
            return tuple(code for code in codes if code)
    return ()


def _words(folded: str) -> str:
    """Reduce a folded text to its words (letters, digits and marks), separated by single spaces."""
    characters = (character if unicodedata.category(character)[0] in "LNM" else " " for character in folded)
    return " ".join("".join(characters).split())


def _name_in_french_sentence(code: CountryCode) -> str:
    return _FRENCH_LOWER_CASE.get(code) or country_name(code, language="fr")


def _names_in(*locales: str) -> dict[CountryCode, str]:
    territories = [Locale.parse(locale).territories for locale in locales]
    return {code: next(names[code] for names in territories if code in names) for code in COUNTRIES}


@cache
def _country_names(language: Language) -> Mapping[CountryCode, str]:
    return _names_in("fr_CA", "fr") if language == "fr" else _names_in("en_CA", "en")


@cache
def _countries_by_name() -> Mapping[str, CountryCode]:
    """Map the folded words of each name, with and without its article, to its country."""
    without_article = [_names_in(locale) for locale in ("fr_CA", "fr", "en_CA", "en")]
    with_article = [{code: the_country(code, language=language) for code in COUNTRIES} for language in LANGUAGES]
    return {_words(fold(name)): code for names in (*with_article, *without_article) for code, name in names.items()}


@cache
def _search_texts() -> Mapping[CountryCode, str]:
    """Map each country to the folded words of all its names, each name preceded by a line end and a space."""
    variants = [_names_in(locale) for locale in ("fr_CA", "fr", "en_CA", "en")]
    return {code: "".join(f"\n {_words(fold(names[code]))}" for names in variants) for code in COUNTRIES}


@cache
def _regions() -> Mapping[RegionCode, _Region]:
    import pycountry  # noqa: PLC0415  the gateway imports this module and may never need a region

    return {
        RegionCode(region.code): _Region(name=region.name, top_level=region.parent_code is None)
        for region in pycountry.subdivisions
    }


@cache
def _french_regions() -> gettext.NullTranslations:
    import pycountry  # noqa: PLC0415  as above

    return gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=["fr"])
