"""Headings in either language, their names, and what is proposed for others."""

import pytest
from django.utils.translation import override

from renvoi.domain.places import LANGUAGES, Language
from renvoi.partners.exporting import HEADINGS
from renvoi.partners.importing.headings import UNREAD, is_heading, read_headings
from renvoi.partners.importing.reading.delimited import Row
from renvoi.partners.importing.reading.problems import FileRefused


def columns_of(*headings: str) -> tuple[str, ...]:
    layout, problems = read_headings(Row(1, [*headings]))
    assert problems == []
    return layout.columns


def problems_of(*headings: str) -> list[tuple[str, str]]:
    """The column and the English reason of each problem."""
    _, problems = read_headings(Row(1, [*headings]))
    with override("en"):
        return [(problem.column, problem.reason) for problem in problems]


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_of_the_exports_are_recognized(language: Language) -> None:
    with override(language):
        assert columns_of(*map(str, HEADINGS.values())) == tuple(HEADINGS)
    assert columns_of(*HEADINGS) == tuple(HEADINGS)


def test_case_accents_and_blanks_do_not_matter() -> None:
    assert columns_of(" NOM", "url  en francais", "Priorite", "Pays") == ("name", "url_fr", "priority", "country_names")
    assert columns_of("name", "Référence", "fin (inclusivement)") == (
        "name",
        "agreement_reference",
        "agreement_ends_on",
    )


def test_column_of_problems_is_known() -> None:
    assert columns_of("Nom", "Problème") == columns_of("Name", "Problem") == ("name", "problem")
    assert is_heading("Problème")


def test_columns_without_heading_at_the_end_are_none() -> None:
    assert columns_of("name", "", "countries", "", " ") == ("name", "", "countries")


@pytest.mark.parametrize(
    ("heading", "proposal"),
    [
        ("Pays deservis", "Countries"),
        ("Naem", "Name"),
        ("Adresse URL en français", "URL in French"),
        ("prioritee", "Priority"),
        ("description_fre", "Description in French"),
    ],
)
def test_unknown_heading_is_an_error_with_a_proposal(heading: str, proposal: str) -> None:
    others = ("id", "version")
    (problem, *_) = problems_of(*others, heading)
    assert problem == (heading, f"“{heading}” is not a heading of this list. Is it “{proposal}”?")


def test_heading_that_is_like_none_is_an_error_without_a_proposal() -> None:
    assert problems_of("name", "Xyzzy") == [
        ("Xyzzy", "“Xyzzy” is not a heading of this list. Correct it, or remove the column.")
    ]
    layout, _ = read_headings(Row(1, ["name", "Xyzzy"]))
    assert layout.columns == ("name", UNREAD)


def test_two_headings_of_one_column_are_an_error() -> None:
    assert problems_of("name", "priority", "Priorité") == [
        ("Priorité", "The headings “priority” and “Priorité” mean the same column. Remove one of the two.")
    ]


def test_file_without_a_name_or_an_id_is_an_error() -> None:
    assert [column for column, _ in problems_of("priority")] == [""]


def test_hundreds_of_columns_are_refused_at_once() -> None:
    with pytest.raises(FileRefused):
        read_headings(Row(1, ["x"] * 101))
