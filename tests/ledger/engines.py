"""PostgreSQL databases and schemas created for a test."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

_NAMED = os.environ.get("TEST_DATABASE_URL") or os.environ.get("TEST_POSTGRESQL")
SERVER = _NAMED or "postgresql://127.0.0.1:5432/postgres"
"""A PostgreSQL server where the tests may create databases."""


@cache
def postgresql_problem() -> str:
    """Return why no PostgreSQL server is available; empty if one is."""
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.Error as error:
        return f"there is no PostgreSQL at {SERVER}: {str(error).splitlines()[0]}"
    return ""


@contextmanager
def postgresql_database() -> Iterator[str]:
    """Yield the URL of an empty database, and drop it at the end. Skips the test if there is no server."""
    with _created("") as url:
        yield url


@contextmanager
def copy_of(url: str) -> Iterator[str]:
    """Yield the URL of a copy of a database that nobody is connected to, and drop it at the end."""
    with _created(f"TEMPLATE {conninfo_to_dict(url)['dbname']}") as copy:
        yield copy


@contextmanager
def _created(options: str) -> Iterator[str]:
    if problem := postgresql_problem():
        pytest.skip(problem)
    name = f"renvoi_ledger_{os.getpid()}_{secrets.token_hex(4)}"
    run_on(SERVER, f"CREATE DATABASE {name} {options}")
    try:
        yield _url_of(name)
    finally:
        run_on(SERVER, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def with_schema(url: str) -> str:
    """Return the URL of a new schema in that database. Creating it takes 1 ms, where a database takes 100 ms."""
    schema = f"s{secrets.token_hex(8)}"
    run_on(url, f"CREATE SCHEMA {schema}")
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"


def run_on(url: str, statement: str) -> None:
    """Execute one statement in a session of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _url_of(name: str) -> str:
    before, _, options = SERVER.partition("?")
    return before.rpartition("/")[0] + f"/{name}" + (f"?{options}" if options else "")
