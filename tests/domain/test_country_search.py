"""Searching countries by keyword."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.names.keys import fold
from renvoi.domain.places import COUNTRIES, LANGUAGES, CountryCode, Language, country_name, find_countries

any_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
any_country = st.sampled_from(sorted(COUNTRIES))
few = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize(
    ("keyword", "expected", "excluded"),
    [
        ("etats", "US UM", "AE"),
        ("États-Unis", "US", "AE"),
        ("etats unis", "US", "AE"),
        ("united st", "US", "AE GB"),
        ("Mali", "ML", "SO"),
        ("somali", "SO", "ML"),
        ("unis", "US AE", "GB"),
        ("ivoire", "CI", ""),
        ("cote d'ivoire", "CI", ""),
        ("CÔTE D’I", "CI", ""),
        ("réunion", "RE", ""),
        ("br", "BR IO VG BN", "BE"),
        ("DE", "DE", "FR"),
        ("uk", "GB UA", "FR"),
        ('"Mali"', "ML", "SO"),
        ("« Mali »", "ML", "SO"),
        ("«\u00a0Mali\u00a0»", "ML", "SO"),
        (" mali ", "ML", "SO"),
        ("biélorussie", "BY", ""),
        ("bélarus", "BY", ""),
        ("saint-kitts", "KN", "LC"),
        ("saint christophe", "KN", "LC"),
        ("birmanie", "MM", ""),
        ("us virgin", "VI", "VG US"),
        ("turkey", "TR", ""),
        ("RDC", "CD", "CG"),
        ("É.-U.", "US", ""),
        ("grande-bretagne", "GB", ""),
        ("congo", "CD CG", ""),
        ("guinee", "GN GQ GW PG", ""),
        ("saint‐martin", "MF SX", ""),
        ("saint\u00a0martin", "MF SX", ""),
        ("hong", "HK HU", ""),
        ("zaire", "CD", ""),
        ("u.s. virgin", "VI", "VG US"),
    ],
)
def test_keyword_finds_countries(keyword: str, expected: str, excluded: str) -> None:
    countries = find_countries(keyword)
    assert set(expected.split()) <= countries
    assert not set(excluded.split()) & countries


@pytest.mark.parametrize("keyword", ["", "  ", '""', "«  »", "-", "…", "zzz", "mali sud", "\ud800", "\x00"])
def test_keyword_without_match_finds_nothing(keyword: str) -> None:
    assert find_countries(keyword) == frozenset()


@few
@given(any_country, st.sampled_from(LANGUAGES))
def test_every_name_and_code_finds_its_country(country: CountryCode, language: Language) -> None:
    assert country in find_countries(country_name(country, language=language))
    assert country in find_countries(fold(country_name(country, language=language)))
    assert country in find_countries(country.lower())


@few
@given(any_text)
def test_any_text_can_be_a_keyword(text: str) -> None:
    assert find_countries(text) <= COUNTRIES
