"""GET /api/v1/simulation: the decision of the newest table, and the way to it."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from renvoi.cli.route import route
from tests.api.calling import Program
from tests.cast import ALO_BRASIL, AZULEJO, BOREALE, a_partner, set_operator, stored_many, with_changes


def rungs(program: Program, query: str) -> list[tuple[str, str | None, bool]]:
    found = program.get(f"/simulation?{query}").json["rungs"]
    return [(rung["rung"], rung["outcome"], rung["is_decisive"]) for rung in found]


def test_it_answers_what_the_command_prints(program: Program) -> None:
    stored_many(ALO_BRASIL, AZULEJO, a_partner("Solo", "BR", priority=1))
    for country, language in (("BR", "fr"), ("PT", "en"), ("FR", "fr")):
        printed = CliRunner().invoke(route, ["--country", country, "--language", language, "--json"]).output
        reply = program.get(f"/simulation?country={country}&language={language}").json
        assert {name: reply[name] for name in json.loads(printed)} == json.loads(printed)


def test_every_candidate_says_what_became_of_it(program: Program) -> None:
    stored_many(
        a_partner("First", "BR", priority=1),
        a_partner("Second", "BR", priority=2),
        a_partner("Paused", "BR", status="paused"),
    )
    reply = program.get("/simulation?country=BR").json
    fates = {one["name"]: one["fate"] for one in reply["candidates"]}
    assert fates == {"First": "taken", "Second": "lower_priority", "Paused": "paused"}
    assert (reply["decision"], reply["reason"], reply["candidate_count"]) == ("partner", "best_priority", 3)


@pytest.mark.django_db
def test_the_rung_that_settles_it_is_named(program: Program) -> None:
    set_operator(BOREALE)
    stored_many(a_partner("First", "BR"))
    assert rungs(program, "country=BR&language=en") == [
        ("country", "BR", False),
        ("language", "en", False),
        ("coverage", "outside", False),
        ("partners", "1/1", True),
    ]
    assert rungs(program, "language=fr")[0] == ("country", None, True)
    assert rungs(program, "country=CA&region=CA-QC&language=fr")[2] == ("coverage", "own", True)


def test_day_decides(program: Program) -> None:
    stored_many(with_changes(a_partner("Short", "BR"), agreement_ends_on=date(2026, 12, 31)))
    assert program.get("/simulation?country=BR&day=2026-12-31").json["decision"] == "partner"
    reply = program.get("/simulation?country=BR&day=2027-01-01").json
    assert (reply["decision"], reply["day"], reply["candidates"][0]["fate"]) == ("none", "2027-01-01", "ended")


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("country=Brazil&region=x&language=de&day=soon", ["?country", "?region", "?language", "?day"]),
        ("country=BR&region=CA-ON", ["?region"]),
        ("day=0001-01-01", ["?day"]),
        ("day=9999-12-31", ["?day"]),
        ("language=", ["?language"]),
        ("city=Rio", ["?city"]),
    ],
)
def test_wrong_parameters_are_named(program: Program, query: str, pointers: list[str]) -> None:
    reply = program.get(f"/simulation?{query}")
    assert (reply.status, reply.pointers) == (422, pointers)
