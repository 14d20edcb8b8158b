"""Tests of kill -9 while partners are deleted for good: all of them are gone, or none.

Planted fault: a deletion that commits each portion by itself must be caught.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from renvoi.partners.actions.writing import PORTION
from tests.partners.importing.files import NUMBERED, csv_file, numbered
from tests.running import RunningRenvoi

pytestmark = pytest.mark.faults

COUNT = 1200
SET_UP = """
import os
from renvoi.cli.setup import configure
configure()
from django.db import connection
from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.models import Partner, ServedCountry
everyone = {"partners": Partner.objects.all(), "actor": None, "channel": "cli"}
"""
TRASH = "actions.trash_partners(**everyone)"
# The process is killed once the rows of its first portion are deleted; COMMIT is empty, or the planted fault.
KILLED_AFTER_A_PORTION = """
from renvoi.history.recording import Changes
def record_and_die(self, *recorded):
    COMMIT
    os.kill(os.getpid(), 9)
Changes.record_many = record_and_die
actions.purge_partners(**everyone)
"""
FAULT = "connection.connection.commit()"
COUNTS = "print(Partner.objects.count(), Change.objects.filter(verb='purge').count())"


def run(renvoi: RunningRenvoi, script: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", SET_UP + script]
    return subprocess.run(program, env=renvoi.environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("commit", "deleted"), [("pass", 0), (FAULT, PORTION)], ids=["sound", "planted"])
def test_deletion_that_is_killed_after_a_portion_has_deleted_it_only_if_it_commits_portions(
    tmp_path: Path, url: str, commit: str, deleted: int
) -> None:
    renvoi = RunningRenvoi(tmp_path / "data", RENVOI_DATABASE_URL=url)
    renvoi.run("migrate")
    file = tmp_path / "Partners.csv"
    file.write_bytes(csv_file(NUMBERED, *numbered(COUNT, start=1)))
    renvoi.run("partners", "import", str(file), "--apply", "--confirm", str(COUNT), check=False)
    assert run(renvoi, TRASH).returncode == 0
    assert run(renvoi, KILLED_AFTER_A_PORTION.replace("COMMIT", commit)).returncode == -9
    assert run(renvoi, COUNTS).stdout.split() == [str(COUNT - deleted), "0"]
    assert run(renvoi, "actions.purge_partners(**everyone)").returncode == 0
    assert run(renvoi, COUNTS).stdout.split() == ["0", str(COUNT - deleted)]
