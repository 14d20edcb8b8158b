"""GET /api/v1/trash and /partners/{id}/history."""

from renvoi.partners.actions import purge_partners, trash_partner
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.api.calling import Program
from tests.cast import ALO_BRASIL, AZULEJO, PRAIRIE, stored_many


def test_trash_has_the_deleted_partners_the_last_one_first(program: Program, odile: User) -> None:
    first, second, _ = stored_many(ALO_BRASIL, AZULEJO, PRAIRIE)
    for partner in (first, second):
        trash_partner(partner_id=partner.id, actor=odile, channel="console")
    reply = program.get("/trash").json
    assert [one["id"] for one in reply["partners"]] == [second.id, first.id]
    assert {one["deleted_by"] for one in reply["partners"]} == {str(odile)}
    assert None not in {one["trashed_at"] for one in reply["partners"]}
    assert [one["id"] for one in program.get("/trash?name=brasil&sort=name").json["partners"]] == [first.id]
    assert program.get("/trash?sort=priority").pointers == ["?sort"]


def test_history_of_a_partner_has_its_steps_only(program: Program) -> None:
    first, second = stored_many(ALO_BRASIL, AZULEJO)
    program.call("PATCH", f"/partners/{first.id}", {"priority": 1}, If_Match='"1"')
    steps = program.get(f"/partners/{first.id}/history").json["steps"]
    assert (steps[0]["verb"], steps[0]["subject_id"]) == ("update", first.id)
    assert len(steps) == 2
    assert len(program.get(f"/partners/{second.id}/history").json["steps"]) == 1
    assert program.get(f"/partners/{first.id}/history?channel=API").json["count"] == 1
    assert program.get("/partners/999999/history").status == 404


def test_history_of_a_partner_that_was_deleted_for_good_stays(program: Program, alo_brasil: Partner) -> None:
    trash_partner(partner_id=alo_brasil.id, actor=None, channel="cli")
    purge_partners(partners=Partner.objects.all(), actor=None, channel="cli")
    assert program.get(f"/partners/{alo_brasil.id}").status == 404
    assert program.get(f"/partners/{alo_brasil.id}/history").json["count"] >= 2
