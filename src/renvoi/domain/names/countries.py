"""What CLDR does not say of countries: articles and prepositions, common and former names, territories.

The French articles and prepositions follow the rules of the Bureau de la traduction of Canada (Clefs du français
pratique, « Pays : prépositions »). The reviewed phrases of all countries are in `tests/domain/country_phrases.txt`. The
other names are those of ISO 3166-3 (former names), of the United Nations, and the short forms that people type.
"""

from collections.abc import Mapping
from typing import NamedTuple

# French article before each name ("le Brésil"), then preposition that means "in" ("au Brésil").
_FRENCH_FORMS: tuple[tuple[str, str, str], ...] = (
    (
        "le ",
        "au ",
        (
            "BD BF BI BJ BN BR BT BW BY BZ CA CG CL CM CR CV DK EH GA GB GH GL GT GY HN JP KE KG KH KW "
            "KZ LA LB LI LK LR LS LU MA ME ML MM MW MX MZ NE NG NI NP PA PE PK PT PY QA RW SD SJ SN SR SS "
            "SV TD TG TJ TL TM VA VE VN VU WS XK YE ZW"
        ),
    ),
    (
        "la ",
        "en ",
        (
            "BA BE BG BO CD CF CH CI CN CO CZ DO FI FM FR GE GF GM GN GP GQ GR GS GW HR HU JM JO KP KR LT LV "
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
            "AG AI AW BH BL CU CW CY DJ GG GI GU HK JE KI KN LC MC MF MG MO MS MT MU NR NU OM PM PR SG SH SM "
            "ST SX TK TT TV TW VC WF YT"
        ),
    ),
    ("", "en ", "HT IL"),
    ("la ", "à la ", "BB DM GD RE"),
    ("le ", "dans le ", "IO"),
    ("l’", "à l’", "BV CX IM NF"),
    ("les ", "dans les ", "PS TF UM"),
)
FRENCH_FORMS: Mapping[str, tuple[str, str]] = {
    code: (article, preposition) for article, preposition, codes in _FRENCH_FORMS for code in codes.split()
}
"""The French article and preposition of each country code."""

FRENCH_PHRASES: Mapping[str, tuple[str, str]] = {
    "GS": ("la Géorgie du Sud et les îles Sandwich du Sud", "en Géorgie du Sud et aux îles Sandwich du Sud"),
    "SJ": ("le Svalbard et Jan Mayen", "au Svalbard et à Jan Mayen"),
}
"""The name with its article and the phrase "in that country" of territories that consist of two."""

FRENCH_NAMES_IN_SENTENCES: Mapping[str, str] = {
    "CD": "République démocratique du Congo",
    "HK": "Hong Kong",
    "MH": "Îles Marshall",
    "MO": "Macao",
    "RE": "Réunion",
    "SB": "Îles Salomon",
    "VA": "Vatican",
}
"""Names that in a sentence are not those of a list. Only a state (Îles Marshall) keeps its capital there."""

FRENCH_NAMES: Mapping[str, str] = {
    "GS": "Géorgie du Sud et îles Sandwich du Sud",
    "RE": "La Réunion",
}
"""Corrections of CLDR's French names."""

ENGLISH_NAMES: Mapping[str, str] = {
    "CD": "Congo-Kinshasa",
    "CG": "Congo-Brazzaville",
    "GS": "South Georgia and the South Sandwich Islands",
    "PS": "Palestinian Territories",
}
"""Corrections of CLDR's English names."""

ENGLISH_NAMES_IN_SENTENCES: Mapping[str, str] = {
    "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "MO": "Macao",
}
"""Names that in a sentence are not those of a list."""

_ENGLISH_THE = "AE AX BQ BS CC CD CF CG CK DO FK FO GB GM HM IM IO KM KY MH MP MV NL PH PN PS SB SC TC TF UM US VG VI"
ENGLISH_WITH_ARTICLE = frozenset(_ENGLISH_THE.split())
"""Country codes of names with "the" in a sentence."""

ENGLISH_ON = frozenset({"BV", "CX", "IM", "NF"})
"""Country codes of single islands, with "on" instead of "in"."""

