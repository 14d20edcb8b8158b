"""Wishes on both engines: each is counted once, whatever fails, and no entry changes for it."""

import random
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.ledger_entry import EntryRefused, serialise_entry
from renvoi.domain.places import CountryCode, Language
from renvoi.ledger import postgresql as postgresql_module
from renvoi.ledger import sqlite as sqlite_module
from renvoi.ledger.protocol import LedgerUnavailable, Store
from renvoi.ledger.spool import Spool, count_entries, oldest_entry_at, replay
from renvoi.ledger.sqlite import SqliteStore
from renvoi.ledger.wishes.wish import Record, Wish, first_ref_week, make_wish, parse_record, serialise_record, week_of
from tests.ledger.bench import Bench, running
from tests.ledger.cast import all_of, entries
from tests.ledger.conftest import Engine

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BR, PT = CountryCode("BR"), CountryCode("PT")


def wishes(number: int, country: CountryCode = BR, language: Language = "fr", *, at: datetime = NOON) -> list[Wish]:
    return [make_wish(country, language, at=at) for _ in range(number)]


def counted(store: Store) -> dict[tuple[str, str, str], int]:
    return {(row.week, row.country, row.language): row.count for row in store.wishes()}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path) as new_bench:
        yield new_bench


class TestWish:
    @pytest.mark.parametrize(
        ("at", "week"),
        [
            (NOON, "2026-W48"),
            (datetime(2027, 1, 3, 23, 59, tzinfo=UTC), "2026-W53"),
            (datetime(2027, 1, 4, tzinfo=UTC), "2027-W01"),
            (datetime(2027, 1, 3, 20, tzinfo=timezone(timedelta(hours=-5))), "2027-W01"),
        ],
    )
    def test_week_is_that_of_iso_in_utc(self, at: datetime, week: str) -> None:
        assert week_of(at) == week

    def test_thirteen_weeks_back_crosses_a_year(self) -> None:
        assert first_ref_week("2027-W01") == "2026-W41"
        assert first_ref_week("0001-W01") == "0001-W01"

    @given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["fr", "en"]))
    def test_line_is_read_back(self, at: datetime, language: Language) -> None:
        wish = make_wish(BR, language, at=at)
        assert parse_record(serialise_record(wish)) == wish

    def test_line_of_an_entry_is_still_an_entry(self) -> None:
        (entry,) = entries(1)
        assert serialise_record(entry) == serialise_entry(entry)
        assert parse_record(serialise_entry(entry)) == entry

    @pytest.mark.parametrize("at", range(1, 5))
    @pytest.mark.parametrize("value", ["", "x", "2026-W54", "BRA", "de", "\\N", "00000000-0000-1000-8000-000000000000"])
    def test_damaged_line_is_refused(self, at: int, value: str) -> None:
        fields = serialise_record(wishes(1)[0]).split("\t")
        fields[at] = value
        with pytest.raises(EntryRefused):
            parse_record("\t".join(fields))
        with pytest.raises(EntryRefused):
            parse_record("\t".join(fields[:at]))


