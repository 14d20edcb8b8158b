"""A running ledger writer on a store that can be made to fail or to block."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.protocol import LedgerUnavailable
from renvoi.ledger.spool import count_entries
from renvoi.ledger.sqlite import SqliteStore
from renvoi.ledger.wishes.wish import Record, Wish
from renvoi.ledger.writer import Ledger
from tests.ledger.cast import all_of

AppendResult = tuple[list[bool], float]


class FaultyStore(SqliteStore):
    """A real ledger whose commits can be made to fail, or to block until they are released."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.fails = False
        self.resumed = Event()
        self.resumed.set()
        self.groups: list[int] = []

    def append(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> None:
        self.groups.append(len(entries) + len(wishes))
        if self.fails:
            raise LedgerUnavailable("the test says so")
        self.resumed.wait()
        super().append(entries, wishes)

    def append_missing(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> int:
        if self.fails or not self.resumed.is_set():
            raise LedgerUnavailable("the test says so")
        return super().append_missing(entries, wishes)


class Bench:
    """A running ledger with controls for its faults and access to what it stored."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite3"
        self.spool_dir = folder / "spool"
        self.stores: list[FaultyStore] = []
        self.ledger = Ledger(self._open, spool_dir=self.spool_dir)
        self.runner = asyncio.Runner()
        self.runner.run(self._start())

    def append(self, batch: Sequence[Record]) -> AppendResult:
        """Append all entries and wishes at once. Return the result of each, and the seconds until the last one."""
        started_at = time.monotonic()
        return self.runner.run(self._append(batch)), time.monotonic() - started_at

    def set_fault(self, *, fails: bool = False, blocks: bool = False) -> None:
        for store in self.stores:
            store.fails = fails
            (store.resumed.clear if blocks else store.resumed.set)()

    def stored_refs(self) -> list[str]:
        with closing(SqliteStore(self.path)) as store:
            return [entry.ref for entry in all_of(store)]

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 20
        while not (self.ledger.is_healthy and count_entries(self.spool_dir) == 0):
            assert time.monotonic() < deadline, "the spool was not replayed"
            time.sleep(0.02)

    def stop(self) -> None:
        self.runner.run(asyncio.to_thread(self.ledger.stop))

    def _open(self) -> FaultyStore:
        self.stores.append(FaultyStore(self.path))
        return self.stores[-1]

    async def _start(self) -> None:
        self.ledger.start(asyncio.get_running_loop())

    async def _append(self, batch: Sequence[Record]) -> list[bool]:
        return list(await asyncio.gather(*map(self.ledger.append, batch)))


@contextmanager
def running(folder: Path) -> Iterator[Bench]:
    bench = Bench(folder)
    try:
        yield bench
    finally:
        bench.set_fault()
        bench.stop()
        bench.runner.close()


def refs(*groups: Sequence[Entry]) -> list[str]:
    return sorted(entry.ref for batch in groups for entry in batch)
