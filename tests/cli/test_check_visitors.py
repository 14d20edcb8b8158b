"""`renvoi check-visitors`: exit 0 if all get what is expected, 1 if one does not, 2 for a file that can't be read."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from renvoi.partners import actions
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, stored, with_changes
from tests.partners.golden.lists import golden, list_golden

pytestmark = pytest.mark.django_db
OK, DIFFERS, UNREADABLE = 0, 1, 2
HEAD = "country,region,language,day,decision,partner\n"


def run(*options: str) -> Result:
    return CliRunner().invoke(cli, ["check-visitors", *options])


def pause(partner: Partner) -> None:
    """The planted change: the partner no longer receives anybody."""
    actions.update_partner(
        partner_id=partner.id,
        values=with_changes(ALO_BRASIL, status="paused"),
        expected_version=partner.version,
        actor=None,
        channel="cli",
    )


def test_planted_change_is_found_in_the_stored_list() -> None:
    partner = stored(ALO_BRASIL)
    list_golden(golden("BR", partner=partner.id), golden("JP", decision="none"))
    fine = run()
    assert (fine.exit_code, fine.stdout) == (OK, "2 visitors checked, 0 not as expected\n")
    pause(partner)
    broken = run()
    assert broken.exit_code == DIFFERS
    assert broken.stdout == (
        f"line 1: BR fr: expected {partner.id} Aló Brasil, got none (all_paused; the expected partner: paused)\n"
        "2 visitors checked, 1 not as expected\n"
    )


def test_planted_change_is_found_by_a_file(tmp_path: Path) -> None:
    partner = stored(ALO_BRASIL)
    file = tmp_path / "visitors.csv"
    file.write_text(f"{HEAD}PT,,fr,,partner,Aló Brasil\nBR,,en,,,{partner.id}\n", encoding="utf-8")
    assert run("--file", str(file)).exit_code == OK
    pause(partner)
    result = run("--file", str(file), "--json")
    assert result.exit_code == DIFFERS
    first = json.loads(result.stdout)[0]
    assert first == {
        "line": 2,
        "country": "PT",
        "region": None,
        "language": "fr",
        "day": None,
        "expected": {"decision": "partner", "partner": partner.id},
        "got": {"decision": "none", "reason": "all_paused", "partners": []},
        "expected_partner": "paused",
        "is_expected": False,
    }


def test_unreadable_cell_is_wrong_usage(tmp_path: Path) -> None:
    file = tmp_path / "visitors.csv"
    file.write_text(f"{HEAD}BR,,fr,,none,\nBR,,xx,,maybe,\n", encoding="utf-8")
    result = run("--file", str(file))
    assert (result.exit_code, result.stdout) == (UNREADABLE, "")
    assert result.stderr.splitlines() == [
        "error: line 3, language: Choose a language: fr or en.",
        "error: line 3, decision: maybe is not a decision: write partner, choice, none, own or region.",
    ]


def test_unreadable_file_is_wrong_usage(tmp_path: Path) -> None:
    file = tmp_path / "visitors.csv"
    file.write_bytes(b"%PDF-1.7")
    assert run("--file", str(file)).exit_code == UNREADABLE
    assert run("--file", str(tmp_path / "absent.csv")).exit_code == UNREADABLE


def test_doctor_reports_what_differs() -> None:
    partner = stored(ALO_BRASIL)
    doctor = CliRunner().invoke(cli, ["doctor"])
    assert "golden" not in doctor.output
    list_golden(golden("BR", partner=partner.id))
    assert "✓ 1 golden visitor gets what is expected" in CliRunner().invoke(cli, ["doctor"]).output
    pause(partner)
    doctor = CliRunner().invoke(cli, ["doctor"])
    assert "✗ 1 of 1 golden visitor: not what is expected; renvoi check-visitors says which" in doctor.output
    assert doctor.exit_code == DIFFERS
