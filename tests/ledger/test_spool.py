"""Tests of the spool: acknowledged entries are replayed once, torn lines are not."""

import errno
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger import spool as spool_module
from renvoi.ledger.protocol import LedgerUnavailable
from renvoi.ledger.spool import ReplayResult, Spool, SpoolUnavailable, count_entries, replay
from renvoi.ledger.sqlite import SqliteStore
from renvoi.ledger.wishes.wish import Wish
from tests.ledger.cast import all_of, entries

DIES = """
import os, sys
from pathlib import Path
from renvoi.ledger.spool import Spool
from tests.ledger.cast import entries
spool = Spool(Path(sys.argv[1]))
for _ in range(3):
    appended = entries(2)
    spool.append(appended)
    print(*(entry.ref for entry in appended), flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "ledger.sqlite3")) as opened:
        opened.prepare()
        yield opened


def files(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


def test_spooled_entries_are_replayed_once(folder: Path, store: SqliteStore) -> None:
    first, second, spool = entries(3), entries(2), Spool(folder)
    spool.append(first)
    spool.append(second)
    assert count_entries(folder) == 5
    spool.release()
    assert replay(folder, store.append_missing) == ReplayResult(added=5)
    assert (all_of(store), files(folder)) == ([*first, *second], [])
    assert replay(folder, store.append_missing) == ReplayResult()


def test_replay_skips_file_in_use(folder: Path, store: SqliteStore) -> None:
    spool = Spool(folder)
    spool.append(entries(1))
    assert replay(folder, store.append_missing) == ReplayResult(in_use=1)
    assert not spool.is_empty()
    spool.release()
    assert replay(folder, store.append_missing) == ReplayResult(added=1)
    assert spool.is_empty()


def test_file_of_killed_process_is_replayed(folder: Path, store: SqliteStore) -> None:
    completed = subprocess.run([sys.executable, "-c", DIES, str(folder)], capture_output=True, text=True, check=False)
    assert completed.returncode == -9, completed.stderr
    assert replay(folder, store.append_missing) == ReplayResult(added=6)
    assert [entry.ref for entry in all_of(store)] == completed.stdout.split()


def test_interrupted_replay_duplicates_nothing(folder: Path, store: SqliteStore) -> None:
    appended, spool = entries(1200), Spool(folder)
    spool.append(appended)
    spool.release()
    calls: list[int] = []

    def append_once(batch: Sequence[Entry], wishes: Sequence[Wish]) -> int:
        if calls:
            raise LedgerUnavailable("cut off")
        calls.append(len(batch))
        return store.append_missing(batch, wishes)

    with pytest.raises(LedgerUnavailable):
        replay(folder, append_once)
    assert replay(folder, store.append_missing) == ReplayResult(added=1200 - calls[0], already_present=calls[0])
    assert all_of(store) == appended


def test_concurrent_replays_add_each_entry_once(folder: Path, tmp_path: Path, store: SqliteStore) -> None:
    appended = [entries(20) for _ in range(10)]
    for group in appended:
        spool = Spool(folder)
        spool.append(group)
        spool.release()

    def run(_: int) -> ReplayResult:
        with closing(SqliteStore(tmp_path / "ledger.sqlite3")) as own:
            return replay(folder, own.append_missing)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, range(2)))
    assert sum(result.added for result in results) == 200
    assert sorted(entry.ref for entry in all_of(store)) == sorted(entry.ref for group in appended for entry in group)


class TestDamage:
    @pytest.mark.parametrize("cut", [1, 2, 60, 100])
    def test_torn_last_line_is_not_replayed(self, folder: Path, store: SqliteStore, cut: int) -> None:
        appended, spool = entries(3), Spool(folder)
        spool.append(appended)
        spool.release()
        (file,) = folder.iterdir()
        file.write_bytes(file.read_bytes()[:-cut])
        assert replay(folder, store.append_missing) == ReplayResult(added=2)
        assert (all_of(store), files(folder)) == (appended[:2], [])

    @pytest.mark.parametrize("place", [0, 8, 16, 17, 40, 100])
    def test_damaged_line_is_set_aside_and_others_are_replayed(
        self, folder: Path, store: SqliteStore, place: int
    ) -> None:
        appended, spool = entries(3), Spool(folder)
        spool.append(appended)
        spool.release()
        (file,) = folder.iterdir()
        content = bytearray(file.read_bytes())
        content[content.index(b"\n") + 1 + place] ^= 4
        file.write_bytes(bytes(content))
        assert replay(folder, store.append_missing) == ReplayResult(added=2, damaged=1)
        assert (all_of(store), files(folder)) == ([appended[0], appended[2]], [".damaged"])


class TestFullDisk:
    @pytest.fixture
    def fills_up(self, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
        """After the first write, each further one writes only a part and then fails."""
        write_all = spool_module._write
        written: list[int] = []

        def write(file: int, content: bytes) -> None:
            written.append(file)
            if len(written) == 1:
                write_all(file, content)
                return
            write_all(file, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(spool_module, "_write", write)
        return monkeypatch

    def test_partial_write_is_rolled_back(self, folder: Path, store: SqliteStore, fills_up: pytest.MonkeyPatch) -> None:
        first, lost, last, spool = entries(2), entries(3), entries(2), Spool(folder)
        spool.append(first)
        with pytest.raises(SpoolUnavailable, match="No space left"):
            spool.append(lost)
        fills_up.undo()
        spool.append(last)
        spool.release()
        assert replay(folder, store.append_missing) == ReplayResult(added=4)
        assert all_of(store) == [*first, *last]

    def test_partial_write_without_rollback_does_not_affect_later_entries(
        self, folder: Path, store: SqliteStore, fills_up: pytest.MonkeyPatch
    ) -> None:
        first, lost, last, spool = entries(2), entries(1), entries(2), Spool(folder)
        spool.append(first)

        def refuse(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with fills_up.context() as broken:
            broken.setattr("os.ftruncate", refuse)
            with pytest.raises(SpoolUnavailable):
                spool.append(lost)
        fills_up.undo()
        spool.append(last)
        spool.release()
        assert replay(folder, store.append_missing) == ReplayResult(added=4)
        assert sorted(entry.ref for entry in all_of(store)) == sorted(entry.ref for entry in [*first, *last])


def test_uncreatable_folder_raises_spool_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolUnavailable):
        Spool(tmp_path / "file" / "spool").append(entries(1))


def test_missing_spool_folder_counts_as_empty(folder: Path, store: SqliteStore) -> None:
    assert (replay(folder, store.append_missing), count_entries(folder), Spool(folder).is_empty()) == (
        ReplayResult(),
        0,
        True,
    )
