"""Tests of `renvoi restore` that concern one of the two database engines."""

from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.backups.archive import describe_member, read_archive
from renvoi.backups.manifest import BackupRefused
from renvoi.backups.protocol import BackupFailed
from renvoi.backups.restore import check_backup, restore_backup
from tests.backups.cast import Installation, is_untouched, only, pack

pytestmark = pytest.mark.own_databases


@only("sqlite")
class TestSqlite:
    def test_ledger_with_removed_row_is_refused(self, backup: Path, target: Installation, tmp_path: Path) -> None:
        content = tmp_path / "content"
        content.mkdir()
        manifest = read_archive(backup, into=content)
        with closing(sqlite3.connect(content / "ledger.sqlite3")) as connection, connection:
            connection.execute("DELETE FROM ledger_entry WHERE position = 7")
        members = tuple(describe_member(content, member.name) for member in manifest.members)
        path = pack(tmp_path / "b.tar", manifest.model_copy(update={"members": members}), content)
        with pytest.raises(BackupRefused, match="not sound: Entry 7 is missing"):
            restore_backup(path, target.config)
        assert is_untouched(target)

    def test_business_rows_are_restored_to_another_disk(
        self, backup: Path, source: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Planted: every destination is on another file system than the staging folder."""
        elsewhere = tmp_path / "elsewhere" / "rows.sqlite3"
        target = Installation(tmp_path / "target", f"sqlite://{elsewhere}")
        monkeypatch.setattr("renvoi.backups.restore._is_same_file_system", lambda *_: False)
        restore_backup(backup, target.config)
        assert list(elsewhere.parent.iterdir()) == [elsewhere]
        monkeypatch.undo()
        assert Installation(target.folder, f"sqlite://{elsewhere}").backup(tmp_path / "again.tar").tables == (
            read_archive(backup, into=None).tables
        )
        assert source.ledger_entries

    @pytest.mark.parametrize("beside", ["-wal", "-shm", "-journal"])
    def test_leftover_database_log_is_refused(self, beside: str, backup: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere" / "rows.sqlite3"
        elsewhere.parent.mkdir()
        Path(f"{elsewhere}{beside}").write_bytes(b"precious")
        with pytest.raises(BackupFailed, match=f"rows.sqlite3{beside}"):
            restore_backup(backup, Installation(tmp_path / "target", f"sqlite://{elsewhere}").config)

    def test_missing_secret_key_is_reported(self, backup: Path, target: Installation, tmp_path: Path) -> None:
        installation = Installation(tmp_path / "installation", "")
        restore_backup(backup, installation.config)
        (installation.folder / "secret-key").unlink()
        manifest = installation.backup(tmp_path / "b.tar")
        assert not manifest.has_secret_key
        assert "set RENVOI_SECRET_KEY" in target.running.run("restore", str(tmp_path / "b.tar")).stderr


@only("postgresql")
class TestPostgresql:
    def test_missing_pg_restore_is_reported(
        self, backup: Path, target: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        for restoring in (restore_backup, check_backup):
            with pytest.raises(BackupFailed, match="pg_restore is not on this machine's PATH"):
                restoring(backup, target.config)
        monkeypatch.undo()
        assert is_untouched(target)

    def test_fault_detected_after_commit_is_undone(
        self, backup: Path, target: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Planted: the server restores other rows than the dump contains."""
        monkeypatch.setattr("renvoi.backups.postgresql._table_digests", lambda _: {})
        with pytest.raises(BackupRefused, match="The restored database differs"):
            restore_backup(backup, target.config)
        assert is_untouched(target)

    def test_database_that_rejects_a_table_stays_empty(self, backup: Path, target: Installation) -> None:
        """Planted: the database rejects a table of the dump after accepting others."""
        with psycopg.connect(target.url, autocommit=True) as session:
            session.execute("CREATE TYPE public.reports_reach AS ENUM ('in the way')")
        with pytest.raises(BackupFailed, match="reports_reach"):
            restore_backup(backup, target.config)
        assert is_untouched(target)
