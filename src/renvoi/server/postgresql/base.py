"""Hides that threads wait for one another's sessions: a crowd in front of the console may not use up the server's.

Under ASGI each request has a thread, and each thread its session; a PostgreSQL server has a hundred, for all hosts, for
gateways too. Otherwise this is Django's backend.
"""

import weakref
from threading import BoundedSemaphore
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

SESSIONS = 16
"""Of one process, at the same time."""
_LONGEST_WAIT_S = 20
_free = BoundedSemaphore(SESSIONS)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, which takes one of the process's sessions when it connects, and gives it back when it closes."""

    _give_back: "weakref.finalize[[], Any] | None" = None

    def get_new_connection(self, conn_params: Any) -> Any:
        """As Django's. Raises OperationalError where none becomes free in time."""
        if not _free.acquire(timeout=_LONGEST_WAIT_S):
            raise OperationalError(f"all {SESSIONS} sessions of this process are in use")
        try:
            connection = super().get_new_connection(conn_params)
        except BaseException:
            _free.release()
            raise
        # Also where a thread ends without a word, and the connection with it.
        self._give_back = weakref.finalize(connection, _free.release)
        return connection

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # django-stubs leaves it out
        finally:
            if self._give_back is not None:
                self._give_back()
