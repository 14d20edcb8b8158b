"""`renvoi route` answers from the archive as visitors were answered: partners, agreement and operator as they were."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from renvoi.domain.places import COUNTRIES
from renvoi.partners.models import Partner
from renvoi.publication.models import ArchivedTable
from tests.cast import ALO_BRASIL, BOREALE, a_partner, country, generation, set_operator, stored, with_changes
from tests.partners.acting import trash, update

pytestmark = pytest.mark.django_db
OK, FAILED, WRONG_USAGE = 0, 1, 2
FIRST_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""When the first table of these tests was published: 04:00 in Toronto."""


def route(*options: str) -> Result:
    return CliRunner().invoke(cli, ["route", *options])


def route_as_json(*options: str, code: str = "BR") -> Any:
    result = route("--country", code, "--language", "fr", "--json", *options)
    assert result.exit_code == OK, result.output
    return json.loads(result.stdout)


@pytest.fixture
def past() -> dict[str, int]:
    """Generations by what had just happened, published an hour apart from FIRST_AT on."""
    set_operator()
    numbers = {"operator": generation()}
    partner = stored(with_changes(ALO_BRASIL, agreement_ends_on=date(2026, 11, 20)))
    numbers["partner"] = generation()
    partner = update(partner, with_changes(ALO_BRASIL, url_fr="https://ailleurs.example/", agreement_starts_on=None))
    numbers["moved"] = generation()
    set_operator(replace(BOREALE, mode="direct", signup_url_fr="https://neuf.example/", areas=((country("BR"), ""),)))
    numbers["covered"] = generation()
    set_operator(replace(BOREALE, areas=()))
    trash(partner)
    numbers["trashed"] = generation()
    ArchivedTable.objects.filter(generation__lt=numbers["operator"]).delete()
    for hours, number in enumerate(range(numbers["operator"], generation() + 1)):
        ArchivedTable.objects.filter(generation=number).update(published_at=FIRST_AT + timedelta(hours=hours))
    return numbers


class TestGeneration:
    def test_each_table_answers_as_it_was(self, past: dict[str, int]) -> None:
        answers = {name: route_as_json("--generation", str(number)) for name, number in past.items()}
        assert {name: answer["generation"] for name, answer in answers.items()} == past
        assert {name: (answer["decision"], answer["destination"]) for name, answer in answers.items()} == {
            "operator": ("none", None),
            "partner": ("partner", ALO_BRASIL.url_fr),
            "moved": ("partner", "https://ailleurs.example/"),
            "covered": ("own", "https://neuf.example/"),
            "trashed": ("none", None),
        }

    def test_without_a_time_it_answers_for_its_publication(self, past: dict[str, int]) -> None:
        """The agreement ended on the day of its publication, which is past now."""
        number = str(past["partner"])
        assert route_as_json("--generation", number)["decision"] == "partner"
        assert route_as_json("--generation", number, "--date", "2026-11-20")["decision"] == "partner"
        assert route_as_json("--generation", number, "--date", "2026-11-21")["reason"] == "outside_agreement"
        # Midnight in Toronto is five hours later than in UTC.
        assert route_as_json("--generation", number, "--at", "2026-11-21T04:59:59Z")["decision"] == "partner"
        assert route_as_json("--generation", number, "--at", "2026-11-21T05:00:00Z")["decision"] == "none"

    def test_unknown_generation_is_wrong_usage(self, past: dict[str, int]) -> None:
        for number in (generation() + 1, past["operator"] - 1, 10**12):
            result = route("--country", "BR", "--language", "fr", "--generation", str(number))
            assert result.exit_code == WRONG_USAGE
            first, last = past["operator"], generation()
            assert f"no routing table {number} in the archive, which has {first} to {last}." in result.stderr

    def test_damaged_table_gives_no_answer(self, past: dict[str, int]) -> None:
        number = past["moved"]
        ArchivedTable.objects.filter(generation=number).update(digest="0" * 64)
        for options in (["--country", "BR", "--language", "fr"], ["--grid"]):
            result = route(*options, "--generation", str(number))
            assert (result.exit_code, result.stdout) == (FAILED, "")
            assert f"routing table {number} in the archive is damaged" in result.stderr


