"""`renvoi doctor`: it passes on a sound installation, and reports each planted fault."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from django.db import connection

from renvoi.backups.engines import engine_name, open_engine
from renvoi.cli import cli
from renvoi.cli.checks.doctor import _file_system_kind, check_server_settings, examine
from renvoi.config import read_config
from renvoi.domain.ledger_entry import entry_at
from renvoi.geo.importing import import_files
from renvoi.ledger.spool import Spool
from tests.databases import on_postgresql
from tests.geo.cast import range_files
from tests.ledger.cast import entries
from tests.running import RunningRenvoi

OK, FAILED = 0, 1


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a sound installation, named in the environment."""
    for name in [name for name in os.environ if name.startswith("RENVOI_") and name != "RENVOI_DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path))
    read_config().secret()
    return tmp_path


def problems() -> list[str]:
    """The checks that fail, each with its remedy."""
    return [f"{finding.subject}: {finding.remedy}" for finding in examine(read_config()) if finding.remedy]


@pytest.mark.django_db
class TestExamine:
    """All checks."""

    @pytest.fixture(autouse=True)
    def durable_commits(self, db: None) -> None:  # noqa: ARG002 (for its effect)
        """Turn on synchronous_commit, which the tests turn off on PostgreSQL, after checking that this is reported."""
        if connection.vendor == "postgresql":
            assert [problem for problem in problems() if problem.startswith("synchronous_commit is off")]
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO on")

    @pytest.mark.usefixtures("folder")
    def test_sound_installation_passes(self) -> None:
        assert problems() == []
        result = CliRunner().invoke(cli, ["doctor"])
        assert result.exit_code == OK
        assert {line[:2] for line in result.stdout.splitlines()} == {"✓ "}

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
    @pytest.mark.parametrize("name", ["secret-key", "demo-password"])
    def test_secret_file_that_others_can_access_is_reported(self, mode: int, name: str, folder: Path) -> None:
        secret = folder / name
        secret.touch()
        secret.chmod(mode)
        assert problems() == [f"{name} is readable by its owner only: run chmod 600 {secret}"]
        assert CliRunner().invoke(cli, ["doctor"]).exit_code == FAILED
        secret.chmod(0o600)
        assert problems() == []

    def test_world_readable_secret_file_of_the_environment_is_reported(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret = folder / "elsewhere"
        secret.write_text("s" * 40)
        secret.chmod(0o644)
        monkeypatch.setenv("RENVOI_SECRET_KEY_FILE", str(secret))
        assert problems() == [f"elsewhere is not accessible to everybody: run chmod o-rwx {secret}"]
        secret.chmod(0o640)
        assert problems() == []

    def test_damaged_country_data_is_reported(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = folder / "country.mmdb"
        file.write_bytes(b"junk")
        monkeypatch.setenv("RENVOI_GEOIP_DB", str(file))
        assert [line.partition(" can't")[0] for line in problems()] == [f"Country data: The country database {file}"]

    def test_old_country_data_is_reported(self, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        files = range_files(tmp_path_factory.mktemp("ranges"))
        content = files[0].read_text()
        for days, remedy in ((59, ""), (61, "over 60 days old; renvoi geo import")):
            built_at = datetime.now(UTC) - timedelta(days=days)
            files[0].write_text(content.replace("Thu, 25 Jun 2026", f"{built_at:%a, %d %b %Y}"))
            import_files(files, config=read_config())
            expected = f"Country data of {built_at:%Y-%m-%d} (IPFire Project): {remedy}"
            assert problems() == ([expected] if remedy else [])
        assert (folder / "geo" / "countries").exists()

    @pytest.mark.parametrize(("days", "is_old"), [(6, False), (8, True)])
    def test_old_backup_is_reported(self, days: int, is_old: bool, folder: Path) -> None:  # noqa: FBT001 (pytest's argument)
        now = datetime.now(UTC)
        at = now - timedelta(days=days)
        engine = open_engine(engine_name(read_config()), read_config())
        for text, subject in (
            ({"since": at.isoformat(), "made_at": None}, "No backup yet"),
            (
                {"since": (now - timedelta(days=99)).isoformat(), "made_at": at.isoformat()},
                f"Last backup of {at:%Y-%m-%d %H:%M} UTC",
            ),
        ):
            engine.write_trace(json.dumps(text))
            (folder / "last-backup").chmod(0o600) if (folder / "last-backup").exists() else None
            assert problems() == ([f"{subject}: run renvoi backup"] if is_old else [])
        # On PostgreSQL the trace outlives this test.
        engine.write_trace(json.dumps({"since": now.isoformat(), "made_at": now.isoformat()}))

    @pytest.mark.parametrize(("minutes", "is_stuck"), [(5, False), (15, True)])
    def test_spool_that_does_not_empty_is_reported(self, minutes: int, is_stuck: bool, folder: Path) -> None:  # noqa: FBT001 (as above)
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        spool = Spool(folder / "ledger-spool")
        spool.append([entry_at(at, entries(1)[0][2:], random_bytes=bytes(10))])
        spool.release()
        expected = (
            f"Entries wait in the spool since {at:%Y-%m-%d %H:%M} UTC: start a server, or run renvoi ledger replay"
        )
        assert problems() == ([expected] if is_stuck else [])

    def test_spool_with_unreadable_lines_is_reported(self, folder: Path) -> None:
        (folder / "ledger-spool").mkdir(mode=0o700)
        damaged = folder / "ledger-spool" / "1-2.damaged"
        damaged.touch(mode=0o600)
        assert problems() == [f"The spool has lines that can't be read: see 1-2.damaged in {folder / 'ledger-spool'}"]

    @pytest.mark.usefixtures("folder")
    def test_unknown_variable_is_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RENVOI_TIME_ZONE", "UTC")
        assert problems() == []
        monkeypatch.setenv("RENVOI_SECRT_KEY", "x")
        assert problems() == ["RENVOI_SECRT_KEY is set: no such setting; see docs/configuration.md"]

    def test_variable_that_names_a_file_is_not_reported(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "zone").write_text("UTC")
        monkeypatch.setenv("RENVOI_TIME_ZONE_FILE", str(folder / "zone"))
        assert problems() == []


def test_database_of_another_version_is_reported(tmp_path: Path) -> None:
    renvoi = RunningRenvoi(tmp_path)
    result = renvoi.run("doctor", check=False)
    assert (result.returncode, result.stderr) == (FAILED, "")
    problem = [line for line in result.stdout.splitlines() if not line.startswith("✓ ")]
    label = read_config(renvoi.environ).database_label
    assert problem == [f"✗ The database {label} is of this version: run renvoi migrate"]


def test_unreachable_database_is_reported(tmp_path: Path) -> None:
    url = "postgresql://ana:hunter@127.0.0.1:1/renvoi"
    result = RunningRenvoi(tmp_path, RENVOI_DATABASE_URL=url).run("doctor", check=False)
    assert (result.returncode, result.stderr) == (FAILED, "")
    assert result.stdout.startswith("✗ The database renvoi at 127.0.0.1 answers: connection failed: ")
    assert "hunter" not in result.stdout


SAFE = {
    "server_version_num": "150020",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "server_encoding": "UTF8",
}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, ""),
        ({"synchronous_commit": "remote_apply"}, ""),
        ({"synchronous_commit": "local"}, ""),
        ({"server_version_num": "170001"}, ""),
        ({"server_version_num": "140011"}, "PostgreSQL 14.11"),
        ({"fsync": "off"}, "fsync is off"),
        ({"full_page_writes": "off"}, "full_page_writes is off"),
        ({"synchronous_commit": "off"}, "synchronous_commit is off"),
        ({"server_encoding": "SQL_ASCII"}, "The encoding is SQL_ASCII"),
    ],
)
def test_unsafe_postgresql_settings_are_reported(changed: dict[str, str], problem: str) -> None:
    assert [finding.subject for finding in check_server_settings(SAFE | changed) if finding.remedy] == (
        [problem] if problem else []
    )


@on_postgresql
def test_settings_of_the_session_are_checked(tmp_path: Path) -> None:
    """A database or an account may override the server's settings."""
    safe = RunningRenvoi(tmp_path)
    assert "✓ synchronous_commit is on" in safe.run("doctor", check=False).stdout
    url = safe.environ["RENVOI_DATABASE_URL"] + quote(" -c synchronous_commit=off")
    result = RunningRenvoi(tmp_path, RENVOI_DATABASE_URL=url).run("doctor", check=False)
    assert "✗ synchronous_commit is off: set it to on" in result.stdout
    assert result.returncode == FAILED


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/renvoi data", "nfs4"),
        ("/srv/renvoi data/deep/er", "nfs4"),
        ("/srv", "ext4"),
        ("/", "overlay"),
        ("/elsewhere", "overlay"),
    ],
)
def test_file_system_is_that_of_the_nearest_mount_point(folder: str, kind: str, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("none / overlay rw 0 0\n/dev/sda /srv ext4 rw 0 0\nnas:/x /srv/renvoi\\040data nfs4 rw 0 0\n")
    assert _file_system_kind(Path(folder), mounts) == kind
    assert _file_system_kind(Path(folder), tmp_path / "absent") == ""
