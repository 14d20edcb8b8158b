"""Tests of the writer: many visitors, one commit; and a ledger that fails, hangs or is away holds up none of them."""

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import pytest

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger import writer as writer_module
from renvoi.ledger.protocol import LedgerUnavailable
from renvoi.ledger.spool import SpoolUnavailable, count
from renvoi.ledger.sqlite import SqliteStore
from renvoi.ledger.writer import Ledger
from tests.ledger.cast import all_of, entries

OnRecorded = tuple[list[bool], float]


class Troubled(SqliteStore):
    """A real ledger whose commits can be made to fail, or to hang until they are let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.fails = False
        self.goes_on = Event()
        self.goes_on.set()
        self.groups: list[int] = []

    def append(self, entries: Sequence[Entry]) -> None:
        self.groups.append(len(entries))
        if self.fails:
            raise LedgerUnavailable("the test says so")
        self.goes_on.wait()
        super().append(entries)

    def append_missing(self, entries: Sequence[Entry]) -> int:
        if self.fails or not self.goes_on.is_set():
            raise LedgerUnavailable("the test says so")
        return super().append_missing(entries)


class Bench:
    """A running ledger, and what it takes to look at it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite3"
        self.spool_dir = folder / "spool"
        self.stores: list[Troubled] = []
        self.ledger = Ledger(self._open, spool_dir=self.spool_dir)
        self.runner = asyncio.Runner()
        self.runner.run(self._start())

    def append(self, given: Sequence[Entry]) -> OnRecorded:
        """All at once; what each was told, and the seconds until the last was."""
        began = time.monotonic()
        return self.runner.run(self._append(given)), time.monotonic() - began

    def trouble(self, *, fails: bool = False, hangs: bool = False) -> None:
        for store in self.stores:
            store.fails = fails
            (store.goes_on.clear if hangs else store.goes_on.set)()

    def kept(self) -> list[str]:
        with closing(SqliteStore(self.path)) as store:
            return [entry.ref for entry in all_of(store)]

    def until_well(self) -> None:
        deadline = time.monotonic() + 20
        while not (self.ledger.is_well and count(self.spool_dir) == 0):
            assert time.monotonic() < deadline, "the spool was not replayed"
            time.sleep(0.02)

    def stop(self) -> None:
        self.runner.run(asyncio.to_thread(self.ledger.stop))

    def _open(self) -> Troubled:
        self.stores.append(Troubled(self.path))
        return self.stores[-1]

    async def _start(self) -> None:
        self.ledger.start(asyncio.get_running_loop())

    async def _append(self, given: Sequence[Entry]) -> list[bool]:
        return list(await asyncio.gather(*map(self.ledger.append, given)))


@contextmanager
def running(folder: Path) -> Iterator[Bench]:
    bench = Bench(folder)
    try:
        yield bench
    finally:
        bench.trouble()
        bench.stop()
        bench.runner.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path) as made:
        yield made


def refs(*groups: Sequence[Entry]) -> list[str]:
    return sorted(entry.ref for batch in groups for entry in batch)


def test_many_share_few_commits(bench: Bench) -> None:
    given = entries(500)
    told, _ = bench.append(given)
    assert told == [True] * 500
    assert bench.kept() == [entry.ref for entry in given]
    assert (bench.ledger.recorded, bench.ledger.spooled, bench.ledger.unrecorded) == (500, 0, 0)
    assert len(bench.stores[0].groups) < 20
    assert bench.ledger.waiting == 0


def test_it_wakes_for_each_one(bench: Bench) -> None:
    given = entries(30)
    for entry in given:
        assert bench.append([entry])[0] == [True]
    assert bench.kept() == [entry.ref for entry in given]


def test_what_was_told_true_is_on_disk_at_that_moment(bench: Bench) -> None:
    for _ in range(10):
        given = entries(3)
        bench.append(given)
        assert set(refs(given)) <= set(bench.kept())


