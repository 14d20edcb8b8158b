"""Create, change, trash and restore partners: versions, keys, refusals by field, and what the history says."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from renvoi.history.models import Change, ChangeSet
from renvoi.partners.actions import purge_partners, trash_partner, update_partner
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.api.calling import Program, program_of
from tests.cast import ALO_BRASIL, AZULEJO, colleague, stored, with_changes

NEW: dict[str, Any] = {"name": "Nova", "url_en": "https://nova.example/", "countries": ["BR"]}


def at_version(number: int) -> dict[str, str]:
    return {"If_Match": f'"{number}"'}


def change_elsewhere(partner: Partner, **changes: Any) -> None:
    update_partner(
        partner_id=partner.id,
        values=with_changes(PartnerValues.of(partner), **changes),
        expected_version=partner.version,
        actor=None,
        channel="console",
    )


class TestCreate:
    """POST /api/v1/partners."""

    def test_partner_is_created_with_its_address_and_version(self, program: Program) -> None:
        reply = program.call("POST", "/partners", NEW)
        assert (reply.status, reply.headers["etag"]) == (201, '"1"')
        assert program.get(reply.headers["location"]).json == reply.json
        assert (reply.json["priority"], reply.json["status"], reply.json["agreement_ends_on"]) == (5, "active", None)

    def test_every_field_is_stored_as_the_form_stores_it(self, program: Program) -> None:
        reply = program.call("POST", "/partners", ALO_BRASIL.to_json())
        assert PartnerValues.of(Partner.objects.get(id=reply.json["id"])) == ALO_BRASIL

    def test_history_names_channel_account_and_token(self, program: Program, odile: User) -> None:
        program.call("POST", "/partners", NEW)
        step = ChangeSet.objects.get()
        assert (step.channel, step.actor_id, step.credential) == ("api", odile.id, "Night import")

    def test_same_key_and_body_create_one_partner(self, program: Program) -> None:
        replies = [program.call("POST", "/partners", NEW, Idempotency_Key="import-7") for _ in range(3)]
        assert {(reply.status, reply.json["id"]) for reply in replies} == {(201, replies[0].json["id"])}
        assert (Partner.objects.count(), ChangeSet.objects.count()) == (1, 1)

    def test_same_key_with_another_body_changes_nothing(self, program: Program) -> None:
        program.call("POST", "/partners", NEW, Idempotency_Key="import-7")
        reply = program.call("POST", "/partners", NEW | {"name": "Other"}, Idempotency_Key="import-7")
        assert (reply.status, reply.json["errors"]) == (422, [])
        assert Partner.objects.get().name == "Nova"

    def test_key_is_of_one_token(self, program: Program, wendy: User, odile: User) -> None:
        others = (program, program_of(wendy), program_of(odile, name="Second"))
        for number, other in enumerate(others):
            body = NEW | {"name": f"Nova {number}"}
            assert other.call("POST", "/partners", body, Idempotency_Key="1").status == 201
        assert Partner.objects.count() == 3

    def test_key_of_a_partner_that_was_deleted_for_good_creates_no_other(self, program: Program) -> None:
        reply = program.call("POST", "/partners", NEW, Idempotency_Key="import-7")
        trash_partner(partner_id=reply.json["id"], actor=None, channel="cli")
        purge_partners(partners=Partner.objects.all(), actor=None, channel="cli")
        assert program.call("POST", "/partners", NEW, Idempotency_Key="import-7").status in {409, 422}
        assert Partner.objects.count() == 0

    @pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é"])
    def test_unusable_key_is_refused(self, program: Program, key: str) -> None:
        assert program.call("POST", "/partners", NEW, Idempotency_Key=key).status == 400

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_every_wrong_field_is_named_at_once(self, odile: User, language: str) -> None:
        body: dict[str, Any] = {
            "name": " ",
            "url_en": "javascript:alert(1)",
            "url_fr": None,
            "countries": ["BR", "br", 7, "XX"],
            "status": " active",
            "priority": 10,
            "agreement_starts_on": "",
            "agreement_ends_on": 20260101,
            "description_en": "x" * 256,
            "agreement_reference": {},
            "colour/~": "red",
            "id": 1,
        }
        reply = program_of(odile, language=language).call("POST", "/partners", body)
        assert reply.status == 422
        assert sorted(reply.pointers) == sorted(
            ["/countries/1", "/countries/2", "/countries/3", "/colour~1~0"]
            + [f"/{name}" for name in body if name not in {"countries", "colour/~"}]
        )
        sentences = {error["detail"] for error in reply.json["errors"]}
        assert ("Entrez un nom." in sentences) is (language == "fr")
        assert ("Enter a name." in sentences) is (language == "en")

    def test_empty_body_names_what_is_required(self, program: Program) -> None:
        assert sorted(program.call("POST", "/partners", {}).pointers) == ["/countries", "/name", "/url_en"]

    def test_name_that_is_taken_is_refused(self, program: Program) -> None:
        stored(ALO_BRASIL)
        reply = program.call("POST", "/partners", NEW | {"name": "alo BRASIL"})
        assert (reply.status, reply.pointers) == (422, ["/name"])

    @pytest.mark.parametrize("priority", [True, "5", 5.5, None, [5]])
    def test_what_is_no_whole_number_is_refused(self, program: Program, priority: object) -> None:
        assert program.call("POST", "/partners", NEW | {"priority": priority}).pointers == ["/priority"]

    def test_whole_number_may_have_a_point(self, program: Program) -> None:
        assert program.call("POST", "/partners", NEW | {"priority": 3.0}).json["priority"] == 3


class TestChange:
    """PUT and PATCH /api/v1/partners/{id}."""

    def test_patch_changes_the_fields_in_the_body_only(self, program: Program, alo_brasil: Partner) -> None:
        body = {"priority": 2, "agreement_ends_on": "2027-12-31"}
        reply = program.call("PATCH", f"/partners/{alo_brasil.id}", body, **at_version(1))
        assert (reply.status, reply.headers["etag"], reply.json["version"]) == (200, '"2"', 2)
        assert {name for name, value in ALO_BRASIL.to_json().items() if reply.json[name] != value} == body.keys()

    def test_put_replaces_all_fields(self, program: Program, alo_brasil: Partner) -> None:
        reply = program.call("PUT", f"/partners/{alo_brasil.id}", NEW, **at_version(1))
        assert reply.status == 200
        assert (reply.json["name"], reply.json["url_fr"], reply.json["agreement_starts_on"]) == ("Nova", "", None)

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_what_was_read_can_be_sent_back(self, program: Program, alo_brasil: Partner, method: str) -> None:
        path = f"/partners/{alo_brasil.id}"
        shown = program.get(path).json
        reply = program.call(method, path, shown, **at_version(1))
        assert (reply.status, reply.json) == (200, shown)
        assert ChangeSet.objects.count() == 1

    @pytest.mark.parametrize(
        ("name", "value"),
        [("id", 999), ("version", 7), ("version", True), ("created_at", None), ("updated_at", ""), ("trashed_at", "x")],
    )
    def test_read_only_field_is_refused_unless_equal(
        self, program: Program, alo_brasil: Partner, name: str, value: object
    ) -> None:
        reply = program.call("PATCH", f"/partners/{alo_brasil.id}", {name: value}, **at_version(1))
        assert (reply.status, reply.pointers) == (422, [f"/{name}"])

    @pytest.mark.parametrize("name", [field.name for field in Partner._meta.get_fields()])
    def test_no_other_column_can_be_set(self, program: Program, alo_brasil: Partner, name: str) -> None:
        if name in ALO_BRASIL.to_json():
            return
        before = Partner.objects.values().get()
        reply = program.call("PATCH", f"/partners/{alo_brasil.id}", {name: "7"}, **at_version(1))
        assert (reply.status, Partner.objects.values().get()) == (422, before)

    @pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("PATCH", ""), ("POST", "/trash"), ("POST", "/restore")])
    def test_write_without_a_version_is_refused(
        self, program: Program, alo_brasil: Partner, method: str, path: str
    ) -> None:
        assert program.call(method, f"/partners/{alo_brasil.id}{path}", NEW).status == 428
        assert ChangeSet.objects.count() == 1

    @pytest.mark.parametrize("tag", ['"7"', 'W/"1"', "1", '"x"', '"1'])
    def test_other_version_is_refused_with_the_current_one(
        self, program: Program, alo_brasil: Partner, tag: str
    ) -> None:
        path = f"/partners/{alo_brasil.id}"
        body = {"name": "Other", "priority": 5, "countries": ["PT"]}
        reply = program.call("PATCH", path, body, If_Match=tag)
        assert reply.status == 412
        assert (reply.json["current"], reply.json["differs"]) == (program.get(path).json, ["/name", "/countries"])

    @pytest.mark.parametrize("tag", ["*", '"7", "1"'])
    def test_version_among_others_and_any_version_are_accepted(
        self, program: Program, alo_brasil: Partner, tag: str
    ) -> None:
        assert program.call("PATCH", f"/partners/{alo_brasil.id}", {"priority": 1}, If_Match=tag).status == 200

    def test_representation_of_an_earlier_version_is_stale_not_wrong(
        self, program: Program, alo_brasil: Partner
    ) -> None:
        path = f"/partners/{alo_brasil.id}"
        shown = program.get(path).json
        change_elsewhere(alo_brasil, priority=9)
        reply = program.call("PUT", path, shown, **at_version(1))
        assert (reply.status, reply.json["differs"]) == (412, ["/priority"])

    def test_repeated_change_with_its_key_is_answered_again(self, program: Program, alo_brasil: Partner) -> None:
        path, key = f"/partners/{alo_brasil.id}", {"Idempotency_Key": "k"} | at_version(1)
        first = program.call("PATCH", path, {"priority": 1}, **key)
        assert program.call("PATCH", path, {"priority": 1}, **key).json == first.json
        assert program.call("PATCH", path, {"priority": 1}, **at_version(1)).status == 412
        assert program.call("PATCH", path, {"priority": 2}, **key).status == 422
        assert Partner.objects.get().version == 2

    def test_partner_in_the_trash_is_not_changed(self, program: Program, alo_brasil: Partner) -> None:
        trash_partner(partner_id=alo_brasil.id, actor=None, channel="cli")
        assert program.call("PATCH", f"/partners/{alo_brasil.id}", {"priority": 1}, **at_version(2)).status == 409


class TestTrash:
    """POST /api/v1/partners/{id}/trash and /restore."""

    def test_partner_goes_to_the_trash_and_comes_back(self, program: Program, alo_brasil: Partner) -> None:
        path = f"/partners/{alo_brasil.id}"
        reply = program.call("POST", f"{path}/trash", **at_version(1))
        assert (reply.status, reply.headers["etag"], reply.json["trashed_at"] is None) == (200, '"2"', False)
        reply = program.call("POST", f"{path}/restore", {}, **at_version(2))
        assert (reply.headers["etag"], reply.json["trashed_at"]) == ('"3"', None)
        assert PartnerValues.of(Partner.objects.get()) == ALO_BRASIL
        assert [*Change.objects.order_by("id").values_list("verb", "change_set__credential")][1:] == [
            ("trash", "Night import"),
            ("restore", "Night import"),
        ]

    def test_repeated_request_changes_nothing(self, program: Program, alo_brasil: Partner) -> None:
        path = f"/partners/{alo_brasil.id}/trash"
        replies = [program.call("POST", path, **at_version(1)) for _ in range(2)]
        assert [reply.headers["etag"] for reply in replies] == ['"2"', '"2"']

    def test_stale_version_is_refused(self, program: Program, alo_brasil: Partner) -> None:
        change_elsewhere(alo_brasil, priority=9)
        reply = program.call("POST", f"/partners/{alo_brasil.id}/trash", **at_version(1))
        assert (reply.status, reply.json["current"]["version"], reply.json["differs"]) == (412, 2, [])

    def test_name_that_was_taken_meanwhile_is_refused(self, program: Program, alo_brasil: Partner) -> None:
        path = f"/partners/{alo_brasil.id}"
        program.call("POST", f"{path}/trash", **at_version(1))
        stored(with_changes(AZULEJO, name="ALO BRASIL"))
        reply = program.call("POST", f"{path}/restore", **at_version(2))
        assert (reply.status, reply.pointers) == (422, ["/name"])

    def test_field_is_refused(self, program: Program, alo_brasil: Partner) -> None:
        reply = program.call("POST", f"/partners/{alo_brasil.id}/trash", {"force": True}, **at_version(1))
        assert (reply.status, reply.pointers) == (422, ["/force"])


@pytest.mark.usefixtures("committed")
def test_of_many_who_read_one_version_one_writes() -> None:
    partner, owner = stored(ALO_BRASIL), colleague("odile@boreale.example")
    programs = [program_of(owner, name=f"Program {number}") for number in range(12)]

    def write(number: int) -> int:
        try:
            body = {"description_en": f"Version of {number}"}
            return programs[number].call("PATCH", f"/partners/{partner.id}", body, **at_version(1)).status
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(write, range(12)))
    assert statuses == [200] + [412] * 11
    assert (Partner.objects.get().version, Change.objects.filter(verb="update").count()) == (2, 1)


@pytest.mark.usefixtures("committed")
def test_simultaneous_posts_with_one_key_create_one_partner() -> None:
    program = program_of(colleague("odile@boreale.example"))

    def write(_: int) -> int:
        try:
            twin = Program(program.token)
            return int(twin.call("POST", "/partners", NEW, Idempotency_Key="k").json["id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(write, range(12)))) == 1
    assert Partner.objects.count() == 1


def test_full_disk_refuses_writes_and_not_reads(
    program: Program, alo_brasil: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renvoi.disk_reserve.is_reserve_reached", lambda _: True)
    assert program.call("POST", "/partners", NEW).status == 507
    assert program.get(f"/partners/{alo_brasil.id}").status == 200
