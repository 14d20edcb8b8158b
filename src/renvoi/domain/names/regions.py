"""What pycountry does not say of regions: their usual names, and the phrase "in that region".

What decides the French prepositions:

- Canada: the Office québécois de la langue française, Vitrine linguistique 24890, « Les prépositions devant un nom de
  province ou de territoire », in full. Of « aux » and « dans les Territoires du Nord-Ouest » the first is here.
- United States: the same, 24891, « Les prépositions devant un nom d’État américain »: « en » before feminine names and
  vowels, « à Hawaï », else « au » or « dans le ». « Au » was chosen, but for Maine, a province of France as well.
  « Dans l’État de New York », « … de Washington »: Bureau de la traduction, L’Actualité terminologique, volume 31,
  number 2, 1998, « Traduire le monde : Les États-Uniques ».
- Belgium: article 5 of the Constitution names the provinces, with the article (le Hainaut) or without (Liège). « En »
  stands before feminine names; before masculine ones « en » or « dans le » (Grevisse, Le bon usage, on provinces), of
  which the second is here. Named after a city (Anvers, Liège, Namur), or as a country or its province (Luxembourg,
  Limbourg): « dans la province de ».
- Switzerland: article 1 of the Federal Constitution has the names. « En » before feminine names, « au Tessin », « dans
  les Grisons »; « en Valais » is the usage there (Thibault and Knecht, Dictionnaire suisse romand). Named after
  a city, without an article, or as a range of mountains and a department of France (Jura): « dans le canton de ».

`tests/domain/region_phrases.txt` has all phrases.
"""

import gettext
import re
from collections.abc import Mapping
from functools import cache

# ISO 3166-2 adds a note after some names: "Wales [Cymru GB-CYM]", "Centar †".
_NOTE = re.compile(r"\s*(?:\[.*\]|†)\s*$")

# Corrections of pycountry's French catalogue.
_FRENCH_REGION_NAMES: Mapping[str, str] = {
    "BE-BRU": "Bruxelles-Capitale",
    "BE-VBR": "Brabant flamand",
    "BE-VLG": "Flandre",
    "BE-VLI": "Limbourg",
    "BE-VOV": "Flandre orientale",
    "BE-VWV": "Flandre occidentale",
    "BE-WAL": "Wallonie",
    "BR-AM": "Amazonas",
    "BR-AP": "Amapá",
    "BR-CE": "Ceará",
    "BR-ES": "Espírito Santo",
    "BR-GO": "Goiás",
    "BR-MA": "Maranhão",
    "BR-PA": "Pará",
    "BR-PB": "Paraíba",
    "BR-PI": "Piauí",
    "BR-PR": "Paraná",
    "BR-RO": "Rondônia",
    "BR-SC": "Santa Catarina",
    "BR-SP": "São Paulo",
    "CA-NB": "Nouveau-Brunswick",
    "CA-NT": "Territoires du Nord-Ouest",
    "CA-PE": "Île-du-Prince-Édouard",
    "CH-BE": "Berne",
    "ES-AS": "Asturies",
    "ES-CN": "Îles Canaries",
    "ES-CT": "Catalogne",
    "ES-EX": "Estrémadure",
    "ES-GA": "Galice",
    "ES-IB": "Îles Baléares",
    "ES-MC": "Région de Murcie",
    "ES-MD": "Communauté de Madrid",
    "ES-NC": "Navarre",
    "ES-PV": "Pays basque",
    "ES-VC": "Communauté valencienne",
    "FR-973": "Guyane",
    "FR-PAC": "Provence-Alpes-Côte d’Azur",
    "IT-23": "Vallée d’Aoste",
    "IT-32": "Trentin-Haut-Adige",
    "IT-36": "Frioul-Vénétie julienne",
    "US-HI": "Hawaï",
    "US-WV": "Virginie-Occidentale",
}

