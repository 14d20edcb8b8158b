"""Tests of the Store contract on both engines: order without gaps, no duplicates, nothing skipped, damage reported."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

from renvoi.config import Config
from renvoi.domain.ledger_entry import FIELDS, Entry
from renvoi.ledger.chain import GENESIS
from renvoi.ledger.engines import open_store
from renvoi.ledger.postgresql import PostgresqlStore
from renvoi.ledger.protocol import Head, LedgerUnavailable, Recorded, Store
from tests.ledger.cast import all_of, entries
from tests.ledger.conftest import Engine


class TestAppend:
    @pytest.mark.parametrize("sizes", [[1], [3, 1, 2], [255, 256, 257], [1000]])
    def test_entries_follow_commit_order(self, store: Store, sizes: list[int]) -> None:
        groups = [entries(size) for size in sizes]
        for group in groups:
            store.append(group)
        assert all_of(store) == [entry for group in groups for entry in group]
        assert store.head().position == sum(sizes)
        assert list(store.faults()) == []

    def test_empty_ledger_is_sound(self, store: Store) -> None:
        assert (store.head(), all_of(store), list(store.faults())) == (Head(0, GENESIS), [], [])

    def test_failed_batch_leaves_no_entry_and_next_one_succeeds(self, store: Store) -> None:
        first, second = entries(3), entries(2)
        store.append(first)
        with pytest.raises(LedgerUnavailable):
            store.append([*entries(2), first[1]])
        store.append(second)
        assert all_of(store) == [*first, *second]
        assert list(store.faults()) == []


class TestAppendMissing:
    def test_present_entries_are_not_added_again(self, store: Store) -> None:
        old, new = entries(5), entries(3)
        store.append(old)
        assert store.append_missing([*old[:3], *new, *old[3:], new[0]]) == 3
        assert store.append_missing([*old, *new]) == 0
        assert all_of(store) == [*old, *new]
        assert list(store.faults()) == []

    def test_concurrent_calls_add_each_entry_once(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        # On a busy machine one of them may wait for long. A replay is retried, this test is not.
        monkeypatch.setattr("renvoi.ledger.sqlite.BUSY_TIMEOUT_S", 30.0)
        appended = entries(400)

        def append_missing(_: int) -> int:
            with closing(engine.open_store()) as own:
                return sum(own.append_missing(appended[at : at + 20]) for at in range(0, len(appended), 20))

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(append_missing, range(2))) == len(appended)
        with closing(engine.open_store()) as store:
            assert sorted(all_of(store), key=lambda entry: entry.ref) == sorted(appended, key=lambda entry: entry.ref)


class TestRead:
    def test_read_returns_limited_entries_after_position(self, store: Store) -> None:
        appended = entries(10)
        store.append(appended)
        assert store.read(after=3, limit=2) == [Recorded(4, appended[3]), Recorded(5, appended[4])]
        assert store.read(after=10, limit=2) == []

    def test_entry_is_found_by_its_reference(self, store: Store) -> None:
        appended, other = entries(10), entries(1)[0]
        store.append(appended)
        assert [store.find(entry.ref) for entry in appended] == appended
        assert store.find(other.ref) is None

    def test_reader_skips_nothing_during_concurrent_writes(self, engine: Engine) -> None:
        writing = Event()
        seen: list[Recorded] = []

        def write(_: int) -> None:
            with closing(engine.open_store()) as own:
                for size in range(1, 25):
                    _append(own, entries(size % 7 + 1))

        def follow() -> None:
            with closing(engine.open_store()) as own:
                while True:
                    was_writing = writing.is_set()
                    new = own.read(after=seen[-1].position if seen else 0, limit=50)
                    seen.extend(new)
                    if not new and not was_writing:
                        return

        writing.set()
        with ThreadPoolExecutor(4) as pool:
            follower = pool.submit(follow)
            try:
                list(pool.map(write, range(3)))
            finally:
                writing.clear()
            follower.result(timeout=60)
        with closing(engine.open_store()) as store:
            assert [recorded.entry for recorded in seen] == all_of(store)
            assert len(seen) == 3 * sum(size % 7 + 1 for size in range(1, 25))
            assert list(store.faults()) == []


def test_generations_have_the_numbers_of_their_entries(store: Store) -> None:
    assert store.generations() == {}
    store.append([entry._replace(generation=41 - number % 3) for number, entry in enumerate(entries(10))])
    assert list(store.generations().items()) == [(39, 3), (40, 3), (41, 4)]


CHANGED_VALUES = {
    "ref": "'01a210af-cf9e-7ce7-8767-63995f3658de'",
    "at_ms": "at_ms + 1",
    "act": "'shown'",
    "decision": "'choice'",
    "reason": "'only_candidate'",
    "country": "NULL",
    "region": "'CA-QC'",
    "country_source": "'cookie'",
    "language": "'en'",
    "partner": "99",
    "source": "'summer'",
    "generation": "4",
}


class TestVerify:
    """Every change made behind the ledger's back is reported, with its position."""

    def test_every_field_has_a_changed_value(self) -> None:
        assert set(CHANGED_VALUES) == set(FIELDS)

    @pytest.mark.parametrize("field", FIELDS)
    def test_changed_field_is_reported(self, engine: Engine, store: Store, field: str) -> None:
        for size in (3, 4, 2):
            store.append(entries(size))
        engine.tamper(f"UPDATE ledger_entry SET {field} = {CHANGED_VALUES[field]} WHERE position = 5")  # noqa: S608
        assert list(store.faults()) == ["Entries 4 to 7 are not as they were written."]

    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("DELETE FROM ledger_entry WHERE position = 5", "Entry 5 is missing."),
            ("DELETE FROM ledger_entry WHERE position IN (4, 5)", "Entries 4 to 5 are missing."),
            ("DELETE FROM ledger_entry WHERE position = 1", "Entry 1 is missing."),
            ("DELETE FROM ledger_entry WHERE position > 7", "Entries 8 to 9 are missing."),
            ("DELETE FROM ledger_entry", "Entries 1 to 9 are missing."),
            ("UPDATE ledger_entry SET digest = NULL WHERE position = 9", "have no digest"),
            ("UPDATE ledger_entry SET digest = NULL WHERE position = 7", "Entries 4 to 9 are not as they were"),
            ("UPDATE ledger_head SET position = 8", "recorded end is 8, but its last entry is 9."),
            ("UPDATE ledger_head SET digest = 'x'", "recorded end"),
            ("DELETE FROM ledger_head", "the row of the ledger's end is missing"),
            ("DROP TABLE ledger_entry", "can't be read"),
        ],
    )
    def test_missing_row_digest_or_table_is_reported(
        self, engine: Engine, store: Store, statement: str, expected: str
    ) -> None:
        for size in (3, 4, 2):
            store.append(entries(size))
        assert list(store.faults()) == []
        engine.tamper(statement)
        assert expected in " ".join(store.faults())


