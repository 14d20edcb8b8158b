"""Articles, prepositions and plurals of country names in sentences."""

from pathlib import Path

import pytest

from renvoi.domain.names.agreement import Agreement, agreement
from renvoi.domain.names.countries import FRENCH_PHRASES
from renvoi.domain.names.keys import fold
from renvoi.domain.places import (
    COUNTRIES,
    LANGUAGES,
    CountryCode,
    country_name,
    country_sort_key,
    in_country,
    is_plural,
    territories_of,
    the_country,
)

# Of each country: code; French name in a list, with its article, and in a phrase; its gender (m, f), with p if it is
# plural; then the three English names. A person reviewed each line against the sources that `names.countries` and
# `names.agreement` name.
REVIEWED = Path(__file__).with_name("country_phrases.txt").read_text(encoding="utf-8").splitlines()


def _line(code: CountryCode) -> str:
    french = country_name(code, language="fr"), the_country(code, language="fr"), in_country(code, language="fr")
    english = country_name(code, language="en"), the_country(code, language="en"), in_country(code, language="en")
    return "|".join((code, *french, agreement([code]), *english))


def test_phrases_are_those_reviewed() -> None:
    assert [_line(code) for code in sorted(COUNTRIES)] == REVIEWED


# The first letter of a name decides between le or la and l’, except for these names with an aspirated h.
ASPIRATED = {"HN", "HU"}


def test_french_forms_are_consistent_for_every_country() -> None:
    articles = {"le": {"au", "dans le"}, "la": {"en", "à la"}, "l’": {"en", "à l’"}}
    articles |= {"les": {"aux", "dans les"}, "": {"à", "en"}}
    for country in COUNTRIES - FRENCH_PHRASES.keys():
        subject, place = the_country(country, language="fr"), in_country(country, language="fr")
        article = next(article for article in ("les ", "le ", "la ", "l’", "") if subject.startswith(article)).strip()
        name = subject.removeprefix(article).strip()
        assert place.endswith(name)
        assert place.removesuffix(name).strip() in articles[article], place
        assert is_plural(country, language="fr") == (article == "les") == agreement([country]).endswith("p")
        assert article not in {"le", "la"} or agreement([country]) == ("f" if article == "la" else "m")
        vowel = fold(name)[0] in "aeiouh" and country not in ASPIRATED
        if article in {"le", "la", "l’"}:
            assert vowel == (article == "l’"), name


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("BR", "m"),
        ("FR", "f"),
        ("US", "mp"),
        ("CK", "fp"),
        ("FR IT", "fp"),
        ("FR CK", "fp"),
        ("FR BR", "mp"),
        ("BR PT", "mp"),
        ("ZZ", "m"),
        ("", "m"),
    ],
)
def test_participle_is_feminine_only_where_all_names_are(codes: str, expected: Agreement) -> None:
    assert agreement(codes.split()) == expected


def test_no_english_phrase_is_plural() -> None:
    assert not any(is_plural(country, language="en") for country in COUNTRIES)


def test_english_names_of_islands_and_territories_have_an_article() -> None:
    for country in COUNTRIES - {CountryCode("GS")}:
        name = country_name(country, language="en")
        expected = name.endswith(("Islands", "Territories", "Territory", "Republic"))
        assert not expected or the_country(country, language="en") == f"the {name}"


def test_names_have_one_capitalisation_and_plain_hyphens() -> None:
    for country in COUNTRIES:
        for language in LANGUAGES:
            name = country_name(country, language=language)
            assert name[0].isupper(), name
            assert not set("\u2010\u2011\u2012\u2013") & set(name), name


def test_article_does_not_decide_the_order() -> None:
    ordered = sorted(COUNTRIES, key=lambda code: country_sort_key(code, language="fr"))
    assert ordered.index(CountryCode("RE")) == ordered.index(CountryCode("RO")) - 1


@pytest.mark.parametrize(("state", "territory"), [("FR", "RE"), ("US", "PR"), ("NL", "AW"), ("DK", "GL"), ("GB", "GI")])
def test_states_have_their_territories(state: CountryCode, territory: CountryCode) -> None:
    assert territory in territories_of(state)
    assert set(territories_of(state)) <= COUNTRIES
    assert territories_of(territory) == ()
