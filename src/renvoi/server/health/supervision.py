"""Repeat a process's background work, start what ends again, and say what fails."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

from renvoi.threads import REPORT_S

_RESTART_DELAY_S = 1.0

_logger = logging.getLogger(__name__)


class Supervision:
    """The background tasks of one process, for /readyz and /metrics.

    `restarts` counts, by task, how often one has been started again.
    """

    def __init__(self) -> None:
        self.restarts: dict[str, int] = {}
        self._ended: dict[str, tuple[float, str]] = {}
        self._failing: dict[str, str] = {}

    async def run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Await `work`, which never returns, and again whenever it ends. Cancel this to stop it."""
        self.restarts[name] = 0
        while True:
            try:
                await work()
                cause = "returned"
            except Exception as error:  # noqa: BLE001 (whatever ended it, it is started again)
                cause = type(error).__name__
            self.restarts[name] += 1
            sentence = f"The task {name} ended ({cause}) at {datetime.now(UTC):%H:%M:%S} UTC and was started again."
            self._ended[name] = time.monotonic(), sentence
            _logger.error("%s", sentence)
            await asyncio.sleep(_RESTART_DELAY_S)

    def attempt(self, name: str, work: Callable[[], object], *, interval_s: float) -> None:
        """Do one piece of the work. If it fails, say so until it succeeds; log each cause once. Thread-safe."""
        try:
            work()
        except Exception as error:
            problem = f"Maintenance fails: {name} ({type(error).__name__}). It is retried."
            if self._failing.get(name) != problem:
                _logger.exception("Maintenance failed: %s. It is retried every %g s.", name, interval_s)
            self._failing[name] = problem
        else:
            self._failing.pop(name, None)

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each piece of work that fails, and for each task that has ended within a minute."""
        now = time.monotonic()
        yield from list(self._failing.values())
        yield from (sentence for at, sentence in list(self._ended.values()) if now - at < REPORT_S)
