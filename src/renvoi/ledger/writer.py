"""Group-commit writer: many requests share one commit, and none of them waits for a ledger that does not respond.

A thread takes all pending entries and commits them in one transaction; entries that arrive meanwhile form the next
batch. When a commit fails or exceeds COMMIT_TIMEOUT_S, its batch goes to the spool, and so does everything after it
until the ledger accepts the first spooled batch. The ledger is then healthy again: new entries are committed directly,
and the recovery thread replays the rest of the spool alongside.
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
from renvoi.ledger.batch import Batch, OnRecorded, Pending
from renvoi.ledger.checkpoint import write_checkpoint
from renvoi.ledger.protocol import LedgerUnavailable, OpenStore, Store
from renvoi.ledger.spool import Spool, SpoolUnavailable, replay

COMMIT_TIMEOUT_S = 0.4
"""How long a visitor waits for a commit before the entry goes to the spool."""
RESPONSE_TIMEOUT_S = 2.0
"""How long a visitor waits for anything: where not even the spool's disk answers, the visit is not recorded."""
MAX_PENDING = 10_000
"""How many entries may wait. Further ones are not recorded: an answer without a reference is better than none."""

_MAX_BATCH_SIZE = 1_000
_WATCH_INTERVAL_S = 0.05
_RECOVERY_INTERVAL_S = 0.5
_INTERRUPT_AFTER_S = 5.0
_STOP_TIMEOUT_S = 8.0

_logger = logging.getLogger(__name__)