# English names of regions that pycountry names in their own language.
_ENGLISH_REGION_NAMES: Mapping[str, str] = {
    "BE-BRU": "Brussels",
    "BE-VAN": "Antwerp",
    "BE-VBR": "Flemish Brabant",
    "BE-VLG": "Flanders",
    "BE-VOV": "East Flanders",
    "BE-VWV": "West Flanders",
    "BE-WAL": "Wallonia",
    "BE-WBR": "Walloon Brabant",
    "CH-BE": "Bern",
    "CH-GE": "Geneva",
    "CH-LU": "Lucerne",
    "CH-SG": "St. Gallen",
    "CH-ZH": "Zurich",
    "US-VI": "US Virgin Islands",
}

_FRENCH_FORMS = (
    (
        "en ",
        (
            "BE-VLG BE-VOV BE-VWV BE-WAL CA-AB CA-BC CA-NS CA-ON CA-SK CH-AG CH-TG CH-VS US-AK US-AL US-AR US-AZ US-CA "
            "US-FL US-GA US-IA US-ID US-IL US-IN US-LA US-NC US-OH US-OK US-OR US-PA US-SC US-UT US-VA US-WV"
        ),
    ),
    (
        "au ",
        (
            "CA-MB CA-NB CA-NU CA-QC CA-YT CH-TI US-CO US-CT US-DE US-KS US-KY US-MA US-MD US-MI US-MN US-MO US-MS "
            "US-MT US-ND US-NE US-NH US-NJ US-NM US-NV US-RI US-SD US-TN US-TX US-VT US-WI US-WY"
        ),
    ),
    ("aux ", "CA-NT"),
    ("à ", "CA-NL US-HI"),
    ("à l’", "CA-PE"),
    ("dans le ", "BE-VBR BE-WBR BE-WHT US-DC US-ME"),
    ("dans les ", "CH-GR"),
    ("dans l’État de ", "US-NY US-WA"),
    ("dans la province de ", "BE-VLI BE-WLG BE-WLX BE-WNA"),
    ("dans la province d’", "BE-VAN"),
    (
        "dans le canton de ",
        "CH-BE CH-BL CH-BS CH-FR CH-GE CH-GL CH-LU CH-NE CH-NW CH-SG CH-SH CH-SO CH-SZ CH-VD CH-ZG CH-ZH",
    ),
    ("dans le canton du ", "CH-JU"),
    ("dans le canton d’", "CH-AI CH-AR CH-OW CH-UR"),
)
_ENGLISH_FORMS = (
    ("in the ", "CA-NT US-DC"),
    ("in the province of ", "BE-VAN BE-VLI BE-WLG BE-WLX BE-WNA"),
    ("in the canton of ", " ".join(code for _, codes in _FRENCH_FORMS for code in codes.split() if code[:2] == "CH")),
)

FRENCH_IN_REGION: Mapping[str, str] = {code: form for form, codes in _FRENCH_FORMS for code in codes.split()}
"""What comes before the French name in the phrase "in that region", by code: no other region has a phrase."""

ENGLISH_IN_REGION: Mapping[str, str] = dict.fromkeys(FRENCH_IN_REGION, "in ") | {
    code: form for form, codes in _ENGLISH_FORMS for code in codes.split()
}
"""The same in English."""

IN_REGION: Mapping[str, Mapping[str, str]] = {
    "fr": {"BE-BRU": "à Bruxelles"},
    "en": {"BE-BRU": "in Brussels", "US-NY": "in New York State", "US-WA": "in Washington State"},
}
"""Whole phrases, by language and code, which differ from the name with something before it."""


@cache
def region_names(language: str) -> Mapping[str, str]:
    """Map the code of each region of ISO 3166-2 to its name; in English if it has no French one."""
    import pycountry  # noqa: PLC0415  the gateway imports this module and may never need a region

    if language == "fr":
        translate = gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=["fr"]).gettext
        names = {region.code: translate(region.name) for region in pycountry.subdivisions} | {**_FRENCH_REGION_NAMES}
    else:
        names = {region.code: region.name for region in pycountry.subdivisions} | {**_ENGLISH_REGION_NAMES}
    return {code: _NOTE.sub("", name) for code, name in names.items()}


@cache
def top_level_regions() -> tuple[str, ...]:
    """Return the codes of the regions that are part of no other one, sorted."""
    import pycountry  # noqa: PLC0415  as above

    return tuple(sorted(region.code for region in pycountry.subdivisions if region.parent_code is None))