class TestFailure:
    def test_entries_go_to_the_spool_and_come_back_once(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        before, during, after = entries(3), entries(40), entries(2)
        bench.append(before)
        bench.trouble(fails=True)
        for at in range(0, 40, 10):
            assert bench.append(during[at : at + 10])[0] == [True] * 10
        assert not bench.ledger.is_well
        assert (bench.ledger.spooled, count(bench.spool_dir)) == (40, 40)
        bench.trouble()
        bench.until_well()
        bench.append(after)
        assert sorted(bench.kept()) == refs(before, during, after)
        assert (bench.ledger.recorded, bench.ledger.unrecorded) == (5, 0)
        assert [record.message for record in caplog.records if "can't be written" in record.message] == [
            "The ledger can't be written (the test says so); entries go to the spool."
        ]
        with closing(SqliteStore(bench.path)) as store:
            assert list(store.faults()) == []

    def test_it_is_well_again_before_the_spool_is_empty(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many visitors come meanwhile, they don't fill the spool that is being emptied."""
        spooled, goes_on, rounds = entries(30), Event(), []
        append = Troubled.append_missing

        def append_missing(store: Troubled, given: Sequence[Entry]) -> int:
            rounds.append(len(given))
            if len(rounds) == 2:
                goes_on.wait()
            return append(store, given)

        monkeypatch.setattr("renvoi.ledger.spool._AT_ONCE", 10)
        bench.trouble(fails=True)
        bench.append(spooled)
        monkeypatch.setattr(Troubled, "append_missing", append_missing)
        bench.trouble()
        deadline = time.monotonic() + 20
        while not bench.ledger.is_well and time.monotonic() < deadline:
            time.sleep(0.02)
        direct = entries(5)
        bench.append(direct)
        assert (bench.ledger.recorded, bench.ledger.spooled, count(bench.spool_dir)) == (5, 30, 30)
        assert sorted(bench.kept()) == refs(spooled[:10], direct)
        goes_on.set()
        bench.until_well()
        assert sorted(bench.kept()) == refs(spooled, direct)
        with closing(SqliteStore(bench.path)) as store:
            assert list(store.faults()) == []

    def test_a_failure_that_nobody_foresaw_is_one_all_the_same(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError

        given = entries(2)
        with monkeypatch.context() as broken:
            broken.setattr(Troubled, "append", fail)
            assert bench.append(given)[0] == [True, True]
        bench.until_well()
        assert sorted(bench.kept()) == refs(given)

    def test_a_ledger_that_is_away_at_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "ledger.sqlite3").mkdir()
        given = entries(5)
        with running(tmp_path) as bench:
            assert bench.append(given)[0] == [True] * 5
            bench.path.rmdir()
            bench.until_well()
            assert sorted(bench.kept()) == refs(given)

    def test_what_another_left_behind_is_replayed(self, tmp_path: Path) -> None:
        given = entries(4)
        with running(tmp_path) as bench:
            bench.trouble(fails=True)
            bench.append(given)
            bench.stop()
            assert count(bench.spool_dir) == 4
        with running(tmp_path) as bench:
            bench.until_well()
            assert sorted(bench.kept()) == refs(given)


class TestHanging:
    def test_nobody_waits_long_and_nothing_is_doubled(self, bench: Bench) -> None:
        bench.append(entries(1))
        bench.trouble(hangs=True)
        first, behind = entries(3), entries(20)
        told, seconds = bench.append(first)
        assert (told, seconds < 1.5) == ([True] * 3, True)
        told, seconds = bench.append(behind)
        assert (told, seconds < 1.0) == ([True] * 20, True)
        # The commit that hung succeeds after all: its entries are in the spool too.
        bench.trouble()
        bench.until_well()
        assert len(bench.kept()) == 24
        assert set(refs(first, behind)) <= set(bench.kept())

    def test_where_no_disk_answers_visits_are_not_recorded(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        goes_on = Event()
        appended = bench.ledger._spool.append

        def hang(given: Sequence[Entry]) -> None:
            goes_on.wait()
            appended(given)

        monkeypatch.setattr(writer_module, "GIVE_UP_S", 0.6)
        monkeypatch.setattr(bench.ledger._spool, "append", hang)
        bench.trouble(hangs=True)
        told, seconds = bench.append(entries(3))
        assert (told, seconds < 4) == ([False] * 3, True)
        told, seconds = bench.append(entries(2))
        assert (told, seconds < 4) == ([False] * 2, True)
        assert bench.ledger.unrecorded == 5
        goes_on.set()


class TestNowhere:
    def test_where_the_spool_fails_too_the_visitor_is_told_so(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: object) -> None:
            raise SpoolUnavailable("full")

        bench.trouble(fails=True)
        with monkeypatch.context() as broken:
            broken.setattr(bench.ledger._spool, "append", refuse)
            assert bench.append(entries(3))[0] == [False] * 3
            assert bench.ledger.unrecorded == 3
        bench.trouble()
        bench.until_well()
        assert bench.append(entries(1))[0] == [True]

    def test_more_than_can_wait_is_not_recorded(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writer_module, "MOST_WAITING", 5)
        bench.trouble(hangs=True)
        bench.append(entries(1))
        told, _ = bench.append(entries(50))
        assert told.count(False) == bench.ledger.unrecorded > 0

    def test_before_the_start_and_after_the_end_nothing_is_recorded(self, tmp_path: Path) -> None:
        ledger = Ledger(lambda: SqliteStore(tmp_path / "ledger.sqlite3"), spool_dir=tmp_path / "spool")
        assert asyncio.run(ledger.append(entries(1)[0])) is False
        with running(tmp_path) as bench:
            bench.stop()
            assert bench.append(entries(1))[0] == [False]


def test_where_one_can_t_be_told_the_others_are(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    told: list[bool] = []

    def raises(_: object) -> None:
        raise ZeroDivisionError

    async def append() -> None:
        everybody = asyncio.Event()

        def last(is_recorded: bool) -> None:  # noqa: FBT001 (as the ledger tells it)
            told.append(is_recorded)
            everybody.set()

        for entry, answered in zip(entries(3), (told.append, raises, last), strict=True):
            bench.ledger.append_soon(entry, answered)
        await asyncio.wait_for(everybody.wait(), 5)

    bench.runner.run(append())
    assert told == [True, True]
    assert "A visitor could not be told: ZeroDivisionError" in caplog.text


def test_while_another_keeps_its_turn_visitors_of_a_new_writer_are_answered(tmp_path: Path) -> None:
    with running(tmp_path) as before:
        before.append(entries(1))
    turn = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(turn, fcntl.LOCK_EX)
    with running(tmp_path) as bench:
        told, seconds = bench.append(entries(3))
        assert (told, seconds < 2, bench.ledger.spooled) == ([True] * 3, True, 3)
        os.close(turn)
        bench.until_well()
        assert len(bench.kept()) == 4


def test_the_end_writes_what_waits(bench: Bench) -> None:
    given = entries(200)

    async def append_and_stop() -> list[bool]:
        told = [asyncio.ensure_future(bench.ledger.append(entry)) for entry in given]
        await asyncio.sleep(0)
        await asyncio.to_thread(bench.ledger.stop)
        return list(await asyncio.gather(*told))

    assert bench.runner.run(append_and_stop()) == [True] * 200
    assert sorted(bench.kept()) == refs(given)