class TestStore:
    def test_wishes_are_counted_by_week_country_and_language(self, store: Store) -> None:
        store.append([], [*wishes(3), *wishes(2, PT), *wishes(1, language="en")])
        store.append([], wishes(4, at=NOON + timedelta(days=7)))
        assert counted(store) == {
            ("2026-W48", "BR", "en"): 1,
            ("2026-W48", "BR", "fr"): 3,
            ("2026-W48", "PT", "fr"): 2,
            ("2026-W49", "BR", "fr"): 4,
        }
        assert [count.week for count in store.wishes(since="2026-W49")] == ["2026-W49"]
        assert [count.count for count in store.wishes(until="2026-W48")] == [1, 3, 2]
        assert list(store.faults()) == []

    def test_same_wish_is_counted_once(self, store: Store) -> None:
        made = wishes(5)
        store.append([], made)
        assert store.append_missing([], [*made, *made]) == 0
        (new,) = wishes(1, PT)
        assert store.append_missing([], [new, *made, new]) == 1
        assert counted(store) == {("2026-W48", "BR", "fr"): 5, ("2026-W48", "PT", "fr"): 1}

    def test_entries_and_their_digests_do_not_depend_on_wishes(self, store: Store) -> None:
        appended, head = entries(4), store.head()
        store.append([], wishes(3))
        assert store.head() == head
        store.append(appended, wishes(2))
        assert store.append_missing(appended[:2], wishes(1)) == 1
        assert all_of(store) == appended
        assert list(store.faults()) == []
        assert counted(store) == {("2026-W48", "BR", "fr"): 6}

    def test_failed_commit_counts_no_wish(self, store: Store) -> None:
        appended = entries(2)
        store.append(appended)
        with pytest.raises(LedgerUnavailable):
            store.append(appended, wishes(1))
        assert counted(store) == {}

    def test_references_are_deleted_after_thirteen_weeks(self, store: Store) -> None:
        made = wishes(2)
        store.append([], made)
        store.append([], wishes(1, at=NOON + timedelta(weeks=13)))
        assert store.append_missing([], made) == 0
        store.append([], wishes(1, at=NOON + timedelta(weeks=14)))
        assert list(store.faults()) == []
        # Nothing but the counts is left of the first week.
        assert store.append_missing([], made[:1]) == 1

    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE ledger_wish SET count = 2 WHERE country = 'BR'",
            "UPDATE ledger_wish SET count = 4 WHERE country = 'BR'",
            "DELETE FROM ledger_wish WHERE country = 'PT'",
            "DELETE FROM ledger_wish",
            "DELETE FROM ledger_wish_ref",
            "UPDATE ledger_wish SET week = '2026-W54'",
            "UPDATE ledger_wish SET language = 'de' WHERE country = 'PT'",
            "UPDATE ledger_wish SET count = -1 WHERE country = 'PT'",
        ],
    )
    def test_damaged_counts_are_faults(self, engine: Engine, store: Store, damage: str) -> None:
        store.append(entries(1), [*wishes(3), *wishes(1, PT)])
        engine.tamper(damage)
        assert any("wishes of" in fault for fault in store.faults())


