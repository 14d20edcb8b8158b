"""Group-commit writer: many requests share one commit, and none of them waits for a ledger that does not respond.

A thread takes all pending entries and commits them in one transaction; entries that arrive meanwhile form the next
batch. When a commit fails or exceeds COMMIT_TIMEOUT_S, its batch goes to the spool, and so does everything after it
until the ledger accepts the first spooled batch. The ledger is then healthy again: new entries are committed directly,
and the recovery thread replays the rest of the spool alongside.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.batch import Batch, OnRecorded, Pending, resolve
from renvoi.ledger.checkpoint import write_checkpoint
from renvoi.ledger.protocol import LedgerUnavailable, OpenStore, Store
from renvoi.ledger.spool import Spool, SpoolUnavailable, replay
from renvoi.ledger.wishes.wish import Record, Wish
from renvoi.threads import WatchedThread

COMMIT_TIMEOUT_S = 0.4
"""How long a request waits for a commit before its entry goes to the spool."""
RESPONSE_TIMEOUT_S = 2.0
"""How long a request waits at all. If not even the spool's disk responds, its entry is not recorded."""
MAX_PENDING = 10_000
"""How many entries may be pending. Further ones are not recorded: a response without a reference beats none."""

_MAX_BATCH_SIZE = 1_000
_WATCH_INTERVAL_S = 0.05
_RECOVERY_INTERVAL_S = 0.5
_INTERRUPT_AFTER_S = 5.0
_STOP_TIMEOUT_S = 8.0

_logger = logging.getLogger(__name__)


