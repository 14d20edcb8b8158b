"""Django's PostgreSQL backend with timeouts in each transaction, and a limit on the sessions that a process has open.

Under ASGI each request runs in a thread with a session of its own. A PostgreSQL server allows about a hundred sessions,
shared by all hosts and by the gateways: many simultaneous console requests must not use them all up.

The timeouts are set by SET LOCAL. Behind a connection pooler, settings of a session would outlive it: other clients use
it next.
"""

import weakref
from threading import BoundedSemaphore
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import OperationalError

MAX_SESSIONS = 16
"""How many sessions one process may have open at the same time."""

_WAIT_TIMEOUT_S = 20
_available_sessions = BoundedSemaphore(MAX_SESSIONS)


class DatabaseWrapper(base.DatabaseWrapper):
    """Take one of the process's sessions to connect, and release it when the connection closes.

    `timeouts_ms` are the settings of each transaction that begins from now on.
    """

    _release_session: "weakref.finalize[[], Any] | None" = None

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        super().__init__(settings_dict, alias)
        self.timeouts_ms: dict[str, int] = dict(settings_dict.get("TIMEOUTS_MS", {}))

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

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 (Django's signature)
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # django-stubs leaves it out
        if not autocommit and self.timeouts_ms:
            # One message. SET needs no snapshot: the isolation level may still be chosen.
            settings = "; ".join(f"SET LOCAL {name} = {value}" for name, value in self.timeouts_ms.items())
            with self.wrap_database_errors:
                self.connection.execute(settings.encode())

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # django-stubs leaves it out
        finally:
            if self._release_session is not None:
                self._release_session()
