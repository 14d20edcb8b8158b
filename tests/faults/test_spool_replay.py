"""Replaying a long spool beside full load: visitors hardly wait, and every entry is stored once.

`test_replayed_batch_holds_the_lock_for_few_statements` (tests/ledger) checks what once made a visitor wait for 2.55 s.
"""

import time
from pathlib import Path

import pytest

from renvoi.ledger.spool import SPOOL_SUFFIX, Spool, spool_bytes
from tests.faults.conftest import MANY, Record
from tests.faults.serving import Server
from tests.faults.visitors import visiting
from tests.ledger.cast import entries

pytestmark = pytest.mark.faults

SPOOLED = 390_000 if MANY else 20_000
"""As many as two workers spool in 30 s at full load."""
MAX_WAIT_S = 0.3 if MANY else 1.0
"""The longest wait allowed; with a short spool, on a machine that also runs other tests."""
REPLAY_TIMEOUT_S = 240 if MANY else 60


def prepare_spool(folder: Path, *, files: int) -> list[str]:
    """Write files of dead processes to a folder, and return the references of their entries."""
    refs = []
    for _ in range(files):
        spooled = entries(SPOOLED // files)
        refs += [entry.ref for entry in spooled]
        spool = Spool(folder)
        for start in range(0, len(spooled), 10_000):
            spool.append(spooled[start : start + 10_000])
        spool.release()
    return refs


def test_replay_beside_full_load_delays_no_visitor(tmp_path: Path, url: str, record: Record) -> None:
    refs = prepare_spool(tmp_path / "prepared", files=2)
    with Server(tmp_path, url=url, workers=2) as server, visiting(server.port) as tally:
        time.sleep(1.5)
        before_s, tally.longest_s = tally.longest_s, 0.0
        received, started_at = len(tally.refs), time.monotonic()
        server.config.spool_dir.mkdir(mode=0o700, exist_ok=True)
        for path in (tmp_path / "prepared").glob(f"*{SPOOL_SUFFIX}"):
            path.rename(server.config.spool_dir / path.name)
        while spool_bytes(server.config.spool_dir):
            assert time.monotonic() < started_at + REPLAY_TIMEOUT_S, server.log
            time.sleep(0.05)
        longest_s, replayed_s = tally.longest_s, time.monotonic() - started_at
        meanwhile = len(tally.refs) - received
    examination = server.examine([*tally.refs, *refs])
    record(
        spooled=SPOOLED,
        replayed_s=round(replayed_s, 2),
        received_meanwhile=meanwhile,
        longest_before_s=round(before_s, 3),
        longest_s=round(longest_s, 3),
        without_ref=tally.without_ref,
    )
    assert examination.is_sound, examination
    assert (tally.without_ref, tally.faults) == (0, 0)
    assert longest_s <= MAX_WAIT_S
