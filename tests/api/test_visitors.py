"""Golden visitors: list, create, read, replace and delete, and which of them get something else."""

from typing import Any

import pytest

from renvoi.domain.golden.visitors import MAX_GOLDEN, Case, GoldenVisitor
from renvoi.history.models import ChangeSet
from renvoi.partners.actions import pause_partners, update_golden_visitors
from renvoi.partners.golden.stored import stored_golden
from renvoi.partners.models import Partner
from tests.api.calling import Program, Reply
from tests.cast import country

BRAZIL: dict[str, Any] = {"country": "BR", "language": "fr", "decision": "partner"}


def create(program: Program, **changes: Any) -> Reply:
    return program.call("POST", "/visitors", BRAZIL | changes)


def test_golden_visitor_is_created_read_replaced_and_deleted(program: Program, alo_brasil: Partner) -> None:
    created = create(program, partner=alo_brasil.id)
    assert (created.status, created.json["id"], created.json["day"]) == (201, "BR_fr", None)
    path = created.headers["location"]
    shown = program.get(path)
    assert (shown.json, shown.headers["etag"]) == (created.json, created.headers["etag"])
    assert program.get(path, If_None_Match=shown.headers["etag"]).status == 304
    replaced = program.call("PUT", path, shown.json | {"language": "en"}, If_Match=shown.headers["etag"])
    assert (replaced.status, replaced.json["id"]) == (200, "BR_en")
    assert program.get(path).status == 404
    assert program.call("DELETE", "/visitors/BR_en", If_Match=replaced.headers["etag"]).status == 204
    assert stored_golden() == ()
    steps = ChangeSet.objects.order_by("-position")[:3]
    assert [(step.channel, step.credential) for step in steps] == [("api", "Night import")] * 3


def test_list_says_what_each_gets_and_which_differ(program: Program, alo_brasil: Partner) -> None:
    create(program, partner=alo_brasil.id)
    create(program, country="FR", decision="none")
    assert program.get("/visitors").json["differing"] == 0
    pause_partners(partners=Partner.objects.all(), actor=None, channel="cli")
    reply = program.get("/visitors?is_expected=false").json
    assert (reply["count"], reply["differing"]) == (1, 1)
    (broken,) = reply["visitors"]
    assert (broken["id"], broken["got"]["reason"], broken["expected_partner"]) == ("BR_fr", "all_paused", "paused")
    assert [one["id"] for one in program.get("/visitors?is_expected=true").json["visitors"]] == ["FR_fr"]


def test_same_question_twice_is_a_conflict(program: Program) -> None:
    create(program, region=None, decision="none")
    assert create(program, decision="choice").status == 409
    create(program, language="en")
    etag = program.get("/visitors/BR_en").headers["etag"]
    assert program.call("PUT", "/visitors/BR_en", BRAZIL, If_Match=etag).status == 409


def test_key_makes_one_golden_visitor(program: Program) -> None:
    replies = [program.call("POST", "/visitors", BRAZIL, Idempotency_Key="1") for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    other = program.call("POST", "/visitors", BRAZIL | {"country": "PT"}, Idempotency_Key="1")
    assert (other.status, len(stored_golden())) == (422, 1)


def test_other_state_is_refused_with_the_present_one(program: Program) -> None:
    path = create(program).headers["location"]
    stale = program.call("PUT", path, BRAZIL | {"decision": "none"}, If_Match='"0"')
    assert (stale.status, stale.json["current"]["decision"], stale.json["differs"]) == (412, "partner", ["/decision"])
    assert program.call("PUT", path, BRAZIL).status == 428
    assert program.call("DELETE", path, If_Match='"0"').status == 412
    assert program.call("DELETE", path, If_Match="*").status == 204


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"country": "Brazil", "language": "de", "day": "soon", "decision": "all"}, None),
        ({"decision": None}, ["/decision"]),
        ({"partner": 999_999}, ["/partner"]),
        ({"partner": True}, ["/partner"]),
        ({"partner": 10**30}, ["/partner"]),
        ({"decision": "none", "partner": 1}, ["/partner"]),
        ({"region": "CA-ON"}, ["/region"]),
        ({"region": ["CA-ON"]}, ["/region"]),
        ({"day": ""}, ["/day"]),
        ({"id": "BR_fr"}, ["/id"]),
        ({"got": {}}, ["/got"]),
    ],
)
def test_wrong_fields_are_named(
    program: Program, alo_brasil: Partner, changes: dict[str, Any], pointers: list[str] | None
) -> None:
    assert Partner.objects.count() == 1
    reply = create(
        program,
        **{name: alo_brasil.id if value == 1 and value is not True else value for name, value in changes.items()},
    )
    assert reply.status == 422
    assert sorted(reply.pointers) == (pointers or ["/country", "/day", "/decision", "/language"])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_list_bears_any_day(program: Program, day: str) -> None:
    assert create(program, day=day, decision="none").status in {201, 422}
    assert program.get("/visitors").status == 200


def test_full_list_takes_no_more(program: Program) -> None:
    days = [f"{2000 + number // 300}-{number % 12 + 1:02}-{number // 12 % 25 + 1:02}" for number in range(MAX_GOLDEN)]
    full = tuple(GoldenVisitor.from_json(["BR", "", "fr", day, "none", None]) for day in days)
    assert len({one.case for one in full}) == MAX_GOLDEN
    assert Case(country("BR"), None, "fr", None) not in {one.case for one in full}
    update_golden_visitors(edit=lambda _: full, actor=None, channel="cli")
    assert create(program).status == 422


def test_flag_is_true_or_false(program: Program) -> None:
    assert program.get("/visitors?is_expected=1").pointers == ["?is_expected"]
