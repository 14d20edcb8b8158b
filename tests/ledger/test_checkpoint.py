"""Tests of the checkpoint, which reveals a ledger whose end was cut or that an older copy replaced."""

import shutil
import time
from contextlib import closing
from pathlib import Path

import pytest

from renvoi.ledger.checkpoint import CHECKPOINT_FILE, read_checkpoint, write_checkpoint
from renvoi.ledger.protocol import Store
from renvoi.ledger.sqlite import SqliteStore
from tests.ledger.bench import running
from tests.ledger.cast import entries
from tests.ledger.conftest import Engine


def test_checkpoint_records_head(store: Store, tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path) is None
    for size in (0, 3, 2):
        if size:
            store.append(entries(size))
        assert write_checkpoint(tmp_path, store)
        assert read_checkpoint(tmp_path) == store.head()
    store.append(entries(4))
    assert list(store.faults(checkpoint=read_checkpoint(tmp_path))) == []


def test_traceless_truncation_is_reported(engine: Engine, store: Store, tmp_path: Path) -> None:
    store.append(entries(3))
    earlier_head = store.head()
    store.append(entries(2))
    write_checkpoint(tmp_path, store)
    # As if the last commit had never happened.
    engine.tamper("DELETE FROM ledger_entry WHERE position > 3")
    engine.tamper(f"UPDATE ledger_head SET position = 3, digest = '{earlier_head.digest}'")  # noqa: S608
    assert list(store.faults()) == []
    expected = ["The ledger had 5 entries before: its end was cut off, or an older copy has replaced it."]
    assert list(store.faults(checkpoint=read_checkpoint(tmp_path))) == expected
    # The checkpoint is not replaced when the ledger has grown past that position again.
    assert not write_checkpoint(tmp_path, store)
    store.append(entries(4))
    assert not write_checkpoint(tmp_path, store)
    assert list(store.faults(checkpoint=read_checkpoint(tmp_path))) == [
        "Entries up to 5 are not those that were there before."
    ]


@pytest.mark.parametrize("junk", [b"", b"5", b"5 abc\n", b"\xff", b"-1 " + b"0" * 64 + b"\n"])
def test_unreadable_checkpoint_reads_as_none(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / CHECKPOINT_FILE).write_bytes(junk)
    assert read_checkpoint(tmp_path) is None


def test_damaged_write_ahead_log_is_reported_only_with_checkpoint(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "ledger.sqlite3")) as store:
        store.prepare()
        for _ in range(5):
            store.append(entries(3))
        write_checkpoint(tmp_path, store)
        copy = tmp_path / "after-a-crash"
        copy.mkdir()
        for name in ("ledger.sqlite3", "ledger.sqlite3-wal", CHECKPOINT_FILE):
            shutil.copy(tmp_path / name, copy)
    log = copy / "ledger.sqlite3-wal"
    content = bytearray(log.read_bytes())
    content[-100] ^= 1
    log.write_bytes(bytes(content))
    with closing(SqliteStore(copy / "ledger.sqlite3")) as damaged:
        assert list(damaged.faults()) == [], "SQLite now reports this itself"
    with closing(SqliteStore(copy / "ledger.sqlite3")) as damaged:
        assert len(list(damaged.faults(checkpoint=read_checkpoint(copy)))) == 1


def test_running_ledger_updates_checkpoint(tmp_path: Path) -> None:
    with running(tmp_path) as bench:
        bench.append(entries(3))
        deadline = time.monotonic() + 10
        while not (checkpoint := read_checkpoint(tmp_path)) or checkpoint.position < 3:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        bench.append(entries(2))
    checkpoint = read_checkpoint(tmp_path)
    assert checkpoint is not None
    assert checkpoint.position == 5
