"""Every process runs on the same SQLite library, which has the WAL-reset fix."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, transaction
from pysqlite3 import dbapi2 as pysqlite3

from renvoi.ledger.sqlite import has_wal_reset_fix
from tests.databases import on_sqlite
from tests.running import RunningRenvoi

_VERSION = "SELECT sqlite_version()"
_GATEWAY = """
from renvoi.gateway.table_source.sqlite import sqlite3
print(sqlite3.connect(":memory:").execute("SELECT sqlite_version()").fetchone()[0])
"""


def fetch_value(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@on_sqlite
@pytest.mark.django_db
def test_every_process_runs_on_the_same_library(tmp_path: Path) -> None:
    gateway = subprocess.run([sys.executable, "-c", _GATEWAY], check=True, capture_output=True, text=True)
    terminal = RunningRenvoi(tmp_path).run("doctor", check=False)
    assert fetch_value(_VERSION) == gateway.stdout.strip() == pysqlite3.sqlite_version
    assert terminal.stdout.splitlines()[0] == f"✓ SQLite {pysqlite3.sqlite_version}"
    assert has_wal_reset_fix(pysqlite3.sqlite_version_info)


def test_name_sqlite3_still_refers_to_the_standard_library() -> None:
    """It refers to pysqlite3 only while Django's backend is imported."""
    assert sys.modules["sqlite3"] is sqlite3
    assert sqlite3.__name__ == "sqlite3"
    with closing(sqlite3.connect(":memory:")) as opened:
        assert type(opened).__module__ == "sqlite3"


@on_sqlite
@pytest.mark.usefixtures("committed")
def test_commits_are_durable_and_writers_take_their_lock_first() -> None:
    assert (fetch_value("PRAGMA journal_mode"), fetch_value("PRAGMA synchronous")) == ("wal", 2)
    with transaction.atomic():
        name = connection.settings_dict["NAME"]
        with (
            closing(pysqlite3.connect(name, timeout=0, isolation_level=None)) as other,
            pytest.raises(pysqlite3.OperationalError, match="locked"),
        ):
            # IMMEDIATE: the lock is taken when the transaction begins, before anything is written.
            other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 49, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_releases_with_the_wal_reset_fix_are_recognised(version: tuple[int, int, int], is_safe: bool) -> None:  # noqa: FBT001 (pytest's argument)
    assert has_wal_reset_fix(version) is is_safe
