"""`renvoi doctor`: it passes on a sound installation, and reports each planted fault."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from django.db import connection

from renvoi.cli import cli
from renvoi.cli.doctor import _file_system_kind, check_server_settings, examine
from renvoi.config import read_config
from renvoi.geo.importing import import_files
from tests.databases import on_postgresql
from tests.geo.cast import range_files
from tests.running import RunningRenvoi

OK, FAILED = 0, 1


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a Renvoi in which nothing is wrong, and the environment that names it."""
    for name in [name for name in os.environ if name.startswith("RENVOI_") and name != "RENVOI_DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path))
    read_config().secret()
    return tmp_path


def problems() -> list[str]:
    """What must be mended."""
    return [f"{finding.subject}: {finding.remedy}" for finding in examine(read_config()) if finding.remedy]


@pytest.mark.django_db
class TestExamine:
    """Everything that the doctor looks at."""

    @pytest.fixture(autouse=True)
    def as_durable_as_a_real_one(self, db: None) -> None:  # noqa: ARG002 (that there is one)
        """The tests' own sessions on PostgreSQL are not, and the doctor says so."""
        if connection.vendor == "postgresql":
            assert [problem for problem in problems() if problem.startswith("synchronous_commit is off")]
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO on")

    @pytest.mark.usefixtures("folder")
    def test_a_sound_renvoi_is_sound(self) -> None:
        assert problems() == []
        result = CliRunner().invoke(cli, ["doctor"])
        assert result.exit_code == OK
        assert {line[:2] for line in result.stdout.splitlines()} == {"✓ "}

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
    @pytest.mark.parametrize("name", ["secret-key", "demo-password"])
    def test_a_secret_that_others_can_reach_is_found(self, mode: int, name: str, folder: Path) -> None:
        secret = folder / name
        secret.touch()
        secret.chmod(mode)
        assert problems() == [f"{name} is readable by its owner only: run chmod 600 {secret}"]
        assert CliRunner().invoke(cli, ["doctor"]).exit_code == FAILED
        secret.chmod(0o600)
        assert problems() == []

    def test_so_is_one_that_the_environment_names(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        secret = folder / "elsewhere"
        secret.write_text("s" * 40)
        secret.chmod(0o644)
        monkeypatch.setenv("RENVOI_SECRET_KEY_FILE", str(secret))
        assert problems() == [f"elsewhere is not accessible to everybody: run chmod o-rwx {secret}"]
        secret.chmod(0o640)
        assert problems() == []

    def test_country_data_that_are_damaged_are_found(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = folder / "country.mmdb"
        file.write_bytes(b"junk")
        monkeypatch.setenv("RENVOI_GEOIP_DB", str(file))
        assert [line.partition(" can't")[0] for line in problems()] == [f"Country data: The country database {file}"]

    def test_country_data_that_are_old_are_found(self, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        files = range_files(tmp_path_factory.mktemp("ranges"))
        import_files(files, config=read_config())
        assert problems() == []
        old = files[0].read_text().replace("Thu, 25 Jun 2026", "Wed, 25 Jun 2014")
        files[0].write_text(old)
        import_files(files, config=read_config())
        assert problems() == ["Country data of 2014-06-25 (IPFire Project): over a year old; renvoi geo import"]
        assert (folder / "geo" / "countries").exists()

    @pytest.mark.usefixtures("folder")
    def test_a_variable_that_means_nothing_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RENVOI_TIME_ZONE", "UTC")
        assert problems() == []
        monkeypatch.setenv("RENVOI_SECRT_KEY", "x")
        assert problems() == ["RENVOI_SECRT_KEY is set: no such setting; see docs/configuration.md"]

    def test_a_value_in_a_file_is_no_unknown_variable(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "zone").write_text("UTC")
        monkeypatch.setenv("RENVOI_TIME_ZONE_FILE", str(folder / "zone"))
        assert problems() == []


def test_a_database_of_another_version_is_found(tmp_path: Path) -> None:
    renvoi = RunningRenvoi(tmp_path)
    result = renvoi.run("doctor", check=False)
    assert (result.returncode, result.stderr) == (FAILED, "")
    problem = [line for line in result.stdout.splitlines() if not line.startswith("✓ ")]
    label = read_config(renvoi.environ).database_label
    assert problem == [f"✗ The database {label} is of this version: run renvoi migrate"]


def test_a_database_that_is_away_is_found(tmp_path: Path) -> None:
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
def test_a_server_that_may_lose_a_commit_is_found(changed: dict[str, str], problem: str) -> None:
    assert [finding.subject for finding in check_server_settings(SAFE | changed) if finding.remedy] == (
        [problem] if problem else []
    )


@on_postgresql
def test_a_session_s_own_settings_are_looked_at(tmp_path: Path) -> None:
    """A database or an account may be told what the server is not."""
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
def test_the_file_system_is_that_of_the_nearest_mount(folder: str, kind: str, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("none / overlay rw 0 0\n/dev/sda /srv ext4 rw 0 0\nnas:/x /srv/renvoi\\040data nfs4 rw 0 0\n")
    assert _file_system_kind(Path(folder), mounts) == kind
    assert _file_system_kind(Path(folder), tmp_path / "absent") == ""
