"""Tests of `renvoi restore`: the same rows and entries on an empty machine, or an error message and no change."""

import fcntl
import os
import random
from contextlib import closing
from pathlib import Path

import pytest

from renvoi.backups.archive import describe_member, read_archive
from renvoi.backups.manifest import BackupRefused, Manifest, TableDigest
from renvoi.backups.protocol import BackupFailed
from renvoi.backups.restore import check_backup, restore_backup
from renvoi.ledger.engines import open_store
from renvoi.ledger.spool import Spool, count_entries, replay
from tests.backups.cast import AT, Installation, empty, is_untouched, pack, tree, write_small_backup
from tests.ledger.cast import all_of, entries

pytestmark = pytest.mark.own_databases

DAMAGED_BYTES = 20


class TestRestored:
    def test_restore_brings_back_rows_entries_and_secret_key(
        self, source: Installation, backup: Path, target: Installation, tmp_path: Path
    ) -> None:
        stdout = target.running.run("restore", str(backup)).stdout
        assert stdout.startswith(f"Restored into {target.folder}")
        assert "Partners  42\n" in stdout
        assert f"Entries   {len(source.ledger_entries)}, " in stdout
        assert target.rows() == source.rows()
        assert (target.folder / "secret-key").read_bytes() == (source.folder / "secret-key").read_bytes()
        assert {path.stat().st_mode & 0o077 for path in target.folder.iterdir() if path.is_file()} == {0}
        again, before = target.backup(tmp_path / "again.tar"), read_archive(backup, into=None)
        assert (again.tables, again.ledger) == (before.tables, before.ledger)
        assert sorted(path.name for path in target.folder.iterdir()) == sorted(
            ["secret-key"]
            if target.url
            else [".setup-lock", "last-backup", "ledger.sqlite3", "renvoi.sqlite3", "secret-key"]
        )

    def test_restored_installation_routes_and_records(self, backup: Path, target: Installation) -> None:
        target.running.run("restore", str(backup))
        assert target.running.run("ledger", "verify").returncode == 0
        assert "choice (same_priority)" in target.running.run("route", "--country", "BR", "--language", "fr").stdout
        with closing(open_store(target.config)) as store:
            store.append(entries(3))
            assert list(store.faults()) == []

    def test_spool_files_are_restored(
        self, engine: str, source: Installation, backup: Path, target: Installation, tmp_path: Path
    ) -> None:
        appended = entries(5)
        with empty(tmp_path / "other", engine) as other:
            restore_backup(backup, other.config)
            spool = Spool(other.config.spool_dir)
            spool.append(appended)
            spool.release()
            other.backup(tmp_path / "b.tar")
        restore_backup(tmp_path / "b.tar", target.config)
        assert count_entries(target.config.spool_dir) == 5
        with closing(open_store(target.config)) as store:
            assert replay(target.config.spool_dir, store.append_missing).added == 5
            assert all_of(store) == [*source.ledger_entries, *appended]

    def test_check_changes_nothing(self, backup: Path, target: Installation) -> None:
        stdout = target.running.run("restore", "--check", str(backup)).stdout
        assert stdout.startswith("The backup is sound.\n")
        assert is_untouched(target)

    def test_backup_of_older_version_is_migrated(self, backup: Path, target: Installation, tmp_path: Path) -> None:
        content = tmp_path / "content"
        content.mkdir()
        manifest = read_archive(backup, into=content).model_copy(update={"renvoi": "0.0.9"})
        result = target.running.run("restore", str(pack(tmp_path / "older.tar", manifest, content)))
        assert "by Renvoi 0.0.9" in result.stdout
        assert target.running.run("doctor", check=False).stdout.count("is of this version\n") == 1

    def test_ignored_folders_do_not_prevent_restore(self, backup: Path, target: Installation) -> None:
        for name in ("geo", "static", "lost+found", ".restoring/half"):
            (target.folder / name).mkdir(parents=True)
        (target.folder / ".restoring" / "ledger.sqlite3").write_bytes(b"of a restore that was killed")
        restore_backup(backup, target.config)
        assert not (target.folder / ".restoring").exists()
        assert (target.folder / "geo").is_dir()


