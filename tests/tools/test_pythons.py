"""Tests of `make pythons`: which interpreters it finds, what it runs on them, and when it fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.pythons import ROOT, supported_versions

_SHIM = "echo 'pyenv: command not found' >&2; exit 127"
_MAKE = """
echo "make $*"
echo '1 failed, 20 passed, 3 skipped in 1.00s'
case "$*" in *"$FAILS"*) exit 2;; esac
"""


class Machine:
    """A PATH that has only the programs that a test adds."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.add("make", _MAKE)

    def add(self, name: str, script: str, *, folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def add_pyenv(self, folder: Path, *versions: str) -> None:
        for version in versions:
            self.add("python", f"echo {version}", folder=folder / version / "bin")
        names = " ".join(versions)
        self.add(
            "pyenv", f'case $1 in versions) printf "%s\\n" system {names} pypy3.11-7.3;; *) echo {folder}/$2;; esac'
        )

    def run(self, *, fails: str = "nothing") -> subprocess.CompletedProcess[str]:
        environ = {"PATH": str(self.bin), "FAILS": fails}
        command = [sys.executable, "-m", "tools.pythons"]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_this_interpreter_is_supported() -> None:
    assert f"3.{sys.version_info[1]}" in supported_versions()


def test_each_interpreter_has_its_own_virtual_environment(machine: Machine) -> None:
    paths = [machine.add(f"python3.{minor}", f"echo 3.{minor}.4") for minor in (11, 13)]
    ended = machine.run()
    assert ended.returncode == 0
    for path in paths:
        version = path.name.removeprefix("python")
        make = f"make --no-print-directory --keep-going VENV=.venv-{version} PYTHON={path} check unit"
        assert make in ended.stdout.splitlines()
    assert ended.stdout.splitlines()[-3:] == [
        "Python 3.12: left out, no interpreter found on PATH or in pyenv",
        "Python 3.11.4: passed (1 failed, 20 passed, 3 skipped)",
        "Python 3.13.4: passed (1 failed, 20 passed, 3 skipped)",
    ]


def test_inactive_shim_is_skipped_for_newest_pyenv_version(machine: Machine, tmp_path: Path) -> None:
    machine.add("python3.12", _SHIM)
    machine.add_pyenv(tmp_path / "versions", "3.12.9", "3.12.10", "3.12.1")
    ended = machine.run()
    assert f"PYTHON={tmp_path}/versions/3.12.10/bin/python check unit" in ended.stdout
    assert "3.12.9" not in ended.stdout


def test_one_failing_interpreter_fails_the_run(machine: Machine) -> None:
    for minor in (11, 12):
        machine.add(f"python3.{minor}", f"echo 3.{minor}.4")
    ended = machine.run(fails="VENV=.venv-3.11")
    assert ended.returncode == 1
    assert "Python 3.11.4: failed" in ended.stdout
    assert "Python 3.12.4: passed" in ended.stdout


def test_run_without_interpreters_fails(machine: Machine) -> None:
    machine.add("python3.11", "echo 3.12.1")
    ended = machine.run()
    assert ended.returncode == 1
    assert ended.stdout.count("left out") == len(supported_versions())
