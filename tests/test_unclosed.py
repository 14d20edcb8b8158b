"""A test module that leaves something open fails, on each interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_CONFTEST = "from tests.unclosed import unclosed_connections_warn, unclosed_resources_warn\n"
_TESTS = """
from contextlib import closing
import pathlib
import socket
from pysqlite3 import dbapi2


class Cycle:
    def __init__(self, resource):
        self.resource, self.itself = resource, self


def test_first():
    {statement}


def test_second():
    pass
"""
LEFT_OPEN = {
    "file": "Cycle(pathlib.Path(__file__).open())",
    "socket": "Cycle(socket.socket())",
    "connection": "dbapi2.connect(':memory:')",
    "connection in a cycle": "Cycle(dbapi2.connect(':memory:'))",
}
CLOSED = {
    "file": "with Cycle(pathlib.Path(__file__).open()).resource: pass",
    "connection": "with closing(dbapi2.connect(':memory:')): pass",
    "no connection": "try: dbapi2.connect('/absent/file')\n    except dbapi2.OperationalError: pass",
}


def run_tests(folder: Path, statement: str) -> subprocess.CompletedProcess[str]:
    """Runs a module of two tests under the checks of this suite."""
    (folder / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    (folder / "test_planted.py").write_text(_TESTS.format(statement=statement), encoding="utf-8")
    (folder / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\npythonpath = {ROOT}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:randomly", "-p", "no:cacheprovider"]
    return subprocess.run([*command, str(folder)], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", LEFT_OPEN)
def test_a_resource_left_open_fails(name: str, tmp_path: Path) -> None:
    ended = run_tests(tmp_path, LEFT_OPEN[name])
    assert (ended.returncode, "ResourceWarning" in ended.stdout) == (1, True), ended.stdout


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_resource_passes(name: str, tmp_path: Path) -> None:
    ended = run_tests(tmp_path, CLOSED[name])
    assert (ended.returncode, "2 passed" in ended.stdout) == (0, True), ended.stdout
