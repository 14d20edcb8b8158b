"""Articles, prepositions and plurals of country names in sentences."""

import pytest

from renvoi.domain.places import COUNTRIES, CountryCode, country_name, fold, in_country, is_plural, the_country

# Country code, name with article, phrase for "in the country", and "plural" if the verb is plural (CLDR, Canada).
FRENCH = """
AF|l’Afghanistan|en Afghanistan| ; AR|l’Argentine|en Argentine|
AE|les Émirats arabes unis|aux Émirats arabes unis|plural ; BB|la Barbade|à la Barbade|
BE|la Belgique|en Belgique| ; BF|le Burkina Faso|au Burkina Faso| ; BH|Bahreïn|à Bahreïn| ; BJ|le Bénin|au Bénin|
BM|les Bermudes|aux Bermudes|plural ; BR|le Brésil|au Brésil| ; BS|les Bahamas|aux Bahamas|plural
BV|l’île Bouvet|dans l’île Bouvet| ; CA|le Canada|au Canada| ; CD|le Congo-Kinshasa|au Congo-Kinshasa|
CF|la République centrafricaine|en République centrafricaine| ; CI|la Côte d’Ivoire|en Côte d’Ivoire|
CL|le Chili|au Chili| ; CU|Cuba|à Cuba| ; CV|le Cap-Vert|au Cap-Vert| ; CW|Curaçao|à Curaçao| ; CY|Chypre|à Chypre|
DE|l’Allemagne|en Allemagne| ; DJ|Djibouti|à Djibouti| ; DK|le Danemark|au Danemark|
DM|la Dominique|à la Dominique| ; DO|la République dominicaine|en République dominicaine|
EC|l’Équateur|en Équateur| ; EG|l’Égypte|en Égypte| ; FJ|les Fidji|aux Fidji|plural
FK|les îles Malouines|aux îles Malouines|plural ; FR|la France|en France| ; GB|le Royaume-Uni|au Royaume-Uni|
GD|la Grenade|à la Grenade| ; GF|la Guyane française|en Guyane française| ; GP|la Guadeloupe|en Guadeloupe|
HK|la R.A.S. chinoise de Hong Kong|dans la R.A.S. chinoise de Hong Kong| ; HN|le Honduras|au Honduras|
HT|Haïti|en Haïti| ; HU|la Hongrie|en Hongrie| ; IL|Israël|en Israël| ; IM|l’île de Man|dans l’île de Man|
IR|l’Iran|en Iran| ; IQ|l’Irak|en Irak| ; JM|la Jamaïque|en Jamaïque| ; KH|le Cambodge|au Cambodge|
KM|les Comores|aux Comores|plural ; KY|les îles Caïmans|aux îles Caïmans|plural ; LC|Sainte-Lucie|à Sainte-Lucie|
MC|Monaco|à Monaco| ; MG|Madagascar|à Madagascar| ; MO|la R.A.S. chinoise de Macao|dans la R.A.S. chinoise de Macao|
MQ|la Martinique|en Martinique| ; MT|Malte|à Malte| ; MU|Maurice|à Maurice| ; MX|le Mexique|au Mexique|
MZ|le Mozambique|au Mozambique| ; NL|les Pays-Bas|aux Pays-Bas|plural
NC|la Nouvelle-Calédonie|en Nouvelle-Calédonie| ; OM|Oman|à Oman| ; PH|les Philippines|aux Philippines|plural
PR|Porto Rico|à Porto Rico| ; PS|les Territoires palestiniens|dans les Territoires palestiniens|plural
PM|Saint-Pierre-et-Miquelon|à Saint-Pierre-et-Miquelon| ; PY|le Paraguay|au Paraguay| ; RE|la Réunion|à la Réunion|
SA|l’Arabie saoudite|en Arabie saoudite| ; SC|les Seychelles|aux Seychelles|plural ; SG|Singapour|à Singapour|
SM|Saint-Marin|à Saint-Marin| ; SV|le Salvador|au Salvador|
TC|les îles Turques-et-Caïques|aux îles Turques-et-Caïques|plural ; TD|le Tchad|au Tchad| ; TW|Taïwan|à Taïwan|
UA|l’Ukraine|en Ukraine| ; UG|l’Ouganda|en Ouganda|
UM|les îles mineures éloignées des États-Unis|dans les îles mineures éloignées des États-Unis|plural
US|les États-Unis|aux États-Unis|plural ; UY|l’Uruguay|en Uruguay| ; VA|la Cité du Vatican|dans la Cité du Vatican|
VE|le Vénézuéla|au Vénézuéla| ; XK|le Kosovo|au Kosovo| ; YE|le Yémen|au Yémen| ; YT|Mayotte|à Mayotte|
ZA|l’Afrique du Sud|en Afrique du Sud| ; ZM|la Zambie|en Zambie| ; ZW|le Zimbabwe|au Zimbabwe|
"""


def _french_line(country: CountryCode) -> str:
    plural = "plural" if is_plural(country, language="fr") else ""
    phrases = the_country(country, language="fr"), in_country(country, language="fr")
    return "|".join((country, *phrases, plural))


# The first letter of a name decides between le or la and l’, except for these names with an aspirated h.
ASPIRATED = {"HN", "HU"}


def test_french_articles_and_prepositions() -> None:
    expected = FRENCH.strip().replace("\n", " ; ").split(" ; ")
    assert [_french_line(CountryCode(line[:2])) for line in expected] == expected


def test_french_forms_are_consistent_for_every_country() -> None:
    articles = {"le": {"au", "dans le"}, "la": {"en", "à la", "dans la"}, "l’": {"en", "dans l’"}}
    articles |= {"les": {"aux", "dans les"}, "": {"à", "en"}}
    for country in COUNTRIES:
        name = country_name(country, language="fr")
        subject, place = the_country(country, language="fr"), in_country(country, language="fr")
        article = subject[: -len(name)].strip()
        assert subject.casefold().endswith(name.casefold())
        assert place[: -len(name)].strip() in articles[article]
        assert is_plural(country, language="fr") == (article == "les")
        vowel = fold(name)[0] in "aeiouh" and country not in ASPIRATED
        if article in {"le", "la", "l’"}:
            assert vowel == (article == "l’"), name


@pytest.mark.parametrize(
    ("country", "subject"),
    [
        ("BR", "Brazil"),
        ("US", "the United States"),
        ("NL", "the Netherlands"),
        ("GB", "the United Kingdom"),
        ("PH", "the Philippines"),
        ("CI", "Côte d’Ivoire"),
        ("VI", "the US Virgin Islands"),
        ("NF", "Norfolk Island"),
    ],
)
def test_english_articles(country: CountryCode, subject: str) -> None:
    assert the_country(country, language="en") == subject
    assert in_country(country, language="en") == f"in {subject}"
    assert not is_plural(country, language="en")


def test_english_names_of_islands_and_territories_have_an_article() -> None:
    for country in COUNTRIES - {CountryCode("GS")}:
        name = country_name(country, language="en")
        expected = name.endswith(("Islands", "Territories", "territories", "Territory", "Republic"))
        assert not expected or the_country(country, language="en") == f"the {name}"
