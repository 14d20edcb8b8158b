"""`renvoi partners import`: the check, the import, their output and exit codes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from renvoi.history.models import ChangeSet
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.reports.models import VisitsOnDay
from tests.cast import ALO_BRASIL, AZULEJO, stored, stored_many, today, with_changes
from tests.partners.acting import update
from tests.partners.importing.files import NUMBERED, csv_file, exported, numbered

pytestmark = pytest.mark.django_db
OK, ERRORS, WRONG_USAGE, NOT_APPLIED = 0, 1, 2, 3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Partners.csv"


def run(file: Path, *rows: Sequence[object], options: Sequence[str] = ()) -> Result:
    if rows:
        file.write_bytes(csv_file(*rows))
    return CliRunner().invoke(cli, ["partners", "import", str(file), *options])


def as_json(file: Path, *rows: Sequence[object], options: Sequence[str] = ()) -> tuple[int, dict[str, Any]]:
    result = run(file, *rows, options=["--json", *options])
    return result.exit_code, json.loads(result.stdout)


def test_check_shows_changes_and_makes_none(file: Path) -> None:
    alo = stored(ALO_BRASIL)
    result = run(file, ["id", "name", "url_en", "countries"], [alo.id, "Aló", ALO_BRASIL.url_en, "BR"], ["", *NEW])
    assert result.exit_code == NOT_APPLIED
    assert result.stdout.splitlines()[:6] == [
        "Created: 1, changed: 1, identical: 0",
        "row 3: create Éperlan (FR)",
        f"row 2: change Aló Brasil ({alo.id})",
        "    name: Aló Brasil → Aló",
        "    countries: BR PT → BR",
        "4 answers to prospects would change (place, language):",
    ]
    assert "    PT fr: Aló → none" in result.stdout
    assert "    FR en: none → Éperlan" in result.stdout
    assert "--apply" in result.stderr
    assert [*Partner.objects.values_list("name", flat=True)] == ["Aló Brasil"]


def test_answers_that_stay_the_same_for_another_reason_are_not_counted(file: Path) -> None:
    stored(ALO_BRASIL)
    result = run(file, ["name", "url_en", "countries", "priority"], ["Fado", "https://fado.example/", "BR", "9"])
    assert (result.exit_code, "would change" in result.stdout) == (NOT_APPLIED, False), result.stdout


NEW = ("Éperlan", "https://eperlan.example/", "FR")


def test_apply_makes_the_changes_in_one_change_set(file: Path) -> None:
    rows = (["name", "url_en", "countries"], NEW)
    result = run(file, *rows, options=["--apply"])
    assert (result.exit_code, result.stderr) == (OK, "")
    assert (ChangeSet.objects.get().channel, Partner.objects.get().name) == ("cli", "Éperlan")
    assert as_json(file, *rows) == (OK, NOTHING | {"identical": 1})


NOTHING = {"created": 0, "changed": 0, "identical": 0, "errors": [], "warnings": [], "consequences": []}


def test_json_has_the_keys_of_the_contract(file: Path) -> None:
    status, plan = as_json(file, ["name", "url_en", "countries"], NEW)
    none: dict[str, Any] = {"decision": "none", "reason": "no_partner", "partners": [], "destination": None}
    partner = {
        "decision": "partner",
        "reason": "only_candidate",
        "partners": [{"id": None, "name": "Éperlan"}],
        "destination": "https://eperlan.example/",
    }
    cells = [
        {"country": "FR", "region": None, "language": language, "before": none, "after": partner, "prospects": 0}
        for language in ("en", "fr")
    ]
    assert status == NOT_APPLIED
    assert sorted(plan.pop("consequences"), key=lambda cell: str(cell["language"])) == cells
    assert plan == {"created": 1, "changed": 0, "identical": 0, "errors": [], "warnings": []}


@pytest.mark.parametrize("options", [[], ["--apply"]])
def test_errors_of_the_file_are_all_reported_and_nothing_is_changed(file: Path, options: list[str]) -> None:
    rows = (["name", "url_en", "Pays deservis"], NEW, ["", "https://a.example/", "Congo"])
    status, plan = as_json(file, *rows, options=options)
    assert status == ERRORS
    assert [(error["line"], error["column"]) for error in plan["errors"]] == [
        (1, "Pays deservis"),
        (3, "name"),
        (3, "Pays deservis"),
    ]
    assert plan["errors"][0]["reason"] == "“Pays deservis” is not a heading of this list. Is it “Countries”?"
    assert Partner.objects.count() == 0
    assert "error: row 3, name: Enter a name." in run(file).stdout


def test_export_is_imported_without_a_change(file: Path) -> None:
    stored_many(ALO_BRASIL, AZULEJO)
    file.write_bytes(exported())
    assert as_json(file, options=["--apply"]) == (OK, NOTHING | {"identical": 2})


def test_large_import_wants_its_number(file: Path) -> None:
    file.write_bytes(csv_file(NUMBERED, *numbered(25)))
    for options in ([], ["--confirm", "24"]):
        refused = run(file, options=["--apply", *options])
        assert (refused.exit_code, Partner.objects.count()) == (NOT_APPLIED, 0)
        assert "--confirm 25" in refused.stderr
    assert run(file, options=["--apply", "--confirm", "25"]).exit_code == OK
    assert Partner.objects.count() == 25


def test_small_import_that_leaves_many_prospects_without_a_partner_wants_its_number(file: Path) -> None:
    alo = stored(ALO_BRASIL)
    VisitsOnDay.objects.create(day=today(), country="BR", language="fr", decision="partner", visits=100)
    rows = (["id", "name", "status"], [alo.id, "Aló Brasil", "paused"])
    refused = run(file, *rows, options=["--apply"])
    assert (refused.exit_code, Partner.objects.get().status) == (NOT_APPLIED, "active")
    assert "would change, for 100 prospects of the last 30 days (place, language):" in refused.stdout
    assert "--confirm 1" in refused.stderr
    assert run(file, options=["--apply", "--confirm", "1"]).exit_code == OK
    assert Partner.objects.get().status == "paused"


def test_replaced_partner_wants_its_option(file: Path) -> None:
    alo = stored(ALO_BRASIL)
    rows = (["id", "name", "url_en", "url_fr"], [alo.id, "Other", "https://other.example/", ""])
    refused = run(file, *rows, options=["--apply"])
    assert (refused.exit_code, Partner.objects.get().name) == (NOT_APPLIED, "Aló Brasil")
    assert "warning: row 2, id: This number is that of the partner Aló Brasil" in refused.stdout
    assert run(file, options=["--apply", "--confirm-replaced"]).exit_code == OK
    assert Partner.objects.get().name == "Other"


def test_edit_between_check_and_import_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alo = stored(ALO_BRASIL)

    def edit_and_import(**arguments: Any) -> Any:
        update(alo, with_changes(ALO_BRASIL, priority=1))
        return import_partners(**arguments)

    import_partners = actions.import_partners
    monkeypatch.setattr(actions, "import_partners", edit_and_import)
    refused = run(file, ["name", "priority"], [ALO_BRASIL.name, 2], options=["--apply"])
    assert refused.exit_code == NOT_APPLIED
    assert "priority: 1 → 2" in refused.stdout
    assert "changed meanwhile" in refused.stderr
    assert Partner.objects.get().priority == 1


def test_wrong_usage(tmp_path: Path, file: Path) -> None:
    assert run(tmp_path / "missing.csv").exit_code == WRONG_USAGE
    assert run(tmp_path).exit_code == WRONG_USAGE
    assert run(file, ["name"], ["A"], options=["--confirm", "many"]).exit_code == WRONG_USAGE
