"""PostgreSQL databases and schemas created for a test."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
import pytest

SERVER = os.environ.get("TEST_DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
"""A PostgreSQL server where the tests may make databases."""


@cache
def postgresql_problem() -> str:
    """Why there is no PostgreSQL to test on; empty where there is."""
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.Error as error:
        return f"there is no PostgreSQL at {SERVER}: {str(error).splitlines()[0]}"
    return ""


@contextmanager
def postgresql_database() -> Iterator[str]:
    """The address of an empty database, dropped at the end. Skips where there is no server."""
    if problem := postgresql_problem():
        pytest.skip(problem)
    name = f"renvoi_ledger_{os.getpid()}_{secrets.token_hex(4)}"
    run_on(SERVER, f"CREATE DATABASE {name}")
    try:
        yield _url_of(name)
    finally:
        run_on(SERVER, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def with_schema(url: str) -> str:
    """The address of an empty schema of that database: it takes a millisecond, where a database takes a hundred."""
    schema = f"s{secrets.token_hex(8)}"
    run_on(url, f"CREATE SCHEMA {schema}")
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"


def run_on(url: str, statement: str) -> None:
    """A statement, in a session of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _url_of(name: str) -> str:
    before, _, options = SERVER.partition("?")
    return before.rpartition("/")[0] + f"/{name}" + (f"?{options}" if options else "")
