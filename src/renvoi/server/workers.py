"""Run a fixed number of worker processes on one listening socket, and replace those that exit.

Workers are forked, so they start within a tenth of a second and share the memory of the modules imported so far.
"""

import ctypes
import math
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

SHUTDOWN_TIMEOUT_S = 20.0
"""How long workers may take to stop: responses in progress, then the ledger's last group commit."""

_RESTART_DELAY_S = 0.5
# Each open connection needs a file descriptor. Shells and service managers usually allow 1,024.
_MAX_DESCRIPTORS = 65_536
# A worker that fails before it listens, or sooner after that, would fail each time it is restarted.
_MIN_UPTIME_S = 5.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_PR_SET_PDEATHSIG = 1  # prctl(2)
_fork = multiprocessing.get_context("fork")


class _Server(Server):
    """A server that notes when it begins to listen."""

    def __init__(self, config: Config, listening_since: ctypes.c_double) -> None:
        super().__init__(config)
        self._listening_since = listening_since

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Create the application's listeners. On a busy machine, this takes long after the process was started."""
        await super().startup(sockets)
        self._listening_since.value = time.monotonic()


class Workers:
    """The worker processes of one server."""

    def __init__(self, config: Config, listening: socket.socket) -> None:
        """All workers accept connections from the socket `listening`."""
        self._config = config
        self._socket = listening
        # When each worker began to listen (time.monotonic, in memory shared with it); infinity until then.
        self._workers: dict[ForkProcess, ctypes.c_double] = {}
        self._is_stopping = False
        self._was_ever_stable = False

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT. Returns the exit code: 1 if workers fail right after they start, else 0."""
        for signal_number in _STOP_SIGNALS:
            signal.signal(signal_number, self._on_signal)
        _raise_descriptor_limit()
        failed = False
        try:
            while not (self._is_stopping or failed):
                while len(self._workers) < self._config.workers and self._start_worker():
                    pass
                wait([worker.sentinel for worker in self._workers], timeout=_RESTART_DELAY_S)
                failed = self._reap()
        finally:
            self._socket.close()
            self._stop_all()
        return int(failed)

    def _start_worker(self) -> bool:
        """Start a worker. Returns False if the system has no resources for it; the caller retries later."""
        listening_since = _fork.RawValue(ctypes.c_double, math.inf)
        worker = _fork.Process(target=self._run_worker, args=(listening_since,))
        # A signal that arrived between the fork and `_run_worker` would run the parent's handler.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
        try:
            worker.start()
        except OSError as error:
            sys.stderr.write(f"A worker can't be started: {error.strerror}; retrying.\n")
            return False
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        self._workers[worker] = listening_since
        return True

    def _run_worker(self, listening_since: ctypes.c_double) -> None:
        """Serve, in the worker process: with the default signal handlers, and only as long as the parent runs."""
        for signal_number in _STOP_SIGNALS:
            signal.signal(signal_number, signal.SIG_DFL)
        _die_with_parent()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        with suppress(KeyboardInterrupt):
            _Server(self._config, listening_since).run(sockets=[self._socket])

    def _reap(self) -> bool:
        """Remove workers that have exited. Returns whether one failed and none has ever listened for _MIN_UPTIME_S."""
        now = time.monotonic()
        self._was_ever_stable = self._was_ever_stable or any(
            now - listening_since.value > _MIN_UPTIME_S for listening_since in self._workers.values()
        )
        dead = [worker for worker in self._workers if not worker.is_alive()]
        for worker in dead:
            del self._workers[worker]
        if dead and not self._is_stopping:
            sys.stderr.write(f"{len(dead)} of {self._config.workers} workers exited; restarting.\n")
            time.sleep(_RESTART_DELAY_S)
        has_failed = any((worker.exitcode or 0) > 0 for worker in dead)
        for worker in dead:
            worker.close()
        return has_failed and not self._was_ever_stable

    def _on_signal(self, _signal_number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def _stop_all(self) -> None:
        for worker in self._workers:
            worker.terminate()
        deadline = time.monotonic() + SHUTDOWN_TIMEOUT_S
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.is_alive():
                worker.kill()
                worker.join()
            worker.close()


def _raise_descriptor_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_MAX_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))


def _die_with_parent() -> None:
    """Have the kernel terminate this process when its parent ends (Linux only).

    A worker left behind by a killed parent would keep the port from the next server.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
