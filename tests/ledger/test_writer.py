"""Tests of the group-commit writer: shared commits, and requests that never wait for a failing or blocked ledger."""

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger import writer as writer_module
from renvoi.ledger.spool import SpoolUnavailable, count_entries
from renvoi.ledger.sqlite import SqliteStore
from renvoi.ledger.wishes.wish import Wish
from renvoi.ledger.writer import Ledger
from tests.ledger.bench import Bench, FaultyStore, refs, running
from tests.ledger.cast import entries


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path) as bench:
        yield bench


def test_concurrent_entries_share_commits(bench: Bench) -> None:
    appended = entries(500)
    results, _ = bench.append(appended)
    assert results == [True] * 500
    assert bench.stored_refs() == [entry.ref for entry in appended]
    assert (bench.ledger.entries["ledger"], bench.ledger.entries["spool"], bench.ledger.entries["nowhere"]) == (
        500,
        0,
        0,
    )
    assert len(bench.stores[0].groups) < 20
    assert bench.ledger.pending == 0


def test_sequential_entries_each_wake_the_writer(bench: Bench) -> None:
    appended = entries(30)
    for entry in appended:
        assert bench.append([entry])[0] == [True]
    assert bench.stored_refs() == [entry.ref for entry in appended]


def test_recorded_entries_are_on_disk_when_append_returns(bench: Bench) -> None:
    for _ in range(10):
        appended = entries(3)
        bench.append(appended)
        assert set(refs(appended)) <= set(bench.stored_refs())