class TestUpgrade:
    """A server of the version before, which knows no wishes, works on the same ledger before and afterwards."""

    @pytest.fixture
    def old_ledger(self, engine: Engine) -> Engine:
        for table in ("ledger_wish", "ledger_wish_ref"):
            engine.tamper(f"DROP TABLE {table}")
        engine.tamper("DELETE FROM ledger_step WHERE number = 2")
        return engine

    def test_ledger_without_the_tables_is_sound_and_has_no_wishes(self, old_ledger: Engine) -> None:
        with closing(old_ledger.open_store()) as store:
            store.append(entries(3))
            assert (list(store.faults()), store.wishes()) == ([], [])

    def test_old_server_writes_on_after_the_migration(
        self, old_ledger: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with closing(old_ledger.open_store()) as old, closing(old_ledger.open_store()) as new:
            old.append(entries(3))
            new.prepare()
            new.append(entries(1), wishes(2))
            old.append(entries(3))
            for module in (sqlite_module, postgresql_module):
                monkeypatch.setattr(module, "_MIGRATIONS", module._MIGRATIONS[:1])
            old.prepare()
            old.append(entries(3))
            assert (len(all_of(new)), counted(new), list(new.faults())) == (10, {("2026-W48", "BR", "fr"): 2}, [])

    def test_tables_that_an_old_server_left_behind_are_used(self, engine: Engine) -> None:
        """An old `renvoi ledger set-aside` does not move them."""
        engine.tamper("DELETE FROM ledger_step WHERE number = 2")
        with closing(engine.open_store()) as store:
            store.prepare()
            store.append([], wishes(1))
            assert counted(store) == {("2026-W48", "BR", "fr"): 1}


class TestSpool:
    def test_replay_counts_each_wish_once(self, tmp_path: Path, store: Store) -> None:
        made, appended, spool = wishes(300), entries(300), Spool(tmp_path / "spool")
        store.append(appended[:7], made[:5])
        spool.append(appended, made)
        spool.release()
        path = next((tmp_path / "spool").iterdir())
        content = path.read_bytes()
        result = replay(tmp_path / "spool", store.append_missing)
        assert (result.added, result.already_present, result.damaged) == (588, 12, 0)
        path.write_bytes(content)  # a kill between the commit and the deletion
        assert replay(tmp_path / "spool", store.append_missing).added == 0
        assert counted(store) == {("2026-W48", "BR", "fr"): 300}

    def test_file_of_wishes_waits_since_its_last_write(self, tmp_path: Path) -> None:
        spool, before = Spool(tmp_path / "spool"), datetime.now(UTC) - timedelta(seconds=1)
        spool.append([], wishes(2))
        oldest = oldest_entry_at(tmp_path / "spool")
        assert oldest is not None
        assert before < oldest <= datetime.now(UTC) + timedelta(seconds=1)
        assert count_entries(tmp_path / "spool") == 2

    def test_altered_wish_is_set_aside(self, tmp_path: Path, store: Store) -> None:
        spool = Spool(tmp_path / "spool")
        spool.append([], wishes(2))
        spool.release()
        path = next((tmp_path / "spool").iterdir())
        path.write_bytes(path.read_bytes().replace(b"BR", b"PT", 1))
        result = replay(tmp_path / "spool", store.append_missing)
        assert (result.added, result.damaged) == (1, 1)
        assert counted(store) == {("2026-W48", "BR", "fr"): 1}


class TestWriter:
    def test_wishes_and_entries_share_the_writer(self, bench: Bench) -> None:
        records: list[Record] = [*entries(50), *wishes(50)]
        random.Random(1).shuffle(records)
        results, _ = bench.append(records)
        assert (results, len(bench.stored_refs())) == ([True] * 100, 50)
        assert (bench.ledger.entries["ledger"], bench.ledger.wishes["ledger"]) == (50, 50)
        assert self.stored(bench) == {("2026-W48", "BR", "fr"): 50}

    def test_wishes_go_to_the_spool_and_are_replayed_once(self, bench: Bench) -> None:
        bench.set_fault(fails=True)
        results, _ = bench.append([*wishes(20), *entries(3)])
        assert (results, bench.ledger.wishes["spool"], count_entries(bench.spool_dir)) == ([True] * 23, 20, 23)
        bench.set_fault()
        bench.wait_until_healthy()
        bench.append(wishes(2))
        assert self.stored(bench) == {("2026-W48", "BR", "fr"): 22}

    def test_wish_of_a_commit_that_succeeds_too_late_is_counted_once(self, bench: Bench) -> None:
        bench.set_fault(blocks=True)
        results, seconds = bench.append(wishes(7))
        assert (results, seconds < 2, bench.ledger.wishes["spool"]) == ([True] * 7, True, 7)
        bench.set_fault()
        bench.wait_until_healthy()
        assert self.stored(bench) == {("2026-W48", "BR", "fr"): 7}

    def test_wish_that_no_disk_takes_is_reported_to_its_caller(self, bench: Bench) -> None:
        bench.spool_dir.write_text("no folder")
        bench.set_fault(fails=True)
        results, _ = bench.append(wishes(2))
        assert (results, bench.ledger.wishes["nowhere"]) == ([False, False], 2)
        bench.spool_dir.unlink()

    def stored(self, bench: Bench) -> dict[tuple[str, str, str], int]:
        with closing(SqliteStore(bench.path)) as store, suppress(LedgerUnavailable):
            return counted(store)
        raise AssertionError("the ledger can't be read")
