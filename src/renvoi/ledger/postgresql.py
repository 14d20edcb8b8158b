"""Ledger store on PostgreSQL: few round trips, COPY, and an advisory lock that makes positions follow commit order."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from psycopg.rows import TupleRow

from renvoi.domain.ledger_entry import Entry, serialise_entry
from renvoi.ledger.chain import GENESIS, chain_faults, link
from renvoi.ledger.protocol import Head, LedgerUnavailable, Recorded, Row
from renvoi.ledger.wishes import postgresql as wish_counts
from renvoi.ledger.wishes.wish import LAST_WEEK, Wish, WishCount
from renvoi.poolers import error_line

SESSION_NAME: LiteralString = "left('renvoi-ledger ' || current_schema(), 63)"
"""An SQL expression for the `application_name` of the sessions that use the ledger of the current schema."""

_NAME_SESSION: LiteralString = f"SELECT set_config('application_name', {SESSION_NAME}, false)"
_CONNECT_TIMEOUT_S = 2
_FETCH_SIZE = 5_000
# When a host stops within a transaction, its lock is soon released, so that the other hosts can continue. The settings
# end with the transaction: a pooler may give the session to another client.
_BEGIN: LiteralString = (
    "BEGIN; SET LOCAL lock_timeout = '300ms'; SET LOCAL idle_in_transaction_session_timeout = '5s';"
    " SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)
_MIGRATIONS: tuple[LiteralString, ...] = (
    """
    CREATE TABLE ledger_entry (
        position bigint PRIMARY KEY,
        ref uuid NOT NULL UNIQUE,
        at_ms bigint NOT NULL,
        act text NOT NULL,
        decision text NOT NULL,
        reason text NOT NULL,
        country text,
        region text,
        country_source text NOT NULL,
        language text NOT NULL,
        partner bigint,
        source text,
        generation bigint NOT NULL,
        digest text
    );
    CREATE TABLE ledger_head (id integer PRIMARY KEY CHECK (id = 1), position bigint NOT NULL, digest text NOT NULL);
    INSERT INTO ledger_head VALUES (1, 0, repeat('0', 64));
    """,
    wish_counts.MIGRATION,
)
# Held by every transaction that writes to the ledger, whether it migrates tables or appends entries.
_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(7378541061190273)"
_BEGIN_LOCKED: LiteralString = f"{_BEGIN}; {_LOCK}; SELECT position, digest FROM ledger_head"  # noqa: S608 (constants)
_FIELDS: LiteralString = (
    "ref::text, at_ms, act, decision, reason, country, region, country_source, language, partner, source, generation"
)
_COLUMNS: LiteralString = f"position, {_FIELDS}"
_SELECT_BY_REF: LiteralString = f"SELECT {_FIELDS} FROM ledger_entry WHERE ref = %s::uuid"  # noqa: S608
_SELECT_AFTER: LiteralString = f"SELECT {_COLUMNS} FROM ledger_entry WHERE position > %s ORDER BY position LIMIT %s"  # noqa: S608
_SELECT_ALL: LiteralString = f"SELECT {_COLUMNS}, digest FROM ledger_entry ORDER BY position"  # noqa: S608
_SELECT_DIGEST: LiteralString = "SELECT digest FROM ledger_entry WHERE position = %s"
_COUNT_BY_GENERATION: LiteralString = (
    "SELECT generation, count(*) FROM ledger_entry GROUP BY generation ORDER BY generation"
)
_SELECT_EXISTING: LiteralString = "SELECT ref::text FROM ledger_entry WHERE ref = ANY(%s::uuid[])"

Result = TypeVar("Result")
_Connection = psycopg.Connection[TupleRow]


class PostgresqlStore:
    """Ledger in a PostgreSQL database. Implements `renvoi.ledger.protocol.Store`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: _Connection | None = None

    def prepare(self) -> None:
        """See Store."""
        with self._transaction() as connection:
            connection.execute(_LOCK)
            connection.execute("CREATE TABLE IF NOT EXISTS ledger_step (number integer PRIMARY KEY)")
            applied = _fetch_one(connection.execute("SELECT count(*) FROM ledger_step"))[0]
            for number, migration in enumerate(_MIGRATIONS[applied:], start=applied + 1):
                connection.execute(migration)
                connection.execute("INSERT INTO ledger_step VALUES (%s)", (number,))

    def append(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> None:
        """See Store."""
        self._attempt(lambda connection: _commit(connection, entries, wishes))

    def append_missing(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> int:
        """See Store."""

        def commit_new(connection: _Connection) -> int:
            head = _begin(connection)
            for (existing,) in connection.execute(_SELECT_EXISTING, (list(unique),)).fetchall():
                del unique[existing]
            if unique:
                _append_batch(connection, list(unique.values()), head=head)
            added = len(unique) + wish_counts.add_missing(connection, wishes)
            connection.execute("COMMIT")
            return added

        unique = {entry.ref: entry for entry in entries}
        return self._attempt(commit_new)

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
            with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") as connection:
                head = _head(connection)
                with connection.cursor(name="ledger_verify") as rows:
                    rows.itersize = _FETCH_SIZE
                    yield from chain_faults(
                        cast("Iterator[Row]", rows.execute(_SELECT_ALL)), head=head, checkpoint=checkpoint
                    )
                yield from wish_counts.wish_faults(connection)
        except LedgerUnavailable as error:
            yield f"The ledger can't be read to its end: {error}."
        finally:
            self.close()

    def interrupt(self) -> None:
        """See Store. Shuts the socket down, so that a thread waiting for the server's reply gets an error."""
        connection = self._connection
        if connection is None:
            return
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as connection_socket:
            connection_socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """See Store."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                connection.close()

    def _attempt(self, operation: Callable[[_Connection], Result]) -> Result:
        try:
            return operation(self._ensure_connection())
        except (psycopg.Error, OSError) as error:
            self.close()
            raise LedgerUnavailable(f"PostgreSQL: {error_line(error)}") from error

    @contextmanager
    def _transaction(self, begin: LiteralString = _BEGIN) -> Iterator[_Connection]:
        connection = self._attempt(lambda connection: connection)
        try:
            connection.execute(begin)
            yield connection
            connection.execute("COMMIT")
        except (psycopg.Error, OSError) as error:
            self.close()
            raise LedgerUnavailable(f"PostgreSQL: {error_line(error)}") from error

    def _ensure_connection(self) -> _Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> _Connection:
        connection = psycopg.connect(
            self._url,
            autocommit=True,
            # A pooler may run each transaction in another session, which knows no statements prepared before.
            prepare_threshold=None,
            connect_timeout=_CONNECT_TIMEOUT_S,
            tcp_user_timeout=3000,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=2,
        )
        try:
            # PostgreSQL alone knows the schema. A pooler passes this setting on with the client.
            connection.execute(_NAME_SESSION)
        except BaseException:
            connection.close()
            raise
        return connection


def _begin(connection: _Connection) -> Head:
    """Begin a transaction that holds the ledger's lock, in one round trip. Return where the ledger ends."""
    cursor = connection.execute(_BEGIN_LOCKED)
    # The last result is the head's row.
    while cursor.nextset():
        pass
    return Head(*_fetch_one(cursor))


def _commit(connection: _Connection, entries: Sequence[Entry], wishes: Sequence[Wish]) -> None:
    head = _begin(connection)
    if entries:
        _append_batch(connection, entries, head=head, commit=not wishes)
    if wishes:
        wish_counts.add_missing(connection, wishes)
        connection.execute("COMMIT")


def _append_batch(connection: _Connection, entries: Sequence[Entry], *, head: Head, commit: bool = False) -> None:
    """Append a batch to the end, within the transaction that `_begin` opened."""
    lines = [serialise_entry(entry) for entry in entries]
    digest = link(head.digest, lines)
    last = head.position + len(entries)
    numbered = [f"{position}\t{line}\t\\N\n" for position, line in enumerate(lines, start=head.position + 1)]
    numbered[-1] = f"{last}\t{lines[-1]}\t{digest}\n"
    with connection.cursor().copy("COPY ledger_entry FROM STDIN") as copy:
        copy.write("".join(numbered))
    # Literals instead of parameters, so that one round trip also commits. Both values are computed here.
    statement = f"UPDATE ledger_head SET position = {last}, digest = '{digest}'" + ("; COMMIT" if commit else "")  # noqa: S608
    connection.execute(statement.encode())


def _head(connection: _Connection) -> Head:
    return Head(*_fetch_one(connection.execute("SELECT position, digest FROM ledger_head")))


def _fetch_one(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    if row is None:
        raise psycopg.DataError("the row of the ledger's end is missing")
    return row
