"""Django's database settings: what they take from the URL, and what Renvoi adds."""

from threading import Thread

import pytest
from django.db import OperationalError, connection, transaction
from psycopg import IsolationLevel

from renvoi.config import Config
from renvoi.publication.publishing import await_turn
from renvoi.server.databases import default_database
from tests.databases import on_postgresql


def database_settings(url: str) -> dict[str, object]:
    return default_database(Config.model_validate({"database_url": url}))


def test_url_with_a_name_only_leaves_other_parameters_to_libpq() -> None:
    database = database_settings("postgresql:///renvoi")
    assert database["NAME"] == "renvoi"
    assert [database[part] for part in ("USER", "PASSWORD", "HOST", "PORT")] == ["", "", "", ""]


def test_every_part_of_a_url_is_used() -> None:
    database = database_settings(
        "postgresql://ana%40b:p%40ss@a.example:1,b.example:2/renvoi?sslmode=require&connect_timeout=9"
    )
    assert [database[part] for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "renvoi",
        "ana@b",
        "p@ss",
        "a.example,b.example",
        "1,2",
    ]
    options = database["OPTIONS"]
    assert isinstance(options, dict)
    # A parameter of the URL overrides the default.
    assert (options["sslmode"], options["connect_timeout"], options["keepalives_idle"]) == ("require", "9", "10")


def test_connections_are_closed_after_a_request_and_read_committed() -> None:
    database = database_settings("postgresql:///renvoi?options=-c%20default_transaction_isolation%3Dserializable")
    assert database["CONN_MAX_AGE"] == 0
    assert isinstance(database["OPTIONS"], dict)
    assert database["OPTIONS"]["isolation_level"] == IsolationLevel.READ_COMMITTED
    assert database["OPTIONS"]["options"] == "-c default_transaction_isolation=serializable"


def test_timeouts_are_of_transactions_unless_the_url_sets_them() -> None:
    own = database_settings("postgresql:///renvoi")
    assert own["TIMEOUTS_MS"] == {
        "lock_timeout": 10_000,
        "statement_timeout": 60_000,
        "idle_in_transaction_session_timeout": 60_000,
    }
    # A pooler refuses this parameter.
    assert isinstance(own["OPTIONS"], dict)
    assert "options" not in own["OPTIONS"]
    given = database_settings("postgresql:///renvoi?options=-c%20statement_timeout%3D5s")
    assert isinstance(given["TIMEOUTS_MS"], dict)
    assert "statement_timeout" not in given["TIMEOUTS_MS"]


@on_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lock_timeout", "10s"),
        ("statement_timeout", "1min"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("transaction_isolation", "read committed"),
        ("application_name", "renvoi"),
        ("client_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ],
)
def test_session_has_the_configured_settings(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        assert cursor.fetchone()[0] == value


@on_postgresql
@pytest.mark.usefixtures("committed")
def test_writer_that_waits_too_long_gets_an_error() -> None:
    """As on SQLite, whose error says that the database is locked."""
    errors: list[OperationalError] = []

    def write() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                await_turn()
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        await_turn()
        thread = Thread(target=write)
        thread.start()
        thread.join()
    assert "lock timeout" in str(errors[0])
