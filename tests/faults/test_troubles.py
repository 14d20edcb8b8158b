"""Tests of full disks, locks, read-only files, an unreachable database and a stop under load.

Visitors see no 5xx and wait for no disk, and nothing acknowledged to them is lost or duplicated.

Planted fault: `early` (see test_crash). `test_removed_and_repeated_entries_are_detected` shows that a loss is seen.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.ledger.spool import count_entries, spool_bytes
from tests.faults.conftest import MANY, ROUNDS, Record
from tests.faults.relay import Relay, State
from tests.faults.serving import Server
from tests.faults.visitors import Tally, visiting
from tests.ledger.engines import postgresql_database
from tests.programs import require

pytestmark = pytest.mark.faults

LOCKED_S = 30 if MANY else 4
CUT_S = 12 if MANY else 8
NOBODY_UID = 65_534
MAX_WAIT_S = 4.0
"""The longest wait allowed on a machine that also runs other tests; on an idle one it is under a second."""

Outcome = Callable[..., None]


@pytest.fixture
def outcome(record: Record) -> Outcome:
    """Judges what visitors received from a server that has recovered, and records it."""

    def judge(server: Server, tally: Tally, **more: object) -> None:
        examination = server.examine(tally.refs)
        record(
            received=examination.received,
            missing=examination.missing,
            doubled=examination.doubled,
            faults_5xx=tally.faults,
            without_ref=tally.without_ref,
            longest_s=round(tally.longest_s, 2),
            **more,
        )
        assert examination.is_sound, examination
        assert (tally.faults, set(tally.statuses)) == (0, {302})
        assert tally.longest_s < MAX_WAIT_S
        assert examination.received > 100

    return judge


@pytest.fixture
def database() -> Iterator[str]:
    with postgresql_database() as url:
        yield url


def wait_until_replayed(server: Server) -> None:
    """Wait until the server itself has replayed its spool.

    Checks the spool's size, not its entries: reading a hundred thousand of them repeatedly would starve the relay. A
    replay gives way to visitors, and takes longer on a busy machine.
    """
    deadline = time.monotonic() + 90
    while spool_bytes(server.config.spool_dir):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.1)


def test_locked_ledger_loses_nothing(tmp_path: Path, outcome: Outcome) -> None:
    with Server(tmp_path, workers=2) as server, visiting(server.port) as tally:
        time.sleep(0.5)
        with closing(sqlite3.connect(server.config.ledger_path, isolation_level=None)) as other:
            while True:
                try:
                    other.execute("BEGIN EXCLUSIVE")
                    break
                except sqlite3.OperationalError:
                    continue
            time.sleep(LOCKED_S)
            spooled = count_entries(server.config.spool_dir)
            other.execute("ROLLBACK")
        wait_until_replayed(server)
        time.sleep(0.5)
    assert spooled > 0
    assert tally.without_ref == 0
    outcome(server, tally, locked_s=LOCKED_S, spooled=spooled)


def test_full_disk_causes_no_errors(tmp_path: Path, outcome: Outcome) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("a small tmpfs can't be mounted here, so no disk can be filled")
    try:
        with Server(disk) as server, visiting(server.port) as tally:
            deadline = time.monotonic() + 60
            while not tally.without_ref and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(1)
            without_ref, received = tally.without_ref, len(tally.refs)
            subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
            deadline = time.monotonic() + 20
            while len(tally.refs) < received + 500 and time.monotonic() < deadline:
                time.sleep(0.05)
            wait_until_replayed(server)
        assert without_ref > 0, "the disk did not fill up"
        assert len(tally.refs) >= received + 500, server.log
        outcome(server, tally)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def test_read_only_ledger_loses_nothing(tmp_path: Path, outcome: Outcome) -> None:
    require("setpriv")
    if os.getuid() != 0:
        pytest.skip("only root can switch by setpriv to a user for whom a file is read-only")
    folder = tmp_path / "data"
    server = Server(folder, before=["setpriv", f"--reuid={NOBODY_UID}", f"--regid={NOBODY_UID}", "--clear-groups"])
    for place in (folder, *folder.rglob("*")):
        os.chown(place, NOBODY_UID, NOBODY_UID)
    # A process of xdist has a folder more between the test's and the system's.
    for parent in (tmp_path, *tmp_path.parents[:4]):
        if not (mode := parent.stat().st_mode) & 0o001:
            parent.chmod(mode | 0o011)
    with Server(tmp_path / "other"):
        pass  # creates an empty ledger
    ledger = folder / "ledger.sqlite3"
    shutil.copy(tmp_path / "other" / "ledger.sqlite3", ledger)
    ledger.chmod(0o444)
    with server, visiting(server.port) as tally:
        time.sleep(2)
        spooled = count_entries(server.config.spool_dir)
        os.chown(ledger, NOBODY_UID, NOBODY_UID)
        ledger.chmod(0o600)
        wait_until_replayed(server)
        time.sleep(0.5)
    assert spooled > 0, server.log
    assert tally.without_ref == 0
    outcome(server, tally, spooled=spooled)


def test_terminated_sessions_lose_nothing(tmp_path: Path, database: str, outcome: Outcome) -> None:
    ended = 0
    with Server(tmp_path, url=database, workers=2) as server, visiting(server.port) as tally:
        with psycopg.connect(database, autocommit=True) as other:
            for _ in range(ROUNDS * 3):
                time.sleep(0.3)
                rows = other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'renvoi-ledger %' AND datname = current_database()"
                )
                ended += len(rows.fetchall())
        wait_until_replayed(server)
        time.sleep(0.5)
    assert ended >= ROUNDS * 3
    assert tally.without_ref == 0
    outcome(server, tally, sessions_ended=ended)


@pytest.mark.parametrize("state", ["cut", "silent"])
def test_unreachable_database_loses_nothing(tmp_path: Path, database: str, outcome: Outcome, state: State) -> None:
    parts = urlsplit(database)
    with Relay((parts.hostname or "127.0.0.1", parts.port or 5432)) as relay:
        through = urlunsplit(parts._replace(netloc=f"127.0.0.1:{relay.port}"))
        with Server(tmp_path, url=through) as server, visiting(server.port) as tally:
            time.sleep(1)
            relay.turn(state)
            time.sleep(CUT_S)
            spooled = count_entries(server.config.spool_dir)
            relay.turn("cut")
            relay.turn("open")
            wait_until_replayed(server)
            time.sleep(0.5)
        assert spooled > 0, server.log
        assert tally.without_ref == 0
        outcome(server, tally, away_s=CUT_S, spooled=spooled)


def test_database_unreachable_at_start_loses_nothing(tmp_path: Path, database: str, outcome: Outcome) -> None:
    parts = urlsplit(database)
    with Relay((parts.hostname or "127.0.0.1", parts.port or 5432)) as relay:
        relay.turn("cut")
        through = urlunsplit(parts._replace(netloc=f"127.0.0.1:{relay.port}"))
        with Server(tmp_path, url=through) as server, visiting(server.port) as tally:
            time.sleep(1)
            relay.turn("open")
            wait_until_replayed(server)
            time.sleep(0.5)
        outcome(server, tally)


def test_stop_under_load_loses_nothing(tmp_path: Path, url: str, outcome: Outcome) -> None:
    everything = Tally()
    seconds = []
    server = Server(tmp_path, url=url, workers=2)
    for _ in range(ROUNDS):
        with server, visiting(server.port) as tally:
            time.sleep(0.7)
            seconds.append(server.stop())
        everything.refs += tally.refs
        everything.statuses += tally.statuses
        everything.without_ref += tally.without_ref
        everything.longest_s = max(everything.longest_s, tally.longest_s)
    spooled = count_entries(server.config.spool_dir)
    with server:  # what a busy machine left in the spool is replayed by the next start
        wait_until_replayed(server)
    outcome(server, everything, slowest_end_s=round(max(seconds), 2), spooled=spooled)


def test_removed_and_repeated_entries_are_detected(tmp_path: Path) -> None:
    with Server(tmp_path) as server, visiting(server.port) as tally:
        time.sleep(0.5)
    assert server.examine(tally.refs).is_sound
    with closing(sqlite3.connect(server.config.ledger_path)) as connection, connection:
        connection.execute("DELETE FROM ledger_entry WHERE position = 3")
    examination = server.examine([*tally.refs, tally.refs[9]])
    assert (examination.missing, examination.doubled) == (1, 1)
    assert examination.faults[0] == "Entry 3 is missing."
