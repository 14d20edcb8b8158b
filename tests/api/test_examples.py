"""The commands of docs/api.md, run in their order by a shell against a real server."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.running import RunningRenvoi
from tests.server.serving import fill

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


def examples() -> Sequence[str]:
    return re.findall(r"```sh\n(.*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_each_example_does_what_it_says(tmp_path: Path) -> None:
    with RunningRenvoi(fill(tmp_path / "host"), command=("serve",)) as renvoi:
        created = renvoi.run(
            *("token", "create", "--email", "demo@renvoi.example", "--name", "Night import", "--scope", "write")
        )
        environ = renvoi.environ | {"RENVOI": renvoi.address, "TOKEN": created.stdout.strip()}
        statuses = []
        for example in examples():
            command = example.replace("curl ", "curl --write-out '\\n%{http_code}' ")
            output = subprocess.run(
                ["sh", "-c", command], env=environ, capture_output=True, text=True, check=True, timeout=60
            ).stdout
            statuses.append(int(output.rpartition("\n")[2]))
        assert statuses == [201 if "Idempotency-Key" in example else 200 for example in examples()]
        assert len(statuses) >= 6
