"""Restore drills: a backup is made under load, its installation is lost, and an empty machine restores the backup.

Every reference that visitors received before the backup began is there exactly once, both have equal digests, and the
restored server works. A damaged backup is refused, and a killed restore leaves nothing that passes for an installation.

Planted faults, which `differences` must report: a removed entry and an altered row.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.backups.archive import read_archive
from renvoi.backups.manifest import Manifest, TableDigest
from renvoi.ledger.engines import open_store
from renvoi.ledger.spool import replay
from tests.backups.cast import Installation, empty
from tests.faults.conftest import MANY, Record
from tests.faults.visitors import REQUESTS, visiting
from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill

pytestmark = pytest.mark.faults

SEED = 20
ARCHIVE = "partners_archivedtable"
DRILLS = 20 if MANY else 1
DAMAGES = 20 if MANY else 4
KILLS = 20 if MANY else 2


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup made under load.

    `due` are the references that it must contain, `edits` how often staff changed something meanwhile.
    """

    path: Path
    due: Sequence[str]
    edits: int


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def source(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the sample partners, of which backups are made."""
    with empty(tmp_path_factory.mktemp("source") / "data", engine) as installation:
        fill(installation.folder, RENVOI_DATABASE_URL=installation.url)
        yield installation


@pytest.fixture(scope="module")
def backup(source: Installation, tmp_path_factory: pytest.TempPathFactory) -> BackedUp:
    """A backup of `source`."""
    return backed_up(source, tmp_path_factory.mktemp("backup") / "backup.tar", random.Random(SEED))


@contextmanager
def staff_at_work(server: RunningRenvoi) -> Iterator[list[int]]:
    """Delete and restore a partner again and again. Yields a list with one number: how many times."""
    done, is_over = [0], Event()

    def work() -> None:
        with Staff(server) as staff:
            staff.sign_in()
            while not is_over.is_set():
                staff.send("/console/partners/2/delete/")
                staff.send("/console/partners/2/restore/", page="/console/trash/")
                done[0] += 1

    thread = Thread(target=work)
    thread.start()
    try:
        yield done
    finally:
        is_over.set()
        thread.join()


def backed_up(source: Installation, path: Path, draw: random.Random) -> BackedUp:
    """Make a backup at that path while visitors and staff are active."""
    command = ("serve", "--workers", "2")
    with (
        RunningRenvoi(source.folder, command=command, RENVOI_DATABASE_URL=source.url) as server,
        visiting(server.port, requests=REQUESTS[:1]) as tally,
        staff_at_work(server) as done,
    ):
        while not done[0]:
            time.sleep(0.05)
        time.sleep(draw.uniform(0.2, 1.0))
        due, edits = list(tally.refs), done[0]
        source.running.run("backup", "--output", str(path))
        assert len(tally.refs) > len(due), "no visitor was served during the backup"
        assert done[0] > edits, "staff changed nothing during the backup"
    assert (tally.faults, set(tally.statuses), tally.without_ref) == (0, {302}, 0)
    return BackedUp(path, due, done[0])


def differences(target: Installation, backup: BackedUp) -> list[str]:
    """Return what a restored installation lacks or has differently from its backup."""
    if target.running.run("ledger", "verify", check=False).returncode:
        return ["the ledger is not in order"]
    differing = []
    again, manifest = target.backup(target.folder.with_suffix(".tar")), read_archive(backup.path, into=None)
    target.folder.with_suffix(".tar").unlink()
    if (_without_archive(again), again.ledger) != (_without_archive(manifest), manifest.ledger):
        differing.append("the digests differ")
    # The restore publishes the table of rows that were copied between their commit and their publication.
    if again.row_count(ARCHIVE) - manifest.row_count(ARCHIVE) not in {0, 1}:
        differing.append("tables are missing from the archive")
    with closing(open_store(target.config)) as store:
        replay(target.config.spool_dir, store.append_missing)
        refs = [recorded.entry.ref for recorded in store.read(after=0, limit=10_000_000)]
    if len(refs) != len(set(refs)):
        differing.append("an entry is there twice")
    if lost := len(set(backup.due) - set(refs)):
        differing.append(f"entries are missing: {lost}")
    return differing


def _without_archive(manifest: Manifest) -> dict[str, TableDigest]:
    return {name: table for name, table in manifest.tables.items() if not name.endswith(ARCHIVE)}


def serves(target: Installation) -> bool:
    """Return whether it redirects visitors and records them."""
    command = ("serve", "--only", "gateway")
    with (
        RunningRenvoi(target.folder, command=command, RENVOI_DATABASE_URL=target.url) as server,
        visiting(server.port, requests=REQUESTS[:1]) as tally,
    ):
        deadline = time.monotonic() + 10
        while not tally.refs and time.monotonic() < deadline:
            time.sleep(0.05)
    return (set(tally.statuses), tally.without_ref) == ({302}, 0)


def holds_rows(installation: Installation) -> bool:
    """Return whether there is a database with partners, which would pass for an installation."""
    if not installation.url:
        return installation.config.database_path.exists()
    with psycopg.connect(installation.url) as session:
        return session.execute("SELECT to_regclass('partners_partner')").fetchone() != (None,)


def clear(installation: Installation) -> None:
    """Do what an operator does when an interrupted restore left the folder or the database not empty."""
    shutil.rmtree(installation.folder, ignore_errors=True)
    if installation.url:
        with psycopg.connect(installation.url, autocommit=True) as session:
            session.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def test_restored_installation_equals_backup_and_serves(
    engine: str, source: Installation, tmp_path: Path, record: Record
) -> None:
    draw = random.Random(SEED)
    backups: list[BackedUp] = []
    for number in range(DRILLS):
        backups.append(backed_up(source, tmp_path / f"{number}.tar", draw))
        with empty(tmp_path / f"restored-{number}", engine) as target:
            target.running.run("restore", str(backups[-1].path))
            assert differences(target, backups[-1]) == []
            assert serves(target)
        backups[-1].path.unlink()
    due, edits = sum(len(backup.due) for backup in backups), sum(backup.edits for backup in backups)
    record(engine=engine, seed=SEED, drills=len(backups), due=due, edits=edits)
    assert due > 100 * DRILLS


def test_removed_or_altered_rows_are_detected(engine: str, backup: BackedUp, tmp_path: Path) -> None:
    with empty(tmp_path / "restored", engine) as target:
        target.running.run("restore", str(backup.path))
        _alter(target, "UPDATE partners_partner SET priority = priority + 1 WHERE id = 3")
        assert differences(target, backup) == ["the digests differ"]
        _alter(target, "DELETE FROM ledger_entry WHERE position = 2", is_ledger=True)
        assert differences(target, backup) == ["the ledger is not in order"]
    more = BackedUp(backup.path, [*backup.due, "01988888-0000-7000-8000-000000000000"], backup.edits)
    with empty(tmp_path / "again", engine) as target:
        target.running.run("restore", str(backup.path))
        assert differences(target, more) == ["entries are missing: 1"]


def test_damaged_backup_is_refused(engine: str, backup: BackedUp, tmp_path: Path, record: Record) -> None:
    draw = random.Random(SEED)
    original, damaged = backup.path.read_bytes(), tmp_path / "damaged.tar"
    with empty(tmp_path / "target", engine) as target:
        for number in range(DAMAGES):
            at = draw.randrange(len(original))
            bit = bytes([original[at] ^ 1 << draw.randrange(8)])
            damaged.write_bytes(original[:at] + (bit + original[at + 1 :] if number % 2 else b""))
            result = target.running.run("restore", str(damaged), check=False)
            assert (result.returncode, result.stdout) == (1, ""), at
            assert result.stderr.startswith("renvoi: ")
            assert result.stderr.endswith(" Nothing was changed.\n")
            assert not target.folder.exists()
            assert not holds_rows(target)
        record(engine=engine, seed=SEED, damaged=DAMAGES, refused=DAMAGES)
        target.running.run("restore", str(backup.path))


def test_killed_restore_leaves_no_partial_installation(
    engine: str, backup: BackedUp, tmp_path: Path, record: Record
) -> None:
    """It leaves nothing, or a part that is reported and does not pass for an installation, or everything."""
    draw = random.Random(SEED)
    left: list[str] = []
    with empty(tmp_path / "target", engine) as target:
        began = time.monotonic()
        target.running.run("restore", str(backup.path))
        lasts_s = time.monotonic() - began
        for _ in range(KILLS):
            clear(target)
            _restore_and_kill(target, backup, after_s=draw.uniform(0.1, 0.9) * lasts_s)
            again = target.running.run("restore", str(backup.path), check=False)
            left.append("nothing" if again.returncode == 0 else "all" if holds_rows(target) else "a part")
            if left[-1] == "a part":
                assert "is restored into an empty one" in again.stderr
                clear(target)
                target.running.run("restore", str(backup.path))
            elif left[-1] == "all":
                target.running.run("migrate")
            assert differences(target, backup) == [], left
    record(
        engine=engine, seed=SEED, kills=KILLS, **{f"left_{what.replace(' ', '_')}": left.count(what) for what in left}
    )


def _restore_and_kill(target: Installation, backup: BackedUp, *, after_s: float) -> None:
    program = str(Path(sys.executable).with_name("renvoi"))
    process = subprocess.Popen(
        [program, "restore", str(backup.path)],
        env=target.running.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _alter(installation: Installation, statement: str, *, is_ledger: bool = False) -> None:
    if installation.url:
        with psycopg.connect(installation.url, autocommit=True) as session:
            session.execute(statement.encode())
        return
    path = installation.config.ledger_path if is_ledger else installation.config.database_path
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
