"""Keep a number of worker processes serving one address, and replace those that end.

Workers are forks: they start with the modules that are imported already, in a tenth of a second, and share memory.
"""

import ctypes
import multiprocessing
import resource
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
# Each visitor who is being answered needs a descriptor; a shell or a service usually gives 1,024.
_DESCRIPTORS = 65_536
# One that fails so soon after its start would do so again, and again.
_YOUNG_S = 5.0
_ENDING = (signal.SIGTERM, signal.SIGINT)
_PR_SET_PDEATHSIG = 1  # prctl(2)
_fork = multiprocessing.get_context("fork")


class Workers:
    """The processes of one server, from `run` to a signal."""

    def __init__(self, config: Config, listening: socket.socket) -> None:
        """All workers accept from that socket."""
        self._config = config
        self._socket = listening
        self._workers: dict[ForkProcess, float] = {}
        self._is_ending = False
        self._has_lasted = False

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; the exit code: 1 where no worker can so much as begin."""
        for number in _ENDING:
            signal.signal(number, self._end)
        _allow_descriptors()
        failed = False
        try:
            while not (self._is_ending or failed):
                while len(self._workers) < self._config.workers and self._start():
                    pass
                wait([worker.sentinel for worker in self._workers], timeout=_AGAIN_S)
                failed = self._forget_dead()
        finally:
            self._socket.close()
            self._end_all()
        return int(failed)

    def _start(self) -> bool:
        """Whether there is one worker more; where the machine has no room for it, it is tried again."""
        worker = _fork.Process(target=self._work)
        # A signal between the fork and `_work` would be the parent's to handle.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            worker.start()
        except OSError as error:
            sys.stderr.write(f"A worker can't be started ({error.strerror}); it is tried again.\n")
            return False
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        self._workers[worker] = time.monotonic()
        return True

    def _work(self) -> None:
        """In the worker: what the parent does at a signal is not for it, and it ends with the parent."""
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        _end_with_parent()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        with suppress(KeyboardInterrupt):
            Server(self._config).run(sockets=[self._socket])

    def _forget_dead(self) -> bool:
        """Forget who has ended, to be replaced; whether one failed as it began, and none has ever done better."""
        now = time.monotonic()
        self._has_lasted = self._has_lasted or any(now - began > _YOUNG_S for began in self._workers.values())
        dead = [worker for worker in self._workers if not worker.is_alive()]
        for worker in dead:
            del self._workers[worker]
        if dead and not self._is_ending:
            sys.stderr.write(f"{len(dead)} of {self._config.workers} workers ended; started anew.\n")
            time.sleep(_AGAIN_S)
        has_failed = any((worker.exitcode or 0) > 0 for worker in dead)
        for worker in dead:
            worker.close()
        return has_failed and not self._has_lasted

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
            worker.close()


def _allow_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _end_with_parent() -> None:
    """Who is left behind by a parent that was killed would keep its port from the next one. Linux alone can do that."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
