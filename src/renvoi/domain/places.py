"""Hides where place names come from (CLDR, ISO 3166-2) and how French speaks of a country.

Countries are those of ISO 3166-1 alpha-2, plus XK; regions are those of ISO 3166-2, plus one value for each
country that means "elsewhere in it". What takes a `CountryCode` or a `RegionCode` trusts it: parse first.
CLDR is read at the first question about a name, pycountry at the first about a region (about 0.1 s, once a
process), neither at import.
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

# What French puts before each name: alone ("le Brésil"), then where one is in it ("au Brésil").
# A name that CLDR gives with its article (la Réunion) stands among those without.
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
_FRENCH = {code: (alone, inside) for alone, inside, codes in _FRENCH_FORMS for code in codes.split()}

# CLDR writes these two as they stand in a list; in a sentence only a state (Îles Marshall) keeps its capital.
_FRENCH_LOWER_CASE = {"KY": "îles Caïmans", "TC": "îles Turques-et-Caïques"}

_WITH_THE = "AE AX BQ BS CC CF CK DO FK FO GB GM HM IM IO KM KY MH MP MV NL PH PN PS SB SC TC TF UM US VG VI"
_ENGLISH_WITH_ARTICLE = frozenset(_WITH_THE.split())

COUNTRIES: frozenset[CountryCode] = frozenset(CountryCode(code) for code in _FRENCH)
"""The 249 countries of ISO 3166-1, and XK."""

# CI-ZZ is Zanzan, a district; no code of ISO 3166-2 has four characters after its hyphen.
_ELSEWHERE = {code: RegionCode(f"{code}-ZZZZ" if code == "CI" else f"{code}-ZZ") for code in COUNTRIES}
_ELSEWHERE_CODES = frozenset(_ELSEWHERE.values())
_REGION_SHAPE = re.compile(r"([A-Z]{2})-([A-Z0-9]{1,4})")

# Where pycountry's French catalogue is wrong.
_FRENCH_REGIONS = {
    "CA-NB": "Nouveau-Brunswick",
    "CA-NT": "Territoires du Nord-Ouest",
    "CA-PE": "Île-du-Prince-Édouard",
    "US-HI": "Hawaï",
    "US-WV": "Virginie-Occidentale",
}
_BETWEEN_COUNTRIES = re.compile(r"[;,\t\r\n]")
_AND = re.compile(r"\s(?:et|and)\s")  # in capitals, ET is Ethiopia
_REGION_NOTE = re.compile(r"\s*(?:\[.*\]|†)\s*$")

_FOLDED_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "‘": "'"})
# Letters that do not decompose, and that a French reader takes for their plain neighbour.
_SORTED_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "þ": "th"})


@dataclass(frozen=True, slots=True)
class _Region:
    name: str
    top_level: bool


def parse_country(text: str) -> CountryCode | None:
    """Return the country of a two-letter code, any case, blanks at its ends ignored, UK for GB, or None."""
    code = text.strip()
    if not code.isascii():  # upper() would make "SS" of "ß"
        return None
    code = code.upper()
    country = CountryCode("GB" if code == "UK" else code)
    return country if country in COUNTRIES else None


def parse_region(text: str) -> RegionCode | None:
    """Return the region of an ISO 3166-2 code, any level, any case, or an `elsewhere`, or None."""
    code = text.strip()
    shape = _REGION_SHAPE.fullmatch(code.upper()) if code.isascii() else None
    country = parse_country(shape[1]) if shape else None
    if shape is None or country is None:
        return None
    region = RegionCode(f"{country}-{shape[2]}")
    return region if region in _ELSEWHERE_CODES or region in _regions() else None


def elsewhere(country: CountryCode) -> RegionCode:
    """Return the value for "elsewhere in that country" (CA-ZZ), which is never a code of ISO 3166-2."""
    return _ELSEWHERE[country]


def country_of_region(region: RegionCode) -> CountryCode:
    """Return the country of a region, or of an `elsewhere`."""
    return CountryCode(region[:2])


def regions_of(country: CountryCode) -> tuple[RegionCode, ...]:
    """Return the provinces, states or regions of a country, sorted by code; empty where ISO 3166-2 has none.

    They are the subdivisions that lie in no other: 13 for CA; 57 for US (states, DC, outlying areas); for FR
    its regions, not its departments. A territory that has a country code too (US-PR and PR) is among them.
    """
    return tuple(sorted(code for code, region in _regions().items() if code[:2] == country and region.top_level))


def country_name(code: CountryCode, *, language: Language) -> str:
    """Return the name of a country as CLDR writes it in Canada: « Brésil », "Brazil"."""
    return _country_names(language)[code]


def region_name(code: RegionCode, *, language: Language) -> str:
    """Return the name of a region (where there is no French one, the English), or « Ailleurs au Canada »."""
    if code in _ELSEWHERE_CODES:
        place = in_country(country_of_region(code), language=language)
        return f"Ailleurs {place}" if language == "fr" else f"Elsewhere {place}"
    name = _regions()[code].name
    if language == "fr":
        name = _FRENCH_REGIONS.get(code) or _french_regions().gettext(name)
    # ISO 3166-2 notes a second name or code behind the first: "Wales [Cymru GB-CYM]", "Centar †".
    return _REGION_NOTE.sub("", name)


def in_country(code: CountryCode, *, language: Language) -> str:
    """Return the words for "in that country": « au Brésil », « aux États-Unis », "in the United States"."""
    if language == "en":
        return f"in {the_country(code, language='en')}"
    return _FRENCH[code][1] + _name_in_french_sentence(code)


def the_country(code: CountryCode, *, language: Language) -> str:
    """Return the name as a subject, its article in lower case: « le Brésil », « Cuba », "the Bahamas"."""
    if language == "fr":
        return _FRENCH[code][0] + _name_in_french_sentence(code)
    article = "the " if code in _ENGLISH_WITH_ARTICLE else ""
    return article + country_name(code, language="en")


def is_plural(code: CountryCode, *, language: Language) -> bool:
    """Say whether the verb after `the_country` is plural: « les États-Unis ont », "the United States has"."""
    return language == "fr" and _FRENCH[code][0] == "les "


def fold(text: str) -> str:
    """Return the text without case, accents or typographic variants, for searching and for uniqueness.

    NFKD, casefold, nonspacing marks (Mn) dropped, œ→oe, æ→ae, ’ and ‘→', CRLF and CR→LF. Blanks are kept.
    A text of marks only keeps them. Folding twice is folding once.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Casefolding can undo the normal form and the reverse: Unicode's D146 asks for this order, NFD first.
    text = unicodedata.normalize("NFD", text).casefold()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = "".join(character for character in text if unicodedata.category(character) != "Mn")
    return folded.translate(_FOLDED_LETTERS) or text