class TestFailure:
    def test_entries_are_spooled_and_replayed_once(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        before, during, after = entries(3), entries(40), entries(2)
        bench.append(before)
        bench.set_fault(fails=True)
        for at in range(0, 40, 10):
            assert bench.append(during[at : at + 10])[0] == [True] * 10
        assert not bench.ledger.is_healthy
        assert (bench.ledger.entries["spool"], count_entries(bench.spool_dir)) == (40, 40)
        bench.set_fault()
        bench.wait_until_healthy()
        bench.append(after)
        assert sorted(bench.stored_refs()) == refs(before, during, after)
        assert (bench.ledger.entries["ledger"], bench.ledger.entries["nowhere"]) == (5, 0)
        assert [record.message for record in caplog.records if "can't be written" in record.message] == [
            "The ledger can't be written (the test says so); entries go to the spool."
        ]
        with closing(SqliteStore(bench.path)) as store:
            assert list(store.faults()) == []

    def test_ledger_is_healthy_before_spool_is_empty(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        """Entries that arrive during the replay do not refill the spool."""
        spooled, resumed, rounds = entries(30), Event(), []
        append = FaultyStore.append_missing

        def append_missing(store: FaultyStore, appended: Sequence[Entry], wishes: Sequence[Wish]) -> int:
            rounds.append(len(appended))
            if len(rounds) == 2:
                resumed.wait()
            return append(store, appended, wishes)

        monkeypatch.setattr("renvoi.ledger.spool._REPLAY_BATCH_SIZE", 10)
        bench.set_fault(fails=True)
        bench.append(spooled)
        monkeypatch.setattr(FaultyStore, "append_missing", append_missing)
        bench.set_fault()
        deadline = time.monotonic() + 20
        while not bench.ledger.is_healthy and time.monotonic() < deadline:
            time.sleep(0.02)
        direct = entries(5)
        bench.append(direct)
        assert (bench.ledger.entries["ledger"], bench.ledger.entries["spool"], count_entries(bench.spool_dir)) == (
            5,
            30,
            30,
        )
        assert sorted(bench.stored_refs()) == refs(spooled[:10], direct)
        resumed.set()
        bench.wait_until_healthy()
        assert sorted(bench.stored_refs()) == refs(spooled, direct)
        with closing(SqliteStore(bench.path)) as store:
            assert list(store.faults()) == []

    def test_unexpected_exception_sends_entries_to_spool(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError

        appended = entries(2)
        with monkeypatch.context() as broken:
            broken.setattr(FaultyStore, "append", fail)
            assert bench.append(appended)[0] == [True, True]
        bench.wait_until_healthy()
        assert sorted(bench.stored_refs()) == refs(appended)

    def test_ledger_unavailable_at_start_recovers(self, tmp_path: Path) -> None:
        (tmp_path / "ledger.sqlite3").mkdir()
        appended = entries(5)
        with running(tmp_path) as bench:
            assert bench.append(appended)[0] == [True] * 5
            bench.path.rmdir()
            bench.wait_until_healthy()
            assert sorted(bench.stored_refs()) == refs(appended)

    def test_spool_of_earlier_process_is_replayed(self, tmp_path: Path) -> None:
        appended = entries(4)
        with running(tmp_path) as bench:
            bench.set_fault(fails=True)
            bench.append(appended)
            bench.stop()
            assert count_entries(bench.spool_dir) == 4
        with running(tmp_path) as bench:
            bench.wait_until_healthy()
            assert sorted(bench.stored_refs()) == refs(appended)


class TestBlocked:
    def test_blocked_commit_delays_and_duplicates_nothing(self, bench: Bench) -> None:
        bench.append(entries(1))
        bench.set_fault(blocks=True)
        first, behind = entries(3), entries(20)
        results, seconds = bench.append(first)
        assert (results, seconds < 1.5) == ([True] * 3, True)
        results, seconds = bench.append(behind)
        assert (results, seconds < 1.0) == ([True] * 20, True)
        # The blocked commit succeeds after all; its entries are in the spool too.
        bench.set_fault()
        bench.wait_until_healthy()
        assert len(bench.stored_refs()) == 24
        assert set(refs(first, behind)) <= set(bench.stored_refs())

    def test_entries_are_unrecorded_when_spool_blocks_too(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        resumed = Event()
        append = bench.ledger._spool.append

        def block(appended: Sequence[Entry], wishes: Sequence[Wish]) -> None:
            resumed.wait()
            append(appended, wishes)

        monkeypatch.setattr(writer_module, "RESPONSE_TIMEOUT_S", 0.6)
        monkeypatch.setattr(bench.ledger._spool, "append", block)
        bench.set_fault(blocks=True)
        results, seconds = bench.append(entries(3))
        assert (results, seconds < 4) == ([False] * 3, True)
        results, seconds = bench.append(entries(2))
        assert (results, seconds < 4) == ([False] * 2, True)
        assert bench.ledger.entries["nowhere"] == 5
        resumed.set()


class TestUnrecorded:
    def test_append_returns_false_when_spool_fails_too(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise SpoolUnavailable("full")

        bench.set_fault(fails=True)
        with monkeypatch.context() as broken:
            broken.setattr(bench.ledger._spool, "append", refuse)
            assert bench.append(entries(3))[0] == [False] * 3
            assert bench.ledger.entries["nowhere"] == 3
        bench.set_fault()
        bench.wait_until_healthy()
        assert bench.append(entries(1))[0] == [True]

    def test_entries_beyond_max_pending_are_not_recorded(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writer_module, "MAX_PENDING", 5)
        bench.set_fault(blocks=True)
        bench.append(entries(1))
        results, _ = bench.append(entries(50))
        assert results.count(False) == bench.ledger.entries["nowhere"] > 0

    def test_entries_before_start_and_after_stop_are_not_recorded(self, tmp_path: Path) -> None:
        ledger = Ledger(lambda: SqliteStore(tmp_path / "ledger.sqlite3"), spool_dir=tmp_path / "spool")
        assert asyncio.run(ledger.append(entries(1)[0])) is False
        with running(tmp_path) as bench:
            bench.stop()
            assert bench.append(entries(1))[0] == [False]


def test_failing_callback_does_not_affect_others(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    results: list[bool] = []

    def fail(_: object) -> None:
        raise ZeroDivisionError

    async def append() -> None:
        all_notified = asyncio.Event()

        def record_last(is_recorded: bool) -> None:  # noqa: FBT001 (as the ledger tells it)
            results.append(is_recorded)
            all_notified.set()

        for entry, on_recorded in zip(entries(3), (results.append, fail, record_last), strict=True):
            bench.ledger.append_soon(entry, on_recorded)
        await asyncio.wait_for(all_notified.wait(), 5)

    bench.runner.run(append())
    assert results == [True, True]
    assert "A callback of the ledger failed: ZeroDivisionError" in caplog.text


def test_new_writer_spools_entries_while_write_lock_is_held(tmp_path: Path) -> None:
    with running(tmp_path) as before:
        before.append(entries(1))
    lock_file = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(lock_file, fcntl.LOCK_EX)
    with running(tmp_path) as bench:
        results, seconds = bench.append(entries(3))
        assert (results, seconds < 2, bench.ledger.entries["spool"]) == ([True] * 3, True, 3)
        os.close(lock_file)
        bench.wait_until_healthy()
        assert len(bench.stored_refs()) == 4


def test_stop_writes_pending_entries(bench: Bench) -> None:
    appended = entries(200)

    async def append_and_stop() -> list[bool]:
        results = [asyncio.ensure_future(bench.ledger.append(entry)) for entry in appended]
        await asyncio.sleep(0)
        await asyncio.to_thread(bench.ledger.stop)
        return list(await asyncio.gather(*results))

    assert bench.runner.run(append_and_stop()) == [True] * 200
    assert sorted(bench.stored_refs()) == refs(appended)
