"""PUT /api/v1/coverage: the areas, at the version that was read, and the brake."""

from dataclasses import replace
from typing import Any

import pytest

from renvoi.history.models import ChangeSet
from renvoi.partners.actions import update_operator
from renvoi.partners.models import CoveredArea, Operator
from renvoi.partners.values import OperatorValues
from tests.api.calling import Program, Reply
from tests.cast import BOREALE, a_partner, set_operator, stored_many

NOWHERE: list[dict[str, Any]] = []
FRANCE = [{"country": "FR"}]
ONTARIO = [{"country": "CA", "region": "CA-ON"}, {"country": "FR", "region": None}]


@pytest.fixture(autouse=True)
def _operator(db: None) -> None:  # noqa: ARG001 (required by pytest-django)
    set_operator(replace(BOREALE, areas=()))


def put(program: Program, areas: object, *, tag: str = "", **more: Any) -> Reply:
    etag = tag or program.get("/coverage").headers["etag"]
    return program.call("PUT", "/coverage", {"areas": areas, **more}, If_Match=etag)


def test_areas_are_replaced_at_the_version_that_was_read(program: Program) -> None:
    reply = put(program, ONTARIO)
    assert (reply.status, reply.json["areas"]) == (200, [{"country": "CA", "region": "CA-ON"}, ONTARIO[1]])
    shown = program.get("/coverage")
    assert (shown.json, shown.headers["etag"]) == (reply.json, f'"{reply.json["version"]}"')
    assert put(program, shown.json["areas"], version=shown.json["version"]).json == shown.json
    step = ChangeSet.objects.order_by("-position").first()
    assert step is not None
    assert (step.channel, step.credential) == ("api", "Night import")
    assert put(program, NOWHERE).json["areas"] == []


def test_areas_that_somebody_has_changed_are_not_overwritten(program: Program) -> None:
    tag = program.get("/coverage").headers["etag"]
    put(program, FRANCE)
    reply = put(program, ONTARIO, tag=tag)
    assert (reply.status, reply.json["differs"]) == (412, ["/areas"])
    assert reply.json["current"] == program.get("/coverage").json
    assert program.call("PUT", "/coverage", {"areas": ONTARIO}).status == 428


def test_other_settings_that_were_changed_meanwhile_do_not_matter(program: Program) -> None:
    tag = program.get("/coverage").headers["etag"]
    operator = Operator.objects.get(id=1)
    values = replace(OperatorValues.of(operator), name="Other")
    update_operator(values=values, expected_version=operator.version, actor=None, channel="cli")
    assert put(program, FRANCE, tag=tag).status == 200
    assert Operator.objects.get(id=1).name == "Other"


@pytest.mark.parametrize(
    ("areas", "pointers"),
    [
        (None, ["/areas"]),
        ({}, ["/areas"]),
        (["FR", {"country": "France"}, {"country": "FR", "region": "CA-ON"}, {"country": "FR", "city": "Paris"}], None),
        ([{"country": ["FR"]}, {"country": "FR", "region": 1}, {"country": "GB", "region": "gb-eng"}, {}], None),
        ([{"country": "CA", "region": "CA-ZZ"}], ["/areas"]),
    ],
)
def test_what_is_no_list_of_areas_is_refused(program: Program, areas: object, pointers: list[str] | None) -> None:
    reply = put(program, areas)
    assert (reply.status, CoveredArea.objects.count()) == (422, 0)
    if pointers is None:
        assert reply.pointers == [f"/areas/{index}" for index in range(4)]
    else:
        assert all(pointer.startswith(pointers[0]) for pointer in reply.pointers)


def test_areas_without_a_sign_up_address_are_refused(program: Program) -> None:
    set_operator(replace(BOREALE, areas=(), signup_url_en="", signup_url_fr=""))
    assert put(program, FRANCE).pointers == ["/areas"]


def test_unknown_fields_and_another_version_are_refused(program: Program) -> None:
    assert put(program, FRANCE, force=True).pointers == ["/force"]
    assert put(program, FRANCE, version=999).pointers == ["/version"]


def test_repeated_change_with_its_key_is_answered_again(program: Program) -> None:
    tag = program.get("/coverage").headers["etag"]
    statuses = [
        program.call("PUT", "/coverage", {"areas": areas}, If_Match=tag, Idempotency_Key="k").status
        for areas in (FRANCE, FRANCE, ONTARIO)
    ]
    assert statuses == [200, 200, 412]


def test_areas_that_leave_many_countries_without_a_partner_must_be_confirmed(program: Program) -> None:
    codes = ("AR", "BO", "BR", "CL", "CO", "EC", "GY", "PE", "PY", "SR", "UY")
    stored_many(a_partner("Large", *codes))
    areas = [{"country": code} for code in codes]
    for wrong in ({}, {"confirm_count": 1}, {"confirm_count": "11"}, {"confirm_count": True}):
        reply = put(program, areas, **wrong)
        assert (reply.status, reply.pointers, CoveredArea.objects.count()) == (422, ["/confirm_count"], 0)
    assert put(program, areas, confirm_count=len(codes)).status == 200
