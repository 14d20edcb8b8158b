"""Hides how many processes answer at one address, and that one which ends is started anew.

They are forks: they begin with what is imported already, in a tenth of a second, and share its memory.
"""

import multiprocessing
import signal
import socket
import sys
import time
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from types import FrameType

from uvicorn import Config, Server

END_S = 20.0
"""How long workers may take to end: answers on their way, then the ledger's last group."""

_AGAIN_S = 0.5
# One that fails so soon after its start would do so again, and again.
_YOUNG_S = 5.0
_fork = multiprocessing.get_context("fork")


class Workers:
    """The processes of one server, from `run` to a signal."""

    def __init__(self, config: Config, listening: socket.socket) -> None:
        """All workers accept from that socket."""
        self._config = config
        self._socket = listening
        self._workers: dict[ForkProcess, float] = {}
        self._is_ending = False

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; the exit code: 1 where a worker can't so much as begin."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        failed = False
        while not (self._is_ending or failed):
            while len(self._workers) < self._config.workers:
                self._start()
            wait([worker.sentinel for worker in self._workers], timeout=_AGAIN_S)
            failed = self._forget_dead()
        self._socket.close()
        self._end_all()
        return int(failed)

    def _start(self) -> None:
        worker = _fork.Process(target=self._work)
        worker.start()
        self._workers[worker] = time.monotonic()

    def _work(self) -> None:
        """In the worker: what the parent does at a signal is not for it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        with suppress(KeyboardInterrupt):
            Server(self._config).run(sockets=[self._socket])

    def _forget_dead(self) -> bool:
        """Forget who has ended, to be replaced; whether one of them failed as it began."""
        dead = [worker for worker in self._workers if not worker.is_alive()]
        young = [worker for worker in dead if time.monotonic() - self._workers.pop(worker) < _YOUNG_S]
        if dead and not self._is_ending:
            sys.stderr.write(f"{len(dead)} of {self._config.workers} workers ended; started anew.\n")
            time.sleep(_AGAIN_S)
        return any((worker.exitcode or 0) > 0 for worker in young)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._is_ending = True

    def _end_all(self) -> None:
        for worker in self._workers:
            worker.terminate()
        until = time.monotonic() + END_S
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))
            if worker.is_alive():
                worker.kill()
                worker.join()