class Ledger:
    """The ledger as seen by one event loop. Only that loop may call `append` and `append_soon`."""

    def __init__(self, open_store: OpenStore, *, spool_dir: Path) -> None:
        """Create a writer, not started yet. The checkpoint is stored beside the spool folder."""
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
        jobs = {"ledger": self._write, "ledger-watch": self._watch, "ledger-recovery": self._recover}
        self.threads = [WatchedThread(name, job) for name, job in jobs.items()]
        self._last_problem = ""
        self._counters_lock = Lock()
        # How many were written to the "ledger", to the "spool" or "nowhere".
        self.entries, self.wishes = Counter[str](), Counter[str]()

    @property
    def is_healthy(self) -> bool:
        """Whether entries are committed to the ledger itself, rather than written to the spool."""
        return not self._uses_spool

    @property
    def pending(self) -> int:
        """Number of entries and wishes whose commit has not begun."""
        return len(self._pending)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads, in the event loop. Never waits for the database: what it cannot take goes to the spool."""
        self._loop = loop
        for thread in self.threads:
            thread.start()
        loop.call_later(RESPONSE_TIMEOUT_S, self._expire_batches)

    async def append(self, record: Record) -> bool:
        """Record an entry or a wish. Return whether it is on disk, in the ledger or in the spool. Never raises."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.append_soon(record, partial(resolve, future))
        return await future

    def append_soon(self, record: Record, on_recorded: OnRecorded) -> None:
        """Record an entry or a wish without awaiting it.

        `on_recorded` is called with whether it is on disk, possibly before this returns. It must not raise.
        """
        loop = self._loop
        if loop is None or len(self._pending) >= MAX_PENDING or self._is_stopping.is_set():
            self._count(Batch([(on_recorded, record)]), "nowhere")
            on_recorded(False)  # noqa: FBT003 (OnRecorded's only argument)
            return
        self._pending.append((on_recorded, record))
        if self._is_idle:
            self._is_idle = False
            # Wake the writer after the requests that have already arrived have appended too: fewer, larger batches.
            loop.call_soon(self._wakeup.put, None)

    def stop(self) -> None:
        """Write all pending entries and stop the threads. Blocks for up to _STOP_TIMEOUT_S."""
        self._is_stopping.set()
        self._wakeup.put(None)
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._spool_pending()
        self._spool.release()

    # Writer thread.

    def _write(self) -> None:
        if self.threads[0].restarts:
            self._take_over()
        try:
            self._store.prepare()
        except Exception as error:  # noqa: BLE001 (whatever fails, the spool can take the entries)
            self._switch_to_spool(str(error) if isinstance(error, LedgerUnavailable) else repr(error))
        while pending := self._wait_for_pending():
            batch = self._batch = Batch(pending)
            write = self._to_spool if self._uses_spool else self._commit
            write(batch)
            self._batch = None
        self._store.close()

    def _take_over(self) -> None:
        """Go on where this thread ended: within a commit, or not. The replay finds what the ledger already has."""
        with suppress(Exception):
            self._store.close()
        self._store = self._open_store()
        # Left in place, the batch would look like a commit that is blocked for ever.
        abandoned, self._batch = self._batch, None
        if abandoned:
            self._to_spool(abandoned)

    def _wait_for_pending(self) -> list[Pending]:
        """Wait for pending entries and return them; an empty list once the writer is stopping."""
        while True:
            if drained := self._drain():
                return drained
            if self._is_stopping.is_set():
                return []
            self._is_idle = True
            # Entries appended before the line above have not woken this thread.
            if not self._pending:
                self._wakeup.get()
            self._is_idle = False

    def _drain(self) -> list[Pending]:
        drained: list[Pending] = []
        pending = self._pending
        with suppress(IndexError):  # the deque is empty, perhaps because another thread drains it too
            while len(drained) < _MAX_BATCH_SIZE:
                drained.append(pending.popleft())
        return drained

    def _commit(self, batch: Batch) -> None:
        try:
            self._store.append(batch.entries, batch.wishes)
        except Exception as error:  # noqa: BLE001 (whatever fails, the spool can take the entries)
            self._store.close()
            self._switch_to_spool(str(error) if isinstance(error, LedgerUnavailable) else repr(error))
            self._to_spool(batch)
            return
        if batch.claim():
            self._count(batch, "ledger")
            self._notify(batch, is_recorded=True)

    # Watch thread.

    def _watch(self) -> None:
        """Send the batch of a commit that takes too long, and everything pending behind it, to the spool."""
        writer, interrupted = self.threads[0], None
        while writer.is_running:
            time.sleep(_WATCH_INTERVAL_S)
            batch = self._batch
            if batch is None or (elapsed_s := time.monotonic() - batch.started_at) < COMMIT_TIMEOUT_S:
                continue
            self._switch_to_spool("a commit takes too long")
            self._to_spool(batch)
            self._spool_pending()
            if elapsed_s > _INTERRUPT_AFTER_S and interrupted is not batch:
                interrupted = batch
                self._store.interrupt()

    def _spool_pending(self) -> None:
        while pending := self._drain():
            self._to_spool(Batch(pending))

    # Recovery thread.

    def _recover(self) -> None:
        with closing(self._open_store()) as store:
            while not self._is_stopping.wait(_RECOVERY_INTERVAL_S):
                if self._uses_spool or not self._spool.is_empty():
                    self._replay(store)
                elif self.entries["ledger"] != self._checkpointed:
                    self._write_checkpoint(store)
            self._write_checkpoint(store)

    def _write_checkpoint(self, store: Store) -> None:
        recorded = self.entries["ledger"]
        with suppress(LedgerUnavailable, OSError):
            if write_checkpoint(self._spool_dir.parent, store):
                self._checkpointed = recorded
            else:
                self._report("The ledger does not contain its checkpoint: run renvoi ledger verify.")

    def _replay(self, store: Store) -> None:
        def append_missing(entries: Sequence[Entry], wishes: Sequence[Wish]) -> int:
            added = store.append_missing(entries, wishes)
            # If entries were spooled until the replay is done, they could fill the spool as fast as it empties.
            self._switch_to_ledger()
            return added

        try:
            store.prepare()
            self._spool.release()
            result = replay(self._spool_dir, append_missing)
        except Exception as error:  # noqa: BLE001 (the next round tries again)
            store.close()
            self._report(f"The spool can't be replayed yet: {error}")
            return
        if result.added or result.already_present:
            _logger.warning(
                "Replayed the spool: %s entries and wishes added, %s present.", result.added, result.already_present
            )
        if result.damaged:
            _logger.error("%s lines of the spool can't be read; their files are kept as *.damaged.", result.damaged)
        self._switch_to_ledger()

    def _switch_to_ledger(self) -> None:
        """Commit new entries to the ledger again, unless a commit is still blocked."""
        batch = self._batch
        if batch is None or time.monotonic() - batch.started_at < COMMIT_TIMEOUT_S:
            self._uses_spool = False
            self._report("")

    # Event loop.

    def _expire_batches(self) -> None:
        """Notify callers whose entries no disk has accepted in time. An entry that is stored later does no harm."""
        if self._loop and any(thread.is_running for thread in self.threads):
            self._loop.call_later(RESPONSE_TIMEOUT_S / 8, self._expire_batches)
        expired_before = time.monotonic() - RESPONSE_TIMEOUT_S
        # The watch thread has moved blocked commits to the spool. Only if the spool blocks too is nothing left to try.
        stuck = [batch for batch in list(self._spool_writes.values()) if batch.started_at < expired_before]
        for batch in [*stuck, Batch(self._drain())] if stuck else []:
            if not batch.is_notified:
                self._count(batch, "nowhere")
                batch.notify(is_recorded=False)

    # Any thread.

    def _to_spool(self, batch: Batch) -> None:
        if not batch.claim():
            return
        self._spool_writes[id(batch)] = batch
        try:
            self._spool.append(batch.entries, batch.wishes)
        except Exception as error:  # noqa: BLE001 (whatever fails, nobody may wait for ever)
            self._count(batch, "nowhere")
            self._report(f"Responses are not recorded: {error if isinstance(error, SpoolUnavailable) else repr(error)}")
            self._notify(batch, is_recorded=False)
        else:
            self._count(batch, "spool")
            self._notify(batch, is_recorded=True)
        finally:
            del self._spool_writes[id(batch)]

    def _notify(self, batch: Batch, *, is_recorded: bool) -> None:
        if self._loop is None:
            return
        # A closed loop has no more requests to notify.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(partial(batch.notify, is_recorded=is_recorded))

    def _switch_to_spool(self, reason: str) -> None:
        if not self._uses_spool:
            self._uses_spool = True
            self._report(f"The ledger can't be written ({reason}); entries go to the spool.")

    def _report(self, problem: str) -> None:
        """Log a problem once, rather than once per request."""
        if problem and problem != self._last_problem:
            _logger.warning("%s", problem)
        self._last_problem = problem

    def _count(self, batch: Batch, destination: str) -> None:
        with self._counters_lock:
            self.entries[destination] += len(batch.entries)
            self.wishes[destination] += len(batch.wishes)
