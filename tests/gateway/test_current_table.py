"""Tests of CurrentTable: a new table replaces the old one as a whole, and a damaged one never does."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from renvoi.config import Config
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway.app import create_app
from renvoi.gateway.current_table import POLL_INTERVAL_S, CurrentTable
from renvoi.gateway.table_source.engines import open_table_source
from tests.databases import on_sqlite, session
from tests.gateway.client import configured, publish, publish_in, running
from tests.visitor.cast import operator, table_bytes

DAMAGED = {
    "empty": b"",
    "junk": b"junk",
    "cut by one": table_bytes()[:-1],
    "head only": table_bytes()[:60],
    "longer": table_bytes() + b"x",
}


def eventually(condition: Callable[[], bool]) -> bool:
    """Return whether the condition becomes true. The limit is far over a second, for a busy machine."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def renamed(name: str) -> bytes:
    return table_bytes(generation=4, operator_=operator(name=name))


@pytest.fixture
def database(tmp_path: Path) -> Config:
    gateway_config = configured(tmp_path)
    publish(gateway_config)
    return gateway_config


def remove(database: Config, *, generation: int) -> None:
    """Delete a published table."""
    if database.postgresql_url:
        with session(database.postgresql_url) as connection:
            connection.execute("DELETE FROM partners_publishedtable WHERE generation = %s", (generation,))
    else:
        with closing(sqlite3.connect(database.database_path)) as file, file:
            file.execute("DELETE FROM partners_publishedtable WHERE generation = ?", (generation,))


def delete_all(database: Config) -> None:
    """Delete all published tables, with the database file if there is one."""
    if database.postgresql_url:
        with session(database.postgresql_url) as connection:
            connection.execute("DROP TABLE partners_publishedtable")
    else:
        for path in database.database_path.parent.glob(f"{database.database_path.name}*"):
            path.unlink()


class TestSwap:
    def test_poll_interval_allows_a_swap_within_a_second(self) -> None:
        assert POLL_INTERVAL_S <= 0.25

    def test_new_row_is_served(self, tmp_path: Path, database: Config) -> None:
        with running(create_app(configured(tmp_path))) as client:
            publish(database, generation=4, content=renamed("Nouveau nom"))
            assert eventually(lambda: "Nouveau nom" in client.get().text)

    def test_first_row_is_served(self, tmp_path: Path) -> None:
        with running(create_app(configured(tmp_path))) as client:
            publish(configured(tmp_path))
            assert eventually(lambda: "Boréale" in client.get().text)

    def test_reused_generation_with_other_content_is_served(self, tmp_path: Path, database: Config) -> None:
        publish(database, generation=4, content=renamed("Avant"))
        with running(create_app(configured(tmp_path))) as client:
            assert "Avant" in client.get().text
            remove(database, generation=4)
            assert eventually(lambda: "Boréale" in client.get().text)
            publish(database, generation=4, content=renamed("Autrement"))
            assert eventually(lambda: "Autrement" in client.get().text)

    @on_sqlite
    def test_lower_generation_of_a_restored_database_is_served(self, tmp_path: Path, database: Config) -> None:
        publish(database, generation=9, content=renamed("Neuf"))
        path = database.database_path
        with running(create_app(configured(tmp_path))) as client:
            assert "Neuf" in client.get().text
            other = tmp_path / "restored.sqlite3"
            publish_in(other, generation=5, content=renamed("Restauré"))
            for end in ("-wal", "-shm"):
                Path(f"{path}{end}").unlink(missing_ok=True)
            other.replace(path)
            assert eventually(lambda: "Restauré" in client.get().text)

    @on_sqlite
    def test_long_write_transaction_does_not_block_visitors(self, tmp_path: Path, database: Config) -> None:
        path = database.database_path
        with running(create_app(configured(tmp_path))) as client, closing(sqlite3.connect(path)) as writer:
            writer.isolation_level = None
            writer.execute("BEGIN IMMEDIATE")
            assert "Boréale" in client.get().text
            writer.execute("ROLLBACK")


