"""Threads that work until they are to stop. One that ends before, whatever ended it, is started again."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock, Thread

REPORT_S = 60.0
"""How long the end of a thread is reported."""
_RESTART_DELAY_S = 0.5

_logger = logging.getLogger(__name__)


class WatchedThread:
    """A daemon thread. `restarts` counts how often its work has been started again."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        """`work` returns once the thread is to stop. If it raises anything, it is soon called again."""
        self.name = name
        self.restarts = 0
        self._work = work
        self._thread: Thread | None = None
        self._is_finished = False
        self._revival = Lock()
        self._ended: tuple[float, str] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the thread has been started and its work is not finished, even if it must be revived first."""
        return self._thread is not None and not self._is_finished

    @property
    def problem(self) -> str:
        """A sentence for a minute after the thread has ended; else empty."""
        ended = self._ended
        return ended[1] if ended and time.monotonic() - ended[0] < REPORT_S else ""

    def start(self) -> None:
        """Start the thread."""
        self._is_finished = False
        self._thread = Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def revive(self) -> None:
        """Start the thread again if it has ended before its work was finished. Any thread may call it, at any time."""
        with self._revival:
            if self.is_running and self._thread is not None and not self._thread.is_alive():
                self._report("killed")
                self.start()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until the thread ends; not at all if it was never started."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            try:
                self._work()
            except BaseException as error:  # noqa: BLE001 (SystemExit and a thread's own death too)
                self._report(type(error).__name__)
                time.sleep(_RESTART_DELAY_S)
            else:
                self._is_finished = True
                return

    def _report(self, cause: str) -> None:
        self.restarts += 1
        sentence = f"The thread {self.name} ended ({cause}) at {datetime.now(UTC):%H:%M:%S} UTC and was started again."
        self._ended = time.monotonic(), sentence
        _logger.error("%s", sentence)
