"""`renvoi ledger verify` and `renvoi doctor` report the routing tables that entries refer to and that can't be read."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.config import read_config
from renvoi.ledger.engines import open_store
from tests.databases import session, url_for
from tests.ledger.cast import entries
from tests.running import RunningRenvoi
from tests.server.serving import fill

SOUND = "The ledger is as it was written: 11 entries.\n"


@pytest.fixture(scope="module")
def renvoi(tmp_path_factory: pytest.TempPathFactory) -> RunningRenvoi:
    """An installation with four tables, and eleven entries: one of before the first table, ten of 2 and 3."""
    running = RunningRenvoi(fill(tmp_path_factory.mktemp("tables") / "data"))
    with closing(open_store(read_config(running.environ))) as store:
        store.prepare()
        store.append([entry._replace(generation=2 + number % 2) for number, entry in enumerate(entries(10))])
        store.append([entry._replace(generation=0) for entry in entries(1)])
    return running


def execute(renvoi: RunningRenvoi, statement: str) -> None:
    if url := url_for(renvoi.folder):
        with session(url) as connection:
            connection.execute(statement.encode())
    else:
        with closing(sqlite3.connect(renvoi.folder / "renvoi.sqlite3")) as connection, connection:
            connection.execute(statement)


@contextmanager
def set_aside(renvoi: RunningRenvoi, change: str) -> Iterator[None]:
    """Change the archive within the block."""
    execute(renvoi, "CREATE TABLE aside AS SELECT * FROM partners_archivedtable")
    execute(renvoi, change)
    try:
        yield
    finally:
        execute(renvoi, "DELETE FROM partners_archivedtable")
        execute(renvoi, "INSERT INTO partners_archivedtable SELECT * FROM aside")
        execute(renvoi, "DROP TABLE aside")


def verify(renvoi: RunningRenvoi) -> CompletedProcess[str]:
    return renvoi.run("ledger", "verify", check=False)


def doctor(renvoi: RunningRenvoi) -> str:
    """Return what doctor says about routing tables."""
    lines = renvoi.run("doctor", check=False).stdout.splitlines()
    return "\n".join(line for line in lines if "outing table" in line)


def test_complete_archive_is_sound(renvoi: RunningRenvoi) -> None:
    verified = verify(renvoi)
    assert (verified.returncode, verified.stdout, doctor(renvoi)) == (0, SOUND, "")


def test_missing_table_is_reported(renvoi: RunningRenvoi) -> None:
    with set_aside(renvoi, "DELETE FROM partners_archivedtable WHERE generation = 3"):
        verified, examined = verify(renvoi), doctor(renvoi)
    assert verified.returncode == 1
    assert verified.stdout.splitlines()[0] == "Routing table 3, which decided 5 entries, is not in the archive."
    assert examined.startswith("✗ Routing table 3, which decided 5 entries, is not in the archive: ")


def test_damaged_table_is_reported(renvoi: RunningRenvoi) -> None:
    with set_aside(renvoi, "UPDATE partners_archivedtable SET digest = 'another' WHERE generation = 2"):
        verified = verify(renvoi)
    assert verified.returncode == 1
    assert verified.stdout == (
        "Routing table 2, which decided 5 entries, can't be read: the content of routing table 2 in the archive is"
        " damaged: its digest differs.\n"
    )


def test_missing_table_that_no_entry_refers_to_is_no_fault(renvoi: RunningRenvoi) -> None:
    with set_aside(renvoi, "DELETE FROM partners_archivedtable WHERE generation = 1"):
        assert doctor(renvoi) == ""


def test_tables_that_an_earlier_version_deleted_are_no_fault(renvoi: RunningRenvoi) -> None:
    execute(renvoi, "UPDATE partners_generation SET archived_since = 3")
    try:
        with set_aside(renvoi, "DELETE FROM partners_archivedtable WHERE generation = 2"):
            verified, examined = verify(renvoi), doctor(renvoi)
    finally:
        execute(renvoi, "UPDATE partners_generation SET archived_since = 1")
    sentence = "5 entries were decided by routing tables before 3, which an earlier version deleted"
    assert (verified.returncode, verified.stdout) == (0, f"{SOUND}{sentence}.\n")
    assert examined == f"✓ {sentence}"


def test_ledger_without_business_rows_is_verified(renvoi: RunningRenvoi, tmp_path: Path) -> None:
    """A copy of the ledger alone, such as one that was set aside for an auditor."""
    alone = RunningRenvoi(tmp_path)
    with (
        closing(open_store(read_config(renvoi.environ))) as store,
        closing(open_store(read_config(alone.environ))) as copy,
    ):
        copy.prepare()
        copy.append([recorded.entry for recorded in store.read(after=0, limit=100)])
    assert verify(alone).stdout == SOUND
