"""The commands and the programs of docs/api.md, run in their order against a real server."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.running import EMAIL, RunningRenvoi
from tests.server.serving import fill

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


def examples(language: str) -> Sequence[str]:
    return re.findall(rf"```{language}\n(.*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a program that has a token for a real server with the sample partners."""
    with RunningRenvoi(fill(tmp_path / "host"), command=("serve",)) as renvoi:
        created = renvoi.run("token", "create", "--email", EMAIL, "--name", "Night import", "--scope", "write")
        yield renvoi.environ | {"RENVOI": renvoi.address, "TOKEN": created.stdout.strip()}


def test_each_command_does_what_it_says(environ: dict[str, str], tmp_path: Path) -> None:
    commands = [command for example in examples("sh") for command in re.split(r"\n(?=curl )", example)]
    statuses = {}
    for command in commands:
        written = command.replace("curl ", "curl --write-out '\\n%{http_code}' ", 1)
        run = ["sh", "-c", written]
        output = subprocess.run(
            run, env=environ, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
        ).stdout
        statuses[command] = int(output.rpartition("\n")[2])
    assert len(statuses) == len(commands) >= 10
    assert statuses == {command: _expected(command) for command in commands}


def test_each_program_does_what_it_says(environ: dict[str, str], tmp_path: Path) -> None:
    printed = []
    for program in examples("python"):
        run = [sys.executable, "-c", program]
        output = subprocess.run(
            run, env=environ, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
        ).stdout
        printed.append(output.strip())
    assert printed[0] == "imported 1"
    assert re.fullmatch(r"[1-9][0-9]* 4", printed[1])
    assert printed[2].startswith("/api/v1/referrals?after=")


def _expected(command: str) -> int:
    if "--request DELETE" in command:
        return 204
    return 201 if "Idempotency-Key" in command else 200
