"""Batches of entries committed together, each waiting caller notified exactly once."""

import logging
import time
from collections.abc import Callable
from threading import Lock

from renvoi.domain.ledger_entry import Entry

OnRecorded = Callable[[bool], None]
"""Called once, in the loop, with whether the entry is on disk."""

Pending = tuple[OnRecorded, Entry]


_logger = logging.getLogger(__name__)


class Batch:
    """Entries that are put on disk together. Whoever claims it does so, and answers its visitors."""

    __slots__ = ("_claim", "is_notified", "pending", "started_at")

    def __init__(self, pending: list[Pending]) -> None:
        self.pending = pending
        self.started_at = time.monotonic()
        self.is_notified = False
        self._claim = Lock()

    def claim(self) -> bool:
        """Whether the caller is the first to ask."""
        return self._claim.acquire(blocking=False)

    @property
    def entries(self) -> list[Entry]:
        return [entry for _, entry in self.pending]

    def notify(self, *, is_recorded: bool) -> None:
        """Tell all of them, unless they have been told. In the loop."""
        if not self.is_notified:
            self.is_notified = True
            for on_recorded, _ in self.pending:
                try:
                    on_recorded(is_recorded)
                except Exception as error:  # noqa: BLE001  the others wait too
                    _logger.error("A visitor could not be told: %s", type(error).__name__)  # noqa: TRY400 (no values)
