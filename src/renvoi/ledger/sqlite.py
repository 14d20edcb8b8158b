"""Ledger store in a SQLite file of its own: tables, pragmas, and inserts of many rows per statement."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache, partial
from math import inf
from pathlib import Path
from typing import Any, TypeVar, cast

from pysqlite3 import dbapi2 as sqlite3

from renvoi.domain.ledger_entry import FIELDS, Entry, serialise_entry
from renvoi.ledger.chain import GENESIS, chain_faults, link
from renvoi.ledger.protocol import Head, LedgerUnavailable, Recorded, Row
from renvoi.ledger.wishes import sqlite as wish_counts
from renvoi.ledger.wishes.wish import LAST_WEEK, Wish, WishCount
from renvoi.permissions import FILE_MODE, create_folder
from renvoi.sqlite_access import may_write, reading_uri

BUSY_TIMEOUT_S = 0.3
"""How long a commit waits for another process's commit before its entries go to the spool."""

_LOCK_POLL_S = 0.01

# The first release of each branch in which a reset of the write-ahead log cannot lose a commit.
_WAL_RESET_FIXED = {(3, 44): (3, 44, 6), (3, 50): (3, 50, 7)}
_WAL_RESET_FIXED_SINCE = (3, 51, 3)

_MIGRATIONS = (
    """
    CREATE TABLE ledger_entry (
        position INTEGER PRIMARY KEY,
        ref TEXT NOT NULL UNIQUE,
        at_ms INTEGER NOT NULL,
        act TEXT NOT NULL,
        decision TEXT NOT NULL,
        reason TEXT NOT NULL,
        country TEXT,
        region TEXT,
        country_source TEXT NOT NULL,
        language TEXT NOT NULL,
        partner INTEGER,
        source TEXT,
        generation INTEGER NOT NULL,
        digest TEXT
    ) STRICT;
    CREATE TABLE ledger_head (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, digest TEXT NOT NULL)
    STRICT;
    INSERT INTO ledger_head SELECT 1, 0, hex(zeroblob(32));
    """,
    wish_counts.MIGRATION,
)
_COLUMN_COUNT = len(FIELDS) + 2
_MAX_ROWS_PER_INSERT = 256  # SQLite takes up to 32,766 parameters per statement
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 2000",
    "PRAGMA journal_size_limit = 67108864",
)

_COLUMNS = ", ".join(FIELDS)
Result = TypeVar("Result")
# Only constants are interpolated below.
_SELECT_AFTER = f"SELECT position, {_COLUMNS} FROM ledger_entry WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
_SELECT_BY_REF = f"SELECT {_COLUMNS} FROM ledger_entry WHERE ref = ?"  # noqa: S608
_SELECT_ALL = f"SELECT position, {_COLUMNS}, digest FROM ledger_entry ORDER BY position"  # noqa: S608
_SELECT_DIGEST = "SELECT digest FROM ledger_entry WHERE position = ?"
_SELECT_HEAD = "SELECT position, digest FROM ledger_head"
_SELECT_EXISTING = "SELECT ref FROM ledger_entry WHERE ref IN (SELECT value FROM json_each(?))"
_COUNT_BY_GENERATION = "SELECT generation, count(*) FROM ledger_entry GROUP BY generation ORDER BY generation"


