"""Tests of `renvoi backup`: one complete file or none, containing everything acknowledged before."""

import os
import shutil
import stat
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.backups import sqlite
from renvoi.backups.archive import read_archive
from renvoi.backups.create import create_backup
from renvoi.backups.engines import open_engine
from renvoi.backups.protocol import BackupFailed
from renvoi.backups.restore import restore_backup
from renvoi.ledger.checkpoint import write_checkpoint
from renvoi.ledger.engines import open_store
from renvoi.ledger.spool import Spool, replay
from tests.backups.cast import AT, Installation, only
from tests.ledger.cast import entries

pytestmark = pytest.mark.own_databases

SESSION_KEY = "a-session-that-must-not-come-back"


@pytest.fixture
def renvoi(source: Installation, backup: Path, target: Installation) -> Installation:
    """An installation of the test's own, which it may change."""
    restore_backup(backup, target.config)
    return Installation(target.folder, target.url, source.ledger_entries)


def execute(installation: Installation, statement: str, *, ledger: str = "") -> None:
    """Execute one statement on the business rows, or on the ledger's database."""
    if installation.url:
        with psycopg.connect(installation.url) as session:
            session.execute((ledger or statement).encode())
        return
    path = installation.config.ledger_path if ledger else installation.config.database_path
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(ledger or statement)


