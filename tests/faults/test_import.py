"""Tests of kill -9 while partners are imported: all of the file is stored, or nothing.

Planted fault: an import that commits each portion by itself must be caught.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from renvoi.partners.actions.writing import PORTION
from tests.faults.conftest import ROUNDS, Record
from tests.partners.importing.files import NUMBERED, csv_file, numbered
from tests.running import RunningRenvoi

pytestmark = pytest.mark.faults

COUNT = 3000
# The process is killed after its first portion; COMMIT is empty, or the planted fault.
KILLED_AFTER_A_PORTION = """
import os
from renvoi.cli.setup import configure
configure()
from django.db import connection
from renvoi.partners.actions import writing
store = writing._store
def store_and_die(portion):
    store(portion)
    COMMIT
    os.kill(os.getpid(), 9)
writing._store = store_and_die
"""
FAULT = "connection.connection.commit()"
PROGRAM = "from renvoi.cli import main; main()"


class Import:
    """An import of COUNT partners, by a process of its own, on a folder with a migrated database."""

    def __init__(self, folder: Path, url: str, *, script: str = "") -> None:
        self.renvoi = RunningRenvoi(folder / "data", RENVOI_DATABASE_URL=url)
        self.renvoi.run("migrate")
        self._script = script
        self._file = folder / "Partners.csv"

    def kill_after(self, delay_s: float, *, batch: int) -> bool:
        """Import other partners than before, and kill the process after a while. Return whether it ended early."""
        self._file.write_bytes(csv_file(NUMBERED, *numbered(COUNT, start=1 + batch * COUNT)))
        options = ["partners", "import", str(self._file), "--apply", "--confirm", str(COUNT)]
        program = [sys.executable, "-c", self._script + PROGRAM, *options]
        process = subprocess.Popen(program, env=self.renvoi.environ, stdout=subprocess.DEVNULL)
        try:
            process.wait(delay_s)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait() != 0

    def check(self) -> tuple[int, int]:
        """Return how many partners of the file are stored, and how many are not."""
        result = self.renvoi.run("partners", "import", str(self._file), "--json", check=False)
        plan: dict[str, Any] = json.loads(result.stdout)
        assert (plan["errors"], plan["changed"]) == ([], 0)
        return plan["identical"], plan["created"]


def stored_by_round(importing: Import, *, rounds: int) -> list[tuple[int, int]]:
    """Kill an import at as many moments, spread over the time that one takes. Return what each has stored and not."""
    started_at = time.monotonic()
    assert not importing.kill_after(600, batch=0)
    duration = time.monotonic() - started_at
    results = [importing.check()]
    assert results == [(COUNT, 0)]
    killed = 0
    for number in range(1, rounds + 1):
        killed += importing.kill_after(duration * (0.3 + 0.7 * number / (rounds + 1)), batch=number)
        results.append(importing.check())
    assert killed
    return results


def test_killed_import_stores_all_or_nothing(tmp_path: Path, url: str, record: Record) -> None:
    results = stored_by_round(Import(tmp_path, url), rounds=ROUNDS)
    in_part = [stored for stored, missing in results if stored and missing]
    record(engine="postgresql" if url else "sqlite", stored=[stored for stored, _ in results], in_part=len(in_part))
    assert in_part == []


@pytest.mark.parametrize(("commit", "stored"), [("pass", 0), (FAULT, PORTION)], ids=["sound", "planted"])
def test_import_that_is_killed_after_a_portion_has_stored_it_only_if_it_commits_portions(
    tmp_path: Path, url: str, commit: str, stored: int
) -> None:
    importing = Import(tmp_path, url, script=KILLED_AFTER_A_PORTION.replace("COMMIT", commit))
    assert importing.kill_after(600, batch=0)
    assert importing.check() == (stored, COUNT - stored)
