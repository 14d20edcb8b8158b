"""Every recorded answer is decided again, and explained, from its archived table, also after a backup and a restore.

Visitors of every kind are answered by a real server while partners and operator are changed by saves of every kind:
ROUNDS saves, at least 10, with 34 recorded visits each.

Planted fault: an archive in which tables are exchanged for others must be noticed.
"""

import http.client
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite3

from tests.backups.cast import Installation, empty
from tests.databases import session
from tests.faults.conftest import ROUNDS, Record
from tests.running import RunningRenvoi
from tests.server.serving import fill

pytestmark = pytest.mark.faults

SAVES = max(10, ROUNDS)
VISITS = 34
"""Recorded visits after each save: 10,200 with 300 saves."""
COUNTRIES = ("BR", "PT", "MX", "FR", "CA", "US", "PM", "JP", "DE", "AO")
REGIONS = ("CA-QC", "CA-ON", "CA-ZZ", "US-OH", "US-ZZ", "")
SEED = 26
_LINK = re.compile(rb'href="/go/(\d+)\?')
_POLLED_S = 0.45
"""Every gateway has loaded a new table by then."""

Shown = dict[str, list[int]]
"""The ids of the partners that a page showed, by the reference of its entry."""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def saver(renvoi: RunningRenvoi) -> Iterator["subprocess.Popen[str]"]:
    """A program that makes a save for each line that it reads, and prints the generation."""
    command = [sys.executable, "-m", "tests.faults.saving"]
    with subprocess.Popen(
        command, env=renvoi.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        yield program


def save(program: "subprocess.Popen[str]", seed: int) -> int:
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(f"{seed}\n")
    program.stdin.flush()
    return int(program.stdout.readline())


def visit(connection: http.client.HTTPConnection, draw: random.Random, shown: Shown) -> bool:
    """Send one request as a visitor of some kind, and note what its page shows. Return whether it was recorded."""
    country, language, region = draw.choice(COUNTRIES), draw.choice(["fr", "en"]), draw.choice(REGIONS)
    target = f"/?country={country}&region={region}&lang={language}&src=replay"
    if draw.random() < 0.3:
        target = f"/go/{draw.randint(1, 40)}?country={country}&region={region}&lang={language}"
    elif draw.random() < 0.05:
        target = "/"
    connection.request("GET", target, headers={"Accept-Language": draw.choice(["fr-CA", "en", ""])})
    response = connection.getresponse()
    body, ref = response.read(), response.headers.get("Renvoi-Ref")
    if ref and response.status == 200:
        shown[ref] = [int(id_) for id_ in _LINK.findall(body)]
    return ref is not None


def record_visits(installation: Installation) -> tuple[Shown, int]:
    """Answer visitors between saves. Returns what pages showed, and the last generation."""
    draw, shown, generation = random.Random(SEED), Shown(), 0
    server = RunningRenvoi(
        installation.folder, command=("serve", "--workers", "2"), RENVOI_DATABASE_URL=installation.url
    )
    with server, saver(server) as program:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        with closing(connection):
            for number in range(SAVES):
                generation = save(program, SEED * 1000 + number)
                # In half of the rounds, visitors arrive while gateways change from one table to the next.
                time.sleep(draw.choice([0, _POLLED_S]))
                recorded = 0
                while recorded < VISITS:
                    recorded += visit(connection, draw, shown)
        assert program.stdin is not None
        program.stdin.close()
    return shown, generation


def replayed(installation: Installation, shown: Shown, folder: Path) -> dict[str, Any]:
    """Decide every entry again in a process of its own, on that installation."""
    path = folder / "shown.json"
    path.write_text(json.dumps(shown))
    command = [sys.executable, "-m", "tests.faults.replaying", str(path)]
    completed = subprocess.run(
        command, env=installation.running.environ, check=True, capture_output=True, text=True, timeout=600
    )
    result: dict[str, Any] = json.loads(completed.stdout)
    return result


def test_every_entry_is_decided_again_as_recorded(engine: str, tmp_path: Path, record: Record) -> None:
    with empty(tmp_path / "data", engine) as source, empty(tmp_path / "target", engine) as target:
        fill(source.folder, RENVOI_DATABASE_URL=source.url)
        shown, generation = record_visits(source)
        result = replayed(source, shown, tmp_path)
        backup = tmp_path / "backup.tar"
        source.backup(backup)
        target.running.run("restore", str(backup))
        restored = replayed(target, shown, tmp_path)
        record(engine=engine, saves=SAVES, generation=generation, **result)
        assert result["faults"] == restored["faults"] == []
        assert result == restored
        assert result["entries"] == result["explained_as_recorded"] == SAVES * VISITS
        assert result["tables"] >= SAVES // 2
        assert result["choices"] > 0
        _exchange_tables(source)
        exchanged = replayed(source, shown, tmp_path)
        assert exchanged["faults"] != []
        assert exchanged["explained_as_recorded"] < exchanged["entries"]


def _exchange_tables(installation: Installation) -> None:
    """Planted: every table is the first one, which has no partner, with its right digest."""
    statement = (
        "UPDATE partners_archivedtable SET digest = first.digest, content = first.content, base = NULL,"
        ' "full" = partners_archivedtable.generation'
        " FROM (SELECT digest, content FROM partners_archivedtable WHERE generation = 1) AS first"
    )
    if installation.url:
        with session(installation.url) as connection:
            connection.execute(statement.encode())
    else:
        with closing(sqlite3.connect(installation.config.database_path)) as connection, connection:
            connection.execute(statement)
