"""Read the published routing tables from PostgreSQL."""

import time
from collections.abc import Callable
from typing import Any

import psycopg

from renvoi.gateway.table_source.protocol import CONTENT, LOGO, NEWEST, TableSourceUnavailable, TableVersion

_CONNECT_TIMEOUT_S = 3
_MAX_RETRY_DELAY_S = 2.0
# Parameters of libpq. The polling thread must not block on a database that no longer answers.
_CONNECTION_PARAMS: dict[str, Any] = {
    "application_name": "renvoi gateway",
    "connect_timeout": _CONNECT_TIMEOUT_S,
    "tcp_user_timeout": 3000,
}
# For the transaction alone: a pooler may give the session to another client afterwards.
_BEGIN = "BEGIN READ ONLY; SET LOCAL statement_timeout = 3000"


class PostgresqlTableSource:
    """Reads through one connection. After a failure it reconnects, with a delay that grows up to two seconds."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._connection: psycopg.Connection | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._problem = ""

    def newest(self) -> TableVersion | None:
        """See TableSource."""
        row = self._fetch_row(NEWEST)
        return (row[0], row[1]) if row else None

    def content(self, version: TableVersion) -> bytes | None:
        """See TableSource."""
        row = self._fetch_row(f"{CONTENT}%s", version[0])
        return bytes(row[0]) if row else None

    def logo(self, digest: str) -> bytes | None:
        """See TableSource."""
        row = self._fetch_row(f"{LOGO}%s", digest)
        return bytes(row[0]) if row else None

    def close(self) -> None:
        """See TableSource."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _fetch_row(self, query: str, *values: int | str) -> Any:
        if self._connection is None and self._clock() < self._retry_at:
            raise TableSourceUnavailable(self._problem)
        try:
            self._connection = self._connection or self._connect()
            self._connection.execute(_BEGIN)
            # Binary, because text would transfer the content in hexadecimal.
            row = self._connection.execute(query, values, binary=True).fetchone()
            self._connection.execute("COMMIT")
        except (psycopg.Error, OSError) as error:
            self._schedule_retry(error)
            raise TableSourceUnavailable(self._problem) from error
        self._failures = 0
        return row

    def _connect(self) -> psycopg.Connection:
        params = psycopg.conninfo.conninfo_to_dict(self._url)
        # No prepared statements: a pooler may run each statement in another session.
        session = _CONNECTION_PARAMS | params | {"connect_timeout": _CONNECT_TIMEOUT_S}
        return psycopg.connect(**session, autocommit=True, prepare_threshold=None)

    def _schedule_retry(self, error: Exception) -> None:
        self.close()
        self._failures += 1
        self._retry_at = self._clock() + min(_MAX_RETRY_DELAY_S, 0.1 * 2**self._failures)
        self._problem = " ".join(str(error).split())
