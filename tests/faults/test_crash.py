"""Tests of kill -9 under load: no reference that a visitor received is missing or duplicated.

Planted fault: `early`, a response that leaves before its commit, must be caught.
"""

import random
import time
from pathlib import Path

import pytest

from tests.faults.conftest import ROUNDS, Record
from tests.faults.serving import Examination, Server
from tests.faults.visitors import visiting

pytestmark = pytest.mark.faults

SEED = 4


def crash(server: Server, draw: random.Random) -> tuple[list[str], int]:
    """Run a server under load and kill its workers, then all of it. Return the references and the number of 5xx."""
    with server:
        with visiting(server.port, how_many=64) as tally:
            time.sleep(draw.uniform(0.3, 1.0))
            if draw.random() < 0.5:
                assert server.kill_workers() == 2
                time.sleep(draw.uniform(1.0, 1.8))
            server.kill()
        return tally.refs, tally.faults


def rounds_of(server: Server, rounds: int) -> tuple[Examination, int]:
    draw = random.Random(SEED)
    refs: list[str] = []
    faults = 0
    for _ in range(rounds):
        new, failed = crash(server, draw)
        refs += new
        faults += failed
    return server.examine(refs), faults


def test_crash_loses_and_duplicates_no_acknowledged_entry(tmp_path: Path, url: str, record: Record) -> None:
    examination, faults = rounds_of(Server(tmp_path, url=url, workers=2), ROUNDS)
    record(
        engine="postgresql" if url else "sqlite",
        seed=SEED,
        received=examination.received,
        missing=examination.missing,
        doubled=examination.doubled,
        faults_5xx=faults,
    )
    assert examination.is_sound, examination
    assert faults == 0
    assert examination.received > 100 * ROUNDS


def test_response_before_commit_is_detected(tmp_path: Path, url: str) -> None:
    server = Server(tmp_path, url=url, workers=2, fault="early")
    for _ in range(5):
        examination, _ = rounds_of(server, 1)
        if examination.missing:
            return
    raise AssertionError("five crashes lost nothing: the harness would not detect a loss")
