"""Move the tables of a ledger into a schema of their own, unless a server has recently used them."""

import time
from typing import LiteralString

import psycopg
from psycopg import sql

from renvoi.ledger.postgresql import SESSION_NAME
from renvoi.ledger.protocol import LedgerInUse, LedgerUnavailable
from renvoi.poolers import error_line

_CONNECT_TIMEOUT_S = 3
_ENDING_S = 5.0
_TABLES = ("ledger_entry", "ledger_head", "ledger_step", "ledger_wish", "ledger_wish_ref")
# A server keeps a session with this name, which ends with it; a pooler may keep the session for longer. Without a host
# that the register has seen within a minute, none is that of a server.
_RUNNING: LiteralString = f"""
    SELECT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = {SESSION_NAME}
    )
    AND EXISTS (SELECT FROM cluster_host WHERE seen_at > now() - interval '60 seconds')
"""  # noqa: S608 (constants)


def move_tables(url: str, schema: str) -> None:
    """Move the ledger's tables into a new schema of the same database, in one transaction.

    Their names and rows stay the same. Raises LedgerInUse, or LedgerUnavailable.
    """
    try:
        with psycopg.connect(
            url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S, prepare_threshold=None
        ) as connection:
            if _is_in_use(connection):
                raise LedgerInUse
            with connection.transaction():
                _move(connection, schema)
    except (psycopg.Error, OSError) as error:
        raise LedgerUnavailable(f"PostgreSQL: {error_line(error)}") from error


def _is_in_use(connection: psycopg.Connection) -> bool:
    """Return whether a server uses the ledger. PostgreSQL ends the sessions of one a moment after it has stopped."""
    until = time.monotonic() + _ENDING_S
    # Outside a transaction: within one, the list of sessions would stay as it was first read.
    while (row := connection.execute(_RUNNING).fetchone()) and row[0]:
        if time.monotonic() > until:
            return True
        time.sleep(0.1)
    return False


def _move(connection: psycopg.Connection, schema: str) -> None:
    connection.execute("SET LOCAL lock_timeout = '5s'")
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    for table in _TABLES:
        statement = sql.SQL("ALTER TABLE {} SET SCHEMA {}")
        connection.execute(statement.format(sql.Identifier(table), sql.Identifier(schema)))
