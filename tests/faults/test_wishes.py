"""Tests of kill -9 during a flood of wishes: each one that was answered is counted once, also by way of the spool.

Planted fault: `early`, a response that leaves before its commit, must be caught.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.ledger.checkpoint import read_checkpoint
from renvoi.ledger.engines import open_store
from renvoi.ledger.spool import count_entries, replay
from tests.faults.conftest import ROUNDS, Record
from tests.faults.serving import Server
from tests.faults.wishers import Wishers, wishing

pytestmark = pytest.mark.faults

SEED = 46
LOCK = 7378541061190273
"""The advisory lock that every writer of the ledger takes on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Examination:
    """The counts beside what visitors know: how many cells count fewer wishes than were answered, or more than sent."""

    acknowledged: int
    counted: int
    lost: int
    doubled: int
    faults: tuple[str, ...]


def examine(server: Server, visits: list[Wishers]) -> Examination:
    with closing(open_store(server.config)) as store:
        store.prepare()
        replay(server.config.spool_dir, store.append_missing)
        counted: Counter[tuple[str, str]] = Counter()
        for row in store.wishes():
            counted[row.country, row.language] += row.count
        sent: Counter[tuple[str, str]] = sum((each.sent for each in visits), Counter())
        acknowledged: Counter[tuple[str, str]] = sum((each.acknowledged for each in visits), Counter())
        return Examination(
            acknowledged=acknowledged.total(),
            counted=counted.total(),
            lost=(acknowledged - counted).total(),
            doubled=(counted - sent).total(),
            faults=tuple(store.faults(checkpoint=read_checkpoint(server.folder))),
        )


@contextmanager
def locked(server: Server, url: str) -> Iterator[None]:
    """Lock the ledger for all writers: what they can't commit goes to the spool."""
    if url:
        with psycopg.connect(url) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            yield
        return
    with closing(sqlite3.connect(server.config.ledger_path, isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def crash(server: Server, url: str, draw: random.Random, *, with_spool: bool) -> tuple[Wishers, int]:
    """Kill a server in a flood of wishes, on request while the ledger is locked. Return how many were spooled."""
    spooled = 0
    with server, wishing(server.port) as wishers:
        time.sleep(draw.uniform(0.4, 1.0))
        if with_spool:
            with locked(server, url):
                time.sleep(draw.uniform(1.0, 1.5))
                spooled = count_entries(server.config.spool_dir)
                server.kill()
        else:
            server.kill()
    return wishers, spooled


def test_crash_loses_and_doubles_no_answered_wish(tmp_path: Path, url: str, record: Record) -> None:
    server, draw = Server(tmp_path, url=url, workers=2), random.Random(SEED)
    visits, spooled = [], 0
    for number in range(ROUNDS):
        wishers, waiting = crash(server, url, draw, with_spool=number % 3 == 1)
        visits.append(wishers)
        spooled += waiting
    result = examine(server, visits)
    record(
        engine="postgresql" if url else "sqlite",
        seed=SEED,
        acknowledged=result.acknowledged,
        counted=result.counted,
        lost=result.lost,
        doubled=result.doubled,
        spooled=spooled,
    )
    assert (result.lost, result.doubled, result.faults) == (0, 0, ())
    assert {status for each in visits for status in each.statuses} == {303}
    # Whoever was not answered may be counted: at most the 32 connections that each kill interrupted.
    assert result.acknowledged <= result.counted <= result.acknowledged + 32 * ROUNDS
    assert result.acknowledged > 100 * ROUNDS
    assert spooled > 0 or ROUNDS < 2


def test_response_before_commit_is_detected(tmp_path: Path, url: str) -> None:
    server, draw = Server(tmp_path, url=url, workers=2, fault="early"), random.Random(SEED)
    visits = []
    for _ in range(5):
        visits.append(crash(server, url, draw, with_spool=False)[0])
        if examine(server, visits).lost:
            return
    raise AssertionError("five crashes lost nothing: the harness would not detect a loss")
