"""Hides how many visitors share one commit, and that none of them waits for a ledger that does not answer.

A thread takes all that waits and commits it in one transaction; what arrives meanwhile is the next group. A commit that
fails, or lasts longer than a visitor should wait, goes to the spool instead, and everything after it too, until the
ledger takes the first of them back: it is then well again, and the mender replays the rest of the spool beside it.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Thread

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.batch import Batch, OnRecorded, Waiting
from renvoi.ledger.checkpoint import write_checkpoint
from renvoi.ledger.protocol import LedgerUnavailable, OpenStore, Store
from renvoi.ledger.spool import Spool, SpoolUnavailable, replay

PATIENCE_S = 0.4
"""How long a visitor waits for a commit before the entry goes to the spool."""
GIVE_UP_S = 2.0
"""How long a visitor waits for anything: where not even the spool's disk answers, the visit is not recorded."""
MOST_WAITING = 10_000
"""How many entries may wait. Further ones are not recorded: an answer without a reference is better than none."""

_LARGEST_BATCH = 1_000
_LOOK_EVERY_S = 0.05
_RECOVER_EVERY_S = 0.5
_CUT_AFTER_S = 5.0
_END_S = 8.0

_logger = logging.getLogger(__name__)


class Ledger:
    """The ledger as one event loop writes to it. To append is for that loop alone, the rest for any thread."""

    def __init__(self, open_store: OpenStore, *, spool_dir: Path) -> None:
        """The checkpoint is kept beside the spool's folder."""
        self._open_store = open_store
        self._noted = 0
        self._spool_dir = spool_dir
        self._spool = Spool(spool_dir)
        self._store: Store = open_store()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[Waiting] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._is_idle = False
        self._is_stopping = Event()
        self._batch: Batch | None = None
        self._spooling: dict[int, Batch] = {}
        self._detour = False
        self._threads: list[Thread] = []
        self._last_trouble = ""
        self._counting = Lock()
        self.recorded = 0
        self.spooled = 0
        self.unrecorded = 0

    @property
    def is_well(self) -> bool:
        """Whether entries go to the ledger itself, and not to the spool."""
        return not self._detour

    @property
    def waiting(self) -> int:
        """How many entries wait for their commit to begin."""
        return len(self._waiting)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to write, from within the loop. Never waits for the database: what it can't take goes to the spool."""
        self._loop = loop
        jobs = {"ledger": self._write, "ledger-watch": self._watch, "ledger-mend": self._recover}
        self._threads = [Thread(target=job, name=name, daemon=True) for name, job in jobs.items()]
        for thread in self._threads:
            thread.start()
        loop.call_later(GIVE_UP_S, self._give_up)

    async def append(self, entry: Entry) -> bool:
        """Keep an entry; whether it is on disk, in the ledger or in the spool. Never raises, never waits for long."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.append_soon(entry, partial(_resolve, future))
        return await future

    def append_soon(self, entry: Entry, answered: OnRecorded) -> None:
        """The same for who does not await: `answered` is told, maybe at once, and may not raise."""
        loop = self._loop
        if loop is None or len(self._waiting) >= MOST_WAITING or self._is_stopping.is_set():
            self._count(unrecorded=1)
            answered(False)  # noqa: FBT003 (what it is told)
            return
        self._waiting.append((answered, entry))
        if self._is_idle:
            self._is_idle = False
            # Once all the requests that have arrived by now are waiting too: that makes few groups of many.
            loop.call_soon(self._bell.put, None)

    def stop(self) -> None:
        """Write what waits, then end. Blocks, for seconds at the most."""
        self._is_stopping.set()
        self._bell.put(None)
        until = time.monotonic() + _END_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._detour_all()
        self._spool.release()

    # The writer's thread.

    def _write(self) -> None:
        try:
            self._store.prepare()
        except LedgerUnavailable as error:
            self._turn_away(str(error))
        while members := self._take():
            batch = self._batch = Batch(members)
            if self._detour:
                self._to_spool(batch)
            else:
                self._commit(batch)
            self._batch = None
        self._store.close()

    def _take(self) -> list[Waiting]:
        """All that waits, as soon as something does; nothing once the end has come."""
        while True:
            if taken := self._drain():
                return taken
            if self._is_stopping.is_set():
                return []
            self._is_idle = True
            # What arrived before the line above has rung no bell.
            if not self._waiting:
                self._bell.get()
            self._is_idle = False

    def _drain(self) -> list[Waiting]:
        taken: list[Waiting] = []
        waiting = self._waiting
        try:
            while len(taken) < _LARGEST_BATCH:
                taken.append(waiting.popleft())
        except IndexError:
            # Another thread may take at the same time: what is gone is gone.
            return taken
        return taken

    def _commit(self, batch: Batch) -> None:
        try:
            self._store.append(batch.entries)
        except Exception as error:  # noqa: BLE001  whatever is wrong with the ledger, entries have another place
            self._store.close()
            self._turn_away(str(error) if isinstance(error, LedgerUnavailable) else repr(error))
            self._to_spool(batch)
            return
        if batch.claim():
            self._count(recorded=len(batch.members))
            self._answer(batch, is_recorded=True)

    # The watch's thread.

    def _watch(self) -> None:
        """Take from a commit that lasts too long the visitors who wait for it, and those behind it."""
        writer, cut = self._threads[0], None
        while writer.is_alive():
            time.sleep(_LOOK_EVERY_S)
            batch = self._batch
            if batch is None or (lasted := time.monotonic() - batch.began) < PATIENCE_S:
                continue
            self._turn_away("a commit lasts too long")
            self._to_spool(batch)
            self._detour_all()
            if lasted > _CUT_AFTER_S and cut is not batch:
                cut = batch
                self._store.interrupt()

    def _detour_all(self) -> None:
        while members := self._drain():
            self._to_spool(Batch(members))

    # The mender's thread.

    def _recover(self) -> None:
        store = self._open_store()
        while not self._is_stopping.wait(_RECOVER_EVERY_S):
            if self._detour or not self._spool.is_empty():
                self._replay(store)
            elif self.recorded != self._noted:
                self._write_checkpoint(store)
        self._write_checkpoint(store)
        store.close()

    def _write_checkpoint(self, store: Store) -> None:
        recorded = self.recorded
        with suppress(LedgerUnavailable, OSError):
            if write_checkpoint(self._spool_dir.parent, store):
                self._noted = recorded
            else:
                self._report("The ledger is not the one that was written before: run renvoi ledger verify.")

    def _replay(self, store: Store) -> None:
        def append_missing(entries: Sequence[Entry]) -> int:
            added = store.append_missing(entries)
            # Were what arrives spooled until the last of these is in, visitors could fill it as fast as it empties.
            self._come_back()
            return added

        try:
            store.prepare()
            self._spool.release()
            done = replay(self._spool_dir, append_missing)
        except Exception as error:  # noqa: BLE001  it is tried again, for as long as it takes
            store.close()
            self._report(f"The spool can't be replayed yet: {error}")
            return
        if done.added or done.already_present:
            _logger.warning("Replayed the spool: %s entries added, %s known.", done.added, done.already_present)
        if done.damaged:
            _logger.error("%s lines of the spool can't be read; their files are kept as *.damaged.", done.damaged)
        self._come_back()

    def _come_back(self) -> None:
        """What arrives goes to the ledger itself again, unless a commit still hangs."""
        batch = self._batch
        if batch is None or time.monotonic() - batch.began < PATIENCE_S:
            self._detour = False
            self._report("")

    # The loop's.

    def _give_up(self) -> None:
        """Answer those for whom no disk has answered. Should their entries be kept after all, nobody minds."""
        old = time.monotonic() - GIVE_UP_S
        # A commit that hangs has been passed by; only where the spool hangs too is there no way left.
        stuck = [batch for batch in list(self._spooling.values()) if batch.began < old]
        for batch in [*stuck, Batch(self._drain())] if stuck else []:
            if not batch.is_answered:
                self._count(unrecorded=len(batch.members))
                batch.answer(is_recorded=False)
        if self._loop and any(thread.is_alive() for thread in self._threads):
            self._loop.call_later(GIVE_UP_S / 8, self._give_up)

    # Anybody's.

    def _to_spool(self, batch: Batch) -> None:
        if not batch.claim():
            return
        self._spooling[id(batch)] = batch
        try:
            self._spool.append(batch.entries)
        except SpoolUnavailable as error:
            self._count(unrecorded=len(batch.members))
            self._report(f"Visitors are answered without being recorded: {error}")
            self._answer(batch, is_recorded=False)
        else:
            self._count(spooled=len(batch.members))
            self._answer(batch, is_recorded=True)
        finally:
            del self._spooling[id(batch)]

    def _answer(self, batch: Batch, *, is_recorded: bool) -> None:
        if self._loop is None:
            return
        # Once the loop has ended, so have its visitors.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(partial(batch.answer, is_recorded=is_recorded))

    def _turn_away(self, why: str) -> None:
        if not self._detour:
            self._detour = True
            self._report(f"The ledger can't be written ({why}); entries go to the spool.")

    def _report(self, trouble: str) -> None:
        """Say a trouble once, not for each visitor."""
        if trouble and trouble != self._last_trouble:
            _logger.warning("%s", trouble)
        self._last_trouble = trouble

    def _count(self, *, recorded: int = 0, spooled: int = 0, unrecorded: int = 0) -> None:
        with self._counting:
            self.recorded += recorded
            self.spooled += spooled
            self.unrecorded += unrecorded


def _resolve(future: "asyncio.Future[bool]", is_recorded: bool) -> None:  # noqa: FBT001 (as Answered is)
    if not future.done():  # a visitor may have left
        future.set_result(is_recorded)
