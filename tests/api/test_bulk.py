"""Change many partners at once, each at the version that was read."""

from typing import Any

import pytest

from renvoi.api.operations.bulk import BULK_ACTIONS
from renvoi.api.schemas.partners import BULK_NAMES
from renvoi.history.models import ChangeSet
from renvoi.partners.models import Partner
from tests.api.calling import Program
from tests.cast import ALO_BRASIL, AZULEJO, PRAIRIE, a_partner, stored_many


@pytest.fixture
def listed(db: None) -> list[dict[str, int]]:  # noqa: ARG001 (required by pytest-django)
    return [{"id": partner.id, "version": 1} for partner in stored_many(ALO_BRASIL, AZULEJO, PRAIRIE)]


def bulk(program: Program, action: object, partners: object, **more: Any) -> Any:
    return program.call("POST", "/partners/bulk", {"action": action, "partners": partners, **more})


def test_each_action_is_one_step_of_the_history(program: Program, listed: list[dict[str, int]]) -> None:
    assert tuple(BULK_ACTIONS) == BULK_NAMES
    for version, action in enumerate(BULK_NAMES, start=2):
        reply = bulk(program, action, listed)
        assert (reply.status, reply.json["count"], reply.json["skipped"]) == (200, 3, [])
        listed = reply.json["partners"]
        assert {item["version"] for item in listed} == {version}
        step = ChangeSet.objects.order_by("-position").first()
        assert step is not None
        assert (step.channel, step.credential, step.count) == ("api", "Night import", 3)


def test_one_stale_version_changes_nothing(program: Program, listed: list[dict[str, int]]) -> None:
    bulk(program, "pause", listed[:1])
    reply = bulk(program, "trash", listed)
    assert (reply.status, reply.pointers) == (412, ["/partners/0"])
    assert Partner.objects.exclude(trashed_at=None).count() == 0


def test_missing_partner_changes_nothing(program: Program, listed: list[dict[str, int]]) -> None:
    assert bulk(program, "pause", [*listed, {"id": 999_999, "version": 1}]).pointers == ["/partners/3"]
    assert Partner.objects.filter(version=1).count() == 3


@pytest.mark.parametrize(
    ("action", "partners", "pointers"),
    [
        ("purge", [{"id": 1, "version": 1}], ["/action"]),
        (None, None, ["/action", "/partners"]),
        (["pause"], {}, ["/action", "/partners"]),
        ("pause", [], ["/partners"]),
        ("pause", [{"id": 1, "version": 1}] * 1_001, ["/partners"]),
        ("pause", [{"id": 1, "version": 1}] * 2, ["/partners"]),
        ("pause", [1, {"id": 1}, {"id": True, "version": 1}, {"id": 1, "version": 1, "x": 1}], None),
        ("pause", [{"id": 10**30, "version": 1}], ["/partners/0"]),
    ],
)
def test_what_is_no_list_of_versions_is_refused(
    program: Program, action: object, partners: object, pointers: list[str] | None
) -> None:
    reply = bulk(program, action, partners)
    assert reply.status == 422
    assert reply.pointers == (pointers or [f"/partners/{index}" for index in range(4)])


@pytest.mark.parametrize("action", ["pause", "trash"])
def test_action_that_leaves_many_countries_without_a_partner_must_be_confirmed(program: Program, action: str) -> None:
    codes = ("AR", "BO", "BR", "CL", "CO", "EC", "GY", "PE", "PY", "SR", "UY")
    large, small, other = (
        {"id": partner.id, "version": 1}
        for partner in stored_many(a_partner("Large", *codes), a_partner("Small", "PT"), a_partner("Other", "AO"))
    )
    for wrong in ({}, {"confirm_count": 1}, {"confirm_count": 0}, {"confirm_count": "2"}, {"confirm_count": None}):
        reply = bulk(program, action, [large, small], **wrong)
        assert (reply.status, reply.pointers) == (422, ["/confirm_count"]), wrong
    assert set(Partner.objects.values_list("version", flat=True)) == {1}
    assert bulk(program, action, [other]).status == 200
    assert bulk(program, action, [large, small], confirm_count=2).status == 200


def test_unknown_field_is_refused(program: Program, listed: list[dict[str, int]]) -> None:
    assert bulk(program, "pause", listed, force=True).pointers == ["/force"]


def test_repeated_step_with_its_key_is_answered_again(program: Program, listed: list[dict[str, int]]) -> None:
    body = {"action": "pause", "partners": listed[:2]}
    first = program.call("POST", "/partners/bulk", body, Idempotency_Key="night")
    again = program.call("POST", "/partners/bulk", dict(reversed(body.items())), Idempotency_Key="night")
    assert (first.status, first.json) == (200, again.json)
    assert bulk(program, "pause", listed[:2]).status == 412
    other = program.call("POST", "/partners/bulk", body | {"partners": listed}, Idempotency_Key="night")
    assert (other.status, other.json["errors"]) == (422, [])
    assert Partner.objects.filter(version=2).count() == 2


def test_key_of_a_refused_step_is_free(program: Program, listed: list[dict[str, int]]) -> None:
    stale = {"action": "pause", "partners": [{"id": listed[0]["id"], "version": 7}]}
    assert program.call("POST", "/partners/bulk", stale, Idempotency_Key="1").status == 412
    right = {"action": "pause", "partners": listed}
    assert program.call("POST", "/partners/bulk", right, Idempotency_Key="1").status == 200


def test_repeated_restoration_names_what_it_skipped(program: Program, listed: list[dict[str, int]]) -> None:
    trashed = bulk(program, "trash", listed).json["partners"]
    stored_many(ALO_BRASIL)
    replies = [
        program.call("POST", "/partners/bulk", {"action": "restore", "partners": trashed}, Idempotency_Key="r")
        for _ in range(2)
    ]
    assert replies[0].json == replies[1].json
    assert (replies[0].json["count"], replies[0].json["skipped"]) == (2, [listed[0]["id"]])
