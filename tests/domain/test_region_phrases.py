"""The phrase "in that region" of Canadian, American, Belgian and Swiss regions."""

from pathlib import Path

import pytest

from renvoi.domain.names.regions import FRENCH_IN_REGION
from renvoi.domain.places import CountryCode, RegionCode, elsewhere, in_region, region_name, regions_of

# Of each region: code, French phrase, English phrase. Written without the table of `names.regions`, from its sources.
REVIEWED = Path(__file__).with_name("region_phrases.txt").read_text(encoding="utf-8").splitlines()
CODES = [RegionCode(line.partition("|")[0]) for line in REVIEWED]


def test_phrases_are_those_reviewed() -> None:
    lines = [f"{code}|{in_region(code, language='fr')}|{in_region(code, language='en')}" for code in CODES]
    assert lines == REVIEWED


@pytest.mark.parametrize("country", ["CA", "US", "BE", "CH"])
def test_every_region_that_can_be_covered_has_a_phrase(country: CountryCode) -> None:
    assert set(regions_of(country)) <= set(CODES)


def test_no_phrase_is_unreviewed() -> None:
    assert set(FRENCH_IN_REGION) <= set(CODES)


def test_french_preposition_agrees_with_the_name() -> None:
    for code, form in FRENCH_IN_REGION.items():
        name = region_name(RegionCode(code), language="fr")
        is_vowel = name[0] in "AÀÂEÉÈIÎOUY" and not name.startswith("Yukon")
        assert form.endswith("’") == (is_vowel and form != "en "), (form, name)
        assert not (form in {"au ", "dans le "} and is_vowel), name


@pytest.mark.parametrize("code", ["FR-IDF", "BR-BA", "CI-ZZ", str(elsewhere(CountryCode("CA")))])
def test_other_regions_have_none(code: str) -> None:
    assert in_region(RegionCode(code), language="fr") is None
    assert in_region(RegionCode(code), language="en") is None


def test_names_in_lists_are_the_usual_ones() -> None:
    names = {code: region_name(RegionCode(code), language="fr") for code in ("BE-BRU", "BE-VLG", "BE-WAL", "CH-BE")}
    assert list(names.values()) == ["Bruxelles-Capitale", "Flandre", "Wallonie", "Berne"]
    names = {code: region_name(RegionCode(code), language="en") for code in ("BE-VLG", "CH-GE", "US-VI")}
    assert list(names.values()) == ["Flanders", "Geneva", "US Virgin Islands"]
