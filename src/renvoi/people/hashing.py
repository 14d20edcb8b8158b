"""Hash passwords with Argon2id, in one thread of low priority, so that sign-ins neither use much memory nor delay
visitors.

The parameters are one of the equivalent minimum configurations of OWASP's Password Storage Cheat Sheet: 19 MiB of
memory, two iterations, one degree of parallelism. A hash with other parameters still verifies; the account's next
sign-in replaces it.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher

_NICENESS, _LOWEST = 10, 19
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


class StaffPasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters."""

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1


class HashingThread:
    """One thread that computes hashes, one after another.

    A process that forks gets a thread of its own: the child would have only the queue of its parent's.
    """

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None

    def run(self, function: Callable[_Params, _Result], /, *args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        """Call the function in the thread, and return its result. It must not use the database."""
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(1, "passwords", initializer=_lower_priority)
            future = self._executor.submit(function, *args, **kwargs)
        return future.result()


def _lower_priority() -> None:
    """Let the threads that answer visitors go first. On Linux each thread has a priority of its own."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # Relative to the process's own: nobody but root may give a thread a higher priority than it has.
        os.setpriority(os.PRIO_PROCESS, thread, min(_LOWEST, os.getpriority(os.PRIO_PROCESS, thread) + _NICENESS))


hashing_thread = HashingThread()
