"""The database engine that the tests run on: SQLite, or the PostgreSQL server that TEST_DATABASE_URL names.

On PostgreSQL each test process creates databases of its own and drops them at its end. Their collation differs from
SQLite's, so that a sort that depends on the collation fails. The data folder of a real server gets a schema instead of
a database: creating one takes a millisecond instead of a hundred.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

SERVER = os.environ.get("TEST_DATABASE_URL", "")
"""The URL of a PostgreSQL server on which the tests may create databases; empty if they run on SQLite."""

# Its sort order differs from SQLite's, so that a folded key without an explicit collation is noticed.
LOCALE = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'fr-CA'"

on_sqlite = pytest.mark.skipif(bool(SERVER), reason="needs SQLite; these tests run on PostgreSQL")
on_postgresql = pytest.mark.skipif(
    not SERVER, reason="needs PostgreSQL; these tests run on SQLite (make unit-postgresql)"
)

_created: set[str] = set()
_bars: list[str] = []


def url_for(folder: Path) -> str:
    """The URL of the database of a data folder. Empty on SQLite, whose database is a file in that folder."""
    assert not _bars, _bars[-1]
    if not SERVER:
        return ""
    name = f"renvoi_servers_{os.getpid()}"
    if name not in _created:
        make_database(name)
    schema = "s" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    with psycopg.connect(database_url(name), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    return database_url(name, options=f"-c search_path={schema}")


def database_url(database: str, **parameters: str) -> str:
    """The URL of a database on the PostgreSQL server of the tests."""
    assert not _bars, _bars[-1]
    params = {**conninfo_to_dict(SERVER), "dbname": database, **parameters}
    return "postgresql:///?" + "&".join(f"{name}={quote(str(value), safe='')}" for name, value in params.items())


def make_database(name: str) -> None:
    """Create an empty database. It is dropped when this test process ends."""
    _on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} {LOCALE}")
    _created.add(name)


def drop_databases() -> None:
    """Drop the databases that this process has created."""
    while _created:
        _on_server(f"DROP DATABASE IF EXISTS {_created.pop()} WITH (FORCE)")


@contextmanager
def barred(reason: str) -> Iterator[None]:
    """Give no URL of a database within the block; whoever asks fails for that reason."""
    _bars.append(reason)
    try:
        yield
    finally:
        _bars.pop()


@contextmanager
def session(url: str) -> Iterator[psycopg.Connection]:
    """Open a session in autocommit mode."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _on_server(*statements: str) -> None:
    with session(SERVER) as connection:
        for statement in statements:
            connection.execute(statement)
