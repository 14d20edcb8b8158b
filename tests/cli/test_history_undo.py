"""`renvoi history undo`: what it would change, what it changed, and the proof."""

import json
import uuid
from typing import Any

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from renvoi.history.models import ChangeSet
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, generation, stored, stored_many, with_changes
from tests.partners.acting import newest_change, trash, update

pytestmark = pytest.mark.django_db


def run(*arguments: str, step: uuid.UUID | None = None) -> Result:
    return CliRunner().invoke(cli, ["history", "undo", str(step or newest_change().change_set_id), *arguments])


def json_of(*arguments: str, step: uuid.UUID | None = None, exit_code: int = 0) -> dict[str, Any]:
    result = run("--json", *arguments, step=step)
    assert result.exit_code == exit_code, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def test_undo_is_only_shown_without_apply() -> None:
    alo = stored(ALO_BRASIL)
    trash(alo)
    before = generation()
    shown = json_of(exit_code=3)
    assert (shown["count"], shown["change_set"], shown["identical_to"], generation()) == (1, None, None, before)
    assert {(cell["country"], cell["before"]["decision"]) for cell in shown["consequences"]} == {
        ("BR", "none"),
        ("PT", "none"),
    }
    assert shown["consequences"][0]["after"]["partners"] == [{"id": alo.id, "name": "Aló Brasil"}]
    assert Partner.objects.get(id=alo.id).trashed_at is not None
    text = run()
    assert text.exit_code == 3
    assert "would change" in text.stdout
    assert "--apply" in text.stderr


def test_undone_step_names_the_table_to_which_the_present_one_is_identical() -> None:
    stored_many(ALO_BRASIL, AZULEJO)
    before = generation()
    actions.pause_partners(partners=Partner.objects.all(), actor=None, channel="cli")
    undone = json_of("--apply")
    assert (undone["count"], undone["identical_to"], undone["differing"]) == (2, before, [])
    assert uuid.UUID(undone["change_set"]) == newest_change().change_set_id
    assert newest_change().change_set.channel == "cli"
    assert set(Partner.objects.values_list("status", flat=True)) == {"active"}


def test_text_of_an_undone_step_says_that_the_table_is_identical() -> None:
    trash(stored(ALO_BRASIL))
    before = generation() - 1
    text = run("--apply")
    assert (text.exit_code, f"identical to number {before}, of 20" in text.stdout) == (0, True)


def test_later_change_is_named_as_responsible_for_what_differs() -> None:
    """The later change concerns another partner: the undo is exact, and yet the table is not that of before."""
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    trash(alo)
    deletion = newest_change().change_set_id
    update(azulejo, with_changes(AZULEJO, priority=9))
    later = newest_change().change_set_id
    undone = json_of("--apply", step=deletion)
    assert (undone["count"], undone["identical_to"]) == (1, None)
    assert undone["differing"] == [{"subject": "partner", "subject_id": azulejo.id, "later": str(later)}]
    assert {cell["country"] for cell in undone["differences"]} == {"PT"}
    assert undone["compared_with"] == generation() - 3


def test_change_of_a_description_only_is_no_difference_for_cells_but_of_the_table() -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    trash(alo)
    deletion = newest_change().change_set_id
    update(azulejo, with_changes(AZULEJO, description_fr="Autrement"))
    undone = json_of("--apply", step=deletion)
    assert (undone["identical_to"], undone["differences"], len(undone["differing"])) == (None, [], 1)


def test_change_that_was_undone_since_is_not_responsible() -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    before = generation()
    trash(alo)
    deletion = newest_change().change_set_id
    update(azulejo, with_changes(AZULEJO, priority=9))
    json_of("--apply")
    assert json_of("--apply", step=deletion)["identical_to"] == before


def test_partner_changed_since_is_refused_with_the_later_step() -> None:
    alo = update(stored(ALO_BRASIL), with_changes(ALO_BRASIL, priority=2))
    step = newest_change().change_set_id
    update(alo, with_changes(ALO_BRASIL, priority=3))
    refused = json_of("--apply", step=step, exit_code=1)
    assert refused["skipped"] == [
        {
            "subject": "partner",
            "subject_id": alo.id,
            "name": "Aló Brasil",
            "reason": "changed",
            "later": str(newest_change().change_set_id),
            "holder": None,
        }
    ]
    text = run("--apply", step=step)
    assert (text.exit_code, "was changed since" in text.stdout, "Nothing was changed" in text.stderr) == (1, True, True)
    assert PartnerValues.of(Partner.objects.get(id=alo.id)).priority == 3


def test_rest_of_a_step_is_undone(odile: User) -> None:
    alo, _ = stored_many(ALO_BRASIL, AZULEJO)
    actions.pause_partners(partners=Partner.objects.all(), actor=odile, channel="console")
    step = newest_change().change_set_id
    update(Partner.objects.get(id=alo.id), with_changes(ALO_BRASIL, status="paused", priority=2))
    undone = json_of("--apply", step=step)
    assert (undone["count"], len(undone["skipped"]), undone["identical_to"]) == (1, 1, None)
    assert [one["subject_id"] for one in undone["differing"]] == [alo.id]


def test_step_is_undone_once() -> None:
    trash(stored(ALO_BRASIL))
    step = newest_change().change_set_id
    json_of("--apply", step=step)
    assert json_of("--apply", step=step)["count"] == 0
    assert "was undone before" in run(step=step).stdout
    assert ChangeSet.objects.filter(undoes=step).count() == 1


@pytest.mark.parametrize("id_", ["7", "x", "", "00000000-0000-4000-8000-000000000000"])
def test_unknown_id_is_wrong_usage(id_: str) -> None:
    assert CliRunner().invoke(cli, ["history", "undo", id_]).exit_code == 2