class TestFile:
    def test_file_in_folder_is_named_after_time(self, source: Installation, tmp_path: Path) -> None:
        path, _ = create_backup(source.config, tmp_path, at=AT)
        assert path == tmp_path / "renvoi-backup-20261125T140500Z.tar"
        assert list(tmp_path.iterdir()) == [path]

    def test_backup_file_is_readable_by_owner_only(self, source: Installation, backup: Path) -> None:
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        assert read_archive(backup, into=None).has_secret_key
        assert source.config.secret().encode() in backup.read_bytes()

    def test_existing_file_is_not_overwritten(self, source: Installation, tmp_path: Path) -> None:
        path = tmp_path / "existing"
        path.write_bytes(b"precious")
        with pytest.raises(BackupFailed, match="is there already"):
            source.backup(path)
        assert path.read_bytes() == b"precious"
        assert list(tmp_path.iterdir()) == [path]

    def test_file_that_appears_meanwhile_is_not_overwritten(
        self, source: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "existing"

        def appear(unfinished: Path, target: Path) -> None:
            path.write_bytes(b"precious")
            link(unfinished, target)

        link = os.link
        monkeypatch.setattr("renvoi.backups.create.os.link", appear)
        with pytest.raises(BackupFailed, match="is there already"):
            source.backup(path)
        assert path.read_bytes() == b"precious"

    def test_dangling_symlink_is_not_followed(self, source: Installation, tmp_path: Path) -> None:
        path = tmp_path / "link"
        path.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(BackupFailed, match="is there already"):
            source.backup(path)

    def test_missing_folder_is_reported(self, source: Installation, tmp_path: Path) -> None:
        with pytest.raises(BackupFailed, match="There is no folder"):
            source.backup(tmp_path / "gone" / "backup.tar")


class TestContent:
    def test_command_prints_summary(self, source: Installation, tmp_path: Path) -> None:
        stdout = source.running.run("backup", "-o", str(tmp_path / "b.tar")).stdout
        manifest = read_archive(tmp_path / "b.tar", into=None)
        assert stdout.splitlines()[0] == str(tmp_path / "b.tar")
        assert f"Partners  {manifest.row_count('partners_partner')}\n" in stdout
        assert f"Entries   {len(source.ledger_entries)}, the last digest {manifest.ledger.digest}\n" in stdout
        assert f"Digest    {manifest.digest}\n" in stdout
        assert manifest.row_count("partners_partner") == 42

    def test_sessions_are_not_backed_up(self, renvoi: Installation, tmp_path: Path) -> None:
        execute(renvoi, f"INSERT INTO django_session VALUES ('{SESSION_KEY}', 'x', '2030-01-01')")  # noqa: S608 (ours)
        renvoi.backup(tmp_path / "b.tar")
        assert SESSION_KEY.encode() not in (tmp_path / "b.tar").read_bytes()
        content = tmp_path / "with"
        content.mkdir()
        read_archive(tmp_path / "b.tar", into=content)
        if not renvoi.url:
            with closing(sqlite3.connect(content / "business.sqlite3")) as connection:
                assert connection.execute("SELECT count(*) FROM django_session").fetchone() == (0,)

    def test_spool_files_are_backed_up(self, renvoi: Installation, tmp_path: Path) -> None:
        spool = Spool(renvoi.config.spool_dir)
        spool.append(entries(5))
        (renvoi.config.spool_dir / "7-0a1b2c.damaged").write_bytes(b"unreadable\n")
        (renvoi.config.spool_dir / "8-0a1b2c.new").write_bytes(b"")
        manifest = renvoi.backup(tmp_path / "b.tar")
        (waiting,) = renvoi.config.spool_dir.glob("*.spool")
        assert manifest.spooled == (*sorted(["ledger-spool/7-0a1b2c.damaged", f"ledger-spool/{waiting.name}"]),)
        spool.release()

    def test_entries_replayed_meanwhile_are_backed_up(
        self, renvoi: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whenever the spool is replayed during a backup, an entry is in the copy of the spool or of the ledger."""
        spool, appended = Spool(renvoi.config.spool_dir), entries(5)
        spool.append(appended)
        spool.release()

        def replay_first(engine: str, config: object) -> object:
            with closing(open_store(renvoi.config)) as store:
                assert replay(renvoi.config.spool_dir, store.append_missing).added == 5
            return open_engine(engine, config)  # type: ignore[arg-type]  # as create_backup passes them

        monkeypatch.setattr("renvoi.backups.create.open_engine", replay_first)
        manifest = renvoi.backup(tmp_path / "b.tar")
        assert len(manifest.spooled) == 1
        assert manifest.ledger.position == len(renvoi.ledger_entries) + 5


class TestRefused:
    def left(self, tmp_path: Path) -> list[Path]:
        return [path for path in tmp_path.iterdir() if path.name != "target"]

    def test_unsound_ledger_is_refused(self, renvoi: Installation, tmp_path: Path) -> None:
        execute(renvoi, "", ledger="DELETE FROM ledger_entry WHERE position = 7")
        result = renvoi.running.run("backup", "-o", str(tmp_path / "b.tar"), check=False)
        assert result.returncode == 1
        assert result.stderr == (
            "renvoi: The ledger is not sound, see renvoi ledger verify: Entry 7 is missing. No backup was made.\n"
        )
        assert self.left(tmp_path) == []

    def test_ledger_replaced_by_older_one_is_refused(self, renvoi: Installation, tmp_path: Path) -> None:
        with closing(open_store(renvoi.config)) as store:
            store.append(entries(1))
            write_checkpoint(renvoi.folder, store)
        last = len(renvoi.ledger_entries) + 1
        execute(renvoi, "", ledger=f"DELETE FROM ledger_entry WHERE position = {last}")  # noqa: S608 (a number)
        before = f"(SELECT digest FROM ledger_entry WHERE position = {last - 1})"  # noqa: S608 (a number)
        execute(renvoi, "", ledger=f"UPDATE ledger_head SET position = {last - 1}, digest = {before}")  # noqa: S608
        with pytest.raises(BackupFailed, match=f"had {last} entries before"):
            renvoi.backup(tmp_path / "b.tar")
        assert self.left(tmp_path) == []

    def test_missing_installation_is_refused(self, target: Installation, tmp_path: Path) -> None:
        with pytest.raises(BackupFailed, match=r"nothing to back up|ledger_head"):
            target.backup(tmp_path / "b.tar")
        assert self.left(tmp_path) == []


@only("sqlite")
class TestSqlite:
    def test_damaged_business_rows_are_refused(self, renvoi: Installation, tmp_path: Path) -> None:
        content = bytearray(renvoi.config.database_path.read_bytes())
        content[8192:8292] = b"\xff" * 100
        renvoi.config.database_path.write_bytes(content)
        with pytest.raises(BackupFailed, match=r"damaged|malformed"):
            renvoi.backup(tmp_path / "b.tar")

    def test_inconsistent_copy_is_detected(
        self, renvoi: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Planted: only the ledger's main file is copied, while the newest entries are in its write-ahead log."""

        def copy_main_file_only(source: Path, target: Path) -> None:
            target.write_bytes(source.read_bytes())

        monkeypatch.setattr(sqlite, "_copy", copy_main_file_only)
        with closing(open_store(renvoi.config)) as store:
            store.append(entries(3))
            write_checkpoint(renvoi.folder, store)
            with pytest.raises(BackupFailed, match="not sound"):
                renvoi.backup(tmp_path / "b.tar")


@only("postgresql")
class TestPostgresql:
    def test_password_is_in_no_command_line(
        self, source: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arguments, folder = tmp_path / "arguments", tmp_path / "bin"
        folder.mkdir()
        for program in ("pg_dump", "pg_restore"):
            script = folder / program
            script.write_text(
                f'#!/bin/sh\nprintf "%s\\n" "$@" "=$PGPASSWORD" >> {arguments}\nexec {_path(program)} "$@"\n'
            )
            script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        url = source.url.replace("postgresql://", "postgresql://root:hushhush@") if "@" not in source.url else ""
        if not url:
            pytest.skip("the address of the tests' server already contains an account")
        Installation(source.folder, url).backup(tmp_path / "b.tar")
        lines = arguments.read_text().splitlines()
        assert "=hushhush" in lines
        assert [line for line in lines if "hushhush" in line and not line.startswith("=")] == []
        assert b"hushhush" not in (tmp_path / "b.tar").read_bytes()

    def test_missing_pg_dump_is_reported(
        self, source: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(BackupFailed, match="pg_dump is not on this machine's PATH"):
            source.backup(tmp_path / "b.tar")
        assert list(tmp_path.iterdir()) == []

    def test_dump_without_all_rows_is_refused(
        self, source: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Planted: pg_dump omits the rows of a table."""
        monkeypatch.setattr("renvoi.backups.postgresql.TABLES_WITHOUT_ROWS", ("partners_change",))
        with pytest.raises(BackupFailed, match=r"The dump differs .*: public.partners_change"):
            source.backup(tmp_path / "b.tar")
        assert list(tmp_path.iterdir()) == []

    def test_unreachable_server_is_reported_without_password(self, source: Installation, tmp_path: Path) -> None:
        away = Installation(source.folder, "postgresql://root:hushhush@127.0.0.1:1/x")
        with pytest.raises(BackupFailed, match="can't be used") as failed:
            away.backup(tmp_path / "b.tar")
        assert "hushhush" not in str(failed.value)


def _path(program: str) -> str:
    return shutil.which(program) or program
