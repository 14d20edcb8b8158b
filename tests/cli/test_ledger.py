"""Tests of `renvoi ledger`: tail, verify, export and replay."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pysqlite3 import dbapi2 as sqlite3

from renvoi.cli import cli
from renvoi.domain.ledger_entry import Entry, entry_as_dict, serialise_entry
from renvoi.domain.places import CountryCode, Language
from renvoi.ledger.spool import Spool
from renvoi.ledger.sqlite import SqliteStore
from renvoi.ledger.wishes.wish import make_wish
from tests.databases import on_sqlite
from tests.ledger.cast import all_of, entries
from tests.running import RunningRenvoi

pytestmark = on_sqlite


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def stored(folder: Path) -> Iterator[list[Entry]]:
    """Thirty entries in the ledger."""
    stored_entries = entries(30)
    with closing(SqliteStore(folder / "ledger.sqlite3")) as store:
        store.prepare()
        store.append(stored_entries)
        yield stored_entries


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["ledger", *arguments])


class TestTail:
    def test_tail_prints_last_entries(self, stored: list[Entry]) -> None:
        lines = run("tail", "--limit", "3").stdout.splitlines()
        assert lines == [f"{at}\t{serialise_entry(stored[at - 1])}" for at in (28, 29, 30)]

    def test_tail_prints_twenty_entries_by_default(self, stored: list[Entry]) -> None:
        assert len(run("tail").stdout.splitlines()) == 20 < len(stored)

    def test_missing_ledger_is_reported(self, folder: Path) -> None:
        result = run("tail")
        assert result.exit_code == 1
        assert result.stderr == f"Error: The ledger is not available: There is no ledger at {folder}/ledger.sqlite3\n"


class TestVerify:
    def test_sound_ledger_is_reported(self, stored: list[Entry]) -> None:
        result = run("verify")
        assert (result.exit_code, result.stdout) == (0, f"The ledger is as it was written: {len(stored)} entries.\n")

    @pytest.mark.usefixtures("stored")
    def test_damage_is_printed_as_sentence(self, folder: Path) -> None:
        with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection, connection:
            connection.execute("DELETE FROM ledger_entry WHERE position = 7")
        result = run("verify")
        assert result.exit_code == 1
        assert result.stdout.startswith("Entry 7 is missing.\n")


class TestExport:
    def test_csv_contains_all_fields(self, stored: list[Entry]) -> None:
        rows = list(csv.DictReader(io.StringIO(run("export").stdout)))
        assert [row["position"] for row in rows] == [str(at) for at in range(1, 31)]
        expected = {name: "" if value is None else str(value) for name, value in entry_as_dict(stored[0]).items()}
        assert rows[0] == {"position": "1", **expected}

    def test_json_lines_respect_after_and_limit(self, stored: list[Entry], tmp_path: Path) -> None:
        file = tmp_path / "out.jsonl"
        assert run("export", "--format", "jsonl", "--after", "10", "--limit", "15", "-o", str(file)).exit_code == 0
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        assert rows == [{"position": at, **entry_as_dict(stored[at - 1])} for at in range(11, 26)]

    def test_export_reads_several_pages(self, folder: Path, stored: list[Entry]) -> None:
        with closing(SqliteStore(folder / "ledger.sqlite3")) as store:
            store.append(entries(2_500))
        assert len(run("export", "--format", "jsonl").stdout.splitlines()) == 2_500 + len(stored)
        assert len(run("export", "--format", "jsonl", "--limit", "1200").stdout.splitlines()) == 1200

    def test_source_is_escaped_against_formulas(self, folder: Path) -> None:
        (entry,) = entries(1)
        with closing(SqliteStore(folder / "ledger.sqlite3")) as store:
            store.prepare()
            store.append([entry._replace(source="-1-1")])
        assert next(csv.DictReader(io.StringIO(run("export").stdout)))["source"] == "'-1-1"


class TestWishes:
    @pytest.fixture
    def _wishes(self, folder: Path) -> None:
        with closing(SqliteStore(folder / "ledger.sqlite3")) as store:
            store.prepare()
            made: list[tuple[int, str, Language]]
            made = [(23, "PT", "fr"), (23, "BR", "fr"), (24, "BR", "fr"), (30, "BR", "en")]
            for day, country, language in made:
                at = datetime(2026, 11, day, tzinfo=UTC)
                store.append([], [make_wish(CountryCode(country), language, at=at)])

    @pytest.mark.usefixtures("_wishes")
    def test_counts_are_printed_by_week_country_and_language(self) -> None:
        assert run("wishes").stdout.splitlines() == [
            "week\tcountry\tlanguage\tcount",
            "2026-W48\tBR\tfr\t2",
            "2026-W48\tPT\tfr\t1",
            "2026-W49\tBR\ten\t1",
        ]

    @pytest.mark.usefixtures("_wishes")
    def test_json_has_the_same_columns(self) -> None:
        rows = json.loads(run("wishes", "--json", "--since", "2026-W49").stdout)
        assert rows == [{"week": "2026-W49", "country": "BR", "language": "en", "count": 1}]
        assert len(json.loads(run("wishes", "--json", "--until", "2026-W48").stdout)) == 2

    def test_what_is_no_week_is_refused(self) -> None:
        refused = run("wishes", "--since", "2026-11-23")
        assert refused.exit_code == 2
        assert "'2026-11-23' is no ISO week: write it as 2026-W48." in refused.stderr


class TestReplay:
    def test_replay_prints_numbers_of_entries(self, folder: Path, stored: list[Entry]) -> None:
        new, spool = entries(4), Spool(folder / "ledger-spool")
        spool.append([*new, stored[3]])
        assert run("replay").stdout.splitlines() == [
            "Entries and wishes added to the ledger: 0; there already: 0.",
            "1 file left to running servers, which replay what they have open.",
        ]
        spool.release()
        assert run("replay").stdout == "Entries and wishes added to the ledger: 4; there already: 1.\n"
        assert run("replay").stdout == "Entries and wishes added to the ledger: 0; there already: 0.\n"
        with closing(SqliteStore(folder / "ledger.sqlite3")) as store:
            assert all_of(store) == [*stored, *new]

    @pytest.mark.usefixtures("stored")
    def test_unreadable_lines_are_reported(self, folder: Path) -> None:
        (folder / "ledger-spool").mkdir()
        (folder / "ledger-spool" / "1-x.spool").write_text("nonsense\n")
        result = run("replay")
        assert result.exit_code == 1
        assert "1 line can't be read" in result.stderr


def test_tail_follow_prints_new_entries(folder: Path, stored: list[Entry]) -> None:
    command = [str(Path(sys.executable).with_name("renvoi")), "ledger", "tail", "--limit", "1", "--follow"]
    environ = RunningRenvoi(folder).environ
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout is not None
        try:
            assert follower.stdout.readline() == f"30\t{serialise_entry(stored[-1])}\n"
            new = entries(1)
            with closing(SqliteStore(folder / "ledger.sqlite3")) as store:
                store.append(new)
            assert follower.stdout.readline() == f"31\t{serialise_entry(new[0])}\n"
        finally:
            follower.terminate()


def test_migrate_creates_sound_ledger(tmp_path: Path) -> None:
    RunningRenvoi(tmp_path).run("migrate")
    assert list(SqliteStore(tmp_path / "ledger.sqlite3").faults()) == []
