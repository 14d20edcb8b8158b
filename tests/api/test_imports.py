"""Import a file: order its check, read the plan, and have exactly that carried out."""

from typing import Any

import pytest

from renvoi.history.models import ChangeSet
from renvoi.partners.importing.reading.rows import MAX_BYTES
from renvoi.partners.imports.jobs import MAX_UNFINISHED
from renvoi.partners.models import Partner, PartnerImport
from renvoi.people.models import User
from tests.api.calling import Program, Reply, program_of
from tests.cast import ALO_BRASIL, a_partner, stored_many
from tests.console.importing import HEADINGS, run
from tests.partners.importing.files import csv_file, xlsx_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOVA = ("Nova", "https://nova.example/", "BR")


@pytest.fixture(autouse=True)
def _no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renvoi.downloads.jobs.start_maker", lambda *_job: None)


def send(program: Program, *rows: tuple[str, ...], headings: Any = HEADINGS, **headers: str) -> Reply:
    return program.call("POST", "/imports", csv_file(headings, *rows), **{"Content_Type": "text/csv"} | headers)


def job_of(reply: Reply) -> PartnerImport:
    return PartnerImport.objects.get(id=reply.json["id"])


def checked(program: Program, *rows: tuple[str, ...], **more: Any) -> Reply:
    """Send a file, have it checked, and return the answer with its plan."""
    reply = send(program, *rows, **more)
    assert (reply.status, reply.json["state"], reply.json["plan"]) == (201, "checking", None)
    run(job_of(reply))
    return program.get(reply.headers["location"])


def apply(program: Program, plan: Reply, body: Any = None, *, tag: str = "") -> Reply:
    return program.call("POST", f"/imports/{plan.json['id']}/apply", body, If_Match=tag or plan.headers["etag"])


def test_plan_is_shown_then_carried_out(program: Program, odile: User) -> None:
    stored_many(ALO_BRASIL)
    plan = checked(program, NOVA, ("Aló Brasil", "https://other.example/", "BR"))
    counts = {name: plan.json["plan"][name] for name in ("created", "changed", "identical", "error_count")}
    assert counts == {"created": 1, "changed": 1, "identical": 0, "error_count": 0}
    assert plan.json["plan"]["creations"] == [{"line": 2, "name": "Nova"}]
    assert {field["name"] for field in plan.json["plan"]["changes"][0]["fields"]} == {"url_en", "countries"}
    assert plan.json["plan"]["consequences"] != []
    assert Partner.objects.count() == 1
    reply = apply(program, plan)
    assert (reply.status, reply.json["state"]) == (202, "importing")
    run(job_of(plan))
    done = program.get(f"/imports/{plan.json['id']}").json
    assert (done["state"], done["step"], Partner.objects.count()) == ("imported", plan.json["id"], 2)
    step = ChangeSet.objects.get(id=plan.json["id"])
    assert (step.channel, step.credential, step.actor_id, step.count) == ("api", "Night import", odile.id, 2)
    assert apply(program, plan).json["state"] == "imported"


def test_errors_have_line_column_and_reason_in_the_language(program: Program) -> None:
    plan = checked(program, ("", "nowhere", "Brazil, Atlantis"))
    errors = plan.json["plan"]["errors"]
    assert {(error["line"], error["column"]) for error in errors} == {(2, name) for name in HEADINGS}
    french = program.get(f"/imports/{plan.json['id']}", Accept_Language="fr").json["plan"]["errors"]
    assert french != errors
    assert (apply(program, plan).status, Partner.objects.count()) == (409, 0)


def test_workbook_is_read_too(program: Program) -> None:
    reply = program.call("POST", "/imports", xlsx_file(HEADINGS, NOVA), Content_Type=XLSX)
    run(job_of(reply))
    assert program.get(reply.headers["location"]).json["plan"]["created"] == 1


def test_plan_that_changed_meanwhile_is_not_carried_out(program: Program) -> None:
    plan = checked(program, NOVA)
    stored_many(a_partner("Nova", "PT"))
    assert apply(program, plan).status == 202
    run(job_of(plan))
    new = program.get(f"/imports/{plan.json['id']}")
    assert (new.json["state"], new.json["has_changed"], new.json["plan"]["changed"]) == ("checked", True, 1)
    stale = apply(program, plan)
    assert (stale.status, stale.json["current"]) == (412, new.json)
    assert apply(program, new).status == 202
    run(job_of(plan))
    assert Partner.objects.get().countries == ("BR",)


