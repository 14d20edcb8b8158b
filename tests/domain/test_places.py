"""Country and region codes: parsing, subdivisions and names."""

import re
import subprocess
import sys

import pycountry
import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.places import (
    COUNTRIES,
    LANGUAGES,
    CountryCode,
    Language,
    RegionCode,
    country_name,
    country_of_region,
    elsewhere,
    parse_country,
    parse_region,
    region_name,
    regions_of,
)

any_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
few = settings(max_examples=40, deadline=None)


def test_countries_are_iso_3166_1_and_kosovo() -> None:
    assert len(COUNTRIES) == 250
    assert {country.alpha_2 for country in pycountry.countries} | {"XK"} == COUNTRIES


def test_countries_are_cldr_territories_without_groups_and_reserved_codes() -> None:
    others = "EU UN EZ IC EA AC CP DG TA QO XA XB ZZ"
    cldr = {str(code) for code in Locale("fr", "CA").territories if re.fullmatch("[A-Z]{2}", str(code))}
    assert cldr - set(others.split()) == COUNTRIES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BR", "BR"),
        ("br", "BR"),
        (" Br\t\n", "BR"),
        ("\u00a0BR\u2003", "BR"),
        ("uk", "GB"),
        ("UK", "GB"),
        ("xk", "XK"),
    ],
)
def test_parse_country(text: str, expected: str | None) -> None:
    assert parse_country(text) == expected


@pytest.mark.parametrize("text", ["", "  ", "B R", "BRA", "B", "BR\x00", "Brésil", "ß", "ſe", "ＢＲ", "\ud800"])
def test_parse_country_rejects_malformed_code(text: str) -> None:
    assert parse_country(text) is None


@pytest.mark.parametrize("code", ["XX", "T1", "ZZ", "EU", "AP", "UN", "A1"])
def test_parse_country_rejects_unassigned_code(code: str) -> None:
    assert parse_country(code) is None


@few
@given(any_text)
def test_parse_country_accepts_any_text(text: str) -> None:
    assert parse_country(text) in {None, *COUNTRIES}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CA-QC", "CA-QC"),
        (" ca-on ", "CA-ON"),
        ("us-ny", "US-NY"),
        ("uk-eng", "GB-ENG"),
        ("GB-LND", "GB-LND"),
        ("FR-75C", "FR-75C"),
        ("CI-ZZ", "CI-ZZ"),
        ("ca-zz", "CA-ZZ"),
        ("CI-ZZZZ", "CI-ZZZZ"),
        ("CA-ZZZZ", None),
        ("XK-ZZ", "XK-ZZ"),
        ("EU-ZZ", None),
        ("XX-ZZ", None),
    ],
)
def test_parse_region(text: str, expected: str | None) -> None:
    assert parse_region(text) == expected


@pytest.mark.parametrize(
    "text", ["CA", "CA-", "CAQC", "CA-XX", "CA QC", "QC", "CA–QC", "ß-QC", "CA-QC\x00", "CA-ABCDE", "", "\udc00"]
)
def test_parse_region_rejects_malformed_or_unknown_code(text: str) -> None:
    assert parse_region(text) is None


@few
@given(any_text | st.from_regex(r"[a-zA-Z]{2}-[a-zA-Z0-9]{1,4}", fullmatch=True))
def test_parse_region_accepts_any_text_and_is_idempotent(text: str) -> None:
    region = parse_region(text)
    assert region is None or (parse_region(region) == region and country_of_region(region) in COUNTRIES)


def test_elsewhere_is_not_in_iso_3166_2_and_parses_to_itself() -> None:
    real = {subdivision.code for subdivision in pycountry.subdivisions}
    values = {elsewhere(country) for country in COUNTRIES}
    assert len(values) == len(COUNTRIES)
    assert not values & real
    assert elsewhere(CountryCode("CA")) == "CA-ZZ"
    assert all(parse_region(elsewhere(country)) == elsewhere(country) for country in COUNTRIES)
    assert all(country_of_region(elsewhere(country)) == country for country in COUNTRIES)


