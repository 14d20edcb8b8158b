"""PostgreSQL unreachable: visitors get the last table, and the next one soon after PostgreSQL is back."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from renvoi.config import Config
from renvoi.gateway.app import create_app
from renvoi.gateway.table_source import postgresql
from renvoi.gateway.table_source.postgresql import PostgresqlTableSource
from renvoi.gateway.table_source.protocol import TableSourceUnavailable
from tests.databases import on_postgresql, session, url_for
from tests.gateway.client import configured, publish, running
from tests.gateway.test_current_table import eventually, renamed
from tests.relay import Relay, relay_to_server

pytestmark = on_postgresql
BACK_S = 3.0
"""The delay between two attempts is at most two seconds; the next poll follows."""


@pytest.fixture
def relay() -> Iterator[Relay]:
    with relay_to_server() as relay:
        yield relay


@pytest.fixture
def database(tmp_path: Path) -> Config:
    gateway_config = configured(tmp_path)
    publish(gateway_config)
    return gateway_config


def through(relay: Relay, folder: Path) -> Config:
    """Return a gateway's configuration that reaches the folder's database through the relay."""
    return configured(folder, database_url=relay.url_of(url_for(folder)))


def sessions(url: str) -> int:
    """Return how many gateway sessions the database at this URL has."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    with session(url) as connection:
        row = connection.execute(query, ("renvoi gateway",)).fetchone()
    assert row is not None
    number: int = row[0]
    return number


def test_last_table_is_served_until_the_database_is_back(
    tmp_path: Path, database: Config, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    with running(create_app(through(relay, tmp_path))) as client:
        assert "Boréale" in client.get().text
        relay.cut()
        assert eventually(lambda: "can't be read" in caplog.text)
        publish(database, generation=4, content=renamed("Pendant l’absence"))
        for _ in range(10):
            reply = client.get()
            assert (reply.status, "Boréale" in reply.text) == (200, True)
            time.sleep(0.05)
        relay.join()
        rejoined_at = time.monotonic()
        assert eventually(lambda: "Pendant l’absence" in client.get().text)
        assert time.monotonic() - rejoined_at < BACK_S
    assert caplog.text.count("can't be read") <= 2


@pytest.mark.parametrize("is_silent", [False, True], ids=["connection refused", "no reply"])
def test_gateway_starts_from_the_copy_without_its_database(
    tmp_path: Path, database: Config, relay: Relay, *, is_silent: bool
) -> None:
    with running(create_app(through(relay, tmp_path))):
        pass
    relay.cut()
    if is_silent:
        relay.join(is_silent=True)
    publish(database, generation=4, content=renamed("De retour"))
    began = time.monotonic()
    with running(create_app(through(relay, tmp_path))) as client:
        assert time.monotonic() - began < 5
        assert "Notre partenaire au Brésil" in client.get(query="country=BR").text
        if is_silent:
            relay.cut()
        relay.join()
        assert eventually(lambda: "De retour" in client.get().text)


def test_terminated_session_is_replaced(tmp_path: Path, database: Config) -> None:
    with running(create_app(database)) as client:
        with session(url_for(tmp_path)) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'renvoi gateway'"
            )
        publish(database, generation=4, content=renamed("Reconnecté"))
        assert eventually(lambda: "Reconnecté" in client.get().text)


def test_gateway_holds_one_session_and_closes_it(tmp_path: Path, database: Config) -> None:
    before = sessions(url_for(tmp_path))
    with running(create_app(database)):
        time.sleep(0.5)
        assert sessions(url_for(tmp_path)) == before + 1
    assert eventually(lambda: sessions(url_for(tmp_path)) == before)


def test_delay_between_attempts_grows_to_two_seconds(relay: Relay) -> None:
    relay.cut()
    now = 0.0
    source = PostgresqlTableSource(f"postgresql://127.0.0.1:{relay.port}/renvoi", clock=lambda: now)
    connect, attempts = psycopg.connect, []

    def record(**params: object) -> object:
        attempts.append(now)
        return connect(**params)  # type: ignore[arg-type]  # passed on unchanged

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(psycopg, "connect", record)
        for step in range(100):
            now = step / 8
            with pytest.raises(TableSourceUnavailable, match="refused"):
                source.newest()
    # Delays of 0.2, 0.4, 0.8, 1.6 and 2 s, each up to the next poll; this test polls eight times a second.
    assert [later - earlier for earlier, later in pairwise(attempts)][:6] == [0.25, 0.5, 0.875, 1.625, 2.0, 2.0]


def test_transactions_are_read_only_with_a_statement_timeout(database: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    source = PostgresqlTableSource(database.postgresql_url)
    monkeypatch.setattr(postgresql, "NEWEST", "DELETE FROM partners_publishedtable RETURNING 1")
    with pytest.raises(TableSourceUnavailable, match="read-only"):
        source.newest()
    monkeypatch.setattr(postgresql, "NEWEST", "SELECT current_setting('statement_timeout'), 1")
    source = PostgresqlTableSource(database.postgresql_url)
    assert str(source.newest()) == "('3s', 1)"
    connection = source._connection
    assert connection is not None
    # It ends with the transaction: a pooler gives the session to others.
    assert connection.execute("SHOW statement_timeout").fetchone() != ("3s",)
    source.close()


def test_error_message_holds_no_password(tmp_path: Path) -> None:
    source = PostgresqlTableSource(f"{url_for(tmp_path)}&password=hunter-of-words&user=nobody_of_that_name")
    with pytest.raises(TableSourceUnavailable) as raised:
        source.newest()
    assert "nobody_of_that_name" in str(raised.value)
    assert "hunter" not in str(raised.value)
    assert "\n" not in str(raised.value)
