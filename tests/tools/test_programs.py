"""Missing programs are installed, or listed with what is skipped without them; on CI a missing one fails its test."""

import os
from pathlib import Path

import pytest

from tests.programs import require
from tools import programs
from tools.programs import Program, main

APT = """#!/bin/sh
echo "$@" >> {log}
test -e {policy} && echo "policy" >> {log}
{act}
"""


class Machine:
    """A machine with apt-get and nothing else. `log` has the arguments of each call of apt-get."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.log = folder / "log"
        self.policy = folder / "sbin" / "policy-rc.d"
        self.policy.parent.mkdir()

    def has_apt(self, act: str = "") -> None:
        """Add an apt-get that logs its arguments, then runs the shell line `act`."""
        self.add("apt-get", APT.format(log=self.log, policy=self.policy, act=act))

    def add(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(script)
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    needed = Program("frobnicate", "frobnicator nginx", "the tests of frobnication")
    monkeypatch.setenv("PATH", f"{machine.programs}:/usr/bin:/bin")
    monkeypatch.setattr(programs, "POLICY", machine.policy)
    monkeypatch.setattr(programs, "PROGRAMS", {needed.name: needed})
    monkeypatch.setattr("tests.programs.PROGRAMS", {needed.name: needed})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return machine


def installs(machine: Machine) -> str:
    """Return a shell line that installs the program."""
    path = machine.programs / "frobnicate"
    return f'case "$*" in *install*) printf "#!/bin/sh\\n" > {path}; chmod +x {path};; esac'


class TestInstall:
    def test_installed_programs_need_nothing(self, machine: Machine) -> None:
        machine.has_apt()
        machine.add("frobnicate", "#!/bin/sh\n")
        assert main() == 0
        assert not machine.log.exists()

    def test_missing_program_is_installed(self, machine: Machine) -> None:
        machine.has_apt(installs(machine))
        assert main() == 0
        lines = machine.log.read_text().splitlines()
        assert [line.split()[3] for line in lines if line != "policy"] == ["update", "install"]
        assert lines[2].endswith("--no-install-recommends frobnicator nginx")

    def test_no_service_is_started_or_enabled(self, machine: Machine) -> None:
        machine.has_apt(installs(machine))
        machine.add("update-rc.d", f'#!/bin/sh\necho "$@" >> {machine.log}\n')
        assert main() == 0
        lines = machine.log.read_text().splitlines()
        assert lines.count("policy") == 2
        assert lines[-1] == "nginx disable"
        assert not machine.policy.exists()

    def test_policy_of_the_machine_stays(self, machine: Machine) -> None:
        machine.policy.write_text("its own")
        machine.has_apt(installs(machine))
        assert main() == 0
        assert machine.policy.read_text() == "its own"

    def test_failed_installation_fails(self, machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
        machine.has_apt("exit 100")
        assert main() == 1
        assert "apt-get failed with status 100" in capfd.readouterr().err
        assert not machine.policy.exists()

    def test_installation_without_effect_fails(self, machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
        machine.has_apt()
        assert main() == 1
        assert "Still missing after the installation: frobnicate" in capfd.readouterr().err


class TestListingMissingPrograms:
    """Without the right to install, missing programs are listed."""

    @pytest.fixture(autouse=True)
    def _stranger(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.has_apt("exit 1")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)

    def test_missing_program_is_named_with_what_is_left_out(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert main() == 0
        line = "LEFT OUT without frobnicate (on Debian: frobnicator nginx): the tests of frobnication.\n"
        assert capfd.readouterr().err == line

    def test_missing_required_program_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        required = Program("frobnicate", "frobnicator", "all tests", is_required=True)
        monkeypatch.setattr(programs, "PROGRAMS", {required.name: required})
        assert main() == 1


@pytest.mark.usefixtures("machine")
class TestRequire:
    @pytest.mark.parametrize("ci", ["", "false"])
    def test_missing_program_skips_its_test(self, ci: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CI", ci)
        with pytest.raises(pytest.skip.Exception, match="frobnicate is not installed"):
            require("frobnicate")

    @pytest.mark.parametrize("ci", ["true", "True", "1"])
    def test_missing_program_fails_its_test_on_ci(self, ci: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CI", ci)
        # A skip would otherwise skip this test too.
        with pytest.raises(
            (pytest.fail.Exception, pytest.skip.Exception), match="frobnicate is not installed"
        ) as ended:
            require("frobnicate")
        assert ended.type is pytest.fail.Exception


@pytest.mark.usefixtures("machine")
def test_needs_mark_is_checked_before_the_test(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    request.node.add_marker(pytest.mark.needs("frobnicate"))
    with pytest.raises((pytest.fail.Exception, pytest.skip.Exception), match="frobnicate is not installed") as ended:
        request.config.hook.pytest_runtest_setup(item=request.node)
    assert ended.type is pytest.fail.Exception
