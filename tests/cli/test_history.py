"""`renvoi history list`: one line or object for each step, the newest first."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from renvoi.history.models import ChangeSet
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, set_operator, stored, stored_many, with_changes

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 30, 14, 5, 7, tzinfo=UTC)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["history", "list", *arguments])
    assert result.exit_code == 0, result.output
    return result


def listed(*arguments: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(run("--json", *arguments).output)
    return steps


def test_step_on_one_partner_has_its_name_and_who_did_it(odile: User) -> None:
    partner = stored(ALO_BRASIL)
    saved = actions.update_partner(
        partner_id=partner.id,
        values=with_changes(ALO_BRASIL, name="Alô"),
        expected_version=1,
        actor=odile,
        channel="console",
    )
    assert saved.change_set_id is not None
    ChangeSet.objects.filter(id=saved.change_set_id).update(at=AT)
    newest, oldest = listed()
    assert newest == {
        "id": str(saved.change_set_id),
        "at": "2026-11-30T14:05:07Z",
        "actor": "Odile",
        "channel": "console",
        "verb": "update",
        "subject": "partner",
        "count": 1,
        "subject_id": partner.id,
        "name": "Alô",
        "generation": newest["generation"],
        "undoes": None,
        "undone_by": None,
        "reason": "",
    }
    assert newest["generation"] == oldest["generation"] + 1
    assert run().output.splitlines()[0] == (
        f"2026-11-30T14:05:07Z  console  update   {f'partner {partner.id}':<16}  Alô  (by Odile)"
    )


def test_step_over_many_partners_is_one(odile: User) -> None:
    stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
    step = actions.trash_partners(partners=Partner.objects.all(), actor=odile, channel="console")
    assert step.change_set_id is not None
    undone = actions.undo_step(change_set_id=step.change_set_id, actor=odile, channel="console")
    undo, deletion, *_ = listed()
    assert (deletion["id"], deletion["verb"], deletion["count"], deletion["name"]) == (
        str(step.change_set_id),
        "trash",
        3,
        "",
    )
    assert (deletion["undone_by"], undo["id"], undo["undoes"]) == (
        str(undone.change_set_id),
        str(undone.change_set_id),
        deletion["id"],
    )
    lines = run().output.splitlines()
    assert "  trash    3 partners" in lines[1]
    assert lines[1].endswith("(undone)")


def test_operator_is_a_subject_and_a_command_has_no_name() -> None:
    set_operator()
    (step,) = listed()
    assert (step["subject"], step["verb"], step["actor"]) == ("operator", "update", "")
    assert "(by" not in run().output


def test_order_is_that_of_writing_even_if_the_clock_was_set_back() -> None:
    for number, name in enumerate(("A", "B", "C")):
        stored(with_changes(ALO_BRASIL, name=name))
        newest = ChangeSet.objects.get(changes__after__name=name)
        ChangeSet.objects.filter(id=newest.id).update(at=AT.replace(year=2026 - number))
    assert [step["name"] for step in listed()] == ["C", "B", "A"]
    assert [step["name"] for step in listed("--limit", "2")] == ["C", "B"]


@pytest.mark.parametrize("count", [499, 500, 501])
def test_all_steps_are_listed_without_a_limit(count: int) -> None:
    for _ in range(count):
        step = ChangeSet.objects.create(channel="cli")
        step.changes.create(verb="update", subject="partner", subject_id=1, before={}, after={"name": "A"})
    assert len(listed("--limit", "0")) == count
    assert len(listed()) == 20


def test_control_characters_do_not_reach_the_terminal() -> None:
    step = ChangeSet.objects.create(channel="cli", actor_name="\x1b[2J")
    step.changes.create(verb="update", subject="partner", subject_id=1, after={"name": "A\nB\x1b]0;"})
    assert "\x1b" not in run().output
    assert len(run().output.splitlines()) == 1


def test_record_of_another_program_is_listed() -> None:
    step = ChangeSet.objects.create(channel="other")
    step.changes.create(verb="odd", subject="thing", subject_id=1, after=None)
    (listed_step,) = listed()
    assert (listed_step["name"], listed_step["verb"]) == ("", "odd")


def test_empty_history_is_an_empty_list() -> None:
    assert (listed(), run().output) == ([], "")
