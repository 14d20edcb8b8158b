"""Watch the age of the last backup for `/readyz`, with one look at its record a minute."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock

from renvoi.backups.protocol import BackupFailed
from renvoi.backups.trace import Trace, problem_of, read_trace
from renvoi.config import Config

LOOK_EVERY_S = 60.0


class BackupWatch:
    """The last backup as this process knows it. Thread-safe."""

    def __init__(self, config: Config, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._config = config
        self._clock = clock
        self._lock = Lock()
        self._trace: Trace | None = None
        self._look_again_at = 0.0

    def problems(self) -> tuple[str, ...]:
        """Return a sentence if the last backup is old. Call it outside the event loop.

        Of a database that can't be reached nothing new is known: the last answer holds.
        """
        with self._lock:
            if time.monotonic() >= self._look_again_at:
                self._look_again_at = time.monotonic() + LOOK_EVERY_S
                with suppress(BackupFailed, OSError):
                    self._trace = read_trace(self._config)
            problem = problem_of(self._trace, at=self._clock())
        return (problem,) if problem else ()
