"""Django's database settings: what they take from the URL, and what Renvoi adds."""

from threading import Thread

import pytest
from django.db import OperationalError, connection, transaction
from psycopg import IsolationLevel

from renvoi.config import Config
from renvoi.partners.publication import await_turn
from renvoi.server.databases import default_database
from tests.databases import on_postgresql


def database_settings(url: str) -> dict[str, object]:
    return default_database(Config.model_validate({"database_url": url}))


def test_an_address_without_anything_else_leaves_the_rest_to_libpq() -> None:
    database = database_settings("postgresql:///renvoi")
    assert database["NAME"] == "renvoi"
    assert [database[part] for part in ("USER", "PASSWORD", "HOST", "PORT")] == ["", "", "", ""]


def test_every_part_of_an_address_is_taken() -> None:
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
    # Said in the address, it goes before what is said by us.
    assert (options["sslmode"], options["connect_timeout"], options["keepalives_idle"]) == ("require", "9", "10")


def test_a_session_ends_with_its_request_and_sees_what_is_committed() -> None:
    database = database_settings("postgresql:///renvoi?options=-c%20default_transaction_isolation%3Dserializable")
    assert database["CONN_MAX_AGE"] == 0
    assert isinstance(database["OPTIONS"], dict)
    assert database["OPTIONS"]["isolation_level"] == IsolationLevel.READ_COMMITTED
    # The last one is obeyed.
    assert database["OPTIONS"]["options"].endswith(" -c default_transaction_isolation=serializable")


@on_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lock_timeout", "20s"),
        ("statement_timeout", "1min"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("transaction_isolation", "read committed"),
        ("application_name", "renvoi"),
        ("client_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ],
)
def test_a_session_is_as_it_was_told(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        assert cursor.fetchone()[0] == value


@on_postgresql
@pytest.mark.usefixtures("committed")
def test_a_writer_that_waits_too_long_is_told_so() -> None:
    """As on SQLite, where it is told that the database is locked."""
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
