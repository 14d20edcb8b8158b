"""`renvoi route`: the decision for a visitor, as text and as JSON."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from tests.cast import (
    ALO_BRASIL,
    BOREALE,
    a_partner,
    country,
    generation,
    set_operator,
    stored,
    stored_at_once,
    today,
    with_changes,
)

pytestmark = pytest.mark.django_db
OK, WRONG_USAGE = 0, 2


def route(*options: str) -> Result:
    return CliRunner().invoke(cli, ["route", *options])


def route_as_json(code: str, *options: str, language: str = "fr") -> dict[str, Any]:
    result = route("--country", code, "--language", language, "--json", *options)
    assert result.exit_code == OK, result.output
    decision: dict[str, Any] = json.loads(result.stdout)
    return decision


def test_json_has_the_documented_names() -> None:
    partner = stored(ALO_BRASIL)
    assert route_as_json("BR") == {
        "decision": "partner",
        "reason": "only_candidate",
        "country": "BR",
        "region": None,
        "language": "fr",
        "destination": ALO_BRASIL.url_fr,
        "partners": [{"id": partner.id, "name": "Aló Brasil", "url": ALO_BRASIL.url_fr, "url_language": "fr"}],
        "generation": generation(),
    }


def test_json_has_the_language_of_the_url() -> None:
    stored(with_changes(ALO_BRASIL, url_fr=""))
    (partner,) = route_as_json("BR")["partners"]
    assert (partner["url"], partner["url_language"]) == (ALO_BRASIL.url_en, "en")


@pytest.fixture
def all_cases() -> None:
    """Partners for every reason of a decision."""
    set_operator(replace(BOREALE, areas=(*BOREALE.areas, (country("PM"), ""))))
    stored_at_once(
        ALO_BRASIL,
        a_partner("Samba", "BR", priority=9),
        a_partner("Fado", "PT"),
        a_partner("Prairie", "CA"),
        a_partner("Dormant", "JP", "IT", status="paused"),
        a_partner("Passé", "DE", "IT", agreement_ends_on=today() - timedelta(days=1)),
    )


@pytest.mark.usefixtures("all_cases")
@pytest.mark.parametrize(
    ("code", "options", "decision", "reason", "names"),
    [
        ("pm", [], "own", "in_coverage", []),
        ("CA", ["--region", "CA-QC"], "own", "in_coverage", []),
        ("CA", [], "region", "no_region", []),
        ("CA", ["--region", "ca-on"], "partner", "only_candidate", ["Prairie"]),
        ("CA", ["--region", "CA-ZZ"], "partner", "only_candidate", ["Prairie"]),
        ("BR", [], "partner", "best_priority", ["Aló Brasil"]),
        ("PT", [], "choice", "same_priority", ["Aló Brasil", "Fado"]),
        ("UK", [], "none", "no_partner", []),
        ("JP", [], "none", "all_paused", []),
        ("DE", [], "none", "outside_agreement", []),
        ("IT", [], "none", "none_available", []),
    ],
)
def test_every_decision_exits_with_zero(
    code: str, options: list[str], decision: str, reason: str, names: list[str]
) -> None:
    summary = route_as_json(code, *options)
    assert (summary["decision"], summary["reason"]) == (decision, reason)
    assert sorted(partner["name"] for partner in summary["partners"]) == names
    assert (summary["destination"] is not None) == (decision in {"own", "partner"})
    assert route_as_json(code, *options) == summary


def test_date_is_noon_in_the_operator_s_time_zone() -> None:
    """Noon in Auckland is the evening before in London: code that ignored the zone would use another day."""
    set_operator(replace(BOREALE, time_zone="Pacific/Auckland"))
    stored(with_changes(ALO_BRASIL, agreement_starts_on=date(2026, 9, 27), agreement_ends_on=date(2026, 9, 27)))
    decisions = [route_as_json("BR", "--date", f"2026-09-{day}")["decision"] for day in (26, 27, 28)]
    assert decisions == ["none", "partner", "none"]


def test_text_output_is_a_few_lines() -> None:
    partner = stored(ALO_BRASIL)
    result = route("--country", "BR", "--language", "en")
    assert result.exit_code == OK
    assert result.stdout.splitlines() == [
        f"partner (only_candidate), table {generation()}",
        f"to {ALO_BRASIL.url_en}",
        f"  {partner.id}  Aló Brasil",
    ]


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (["--language", "fr"], "--country"),
        (["--country", "BR"], "--language"),
        (["--country", "EU", "--language", "fr"], "--country"),
        (["--country", "", "--language", "fr"], "--country"),
        (["--country", "BR", "--language", "pt"], "--language"),
        (["--country", "CA", "--language", "fr", "--region", "QC"], "--region"),
        (["--country", "CA", "--language", "fr", "--date", "tomorrow"], "--date"),
        (["--country", "CA", "--language", "fr", "--date", "2026-02-30"], "--date"),
    ],
)
def test_wrong_usage_exits_with_two_and_names_the_option(options: list[str], option: str) -> None:
    result = route(*options)
    assert result.exit_code == WRONG_USAGE
    assert option in result.stderr