class TestDamage:
    @pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
    def test_damaged_table_leaves_the_last_one_in_force(
        self, tmp_path: Path, database: Config, content: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        with running(create_app(configured(tmp_path))) as client:
            publish(database, generation=4, content=content)
            assert eventually(lambda: "refused" in caplog.text)
            time.sleep(0.5)
            assert "Boréale" in client.get().text
        assert caplog.text.count("refused") == 1

    def test_valid_table_after_a_damaged_one_is_served(self, tmp_path: Path, database: Config) -> None:
        with running(create_app(configured(tmp_path))) as client:
            publish(database, generation=4, content=b"junk")
            publish(database, generation=5, content=renamed("Réparé"))
            assert eventually(lambda: "Réparé" in client.get().text)

    def test_table_that_cannot_be_prepared_is_refused(self, tmp_path: Path, database: Config) -> None:
        def prepare(table: RoutingTable) -> str:
            raise LookupError(table.generation)

        current = CurrentTable(
            source=open_table_source(database), copy=tmp_path / "copy", prepare=prepare, empty="empty"
        )
        current.start()
        current.stop()
        assert current.served == "empty"
        assert not (tmp_path / "copy").exists()

    @on_sqlite
    def test_row_of_wrong_types_does_not_stop_polling(self, tmp_path: Path, database: Config) -> None:
        with running(create_app(configured(tmp_path))) as client:
            with closing(sqlite3.connect(database.database_path)) as connection, connection:
                connection.execute("INSERT INTO partners_publishedtable VALUES (4, 'a text', '')")
            time.sleep(0.5)
            publish(database, generation=5, content=renamed("Ensuite"))
            assert eventually(lambda: "Ensuite" in client.get().text)


class TestLocalCopy:
    def test_gateway_starts_from_the_copy_without_its_database(self, tmp_path: Path, database: Config) -> None:
        with running(create_app(configured(tmp_path))):
            pass
        delete_all(database)
        with running(create_app(configured(tmp_path))) as client:
            assert "Notre partenaire au Brésil" in client.get(query="country=BR").text
            publish(database, generation=4, content=renamed("De retour"))
            assert eventually(lambda: "De retour" in client.get().text)

    @pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
    def test_gateway_starts_from_the_copy_with_a_damaged_table(
        self, tmp_path: Path, database: Config, content: bytes
    ) -> None:
        with running(create_app(configured(tmp_path))):
            pass
        publish(database, generation=4, content=content)
        with running(create_app(configured(tmp_path))) as client:
            assert "Boréale" in client.get().text

    def test_damaged_copy_is_not_served(self, tmp_path: Path) -> None:
        (tmp_path / "routing-table.bin").write_bytes(table_bytes()[:-1])
        with running(create_app(configured(tmp_path))) as client:
            assert client.get().status == 200
            assert "Boréale" not in client.get().text

    def test_copy_is_complete_and_leaves_no_temporary_file(self, tmp_path: Path, database: Config) -> None:
        with running(create_app(configured(tmp_path))):
            publish(database, generation=4, content=renamed("Copie"))
            assert eventually(lambda: (tmp_path / "routing-table.bin").read_bytes() == renamed("Copie"))
        assert not list(tmp_path.glob(".routing-table*"))

    def test_unwritable_folder_prevents_only_the_copy(
        self, tmp_path: Path, database: Config, caplog: pytest.LogCaptureFixture
    ) -> None:
        current = CurrentTable(
            source=open_table_source(database),
            copy=tmp_path / "absent" / "copy",
            prepare=lambda table: table.generation,
            empty=0,
        )
        current.start()
        current.stop()
        assert current.served == 3
        assert "No local copy" in caplog.text


@on_sqlite
class TestUnreadableDatabase:
    @pytest.mark.parametrize(
        "content", [b"junk", b"SQLite format 3\0" + b"\xff" * 4000], ids=["junk", "junk after an SQLite header"]
    )
    def test_unreadable_database_is_logged_once_and_last_table_stays(
        self, tmp_path: Path, database: Config, content: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        with running(create_app(configured(tmp_path))) as client:
            delete_all(database)
            database.database_path.write_bytes(content)
            assert eventually(lambda: "can't be read" in caplog.text)
            time.sleep(0.5)
            assert "Boréale" in client.get().text
        assert caplog.text.count("can't be read") == 1