class TestRefused:
    def test_damaged_or_truncated_backup_is_refused(self, backup: Path, target: Installation, tmp_path: Path) -> None:
        """Flips a bit at random places, and cuts the file there."""
        original, draw = backup.read_bytes(), random.Random(4)
        path = tmp_path / "damaged.tar"
        places = draw.sample(range(len(original)), DAMAGED_BYTES)
        unnoticed = []
        for place in places:
            for damaged in (_flipped(original, place, draw), original[:place]):
                path.write_bytes(damaged)
                try:
                    restore_backup(path, target.config)
                except BackupRefused:
                    continue
                unnoticed.append(place)
        assert unnoticed == []
        assert is_untouched(target)

    def test_refusal_is_printed_as_sentence(self, backup: Path, target: Installation, tmp_path: Path) -> None:
        path = tmp_path / "cut.tar"
        path.write_bytes(backup.read_bytes()[:-2000])
        for arguments in (("restore",), ("restore", "--check")):
            result = target.running.run(*arguments, str(path), check=False)
            assert result.returncode == 1
            assert result.stderr.startswith("renvoi: The backup is cut")
            assert result.stderr.endswith("Nothing was changed.\n")
            assert result.stdout == ""
        assert is_untouched(target)

    @pytest.mark.parametrize("name", ["notes.txt", "secret-key", "ledger-witness", "routing-table.bin", "ledger-spool"])
    def test_data_folder_with_content_is_refused(self, name: str, backup: Path, target: Installation) -> None:
        target.folder.mkdir()
        (target.folder / name).write_bytes(b"precious")
        with pytest.raises(BackupFailed, match=f"holds {name}:"):
            restore_backup(backup, target.config)
        assert tree(target.folder) == {name: b"precious"}

    def test_database_with_content_is_refused(self, source: Installation, backup: Path, tmp_path: Path) -> None:
        before = source.rows()
        result = Installation(tmp_path / "other", source.url or f"sqlite://{source.config.database_path}").running.run(
            "restore", str(backup), check=False
        )
        assert result.returncode == 1
        assert "The database is not empty" in result.stderr
        assert source.rows() == before
        assert not (tmp_path / "other").exists()

    def test_backup_of_other_engine_is_refused(self, engine: str, target: Installation, tmp_path: Path) -> None:
        other = tmp_path / "other.tar"
        content = tmp_path / "content"
        content.mkdir()
        write_small_backup(tmp_path)
        manifest = read_archive(tmp_path / "small.tar", into=content)
        if engine == "sqlite":
            (content / "database.dump").write_bytes(b"PGDMP")
            members = (describe_member(content, "database.dump"), *manifest.members[2:])
            manifest = manifest.model_copy(update={"engine": "postgresql", "members": members})
        pack(other, manifest, content)
        with pytest.raises(BackupRefused, match="and this one is on"):
            restore_backup(other, target.config)
        assert is_untouched(target)

    def test_concurrent_restore_is_refused(self, backup: Path, target: Installation) -> None:
        (target.folder / ".restoring").mkdir(parents=True)
        lock_file = os.open(target.folder / ".restoring", os.O_RDONLY)
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        with pytest.raises(BackupFailed, match="Another restore is at work"):
            restore_backup(backup, target.config)
        os.close(lock_file)
        restore_backup(backup, target.config)

    def test_failed_restore_is_undone(
        self, backup: Path, target: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Planted: the last step fails, after everything else was moved to its destination."""

        class Planted(Exception):
            pass

        def fail(*_: object) -> None:
            raise Planted

        kind = "PostgresqlEngine" if target.url else "SqliteEngine"
        module = "postgresql" if target.url else "sqlite"
        monkeypatch.setattr(f"renvoi.backups.{module}.{kind}.load", fail)
        with pytest.raises(Planted):
            restore_backup(backup, target.config)
        assert is_untouched(target)


class TestRepacked:
    """Files valid in every byte whose content differs from what the manifest says."""

    @pytest.fixture
    def content(self, backup: Path, tmp_path: Path) -> Path:
        folder = tmp_path / "content"
        folder.mkdir()
        read_archive(backup, into=folder)
        return folder

    def repacked(self, backup: Path, content: Path, **changes: object) -> Path:
        manifest = read_archive(backup, into=None)
        members = tuple(describe_member(content, member.name) for member in manifest.members)
        update = {"members": members} | changes
        return pack(content.with_suffix(".tar"), manifest.model_copy(update=update), content)

    def refused(self, path: Path, target: Installation) -> str:
        with pytest.raises((BackupRefused, BackupFailed)) as checked:
            check_backup(path, target.config)
        with pytest.raises((BackupRefused, BackupFailed)) as restored:
            restore_backup(path, target.config)
        assert str(checked.value) == str(restored.value)
        assert is_untouched(target)
        return str(restored.value)

    def test_unchanged_repacked_backup_is_restored(self, backup: Path, content: Path, target: Installation) -> None:
        restore_backup(self.repacked(backup, content), target.config)

    def test_rows_that_differ_from_manifest_are_refused(
        self, backup: Path, content: Path, target: Installation
    ) -> None:
        manifest = read_archive(backup, into=None)
        name = next(name for name in manifest.tables if name.endswith("partners_partner"))
        tables = manifest.tables | {name: TableDigest(rows=41, digest=manifest.tables[name].digest)}
        assert f"differs from what the manifest says: {name}" in self.refused(
            self.repacked(backup, content, tables=tables), target
        )

    def test_missing_table_is_refused(self, backup: Path, content: Path, target: Installation) -> None:
        tables = read_archive(backup, into=None).tables | {"public.more": TableDigest(rows=0, digest="0" * 64)}
        assert "public.more" in self.refused(self.repacked(backup, content, tables=tables), target)

    def test_invalid_database_is_refused(self, backup: Path, content: Path, target: Installation) -> None:
        for path in content.iterdir():
            if path.name in {"business.sqlite3", "database.dump"}:
                path.write_bytes(b"x" * 5000)
        assert "can't be read" in self.refused(self.repacked(backup, content), target)


def _flipped(original: bytes, place: int, draw: random.Random) -> bytes:
    altered = bytearray(original)
    altered[place] ^= 1 << draw.randrange(8)
    return bytes(altered)


def test_manifest_records_creation_time(backup: Path) -> None:
    assert read_archive(backup, into=None).made_at == int(AT.timestamp())
    assert isinstance(read_archive(backup, into=None), Manifest)
