"""Fixtures of the ledger's tests: an empty ledger on each engine, and direct SQL access to it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.ledger.postgresql import PostgresqlStore
from renvoi.ledger.protocol import OpenStore, Store
from renvoi.ledger.sqlite import SqliteStore
from tests.ledger.engines import postgresql_database, run_on, with_schema

Tamper = Callable[[str], Any]


class Engine:
    """One engine with an empty ledger: opens stores, and runs SQL behind their back."""

    def __init__(self, open_store: OpenStore, tamper: Tamper) -> None:
        self.open_store = open_store
        self.tamper = tamper


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a database that belongs to this test process."""
    with postgresql_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Each engine, with the ledger's tables created."""
    if request.param == "sqlite":
        engine = _on_sqlite(tmp_path / "ledger.sqlite3")
    else:
        engine = _on_postgresql(with_schema(request.getfixturevalue("postgresql")))
    with closing(engine.open_store()) as store:
        store.prepare()
    return engine


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    """An empty ledger."""
    with closing(engine.open_store()) as opened:
        yield opened


def _on_sqlite(path: Path) -> Engine:
    def tamper(statement: str) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)

    return Engine(lambda: SqliteStore(path), tamper)


def _on_postgresql(url: str) -> Engine:
    return Engine(lambda: PostgresqlStore(url), partial(run_on, url))
