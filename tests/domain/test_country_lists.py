"""Parsing of lists of countries that people type or paste."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.names.countries import COMMON_NAMES, TERRITORIES
from renvoi.domain.names.keys import fold, words
from renvoi.domain.places import COUNTRIES, LANGUAGES, CountryCode, Language, country_name, parse_countries


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
        parsed = parse_countries(text)
        assert (parsed.countries, parsed.unknown, parsed.ambiguous) == (tuple(codes.split()), tuple(unknown), {})

    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("Turkey; Türkiye; Turquie", "TR"),
            ("USA, U.S.A.; É.-U.; les États-Unis d’Amérique; United States of America", "US"),
            ("UAE; É.A.U.; Émirats", "AE"),
            ("RDC; Zaïre; DR Congo; République démocratique du Congo", "CD"),
            ("Grande-Bretagne; Angleterre; Scotland; R.-U.; UK", "GB"),
            ("République tchèque; Czech Republic", "CZ"),
            ("Swaziland; Ivory Coast; Saint-Siège", "SZ CI VA"),
            ("Haute-Volta; Ceylan; Siam; Dahomey; Birmanie; Cabo Verde", "BF LK TH BJ MM CV"),
            ("Hong Kong; Macau; Vatican; Palestine", "HK MO VA PS"),
            ("Réunion; La Réunion; la réunion", "RE"),
            ("Guinée-Bissau; Guinée équatoriale; Guinea-Conakry", "GW GQ GN"),
            ("Corée du Sud; North Korea", "KR KP"),
            ("Saint‑Kitts‑et‑Nevis", "KN"),
        ],
    )
    def test_common_and_former_names_are_parsed(self, text: str, codes: str) -> None:
        parsed = parse_countries(text)
        assert (parsed.countries, parsed.unknown, parsed.ambiguous) == (tuple(codes.split()), (), {})

    @pytest.mark.parametrize(
        ("text", "name", "candidates"),
        [
            ("Brésil; Congo", "Congo", "CD CG"),
            ("le congo et le Brésil", "le congo", "CD CG"),
            ("BR, CORÉE", "CORÉE", "KP KR"),
            ("Guinea; Brazil", "Guinea", "GN GQ GW"),
            ("Brésil, Tchécoslovaquie", "Tchécoslovaquie", "CZ SK"),
        ],
    )
    def test_ambiguous_name_is_not_chosen(self, text: str, name: str, candidates: str) -> None:
        parsed = parse_countries(text)
        assert (parsed.countries, parsed.unknown) == (("BR",), ())
        assert parsed.ambiguous == {name: tuple(candidates.split())}

    def test_each_name_means_one_country_or_is_ambiguous(self) -> None:
        names = [(words(fold(name)), code) for code, listed in COMMON_NAMES.items() for name in listed.split(", ")]
        assert set(COMMON_NAMES) | set(TERRITORIES) <= COUNTRIES
        assert len({name for name, _code in names}) == len(set(names))
        for name, code in names:
            assert parse_countries(name).countries == (code,), name

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_country_name_is_parsed(self, language: Language) -> None:
        names = "; ".join(country_name(code, language=language) for code in sorted(COUNTRIES))
        parsed = parse_countries(names)
        asked = {codes[0] for codes in parsed.ambiguous.values()}
        assert set(parsed.countries) | asked == COUNTRIES
        assert not parsed.unknown
        assert asked <= {CountryCode("GN"), CountryCode("MF")}

    @given(st.text())
    def test_any_text_is_parsed(self, text: str) -> None:
        parsed = parse_countries(text)
        assert set(parsed.countries) <= COUNTRIES
        assert not any(parse_countries(item).countries for item in parsed.unknown)
