"""Fixtures of the API's tests."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from renvoi.ledger.postgresql import PostgresqlStore
from renvoi.ledger.protocol import OpenStore, Store
from renvoi.ledger.sqlite import SqliteStore
from renvoi.people.models import User
from renvoi.web.rate_limit import guess_buckets, refusal_buckets, token_buckets
from tests.api.calling import Program, program_of
from tests.databases import url_for


@pytest.fixture(autouse=True)
def _full_buckets() -> Iterator[None]:
    """No test uses up the permits of another."""
    for buckets in (guess_buckets, refusal_buckets, token_buckets):
        buckets.cache_clear()
    yield
    for buckets in (guess_buckets, refusal_buckets, token_buckets):
        buckets.cache_clear()


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenStore:
    """An empty ledger, which the API reads."""
    url = url_for(tmp_path / "ledger")

    def open_store(_config: object = None) -> Store:
        return PostgresqlStore(url) if url else SqliteStore(tmp_path / "ledger.sqlite3")

    monkeypatch.setattr("renvoi.api.operations.routing.referrals.open_store", open_store)
    with closing(open_store()) as store:
        store.prepare()
    return open_store


@pytest.fixture
def program(odile: User) -> Program:
    """A program that reads and writes, in English."""
    return program_of(odile)
