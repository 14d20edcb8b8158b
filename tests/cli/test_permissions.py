"""Only their owner can access the files of an installation, whatever the umask; a start closes older ones."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from renvoi.cli.checks.files import check_files, repair_files
from renvoi.config import read_config
from renvoi.permissions import create_folder, exposed_files, replace_file
from tests.geo.cast import range_files
from tests.running import RunningRenvoi
from tests.server.serving import Staff
from tests.server.test_postgresql import eventually

VISITOR = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@contextmanager
def umask_of_everybody() -> Iterator[None]:
    """The umask of a careless service manager, which the processes started in the block inherit."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRenvoi]:
    """A demo with everything that an installation writes to its folder: country data, entries, a PDF, a backup."""
    folder = tmp_path_factory.mktemp("everybody") / "data"
    create_folder(folder)
    with umask_of_everybody(), RunningRenvoi(folder) as server:
        (folder / "server.log").chmod(0o600)  # written by the tests
        server.run("geo", "import", *map(str, range_files(tmp_path_factory.mktemp("ranges"))))
        with Staff(server, **VISITOR) as staff:
            staff.http.get("/?country=BR")
            staff.sign_in()
            path = staff.send("/console/partners/export/pdf/").url.path
            assert eventually(lambda: staff.http.get(f"{path}Partners.pdf").status_code == 200)
        server.run("backup", "--output", str(folder))
        yield server


def exposed(folder: Path) -> list[str]:
    return [f"{path.relative_to(folder)} {stat.S_IMODE(path.lstat().st_mode):o}" for path in exposed_files(folder)]


def test_no_file_of_a_running_server_is_accessible_to_others(server: RunningRenvoi) -> None:
    names = {path.name for path in server.folder.rglob("*")}
    assert names >= {"secret-key", "demo-password", "routing-table.bin", "last-good", "countries", "staticfiles.json"}
    assert ".tar" in {Path(name).suffix for name in names}
    if not server.environ["RENVOI_DATABASE_URL"]:
        assert ".pdf" in {Path(name).suffix for name in names}
        # The log of renvoi.sqlite3 is there only while a connection is open.
        assert names >= {"renvoi.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"}
    assert exposed(server.folder) == []


def test_doctor_and_readers_expose_nothing(server: RunningRenvoi) -> None:
    with umask_of_everybody():
        for command in (
            ("doctor",),
            ("partners", "list"),
            ("ledger", "verify"),
            ("route", "--country=BR", "--language=fr"),
        ):
            # The country data of the tests are old, which doctor reports.
            server.run(*command, check=command != ("doctor",))
    assert exposed(server.folder) == []


def test_exported_file_has_the_permissions_of_the_umask(server: RunningRenvoi, tmp_path: Path) -> None:
    with umask_of_everybody():
        server.run("partners", "export", "-o", str(tmp_path / "Partners.csv"))
        server.run("ledger", "export", "-o", str(tmp_path / "ledger.csv"))
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "Partners.csv": 0o666,
        "ledger.csv": 0o666,
    }


def test_start_closes_files_that_an_older_version_left_open(tmp_path: Path) -> None:
    renvoi = RunningRenvoi(tmp_path / "data")
    with umask_of_everybody():
        renvoi.run("migrate")
    outside = tmp_path / "outside"
    outside.write_text("not Renvoi's")
    outside.chmod(0o644)
    (renvoi.folder / "link").symlink_to(outside)
    opened = [renvoi.folder, *renvoi.folder.rglob("*")]
    for path in opened:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    result = renvoi.run("doctor", check=False)
    assert result.returncode == 1
    assert f"✗ secret-key is readable by its owner only: run chmod 600 {renvoi.folder}/secret-key\n" in result.stdout
    renvoi.run("migrate")
    assert exposed(renvoi.folder) == []
    assert renvoi.run("doctor").returncode == 0
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_files_of_another_account_are_reported_and_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path))
    file = tmp_path / "geo"
    file.touch()
    file.chmod(0o644)

    def refuse(path: Path) -> None:
        raise PermissionError(path)

    monkeypatch.setattr("renvoi.cli.checks.files.close_to_others", refuse)
    assert repair_files(read_config()) == [file]
    monkeypatch.undo()
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path))
    assert repair_files(read_config()) == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_database_outside_the_data_folder_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RENVOI_DATABASE_URL", f"sqlite://{tmp_path}/rows.sqlite3")
    write_ahead_log = tmp_path / "rows.sqlite3-wal"
    write_ahead_log.touch(mode=0o600)
    write_ahead_log.chmod(0o640)
    remedies = [finding.remedy for finding in check_files(read_config()) if finding.remedy]
    assert remedies == [f"run chmod 600 {write_ahead_log}"]


def test_many_exposed_files_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path))
    for number in range(12):
        (tmp_path / f"{number:02}").touch()
        (tmp_path / f"{number:02}").chmod(0o604)
    subjects = [finding.subject for finding in check_files(read_config()) if finding.remedy]
    assert subjects == [
        *(f"{number:02} is readable by its owner only" for number in range(5)),
        "7 more files are readable by their owner only",
    ]


def test_folder_is_created_private_with_its_parents(tmp_path: Path) -> None:
    with umask_of_everybody():
        create_folder(tmp_path / "one" / "two")
        replace_file(tmp_path / "one" / "file", b"new", durable=True)
    assert exposed(tmp_path / "one") == []
