"""Tests of the ledger's SQLite file: damage, locks, and unsafe SQLite releases."""

import fcntl
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.protocol import LedgerUnavailable
from renvoi.ledger.sqlite import BUSY_TIMEOUT_S, SqliteStore, has_wal_reset_fix
from tests.ledger.cast import all_of, entries

GROUPS = (3, 120, 1, 60, 200)
ALTERED_BYTES = 400
"""How many bytes of the file are altered, one at a time, besides its first hundred."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(path)) as opened:
        opened.prepare()
        yield opened


def filled(store: SqliteStore) -> list[Entry]:
    """Append several batches, checkpoint them into the main file, and return the entries."""
    for size in GROUPS:
        store.append(entries(size))
    stored = all_of(store)
    store.close()
    return stored


def is_reported_or_harmless(path: Path, stored: list[Entry]) -> bool:
    """Return whether the check or the engine reports damage, or else no entry that is read differs."""
    with closing(SqliteStore(path)) as store:
        if list(store.faults()):
            return True
        try:
            return all_of(store) == stored
        except LedgerUnavailable:
            return True


def test_altered_byte_is_reported_or_harmless(path: Path, store: SqliteStore) -> None:
    stored = filled(store)
    original = path.read_bytes()
    draw = random.Random(4)
    places = [*range(100), *draw.sample(range(100, len(original)), ALTERED_BYTES)]
    unnoticed = []
    for place in places:
        altered = bytearray(original)
        altered[place] ^= 1 << draw.randrange(8)
        _put(path, bytes(altered))
        if not is_reported_or_harmless(path, stored):
            unnoticed.append(place)
    assert unnoticed == []


def test_altered_value_is_reported(path: Path, store: SqliteStore) -> None:
    stored = filled(store)
    original = path.read_bytes()
    # The last digit of a reference: in the row, in its index, and perhaps in an unused part of a page.
    faults = []
    for match in re.finditer(stored[70].ref.encode(), original):
        altered = bytearray(original)
        altered[match.end() - 1] ^= 1
        _put(path, bytes(altered))
        with closing(SqliteStore(path)) as damaged:
            faults += list(damaged.faults())[:1]
    assert len(faults) == 2
    assert all(faults)
    _put(path, original)
    with closing(SqliteStore(path)) as sound:
        assert list(sound.faults()) == []


@pytest.mark.parametrize("cut", [1, 100])
def test_last_page_cut_short_is_reported_or_harmless(path: Path, store: SqliteStore, cut: int) -> None:
    """SQLite reads what is missing of the last page as zeros. That page may be one of an index: no entry is lost."""
    stored = filled(store)
    _put(path, path.read_bytes()[:-cut])
    assert is_reported_or_harmless(path, stored)


@pytest.mark.parametrize("cut", [4096, 8192, 20_000])
def test_truncated_file_is_reported(path: Path, store: SqliteStore, cut: int) -> None:
    filled(store)
    _put(path, path.read_bytes()[:-cut])
    with closing(SqliteStore(path)) as damaged:
        assert list(damaged.faults())


def test_missing_file_is_reported_and_not_created(path: Path) -> None:
    assert list(SqliteStore(path).faults()) == [f"The ledger can't be read to its end: There is no ledger at {path}."]
    with pytest.raises(LedgerUnavailable, match="no ledger"):
        SqliteStore(path).append(entries(1))
    assert not path.exists()


def test_append_to_locked_file_fails_after_busy_timeout(path: Path, store: SqliteStore) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started_at = time.monotonic()
        with pytest.raises(LedgerUnavailable, match="locked"):
            store.append(entries(1))
        assert BUSY_TIMEOUT_S <= time.monotonic() - started_at < 3
        other.execute("ROLLBACK")
    store.append(entries(1))
    assert store.head().position == 1
    store.close()


def test_connection_uses_wal_and_full_sync(store: SqliteStore) -> None:
    connection = store._ensure_connection()
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    store.close()


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [((3, 40, 1), False), ((3, 44, 6), True), ((3, 50, 6), False), ((3, 51, 2), False), ((3, 51, 3), True)],
)
def test_sqlite_release_that_loses_commits_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], is_safe: object
) -> None:
    assert has_wal_reset_fix(version) is is_safe
    monkeypatch.setattr("pysqlite3.dbapi2.sqlite_version_info", version)
    with closing(SqliteStore(path)) as store:
        if is_safe:
            store.prepare()
        else:
            with pytest.raises(LedgerUnavailable, match="can lose commits"):
                store.prepare()


def _put(path: Path, content: bytes) -> None:
    for extra in ("-wal", "-shm"):
        Path(f"{path}{extra}").unlink(missing_ok=True)
    path.write_bytes(content)


def test_append_waits_for_write_lock(path: Path, store: SqliteStore) -> None:
    """A process that comes second waits for the first one, whatever the state of SQLite's own lock."""
    lock_file = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(lock_file, fcntl.LOCK_EX)
    started_at = time.monotonic()
    unlocking = Timer(2 * BUSY_TIMEOUT_S, os.close, [lock_file])
    unlocking.start()
    store.append(entries(1))
    assert time.monotonic() - started_at >= 2 * BUSY_TIMEOUT_S
    unlocking.join()
    with closing(SqliteStore(path)) as other:
        other.append(entries(1))
    store.append(entries(1))
    assert store.head().position == 3


def test_prepare_fails_when_write_lock_is_held_too_long(path: Path, store: SqliteStore) -> None:
    """Migrating the ledger waits no longer than for SQLite's own lock: requests cannot go to the spool yet."""
    lock_file = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(lock_file, fcntl.LOCK_EX)
    started_at = time.monotonic()
    with pytest.raises(LedgerUnavailable, match="another program holds the write lock"):
        store.prepare()
    assert time.monotonic() - started_at < 2
    os.close(lock_file)
    store.prepare()


def test_replayed_batch_holds_the_lock_for_few_statements(store: SqliteStore) -> None:
    """Each statement gives the interpreter lock away, and a busy event loop takes milliseconds to return it."""
    stored = entries(256)
    store.append(stored[:100])
    statements: list[str] = []
    store._ensure_connection().set_trace_callback(statements.append)
    assert store.append_missing(stored) == 156
    assert len(statements) < 12
    statements.clear()
    assert store.append_missing(stored) == 0
    assert len(statements) < 6