def _append(store: Store, group: list[Entry]) -> None:
    """Append, and retry as the spool does when a busy machine exceeds the lock timeout."""
    with suppress(LedgerUnavailable):
        store.append(group)
        return
    for _ in range(50):
        with suppress(LedgerUnavailable):
            store.append_missing(group)
            return
    raise AssertionError("the ledger stays locked")


def test_concurrent_prepare_succeeds(engine: Engine) -> None:
    def prepare(_: int) -> None:
        with closing(engine.open_store()) as own:
            own.prepare()

    engine.tamper("DROP TABLE ledger_entry")
    engine.tamper("DROP TABLE ledger_head")
    engine.tamper("DROP TABLE ledger_step")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(prepare, range(8)))
    with closing(engine.open_store()) as store:
        store.append(entries(1))
        assert list(store.faults()) == []


@pytest.mark.parametrize(
    ("url", "engine"),
    [
        ("", "SqliteStore"),
        ("sqlite:////srv/renvoi.sqlite3", "SqliteStore"),
        ("postgresql://renvoi@db.example/renvoi", "PostgresqlStore"),
        ("postgres://db.example/renvoi", "PostgresqlStore"),
    ],
)
def test_database_url_selects_engine(url: str, engine: str, tmp_path: Path) -> None:
    store = open_store(Config.model_validate({"data_dir": tmp_path, "database_url": url}))
    assert type(store).__name__ == engine
    assert list(tmp_path.iterdir()) == []


def test_connection_is_closed_if_its_first_transaction_fails(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[psycopg.Connection] = []
    connect = psycopg.connect

    def recorded(*arguments: Any, **settings: Any) -> psycopg.Connection:
        opened.append(connect(*arguments, **settings))
        return opened[-1]

    monkeypatch.setattr(psycopg, "connect", recorded)
    monkeypatch.setattr("renvoi.ledger.postgresql._LOCK", "SET LOCAL no_such_setting = 1")
    with pytest.raises(LedgerUnavailable, match="no_such_setting"):
        PostgresqlStore(postgresql).prepare()
    assert [connection.closed for connection in opened] == [True]


def test_postgresql_synchronous_commit_is_never_off(postgresql: str) -> None:
    for default, used in (("off", "on"), ("local", "local"), ("on", "on")):
        url = f"{postgresql}?options=-csynchronous_commit%3D{default}"
        with closing(PostgresqlStore(url)) as store:
            with store._transaction() as connection:
                assert connection.execute("SHOW synchronous_commit").fetchone() == (used,)
            assert store._ensure_connection().execute("SHOW synchronous_commit").fetchone() == (default,)
