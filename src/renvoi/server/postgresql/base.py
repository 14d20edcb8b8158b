"""Django's PostgreSQL backend with a limit on the sessions that one process has open.

Under ASGI each request runs in a thread with a session of its own. A PostgreSQL server allows about a hundred sessions,
shared by all hosts and by the gateways: many simultaneous console requests must not use them all up.
"""

import weakref
from threading import BoundedSemaphore
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

MAX_SESSIONS = 16
"""How many sessions one process may have open at the same time."""

_WAIT_TIMEOUT_S = 20
_available_sessions = BoundedSemaphore(MAX_SESSIONS)


class DatabaseWrapper(base.DatabaseWrapper):
    """Take one of the process's sessions to connect, and release it when the connection closes."""

    _release_session: "weakref.finalize[[], Any] | None" = None

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect once a session is available. Raises OperationalError if none becomes available in time."""
        if not _available_sessions.acquire(timeout=_WAIT_TIMEOUT_S):
            raise OperationalError(f"all {MAX_SESSIONS} sessions of this process are in use")
        try:
            connection = super().get_new_connection(conn_params)
        except BaseException:
            _available_sessions.release()
            raise
        # A thread may end without closing its connection: garbage collection releases the session too.
        self._release_session = weakref.finalize(connection, _available_sessions.release)
        return connection

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # django-stubs leaves it out
        finally:
            if self._release_session is not None:
                self._release_session()
