"""Backup and restore of the table archive, and of installations that had none yet."""

import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.backups import sqlite as sqlite_engine
from renvoi.backups.archive import read_archive
from renvoi.backups.restore import restore_backup
from renvoi.publication.logo_images import make_logo
from tests.architecture.tree import ROOT
from tests.backups.cast import Installation, empty, only
from tests.corpora.images import GOOD
from tests.running import RunningRenvoi

pytestmark = pytest.mark.own_databases

ARCHIVE = "partners_archivedtable"
LOGOS = "publication_logo"
_DIGEST = 2
_SAVE = """
from renvoi.cli.setup import configure
configure()
from renvoi.partners import actions
from renvoi.partners.models import Partner
actions.trash_partners(partners=Partner.objects.all(), actor=None, channel="cli")
"""
_ADD_LOGO = """
from renvoi.cli.setup import configure
configure()
from renvoi.partners import actions
from renvoi.partners.models import Operator
from renvoi.publication.logo_images import make_logo
from tests.corpora.images import GOOD
from tests.running import RunningRenvoi
logo, png = make_logo(GOOD["png"])
version = Operator.objects.get(id=1).version
actions.update_logo(logo=logo, png=png, expected_version=version, actor=None, channel="cli")
"""


def archived(installation: Installation) -> dict[int, tuple[Any, ...]]:
    """Return the rows of the archive by generation."""
    return {row[0]: row for row in installation.rows()[ARCHIVE]}


def answer(installation: Installation, *options: str) -> Any:
    """Return what a visitor from Brazil gets, or got."""
    return json.loads(
        installation.running.run("route", "--country", "BR", "--language", "fr", "--json", *options).stdout
    )


def test_archive_is_restored_row_by_row(source: Installation, backup: Path, target: Installation) -> None:
    assert [name for name in read_archive(backup, into=None).tables if name.endswith(ARCHIVE)]
    target.running.run("restore", str(backup))
    assert list(archived(source)) == [1, 2, 3]
    assert archived(target) == archived(source)
    now = datetime.now(UTC).isoformat()
    assert answer(target, "--at", now) == answer(target, "--generation", "3") == answer(source)


def test_backup_of_an_earlier_version_is_restored_and_archived(
    backup: Path, target: Installation, tmp_path: Path, engine: str
) -> None:
    """An earlier version stored published tables only. Here the last two are left."""
    old_backup = tmp_path / "old.tar"
    with empty(tmp_path / "earlier", engine) as earlier:
        restore_backup(backup, earlier.config)
        rows = archived(earlier)
        settings = "--settings=renvoi.server.settings"
        earlier.running.run_module("django", "migrate", "partners", "0010_refold", settings, "--verbosity=0")
        earlier.backup(old_backup)
    assert not [name for name in read_archive(old_backup, into=None).tables if name.endswith(ARCHIVE)]
    target.running.run("restore", str(old_backup))
    assert {number: row[_DIGEST] for number, row in archived(target).items()} == {
        number: rows[number][_DIGEST] for number in (2, 3)
    }
    # All entries refer to table 3.
    assert target.running.run("ledger", "verify").returncode == 0


@only("sqlite")
def test_table_published_between_both_copies_is_in_the_backup(
    backup: Path, target: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger is copied after the business rows, and may refer to tables that were published in between."""
    renvoi = Installation(tmp_path / "renvoi", "")
    restore_backup(backup, renvoi.config)
    copy_once = sqlite_engine._copy

    def copy_then_save(from_: Path, to: Path) -> None:
        copy_once(from_, to)
        if to.name == "business.sqlite3":
            subprocess.run([sys.executable, "-c", _SAVE], env=renvoi.running.environ, check=True, timeout=60)

    monkeypatch.setattr(sqlite_engine, "_copy", copy_then_save)
    renvoi.backup(tmp_path / "b.tar")
    target.running.run("restore", str(tmp_path / "b.tar"))
    before, after = archived(renvoi), archived(target)
    assert after[4] == before[4]
    # The restored rows are older than table 4, and are published under a number of their own.
    assert (list(after), after[5][_DIGEST]) == ([1, 2, 3, 4, 5], before[3][_DIGEST])
    assert [answer(target, *options)["generation"] for options in ([], ["--generation", "4"])] == [5, 4]
    with closing(sqlite3.connect(target.config.database_path)) as connection:
        assert connection.execute("SELECT max(generation) FROM partners_changeset").fetchone() == (3,)


def add_logo(installation: Installation) -> None:
    environ = {**installation.running.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", _ADD_LOGO], env=environ, check=True, timeout=60)


def test_logo_is_restored_and_served(backup: Path, target: Installation, tmp_path: Path, engine: str) -> None:
    with empty(tmp_path / "renvoi", engine) as renvoi:
        restore_backup(backup, renvoi.config)
        renvoi.running.run("migrate")
        add_logo(renvoi)
        renvoi.backup(tmp_path / "b.tar")
        logos = renvoi.rows()[LOGOS]
    target.running.run("restore", str(tmp_path / "b.tar"))
    assert target.rows()[LOGOS] == logos
    logo, png = make_logo(GOOD["png"])
    assert [row[0] for row in logos] == [logo.digest]
    server = RunningRenvoi(target.folder, command=("serve",), RENVOI_DATABASE_URL=target.url)
    with server:
        assert httpx.get(f"{server.address}{logo.path}").content == png


@only("sqlite")
def test_logo_stored_between_both_copies_is_in_the_backup(
    backup: Path, target: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that was published in between names it."""
    renvoi = Installation(tmp_path / "renvoi", "")
    restore_backup(backup, renvoi.config)
    copy_once = sqlite_engine._copy

    def copy_then_add(from_: Path, to: Path) -> None:
        copy_once(from_, to)
        if to.name == "business.sqlite3":
            add_logo(renvoi)

    monkeypatch.setattr(sqlite_engine, "_copy", copy_then_add)
    renvoi.backup(tmp_path / "b.tar")
    target.running.run("restore", str(tmp_path / "b.tar"))
    assert (target.rows()[LOGOS], sorted(archived(target))) == (renvoi.rows()[LOGOS], [1, 2, 3, 4, 5])
