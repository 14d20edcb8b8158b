"""Test the API with generated requests: `python -m tools.fuzz_api [--cases 10000] [--seed 1]`.

Schemathesis makes requests from the OpenAPI document, valid ones and others, and compares each answer of a real server
with what the document declares. Runs on SQLite, or on the PostgreSQL of TEST_DATABASE_URL. Prints the cases by
operation and status, and every failure with the request that repeats it. Exits with 1 if there is a failure.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.databases import SERVER, drop_databases
from tests.running import EMAIL, RunningRenvoi
from tests.server.serving import fill

Operation = tuple[str, Mapping[str, Any]]
"""A method, and what the OpenAPI document says of it."""

# The limits of requests are not what is tested: the server of the tests has others.
_UNLIMITED = """
import sys
from renvoi.web import rate_limit
for name in ("TOKEN", "WRONG_TOKENS", "GUESSES"):
    setattr(rate_limit, f"{name}_PER_SECOND", 1_000_000)
    setattr(rate_limit, f"{name}_BURST", 1_000_000)
from renvoi.cli import main
sys.exit(main())
"""
_ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "429", "503"]
_REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428"]
# What no JSON schema says: which names, addresses and partners there are, to which country a region belongs, which
# change is large, what is in a file, and which version is stored.
_RULES = ["412", "422"]
_RULES_OF_READING = {"simulateVisitor": ["422"]}
_MAX_EXAMPLES = 60


@dataclass
class Outcome:
    """The cases that were sent, by operation and status, and the failures as they are reported."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """The number of cases."""
        return self.statuses.total()

    def table(self) -> Iterator[str]:
        """Yield a line for each operation."""
        for label in sorted({label for label, _status in self.statuses}):
            counts = {status: count for (name, status), count in sorted(self.statuses.items()) if name == label}
            listed = ", ".join(f"{status}: {count}" for status, count in counts.items())
            yield f"{label:38} {sum(counts.values()):6}  {listed}"


def fuzz(folder: Path, *, cases: int, seed: int, phases: str = "examples,coverage,fuzzing,stateful") -> Outcome:
    """Send at least this many cases to a new server in the folder, in runs with the seeds `seed`, `seed` + 1, …"""
    outcome = Outcome()
    with RunningRenvoi(fill(folder / "host"), command=("serve",), script=_UNLIMITED) as server:
        create = ("token", "create", "--email", EMAIL)
        tokens = {
            scope: server.run(*create, "--name", scope, "--scope", scope).stdout.strip() for scope in ("read", "write")
        }
        document = httpx.get(f"{server.address}/api/openapi.json").json()
        operations = [each for path in document["paths"].values() for each in path.items()]
        config = "\n".join(_configuration(operations, tokens))
        (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
        while outcome.cases < cases and not outcome.failures:
            missing = cases - outcome.cases
            examples = max(1, min(_MAX_EXAMPLES, missing // (3 * len(operations))))
            _run(server.address, outcome, folder=folder, seed=seed, phases=phases, examples=examples)
            # The coverage of the schemas is the same with each seed.
            seed, phases = seed + 1, "fuzzing,stateful"
    return outcome


def _run(address: str, outcome: Outcome, *, folder: Path, seed: int, phases: str, examples: int) -> None:
    config, events = folder / "schemathesis.toml", folder / "events.ndjson"
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run"]
    command += [f"{address}/api/openapi.json", "--seed", str(seed), "--generation-deterministic"]
    command += ["--phases", phases, "--max-examples", str(examples), "--report-ndjson-path", str(events)]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    _count(events, outcome)
    if run.returncode:
        outcome.failures.append(run.stdout + run.stderr)


def _configuration(operations: list[Operation], tokens: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of schemathesis.toml, with every check and the statuses that each operation may answer with."""
    yield 'color = false\ncontinue-on-failure = true\nrequest-timeout = 60\nsuppress-health-check = ["all"]'
    yield 'warnings = false\n[generation]\nmode = "all"\ndatabase = "none"\n[checks]\nenabled = true'
    yield from _check("negative_data_rejection", _REFUSED)
    yield from _check("missing_required_header", [*_REFUSED, "428"])
    for method, operation in operations:
        name, scope = operation["operationId"], "write" if "`write`" in operation["description"] else "read"
        accepted = _ACCEPTED + (_RULES_OF_READING.get(name, []) if method == "get" else _RULES)
        yield f'[[operations]]\ninclude-operation-id = "{name}"'
        yield f'headers = {{ Authorization = "Bearer {tokens[scope]}" }}'
        yield f"[operations.checks.positive_data_acceptance]\nexpected-statuses = {json.dumps(accepted)}"


def _check(name: str, statuses: list[str]) -> Iterator[str]:
    yield f"[checks.{name}]\nexpected-statuses = {json.dumps(statuses)}"


def _count(events: Path, outcome: Outcome) -> None:
    for line in events.read_text(encoding="utf-8").splitlines():
        finished: Mapping[str, Any] = json.loads(line).get("ScenarioFinished", {})
        for case_id, interaction in finished.get("recorder", {}).get("interactions", {}).items():
            case = finished["recorder"]["cases"][case_id]["value"]
            status = (interaction["response"] or {"status_code": 0})["status_code"]
            outcome.statuses[f"{case['method']} {case['path'].removeprefix('/api/v1')}", status] += 1


def main() -> int:
    """Print the outcome. Returns 1 if there is a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = fuzz(Path(folder), cases=asked.cases, seed=asked.seed)
    print(*outcome.failures, *outcome.table(), sep="\n")
    engine = "PostgreSQL" if SERVER else "SQLite"
    print(f"{engine}, seed {asked.seed}: {outcome.cases} cases, {len(outcome.failures)} runs with failures")
    return int(bool(outcome.failures))


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        drop_databases()