class TestMoment:
    @pytest.mark.parametrize(
        ("time", "step"),
        [
            ("2026-11-20T04:00", "operator"),
            ("2026-11-20 04:59:59.999999", "operator"),
            ("2026-11-20T05:00", "partner"),
            ("2026-11-20T10:00:00.000Z", "partner"),
            ("2026-11-20T11:30+01:00", "partner"),
            ("2026-11-20T05:30-0500", "partner"),
            ("2026-11-20T06:00:00,5", "moved"),
            ("2026-11-20t12:00z", "covered"),
        ],
    )
    def test_the_table_in_force_then_answers(self, time: str, step: str, past: dict[str, int]) -> None:
        assert route_as_json("--at", time)["generation"] == past[step]

    def test_a_time_to_come_is_answered_by_the_newest_table(self, past: dict[str, int]) -> None:
        assert route_as_json("--at", "2036-01-01T00:00")["generation"] == past["trashed"]

    def test_agreement_is_that_of_the_time(self, past: dict[str, int]) -> None:
        ArchivedTable.objects.filter(generation__gt=past["partner"]).update(published_at=FIRST_AT + timedelta(days=30))
        assert route_as_json("--at", "2026-11-20T23:59")["decision"] == "partner"
        assert route_as_json("--at", "2026-11-21T00:00")["reason"] == "outside_agreement"

    def test_time_before_the_first_table_is_wrong_usage(self, past: dict[str, int]) -> None:
        result = route("--country", "BR", "--language", "fr", "--at", "2026-11-20T03:59")
        assert result.exit_code == WRONG_USAGE
        assert f"the first one, {past['operator']}, is of 2026-11-20T09:00:00Z." in result.stderr

    def test_rows_changed_since_do_not_matter(self, past: dict[str, int]) -> None:
        Partner.objects.all().delete()
        assert route_as_json("--at", "2026-11-20T06:00")["destination"] == "https://ailleurs.example/"
        assert route_as_json("--generation", str(past["partner"]))["destination"] == ALO_BRASIL.url_fr

    @pytest.mark.parametrize(
        ("time", "fragment"),
        [
            ("2026-11-01T01:30", "is twice in America/Toronto, where clocks are set: add an offset, -04:00 or -05:00."),
            ("2026-03-08T02:30", "is never in America/Toronto, where clocks are set: add an offset"),
            ("yesterday", "is not a time such as"),
            ("2026-11-20", "is not a time such as"),
            ("2026-11-31T10:00", "is not a time such as"),
            ("2026-11-20T24:61", "is not a time such as"),
            ("2026-11-20T10:00+25:00", "is not a time such as"),
            ("0001-01-01T00:00+10:00", "is not a time such as"),
            ("9999-12-31T23:59-10:00", "is not a time such as"),
            ("9999-12-31T23:59Z", "is not a time such as"),
            ("２０２６-11-20T10:00", "is not a time such as"),
            ("", "is not a time such as"),
        ],
    )
    @pytest.mark.usefixtures("past")
    def test_time_that_is_none_is_wrong_usage(self, time: str, fragment: str) -> None:
        result = route("--country", "BR", "--language", "fr", "--at", time)
        assert (result.exit_code, result.exception.__class__) == (WRONG_USAGE, SystemExit)
        assert fragment in result.stderr
        assert "--at" in result.stderr


def grid(*options: str) -> Any:
    result = route("--grid", "--json", *options)
    assert result.exit_code == OK, result.output
    return json.loads(result.stdout)


class TestGrid:
    def test_grid_has_each_country_in_both_languages(self, past: dict[str, int]) -> None:
        cells = grid("--generation", str(past["moved"]))
        assert [(cell["country"], cell["language"]) for cell in cells] == [
            (code, language) for code in sorted(COUNTRIES) for language in ("fr", "en")
        ]
        assert {tuple(cell) for cell in cells} == {
            ("country", "language", "decision", "reason", "partners", "destination")
        }

    @pytest.mark.parametrize("step", ["operator", "partner", "moved", "covered", "trashed"])
    def test_each_cell_is_what_one_visitor_gets(self, step: str, past: dict[str, int]) -> None:
        options = ["--generation", str(past[step])]
        cells = {(cell["country"], cell["language"]): cell for cell in grid(*options)}
        for code in ("BR", "PT", "CA", "FR"):
            answer = route_as_json(*options, code=code)
            assert cells[code, "fr"] == {
                "country": code,
                "language": "fr",
                "decision": answer["decision"],
                "reason": answer["reason"],
                "partners": [partner["id"] for partner in answer["partners"]],
                "destination": answer["destination"],
            }

    def test_regions_follow_their_country(self, past: dict[str, int]) -> None:
        cells = grid("--regions", "--generation", str(past["partner"]))
        canada = [(cell["region"], cell["decision"]) for cell in cells if cell["country"] == "CA"]
        assert canada == [(None, "region")] * 2 + [("CA-QC", "own")] * 2 + [("CA-ZZ", "none")] * 2
        assert len(cells) == 500 + 4
        assert {cell["region"] for cell in cells if cell["country"] != "CA"} == {None}

    def test_grid_of_a_moment_is_that_of_its_table(self, past: dict[str, int]) -> None:
        assert grid("--at", "2026-11-20T06:10") == grid("--generation", str(past["moved"]))

    def test_grid_of_now_is_that_of_the_newest_table(self) -> None:
        partner = stored(a_partner("Samba", "BR"))
        (cell,) = (cell for cell in grid() if (cell["country"], cell["language"]) == ("BR", "en"))
        assert (cell["decision"], cell["partners"], cell["destination"]) == ("partner", [partner.id], partner.url_en)

    def test_text_is_a_line_for_each_cell(self, past: dict[str, int]) -> None:
        lines = route("--grid", "--generation", str(past["covered"])).stdout.splitlines()
        assert len(lines) == 501
        assert lines[0] == f"Table {past['covered']}"
        assert "BR\tfr\town\tin_coverage\t\thttps://neuf.example/" in lines


@pytest.mark.parametrize(
    "options",
    [
        ["--grid", "--country", "BR"],
        ["--grid", "--language", "fr"],
        ["--grid", "--region", "CA-QC"],
        ["--regions", "--country", "BR", "--language", "fr"],
        ["--country", "BR", "--language", "fr", "--at", "2026-11-20T10:00", "--date", "2026-11-20"],
        ["--country", "BR", "--language", "fr", "--generation", "0"],
        ["--country", "BR", "--language", "fr", "--generation", "-1"],
        ["--country", "BR", "--language", "fr", "--generation", "x"],
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(options: list[str]) -> None:
    assert route(*options).exit_code == WRONG_USAGE


def test_before_any_table_a_moment_is_wrong_usage() -> None:
    ArchivedTable.objects.all().delete()
    result = route("--country", "BR", "--language", "fr", "--at", "2026-11-20T10:00")
    assert result.exit_code == WRONG_USAGE
    assert "No routing table has been published yet." in result.stderr
