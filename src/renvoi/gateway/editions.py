"""Hides in which engine the published routing tables are, and how they are looked up without Django."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg
from pysqlite3 import dbapi2 as sqlite3

from renvoi.config import Config

Edition = tuple[int, Any]
"""The generation, and the moment of its publication: a restored database may use a number again for another content."""

# Seconds.
_BUSY_TIMEOUT = 0.2
_CONNECT_TIMEOUT = 3
_LONGEST_PAUSE = 2.0

_NEWEST = "SELECT generation, published_at FROM partners_publishedtable ORDER BY generation DESC LIMIT 1"
_CONTENT = "SELECT content FROM partners_publishedtable WHERE generation = "
# As libpq has them. The thread that looks may not hang on a database that went silent.
_SESSION: dict[str, Any] = {
    "application_name": "renvoi gateway",
    "connect_timeout": _CONNECT_TIMEOUT,
    "tcp_user_timeout": 3000,
}
_SETTINGS = "-c statement_timeout=3000 -c default_transaction_read_only=on"


class Unreadable(Exception):
    """The database can't be read now. The message says why, in one line without any password."""


class Editions(Protocol):
    """Where editions are found. Used by one thread at a time."""

    def newest(self) -> Edition | None:
        """The newest edition, None where there is none yet. Raises Unreadable."""

    def content(self, edition: Edition) -> bytes | None:
        """That edition's bytes, None where it is gone. Raises Unreadable."""

    def close(self) -> None:
        """Lets go of what is held."""


def editions_of(config: Config) -> Editions:
    """The editions in the configured database. Nothing is opened yet."""
    if config.postgresql_url:
        return InPostgreSQL(config.postgresql_url)
    return InSQLite(config.database_path)


class InSQLite:
    """A connection for each look (0.2 ms): the file may be replaced by a restore at any time."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.as_uri()}?mode=ro"

    def newest(self) -> Edition | None:
        """See Editions."""
        row = self._row(_NEWEST)
        return (row[0], row[1]) if row else None

    def content(self, edition: Edition) -> bytes | None:
        """See Editions."""
        row = self._row(f"{_CONTENT}?", edition[0])
        return bytes(row[0]) if row else None

    def close(self) -> None:
        """Nothing is held."""

    def _row(self, query: str, *values: int) -> Any:
        try:
            with closing(sqlite3.connect(self._address, uri=True, timeout=_BUSY_TIMEOUT)) as connection:
                return connection.execute(query, values).fetchone()
        except (sqlite3.Error, OSError) as error:
            raise Unreadable(str(error)) from error


class InPostgreSQL:
    """One connection, kept; after a failure another is made, later each time, up to two seconds."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._connection: psycopg.Connection | None = None
        self._failures = 0
        self._not_before = 0.0
        self._trouble = ""

    def newest(self) -> Edition | None:
        """See Editions."""
        row = self._row(_NEWEST)
        return (row[0], row[1]) if row else None

    def content(self, edition: Edition) -> bytes | None:
        """See Editions."""
        row = self._row(f"{_CONTENT}%s", edition[0])
        return bytes(row[0]) if row else None

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _row(self, query: str, *values: int) -> Any:
        if self._connection is None and self._clock() < self._not_before:
            raise Unreadable(self._trouble)
        try:
            self._connection = self._connection or self._connect()
            # Binary: the content comes as it is stored, not in hexadecimal.
            row = self._connection.execute(query, values, binary=True).fetchone()
        except (psycopg.Error, OSError) as error:
            self._put_off(error)
            raise Unreadable(self._trouble) from error
        self._failures = 0
        return row

    def _connect(self) -> psycopg.Connection:
        said = psycopg.conninfo.conninfo_to_dict(self._url)
        settings = f"{_SETTINGS} {said.pop('options', '')}".strip()
        # Never prepared: a pooler between may give each statement another session.
        given = _SESSION | said | {"options": settings, "connect_timeout": _CONNECT_TIMEOUT}
        return psycopg.connect(**given, autocommit=True, prepare_threshold=None)

    def _put_off(self, error: Exception) -> None:
        self.close()
        self._failures += 1
        self._not_before = self._clock() + min(_LONGEST_PAUSE, 0.1 * 2**self._failures)
        self._trouble = " ".join(str(error).split())
