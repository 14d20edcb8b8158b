"""Batches of entries and wishes committed together, each waiting caller notified exactly once."""

import asyncio
import logging
import time
from collections.abc import Callable
from threading import Lock

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.wishes.wish import Record, Wish

OnRecorded = Callable[[bool], None]
"""Called once, in the event loop, with whether the entry or wish is on disk."""

Pending = tuple[OnRecorded, Record]


_logger = logging.getLogger(__name__)


class Batch:
    """Entries and wishes written to disk together, each in the order in which they were appended.

    The thread that claims a batch writes it and notifies the callers that wait for its entries and wishes.
    """

    __slots__ = ("_claim", "entries", "is_notified", "pending", "started_at", "wishes")

    def __init__(self, pending: list[Pending]) -> None:
        self.pending = pending
        self.entries = [record for _, record in pending if isinstance(record, Entry)]
        has_wishes = len(self.entries) < len(pending)
        self.wishes = [record for _, record in pending if isinstance(record, Wish)] if has_wishes else []
        self.started_at = time.monotonic()
        self.is_notified = False
        self._claim = Lock()

    def claim(self) -> bool:
        """Return whether the caller is the first to claim the batch. Thread-safe."""
        return self._claim.acquire(blocking=False)

    def notify(self, *, is_recorded: bool) -> None:
        """Call every `on_recorded` callback, unless that has already happened. Call it in the event loop."""
        if not self.is_notified:
            self.is_notified = True
            for on_recorded, _ in self.pending:
                try:
                    on_recorded(is_recorded)
                except Exception as error:  # noqa: BLE001 (the other callbacks must still run)
                    # Without the traceback, which could quote values.
                    _logger.error("A callback of the ledger failed: %s", type(error).__name__)  # noqa: TRY400


def resolve(future: "asyncio.Future[bool]", is_recorded: bool) -> None:  # noqa: FBT001 (an OnRecorded)
    """Set the result of a future that may be done: the client may have disconnected."""
    if not future.done():
        future.set_result(is_recorded)