class SqliteStore:
    """Ledger in a SQLite file of its own. Implements `renvoi.ledger.protocol.Store`."""

    def __init__(self, path: Path, *, synchronous: str = "FULL") -> None:
        """Take the path of the file. Only the fault harness passes another value for `synchronous`."""
        self._path = path
        self._synchronous = synchronous
        self._connection: sqlite3.Connection | None = None
        self._lock_file: int | None = None

    def prepare(self) -> None:
        """See Store."""
        try:
            create_folder(self._path.parent)
            self._path.touch(mode=FILE_MODE)
        except OSError as error:
            raise LedgerUnavailable(f"{self._path}: {error}") from error
        with self._transaction(timeout_s=BUSY_TIMEOUT_S) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS ledger_step (number INTEGER PRIMARY KEY) STRICT")
            applied = connection.execute("SELECT count(*) FROM ledger_step").fetchone()[0]
            for number, migration in enumerate(_MIGRATIONS[applied:], start=applied + 1):
                for statement in filter(str.strip, migration.split(";")):
                    connection.execute(statement)
                connection.execute("INSERT INTO ledger_step VALUES (?)", (number,))

    def append(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> None:
        """See Store."""
        # Before the transaction: other writers wait for its end.
        lines = [serialise_entry(entry) for entry in entries]
        with self._transaction() as connection:
            if entries:
                _insert(connection, entries, lines)
            wish_counts.add_missing(connection, wishes)

    def append_missing(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> int:
        """See Store."""
        lines = {entry: serialise_entry(entry) for entry in {entry.ref: entry for entry in entries}.values()}
        refs = json.dumps([entry.ref for entry in lines])
        with self._transaction() as connection:
            # One statement: each one returns the GIL late while the event loop is busy, and visitors wait for the lock.
            existing = {ref for (ref,) in connection.execute(_SELECT_EXISTING, (refs,)).fetchall()}
            new = [entry for entry in lines if entry.ref not in existing]
            if new:
                _insert(connection, new, [lines[entry] for entry in new])
            return len(new) + wish_counts.add_missing(connection, wishes)

    def read(self, *, after: int, limit: int) -> list[Recorded]:
        """See Store."""
        rows = self._attempt(lambda connection: connection.execute(_SELECT_AFTER, (after, limit)).fetchall())
        return [Recorded(position, Entry(*fields)) for position, *fields in rows]

    def find(self, ref: str) -> Entry | None:
        """See Store."""
        row = self._attempt(lambda connection: connection.execute(_SELECT_BY_REF, (ref,)).fetchone())
        return Entry(*row) if row else None

    def head(self) -> Head:
        """See Store."""
        return self._attempt(_head)

    def digest_at(self, position: int) -> str | None:
        """See Store."""
        if position == 0:
            return GENESIS
        row = self._attempt(lambda connection: connection.execute(_SELECT_DIGEST, (position,)).fetchone())
        return row[0] if row else None

    def generations(self) -> dict[int, int]:
        """See Store."""
        return dict(self._attempt(lambda connection: connection.execute(_COUNT_BY_GENERATION).fetchall()))

    def wishes(self, *, since: str = "", until: str = LAST_WEEK) -> list[WishCount]:
        """See Store."""
        return self._attempt(partial(wish_counts.read_counts, since=since, until=until))

    def faults(self, *, checkpoint: Head | None = None) -> Iterator[str]:
        """See Store."""
        try:
            with closing(self._connect()) as connection:
                connection.execute("BEGIN")
                for (message,) in connection.execute("PRAGMA integrity_check").fetchall():
                    if message != "ok":
                        yield f"SQLite finds damage in {self._path}: {message}."
                yield from chain_faults(
                    cast("Iterator[Row]", connection.execute(_SELECT_ALL)),
                    head=_head(connection),
                    checkpoint=checkpoint,
                )
                yield from wish_counts.wish_faults(connection)
        except (sqlite3.Error, UnicodeDecodeError, LedgerUnavailable) as error:
            yield f"The ledger can't be read to its end: {error}."

    def interrupt(self) -> None:
        """Do nothing: SQLite cannot interrupt a blocked disk, and waits for a lock at most BUSY_TIMEOUT_S."""

    def close(self) -> None:
        """See Store."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
        lock_file, self._lock_file = self._lock_file, None
        if lock_file is not None:
            os.close(lock_file)

    def _attempt(self, operation: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return operation(self._ensure_connection())
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            self.close()
            raise LedgerUnavailable(f"{self._path}: {error}") from error

    @contextmanager
    def _transaction(self, *, timeout_s: float = inf) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._ensure_connection()
            self._acquire_write_lock(timeout_s)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            # Closing rolls the transaction back, and the connection itself may be what failed.
            self.close()
            raise LedgerUnavailable(f"{self._path}: {error}") from error
        finally:
            self._release_write_lock()

    def _acquire_write_lock(self, timeout_s: float) -> None:
        """Wait for the other processes that write here, in the order of their requests.

        SQLite's own busy handler polls, and a process with much to write has retaken its lock at each poll: of two busy
        workers one would starve. Only the writer thread waits without a timeout; its pending entries go to the spool
        meanwhile. A caller with a timeout polls, and gets TimeoutError when it expires.
        """
        if self._lock_file is None:
            # Lock the folder: closing any descriptor of a database file would release SQLite's own locks on it.
            self._lock_file = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        deadline = time.monotonic() + timeout_s
        while timeout_s < inf:
            with suppress(BlockingIOError):
                return fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.monotonic() > deadline:
                raise TimeoutError("another program holds the write lock")
            time.sleep(_LOCK_POLL_S)
        return fcntl.flock(self._lock_file, fcntl.LOCK_EX)

    def _release_write_lock(self) -> None:
        if self._lock_file is not None:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def _ensure_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        if not has_wal_reset_fix(sqlite3.sqlite_version_info):
            raise LedgerUnavailable(f"SQLite {sqlite3.sqlite_version} can lose commits: use the pysqlite3 of Renvoi")
        if not self._path.exists():
            # Never create the file here: a missing ledger must be noticed.
            raise LedgerUnavailable(f"There is no ledger at {self._path}")
        if not may_write(self._path):
            return self._connect_to_read()
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            if self._synchronous != "FULL":
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        except (sqlite3.Error, UnicodeDecodeError):
            connection.close()
            raise
        return connection

    def _connect_to_read(self) -> sqlite3.Connection:
        try:
            uri = reading_uri(self._path)
        except PermissionError as error:
            raise LedgerUnavailable(str(error)) from error
        return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)


def has_wal_reset_fix(version: tuple[int, int, int]) -> bool:
    """Return whether that SQLite release has the fix of the WAL-reset bug (sqlite.org/wal.html, section 11)."""
    return version >= _WAL_RESET_FIXED_SINCE or version >= _WAL_RESET_FIXED.get(version[:2], _WAL_RESET_FIXED_SINCE)


def _head(connection: sqlite3.Connection) -> Head:
    row = connection.execute(_SELECT_HEAD).fetchone()
    if row is None:
        raise sqlite3.DatabaseError("the row of the ledger's end is missing")
    return Head(*row)


def _insert(connection: sqlite3.Connection, entries: Sequence[Entry], lines: Sequence[str]) -> None:
    """Append a batch, with the lines of its entries, to the end, within a transaction that holds the write lock."""
    head = _head(connection)
    digest = link(head.digest, lines)
    last = head.position + len(entries)
    values: list[Any] = []
    for position, entry in enumerate(entries, start=head.position + 1):
        values += (position, *entry, digest if position == last else None)
    inserted = 0
    # Few statements: each one releases the GIL, and a busy event loop is slow to return it.
    while inserted < len(entries):
        size = min(_MAX_ROWS_PER_INSERT, 1 << ((len(entries) - inserted).bit_length() - 1))
        connection.execute(
            _insert_statement(size), values[inserted * _COLUMN_COUNT : (inserted + size) * _COLUMN_COUNT]
        )
        inserted += size
    connection.execute("UPDATE ledger_head SET position = ?, digest = ?", (last, digest))


@cache
def _insert_statement(rows: int) -> str:
    row = f"({', '.join('?' * _COLUMN_COUNT)})"
    return f"INSERT INTO ledger_entry VALUES {', '.join([row] * rows)}"  # noqa: S608 (only placeholders)