class Ledger:
    """The ledger as one event loop writes to it. To append is for that loop alone, the rest for any thread."""

    def __init__(self, open_store: OpenStore, *, spool_dir: Path) -> None:
        """The checkpoint is kept beside the spool's folder."""
        self._open_store = open_store
        self._checkpointed = 0
        self._spool_dir = spool_dir
        self._spool = Spool(spool_dir)
        self._store: Store = open_store()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: deque[Pending] = deque()
        self._wakeup: SimpleQueue[None] = SimpleQueue()
        self._is_idle = False
        self._is_stopping = Event()
        self._batch: Batch | None = None
        self._spool_writes: dict[int, Batch] = {}
        self._uses_spool = False
        self._threads: list[Thread] = []
        self._last_problem = ""
        self._counters_lock = Lock()
        self.recorded = 0
        self.spooled = 0
        self.unrecorded = 0

    @property
    def is_healthy(self) -> bool:
        """Whether entries go to the ledger itself, and not to the spool."""
        return not self._uses_spool

    @property
    def pending(self) -> int:
        """How many entries wait for their commit to begin."""
        return len(self._pending)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to write, from within the loop. Never waits for the database: what it can't take goes to the spool."""
        self._loop = loop
        jobs = {"ledger": self._write, "ledger-watch": self._watch, "ledger-recovery": self._recover}
        self._threads = [Thread(target=job, name=name, daemon=True) for name, job in jobs.items()]
        for thread in self._threads:
            thread.start()
        loop.call_later(RESPONSE_TIMEOUT_S, self._expire_batches)

    async def append(self, entry: Entry) -> bool:
        """Keep an entry; whether it is on disk, in the ledger or in the spool. Never raises, never waits for long."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.append_soon(entry, partial(_resolve, future))
        return await future

    def append_soon(self, entry: Entry, on_recorded: OnRecorded) -> None:
        """The same for who does not await: `on_recorded` is told, maybe at once, and may not raise."""
        loop = self._loop
        if loop is None or len(self._pending) >= MAX_PENDING or self._is_stopping.is_set():
            self._count(unrecorded=1)
            on_recorded(False)  # noqa: FBT003 (what it is told)
            return
        self._pending.append((on_recorded, entry))
        if self._is_idle:
            self._is_idle = False
            # Once all the requests that have arrived by now are waiting too: that makes few groups of many.
            loop.call_soon(self._wakeup.put, None)

    def stop(self) -> None:
        """Write what waits, then end. Blocks, for seconds at the most."""
        self._is_stopping.set()
        self._wakeup.put(None)
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._spool_pending()
        self._spool.release()

    # The writer's thread.

    def _write(self) -> None:
        try:
            self._store.prepare()
        except LedgerUnavailable as error:
            self._switch_to_spool(str(error))
        while pending := self._wait_for_pending():
            batch = self._batch = Batch(pending)
            if self._uses_spool:
                self._to_spool(batch)
            else:
                self._commit(batch)
            self._batch = None
        self._store.close()

    def _wait_for_pending(self) -> list[Pending]:
        """All that waits, as soon as something does; nothing once the end has come."""
        while True:
            if drained := self._drain():
                return drained
            if self._is_stopping.is_set():
                return []
            self._is_idle = True
            # What arrived before the line above has rung no bell.
            if not self._pending:
                self._wakeup.get()
            self._is_idle = False

    def _drain(self) -> list[Pending]:
        drained: list[Pending] = []
        pending = self._pending
        try:
            while len(drained) < _MAX_BATCH_SIZE:
                drained.append(pending.popleft())
        except IndexError:
            # Another thread may take at the same time: what is gone is gone.
            return drained
        return drained

    def _commit(self, batch: Batch) -> None:
        try:
            self._store.append(batch.entries)
        except Exception as error:  # noqa: BLE001  whatever is wrong with the ledger, entries have another place
            self._store.close()
            self._switch_to_spool(str(error) if isinstance(error, LedgerUnavailable) else repr(error))
            self._to_spool(batch)
            return
        if batch.claim():
            self._count(recorded=len(batch.pending))
            self._notify(batch, is_recorded=True)

    # The watch's thread.

    def _watch(self) -> None:
        """Take from a commit that lasts too long the visitors who wait for it, and those behind it."""
        writer, interrupted = self._threads[0], None
        while writer.is_alive():
            time.sleep(_WATCH_INTERVAL_S)
            batch = self._batch
            if batch is None or (elapsed_s := time.monotonic() - batch.started_at) < COMMIT_TIMEOUT_S:
                continue
            self._switch_to_spool("a commit lasts too long")
            self._to_spool(batch)
            self._spool_pending()
            if elapsed_s > _INTERRUPT_AFTER_S and interrupted is not batch:
                interrupted = batch
                self._store.interrupt()

    def _spool_pending(self) -> None:
        while pending := self._drain():
            self._to_spool(Batch(pending))

    # The mender's thread.

    def _recover(self) -> None:
        store = self._open_store()
        while not self._is_stopping.wait(_RECOVERY_INTERVAL_S):
            if self._uses_spool or not self._spool.is_empty():
                self._replay(store)
            elif self.recorded != self._checkpointed:
                self._write_checkpoint(store)
        self._write_checkpoint(store)
        store.close()

    def _write_checkpoint(self, store: Store) -> None:
        recorded = self.recorded
        with suppress(LedgerUnavailable, OSError):
            if write_checkpoint(self._spool_dir.parent, store):
                self._checkpointed = recorded
            else:
                self._report("The ledger is not the one that was written before: run renvoi ledger verify.")

    def _replay(self, store: Store) -> None:
        def append_missing(entries: Sequence[Entry]) -> int:
            added = store.append_missing(entries)
            # Were what arrives spooled until the last of these is in, visitors could fill it as fast as it empties.
            self._switch_to_ledger()
            return added

        try:
            store.prepare()
            self._spool.release()
            result = replay(self._spool_dir, append_missing)
        except Exception as error:  # noqa: BLE001  it is tried again, for as long as it takes
            store.close()
            self._report(f"The spool can't be replayed yet: {error}")
            return
        if result.added or result.already_present:
            _logger.warning("Replayed the spool: %s entries added, %s known.", result.added, result.already_present)
        if result.damaged:
            _logger.error("%s lines of the spool can't be read; their files are kept as *.damaged.", result.damaged)
        self._switch_to_ledger()

    def _switch_to_ledger(self) -> None:
        """What arrives goes to the ledger itself again, unless a commit still hangs."""
        batch = self._batch
        if batch is None or time.monotonic() - batch.started_at < COMMIT_TIMEOUT_S:
            self._uses_spool = False
            self._report("")

    # The loop's.

    def _expire_batches(self) -> None:
        """Answer those for whom no disk has answered. Should their entries be kept after all, nobody minds."""
        expired_before = time.monotonic() - RESPONSE_TIMEOUT_S
        # A commit that hangs has been passed by; only where the spool hangs too is there no way left.
        stuck = [batch for batch in list(self._spool_writes.values()) if batch.started_at < expired_before]
        for batch in [*stuck, Batch(self._drain())] if stuck else []:
            if not batch.is_notified:
                self._count(unrecorded=len(batch.pending))
                batch.notify(is_recorded=False)
        if self._loop and any(thread.is_alive() for thread in self._threads):
            self._loop.call_later(RESPONSE_TIMEOUT_S / 8, self._expire_batches)

    # Anybody's.

    def _to_spool(self, batch: Batch) -> None:
        if not batch.claim():
            return
        self._spool_writes[id(batch)] = batch
        try:
            self._spool.append(batch.entries)
        except SpoolUnavailable as error:
            self._count(unrecorded=len(batch.pending))
            self._report(f"Visitors are answered without being recorded: {error}")
            self._notify(batch, is_recorded=False)
        else:
            self._count(spooled=len(batch.pending))
            self._notify(batch, is_recorded=True)
        finally:
            del self._spool_writes[id(batch)]

    def _notify(self, batch: Batch, *, is_recorded: bool) -> None:
        if self._loop is None:
            return
        # Once the loop has ended, so have its visitors.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(partial(batch.notify, is_recorded=is_recorded))

    def _switch_to_spool(self, reason: str) -> None:
        if not self._uses_spool:
            self._uses_spool = True
            self._report(f"The ledger can't be written ({reason}); entries go to the spool.")

    def _report(self, problem: str) -> None:
        """Say a problem once, not for each visitor."""
        if problem and problem != self._last_problem:
            _logger.warning("%s", problem)
        self._last_problem = problem

    def _count(self, *, recorded: int = 0, spooled: int = 0, unrecorded: int = 0) -> None:
        with self._counters_lock:
            self.recorded += recorded
            self.spooled += spooled
            self.unrecorded += unrecorded


def _resolve(future: "asyncio.Future[bool]", is_recorded: bool) -> None:  # noqa: FBT001 (as Answered is)
    if not future.done():  # a visitor may have left
        future.set_result(is_recorded)