LEADING_ARTICLES = ("La ",)
"""Articles that do not count in the order of names."""


class AmbiguousName(NamedTuple):
    """Names, separated by commas, that may mean any of several countries (codes, separated by spaces)."""

    names: str
    codes: str


AMBIGUOUS_NAMES = (
    AmbiguousName("Congo", "CD CG"),
    AmbiguousName("Corée, Korea", "KP KR"),
    AmbiguousName("Guinée, Guinea", "GN GQ GW"),
    AmbiguousName("Saint-Martin, St. Martin, St Martin, Saint Martin", "MF SX"),
    AmbiguousName("Îles Vierges, Virgin Islands", "VG VI"),
    AmbiguousName("Antilles néerlandaises, Netherlands Antilles", "BQ CW SX"),
    AmbiguousName("Tchécoslovaquie, Czechoslovakia", "CZ SK"),
    AmbiguousName("Serbie-et-Monténégro, Serbia and Montenegro", "ME RS"),
    AmbiguousName("Yougoslavie, Yugoslavia", "BA HR ME MK RS SI XK"),
    AmbiguousName("URSS, Union soviétique, USSR, Soviet Union", "AM AZ BY EE GE KG KZ LT LV MD RU TJ TM UA UZ"),
)

COMMON_NAMES: Mapping[str, str] = {
    "AE": "Émirats, É.A.U., EAU, UAE, U.A.E., Emirates",
    "AG": "Antigua",
    "AX": "Åland, Îles Åland, Aland Islands",
    "BA": "Bosnie, Bosnia",
    "BF": "Haute-Volta, Upper Volta, Burkina",
    "BH": "Bahrein",
    "BJ": "Dahomey",
    "BL": "St. Barts, Saint-Barth",
    "BN": "Brunei Darussalam",
    "BO": "État plurinational de Bolivie",
    "BQ": "Bonaire, Saint-Eustache et Saba, Bonaire, Sint Eustatius and Saba",
    "BW": "Bechuanaland",
    "BY": "Biélorussie, Belorussia, White Russia",
    "BZ": "Honduras britannique, British Honduras",
    "CC": "Îles Keeling, Keeling Islands",
    "CD": (
        "RDC, R.D.C., DRC, D.R.C., RD Congo, DR Congo, Congo démocratique, République démocratique du Congo, "
        "Democratic Republic of the Congo, Zaïre, Congo belge, Belgian Congo"
    ),
    "CF": "Centrafrique, RCA, CAR, Oubangui-Chari",
    "CG": "République du Congo, Republic of the Congo",
    "CH": "Confédération suisse, Swiss Confederation",
    "CI": "Ivory Coast, Cote d'Ivoire",
    "CN": "République populaire de Chine, People's Republic of China, PRC",
    "CV": "Cabo Verde, Îles du Cap-Vert",
    "CZ": "République tchèque, Czech Republic",
    "DE": "RFA, République fédérale d'Allemagne, Federal Republic of Germany",
    "EH": "République arabe sahraouie, Sahrawi Republic",
    "ET": "Abyssinie, Abyssinia",
    "FK": "Malouines, Îles Falkland, Falklands, Malvinas",
    "FM": "États fédérés de Micronésie, Federated States of Micronesia",
    "FO": "Féroé, Faroes, Faeroe Islands",
    "GB": (
        "R.-U., U.K., Grande-Bretagne, Great Britain, Britain, Angleterre, England, Écosse, Scotland, "
        "Pays de Galles, Wales, Irlande du Nord, Northern Ireland, "
        "Royaume-Uni de Grande-Bretagne et d'Irlande du Nord, United Kingdom of Great Britain and Northern Ireland"
    ),
    "GF": "Guyane",
    "GH": "Côte-de-l'Or, Gold Coast",
    "GM": "The Gambia",
    "GN": "Guinée-Conakry, Guinea-Conakry, République de Guinée, Republic of Guinea",
    "GQ": "Guinée espagnole, Spanish Guinea",
    "GS": "Géorgie du Sud, South Georgia",
    "GW": "Guinée portugaise, Portuguese Guinea",
    "GY": "Guyane britannique, British Guiana",
    "HK": "Hong Kong, Hongkong",
    "IE": "République d'Irlande, Republic of Ireland, Eire",
    "IR": "République islamique d'Iran, Islamic Republic of Iran, Perse, Persia",
    "KG": "Kirghizie, Kirghizstan, Kirghizia",
    "KH": "Kampuchéa, Kampuchea",
    "KI": "Îles Gilbert, Gilbert Islands",
    "KN": "Saint-Christophe-et-Niévès, Saint-Kitts, St. Kitts, St Kitts and Nevis",
    "KP": "République populaire démocratique de Corée, RPDC, Democratic People's Republic of Korea, DPRK",
    "KR": "République de Corée, Republic of Korea, ROK",
    "LA": "RDP lao, République démocratique populaire lao, Lao PDR, Lao People's Democratic Republic",
    "LC": "St Lucia",
    "LK": "Ceylan, Ceylon",
    "LS": "Basutoland",
    "LY": "Jamahiriya arabe libyenne, Libyan Arab Jamahiriya",
    "MD": "République de Moldova, Republic of Moldova, Moldavia",
    "MF": "Saint-Martin (partie française), Saint Martin (French part)",
    "MK": "Macédoine, Macedonia, ARYM, FYROM",
    "MM": "Birmanie, Burma, Myanmar (Birmanie), Myanmar (Burma)",
    "MO": "Macao, Macau",
    "MP": "Îles Mariannes du Nord, Northern Marianas",
    "MU": "Île Maurice",
    "MW": "Nyassaland, Nyasaland",
    "NL": "Hollande, Holland, The Netherlands",
    "PF": "Tahiti",
    "PM": "Saint-Pierre",
    "PS": "Palestine, État de Palestine, State of Palestine",
    "PW": "Palaos, Belau",
    "RE": "Île de la Réunion, La Réunion",
    "RU": "Fédération de Russie, Russian Federation",
    "SH": "Sainte-Hélène, Ascension et Tristan da Cunha, Saint Helena, Ascension and Tristan da Cunha",
    "SJ": "Spitzberg, Spitsbergen",
    "SR": "Surinam, Guyane néerlandaise, Dutch Guiana",
    "ST": "São Tomé-et-Principe, Sao Tome and Principe",
    "SV": "République du Salvador, El Salvador",
    "SX": "Saint-Martin (partie néerlandaise), Sint Maarten (Dutch part)",
    "SY": "République arabe syrienne, Syrian Arab Republic",
    "SZ": "Swaziland, eSwatini",
    "TH": "Siam",
    "TL": "Timor oriental, East Timor",
    "TR": "Turkey, Turkiye",
    "TT": "Trinidad, Trinité, Trinidad-et-Tobago",
    "TV": "Îles Ellice, Ellice Islands",
    "TW": "Formose, Formosa, République de Chine",
    "TZ": "République-Unie de Tanzanie, United Republic of Tanzania, Tanganyika, Zanzibar",
    "US": ("É.-U., É.-U. A., USA, U.S.A., U.S., États-Unis d'Amérique, United States of America, America, Amérique"),
    "UM": "Îles mineures éloignées des É.-U.",
    "VA": "Vatican, État de la Cité du Vatican, Saint-Siège, Holy See",
    "VC": "Saint-Vincent, St. Vincent, St Vincent and the Grenadines",
    "VN": "Viet Nam, Viêt Nam",
    "VU": "Nouvelles-Hébrides, New Hebrides",
    "WS": "Samoa occidentales, Western Samoa",
    "ZW": "Rhodésie, Rhodésie du Sud, Rhodesia, Southern Rhodesia",
}
"""Short, common and former names of countries besides those of CLDR, in both languages, separated by commas."""

TERRITORIES: Mapping[str, str] = {
    "DK": "FO GL",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
    "GB": "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG",
    "NL": "AW BQ CW SX",
    "US": "AS GU MP PR UM VI",
}
"""Codes of the territories that have a country code of their own, by the code of the state to which they belong."""
