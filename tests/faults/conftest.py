"""Fixtures of the fault harness: number of rounds, both engines, and a record of the figures."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.ledger.engines import postgresql_database

ROUNDS = int(os.environ.get("ROUNDS", "3"))
"""How many times each crash is repeated; the other counts grow with it."""
MANY = ROUNDS > 20

Record = Callable[..., None]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """RENVOI_DATABASE_URL of each engine, with a new database."""
    with ExitStack() as stack:
        yield "" if request.param == "sqlite" else stack.enter_context(postgresql_database())


@pytest.fixture
def record(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Record:
    """Print figures, and append them to test-results/faults.jsonl."""

    def write(**figures: object) -> None:
        result = {"test": request.node.name, "rounds": ROUNDS, **figures}
        folder = Path(pytestconfig.rootpath) / "test-results"
        folder.mkdir(exist_ok=True)
        where = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "python": platform.python_version()}
        with (folder / "faults.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(result | where) + "\n")
        print("\n  " + "  ".join(f"{name}={value}" for name, value in result.items()))  # noqa: T201 (printing figures is its purpose)

    return write
