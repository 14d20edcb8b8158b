"""Parsing of lists of countries that people type or paste."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.places import COUNTRIES, LANGUAGES, Language, country_name, parse_countries


class TestParseCountries:
    @pytest.mark.parametrize(
        ("text", "codes", "unknown"),
        [
            ("Brésil; Portugal, AO", "BR PT AO", []),
            ("bresil\tPORTUGAL\r\nuk", "BR PT GB", []),
            ("BR ET AO", "BR ET AO", []),
            ("AO BR pt", "AO BR PT", []),
            ("le Brésil, les États-Unis et l’Angola", "BR US AO", []),
            ("Brazil, the United States and Angola", "BR US AO", []),
            ("Antigua-et-Barbuda et Trinité-et-Tobago", "AG TT", []),
            ("Trinidad and Tobago", "TT", []),
            ("Brésil; BR; brazil", "BR", []),
            ("Atlantide; PT; Bré; QQ; EU", "PT", ["Atlantide", "Bré", "QQ", "EU"]),
            ("AO QQ", "", ["AO QQ"]),
            (" ;, \n", "", []),
        ],
    )
    def test_parse_countries_returns_countries_and_unknown_items(
        self, text: str, codes: str, unknown: list[str]
    ) -> None:
        assert parse_countries(text) == (tuple(codes.split()), tuple(unknown))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_country_name_is_parsed(self, language: Language) -> None:
        names = "; ".join(country_name(code, language=language) for code in sorted(COUNTRIES))
        assert parse_countries(names) == (tuple(sorted(COUNTRIES)), ())

    @given(st.text())
    def test_any_text_is_parsed(self, text: str) -> None:
        codes, unknown = parse_countries(text)
        assert set(codes) <= COUNTRIES
        assert not any(parse_countries(item)[0] for item in unknown)