def test_every_iso_3166_2_code_is_parsed() -> None:
    assert all(parse_region(region.code.lower()) == region.code for region in pycountry.subdivisions)


def test_regions_of_canada_are_provinces_and_territories() -> None:
    expected = "CA-AB CA-BC CA-MB CA-NB CA-NL CA-NS CA-NT CA-NU CA-ON CA-PE CA-QC CA-SK CA-YT"
    assert regions_of(CountryCode("CA")) == tuple(expected.split())


def test_regions_of_other_countries() -> None:
    states = regions_of(CountryCode("US"))
    assert len(states) == 57
    assert {"US-CA", "US-NY", "US-DC", "US-TX"} <= set(states)
    assert {"FR-IDF", "FR-BRE"} <= set(regions_of(CountryCode("FR")))
    assert "FR-75C" not in regions_of(CountryCode("FR"))
    assert regions_of(CountryCode("GB")) == ("GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS")
    assert regions_of(CountryCode("XK")) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_region_names_have_no_notes_or_surrounding_spaces(language: Language) -> None:
    for country in COUNTRIES:
        for region in (*regions_of(country), elsewhere(country)):
            name = region_name(region, language=language)
            assert name == name.strip()
            assert name
            assert not set(name) & set("[]†")


@pytest.mark.parametrize(
    ("region", "french", "english"),
    [
        ("CA-AB", "Alberta", "Alberta"),
        ("CA-BC", "Colombie-Britannique", "British Columbia"),
        ("CA-MB", "Manitoba", "Manitoba"),
        ("CA-NB", "Nouveau-Brunswick", "New Brunswick"),
        ("CA-NL", "Terre-Neuve-et-Labrador", "Newfoundland and Labrador"),
        ("CA-NS", "Nouvelle-Écosse", "Nova Scotia"),
        ("CA-NT", "Territoires du Nord-Ouest", "Northwest Territories"),
        ("CA-NU", "Nunavut", "Nunavut"),
        ("CA-ON", "Ontario", "Ontario"),
        ("CA-PE", "Île-du-Prince-Édouard", "Prince Edward Island"),
        ("CA-QC", "Québec", "Quebec"),
        ("CA-SK", "Saskatchewan", "Saskatchewan"),
        ("CA-YT", "Yukon", "Yukon"),
        ("CA-ZZ", "Ailleurs au Canada", "Elsewhere in Canada"),
        ("US-ZZ", "Ailleurs aux États-Unis", "Elsewhere in the United States"),
        ("US-CA", "Californie", "California"),
        ("US-WV", "Virginie-Occidentale", "West Virginia"),
        ("BR-SP", "São Paulo", "São Paulo"),
        ("ES-MC", "Région de Murcie", "Murcia, Región de"),
        ("GB-WLS", "Wales", "Wales"),
        ("CI-ZZZZ", "Ailleurs en Côte d’Ivoire", "Elsewhere in Côte d’Ivoire"),
    ],
)
def test_region_name(region: str, french: str, english: str) -> None:
    assert region_name(RegionCode(region), language="fr") == french
    assert region_name(RegionCode(region), language="en") == english


@pytest.mark.parametrize(
    ("country", "french", "english"),
    [
        ("BR", "Brésil", "Brazil"),
        ("BY", "Bélarus", "Belarus"),
        ("CI", "Côte d’Ivoire", "Côte d’Ivoire"),
        ("US", "États-Unis", "United States"),
        ("TT", "Trinité-et-Tobago", "Trinidad and Tobago"),
        ("XK", "Kosovo", "Kosovo"),
    ],
)
def test_country_name(country: CountryCode, french: str, english: str) -> None:
    assert country_name(country, language="fr") == french
    assert country_name(country, language="en") == english


def test_import_loads_neither_pycountry_nor_locale_data() -> None:
    program = "import sys, renvoi.domain.places; print(*sorted(m.partition('.')[0] for m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    foreign = set(loaded.stdout.split()) - sys.stdlib_module_names - {"__main__", "renvoi", "babel"}
    assert not {name for name in foreign if not name.startswith(("_", "sitecustomize"))}