def test_without_the_etag_nothing_is_imported(program: Program) -> None:
    plan = checked(program, NOVA)
    assert program.call("POST", f"/imports/{plan.json['id']}/apply", {}).status == 428
    assert apply(program, plan, tag='"x"').status == 412
    assert Partner.objects.count() == 0


def test_large_import_must_be_confirmed_by_its_number(program: Program) -> None:
    rows = [(f"Nova {number}", f"https://nova{number}.example/", "BR") for number in range(25)]
    plan = checked(program, *rows)
    assert plan.json["plan"]["confirm_count"] == 25
    for wrong in (None, {}, {"confirm_count": 24}):
        assert apply(program, plan, wrong).pointers == ["/confirm_count"]
    assert apply(program, plan, {"confirm_count": "25"}).status == 422
    assert apply(program, plan, {"confirm_count": 25}).status == 202


def test_rows_that_replace_partners_must_be_confirmed(program: Program) -> None:
    (partner,) = stored_many(a_partner("Old", "BR"))
    plan = checked(program, (str(partner.id), *NOVA), headings=["id", *HEADINGS])
    assert plan.json["plan"]["confirm_replaced"]
    assert apply(program, plan).pointers == ["/confirm_replaced"]
    assert apply(program, plan, {"confirm_replaced": 1}).status == 422
    assert apply(program, plan, {"confirm_replaced": True}).status == 202
    run(job_of(plan))
    assert Partner.objects.get().name == "Nova"


def test_file_that_changes_nothing_or_is_not_checked_yet_is_not_imported(program: Program) -> None:
    stored_many(a_partner("Nova", "BR", url_en="https://nova.example/"))
    assert apply(program, checked(program, NOVA)).status == 409
    reply = send(program, NOVA)
    assert apply(program, reply, tag="*").status == 409


def test_key_stores_one_file(program: Program) -> None:
    replies = [send(program, NOVA, Idempotency_Key="night") for _ in range(2)]
    assert replies[0].json["id"] == replies[1].json["id"]
    assert send(program, ("Other", *NOVA[1:]), Idempotency_Key="night").status == 422
    assert PartnerImport.objects.count() == 1


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", ""])
def test_other_types_are_refused(program: Program, content_type: str) -> None:
    assert send(program, NOVA, Content_Type=content_type).status == 415


@pytest.mark.parametrize("content", [b"\0\1\2", b"PK\3\4", b"name\r\n", b"x,y\r\n1,2\r\n", b"\xff\xfe"])
def test_file_of_which_nothing_can_be_read_is_refused(program: Program, content: bytes) -> None:
    reply = program.call("POST", "/imports", content, Content_Type="text/csv")
    if reply.status == 201:
        run(job_of(reply))
        assert program.get(reply.headers["location"]).json["plan"]["error_count"] > 0
    else:
        assert (reply.status, len(reply.json["errors"])) == (422, 1)


def test_file_that_is_too_large_is_refused(program: Program) -> None:
    reply = program.call("POST", "/imports", b"x" * (MAX_BYTES + 1), Content_Type="text/csv")
    assert (reply.status, PartnerImport.objects.count()) == (413, 0)


def test_account_has_a_few_files_at_once(program: Program) -> None:
    replies = [send(program, NOVA) for _ in range(MAX_UNFINISHED + 1)]
    assert [reply.status for reply in replies] == [201] * MAX_UNFINISHED + [429]
    assert replies[-1].headers["retry-after"] == "5"


def test_reader_sees_no_import(program: Program, odile: User) -> None:
    plan = send(program, NOVA)
    assert program_of(odile, scope="read", name="Reader").get(f"/imports/{plan.json['id']}").status == 403


@pytest.mark.usefixtures("db")
def test_unknown_field_and_unknown_import_are_refused(program: Program) -> None:
    plan = checked(program, NOVA)
    assert apply(program, plan, {"force": True}).pointers == ["/force"]
    assert program.get("/imports/00000000-0000-4000-8000-000000000000").status == 404