def sort_key(text: str) -> str:
    """Return a key whose code points compare as a French reader sorts: Danemark, Égypte, Espagne.

    Words first: the folded text with one blank for whatever is neither letter, digit nor mark (Saint-Marin
    sorts as "saint marin"), and ø ł đ ð ħ ı þ as their neighbours. Then a tab, below every letter and blank,
    and the folded text itself: two texts have one key only when they fold alike. No U+0000 is added.
    """
    folded = fold(text)
    return f"{_words(folded.translate(_SORTED_LETTERS))}\t{folded}"


def find_countries(keyword: str) -> frozenset[CountryCode]:
    """Return the countries with a CLDR name, French or English, in which the keyword begins a word.

    Blind to case and accents; hyphens, apostrophes, quotes and blanks are alike, and dropped at both ends:
    « "etats unis" » finds US. A whole two-letter code, or UK, finds its country too. Punctuation: none.
    """
    wanted = _words(fold(keyword))
    if not wanted:
        return frozenset()
    by_code = parse_country(wanted)
    by_name = (code for code, names in _searched_names().items() if f" {wanted}" in names)
    return frozenset(by_name) | ({by_code} if by_code else frozenset())


def parse_countries(text: str) -> tuple[tuple[CountryCode, ...], tuple[str, ...]]:
    """Return the countries that a list names, each once, in its order, and the pieces of it that name none.

    Pieces stand between semicolons, commas, tabs and line ends, the last two also between "et" or "and": « Brésil;
    Portugal, AO ». A piece is a whole name in French or English, with its article or not, blind to case and accents;
    a two-letter code; or several codes with blanks between them.
    """
    countries: dict[CountryCode, None] = {}
    unknown: dict[str, None] = {}
    for piece in filter(None, (piece.strip() for piece in _BETWEEN_COUNTRIES.split(text))):
        found = _countries_in(piece)
        countries.update(dict.fromkeys(found))
        if not found:
            unknown[piece] = None
    return tuple(countries), tuple(unknown)


def _countries_in(piece: str) -> tuple[CountryCode, ...]:
    for parts in ([piece], _AND.split(piece), piece.split()):
        codes = [parse_country(part) or _whole_names().get(_words(fold(part))) for part in parts]
        if codes and all(codes):
            return tuple(code for code in codes if code)
    return ()


def _words(folded: str) -> str:
    kept = (character if unicodedata.category(character)[0] in "LNM" else " " for character in folded)
    return " ".join("".join(kept).split())


def _name_in_french_sentence(code: CountryCode) -> str:
    return _FRENCH_LOWER_CASE.get(code) or country_name(code, language="fr")


def _names_in(*locales: str) -> dict[CountryCode, str]:
    territories = [Locale.parse(locale).territories for locale in locales]
    return {code: next(names[code] for names in territories if code in names) for code in COUNTRIES}


@cache
def _country_names(language: Language) -> Mapping[CountryCode, str]:
    return _names_in("fr_CA", "fr") if language == "fr" else _names_in("en_CA", "en")


@cache
def _whole_names() -> Mapping[str, CountryCode]:
    """Each name as it is compared, alone and with its article → its country."""
    alone = [_names_in(locale) for locale in ("fr_CA", "fr", "en_CA", "en")]
    with_article = [{code: the_country(code, language=language) for code in COUNTRIES} for language in LANGUAGES]
    return {_words(fold(name)): code for names in (*with_article, *alone) for code, name in names.items()}


@cache
def _searched_names() -> Mapping[CountryCode, str]:
    """Return all names of each country, folded to words, each behind a line end and a blank."""
    variants = [_names_in(locale) for locale in ("fr_CA", "fr", "en_CA", "en")]
    return {code: "".join(f"\n {_words(fold(names[code]))}" for names in variants) for code in COUNTRIES}


@cache
def _regions() -> Mapping[RegionCode, _Region]:
    import pycountry  # noqa: PLC0415  a gateway imports this module and may never be asked about a region

    return {
        RegionCode(region.code): _Region(name=region.name, top_level=region.parent_code is None)
        for region in pycountry.subdivisions
    }


@cache
def _french_regions() -> gettext.NullTranslations:
    import pycountry  # noqa: PLC0415  as above

    return gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=["fr"])
