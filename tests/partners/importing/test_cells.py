"""What a cell may be written as, and what is refused, with which proposal."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from renvoi.domain.places import COUNTRIES, LANGUAGES, country_name
from renvoi.partners.fields import FIELDS
from renvoi.partners.importing.cells import parse_cell, parse_number

BY_NAME = {field.name: field for field in FIELDS}


def parse(name: str, text: str) -> Any:
    return parse_cell(BY_NAME[name], text)


def refusal(name: str, text: str) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        parse(name, text)
    return refused.value


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("BR PT", "BR PT"),
        ("br;pt", "BR PT"),
        ("Brésil; Portugal", "BR PT"),
        ("Brazil, PT", "BR PT"),
        ("Turkey", "TR"),
        ("Swaziland", "SZ"),
        ("Ivory Coast", "CI"),
        ("Grande-Bretagne", "GB"),
        ("É.-U.", "US"),
        ("le brésil et le portugal", "BR PT"),
        ("Guinée", "GN"),
    ],
)
def test_countries_are_codes_or_any_of_their_names(text: str, codes: str) -> None:
    assert parse("countries", text) == tuple(codes.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_an_export_is_its_country(language: Any) -> None:
    names = {code: country_name(code, language=language) for code in COUNTRIES}
    assert {code for code, name in names.items() if parse("countries", name) != (code,)} == set()
    assert parse("countries", "; ".join(names.values())) == tuple(sorted(COUNTRIES))


def test_ambiguous_country_shows_its_readings() -> None:
    error = refusal("countries", "Brésil; Congo")
    assert error.code == "ambiguous_country"
    with override("en"):
        assert "“Congo” can be several countries: Congo-Kinshasa (CD); Congo-Brazzaville (CG)." in error.messages[0]
    assert refusal("countries", "guinée").code == "ambiguous_country"


@pytest.mark.parametrize(("text", "code"), [("Atlantide", "unknown"), ("", "required"), (" ; ", "required")])
def test_countries_that_are_none_are_refused(text: str, code: str) -> None:
    assert refusal("countries", text).code == code


@pytest.mark.parametrize(
    "text", ["2026-12-25", "2026/12/25", "2026-12-25 ", "25/12/2026", "12/25/2026", "25.12.2026", "25 décembre 2026"]
)
def test_day_that_can_be_read_in_one_way_is_read(text: str) -> None:
    assert parse("agreement_starts_on", text) == date(2026, 12, 25)


def test_day_whose_two_readings_are_equal_is_read() -> None:
    assert parse("agreement_ends_on", "05/05/2026") == date(2026, 5, 5)
    assert parse("agreement_ends_on", "") is None


def test_ambiguous_day_shows_both_readings() -> None:
    error = refusal("agreement_starts_on", "03/04/2026")
    assert error.code == "ambiguous_day"
    assert error.params == {"text": "03/04/2026", "first": "2026-03-04", "second": "2026-04-03"}


@pytest.mark.parametrize(
    "text", ["2026-02-30", "31/02/2026", "25/12/26", "soon", "20261225", "2026-12-25 14:00", "45000"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    assert refusal("agreement_starts_on", text).code == "day"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("active", "active"),
        ("Active", "active"),
        ("ACTIF", "active"),
        ("en pause", "paused"),
        ("Paused", "paused"),
        ("", "active"),
    ],
)
def test_state_is_a_code_or_a_word_of_either_language(text: str, status: str) -> None:
    assert parse("status", text) == status


@pytest.mark.parametrize("text", ["Entente échue", "on", "actives"])
def test_other_states_are_refused_with_those_that_can_be_given(text: str) -> None:
    error = refusal("status", text)
    with override("fr"):
        assert error.messages[0].endswith("Inscrivez «\u00a0Actif\u00a0» ou «\u00a0En pause\u00a0».")


def test_number_is_that_of_the_export_or_empty() -> None:
    assert (parse_number(" 12 "), parse_number("  ")) == (12, None)
    for text in ("0", "-1", "1.5", "x", "٣", "9" * 10, "9" * 5000):
        with pytest.raises(ValidationError):
            parse_number(text)
