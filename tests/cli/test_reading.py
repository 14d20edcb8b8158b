"""Commands that only read, on a folder that they may not write and as another account, with and without a server."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from renvoi import sqlite_access
from tests.backups.cast import populated
from tests.databases import on_sqlite
from tests.running import RunningRenvoi

NOBODY = 65534
READERS = (
    ("doctor",),
    ("partners", "list"),
    ("ledger", "verify"),
    ("partners", "export"),
    ("route", "--country=BR", "--language=fr"),
    ("ledger", "export"),
)

pytestmark = [on_sqlite, pytest.mark.needs("setpriv")]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sample partners and ledger entries, which no process has open."""
    if os.geteuid():
        pytest.skip("only root can run a command as another account")
    folder = populated(tmp_path_factory.mktemp("original") / "data", "").folder
    (folder / "ledger-spool").mkdir(mode=0o700)
    return folder


@pytest.fixture
def readable(original: Path) -> Iterator[Path]:
    """A copy that every account can read, and only its owner can write."""
    # pytest's own temporary folders are closed to other accounts.
    base = Path(tempfile.mkdtemp(prefix="renvoi-tests-"))
    base.chmod(0o755)
    shutil.copytree(original, base / "data")
    open_to_all(base / "data")
    yield base / "data"
    shutil.rmtree(base)


def open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def as_nobody(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    account = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    program = str(Path(sys.executable).with_name("renvoi"))
    environ = RunningRenvoi(folder).environ | {"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}
    return subprocess.run(
        [*account, program, *arguments],
        env=environ,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )


def listing(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def assert_readers_agree(folder: Path, owner: RunningRenvoi, *, readers: Sequence[tuple[str, ...]] = READERS) -> None:
    for arguments in readers:
        result = as_nobody(folder, *arguments)
        if arguments == ("doctor",):
            wrong = [
                line for line in result.stdout.splitlines() if not line.startswith("✓") and "owner only" not in line
            ]
            assert (wrong, result.stderr) == ([], "")
        else:
            expected = owner.run(*arguments)
            assert (result.returncode, result.stderr, result.stdout) == (0, "", expected.stdout), arguments


def test_readers_need_not_write(original: Path, readable: Path) -> None:
    before = listing(readable)
    assert_readers_agree(readable, RunningRenvoi(original))
    assert listing(readable) == before


def test_readers_work_beside_a_server(readable: Path) -> None:
    with RunningRenvoi(readable, command=("serve",)) as server:
        # The start has closed the files.
        open_to_all(readable)
        assert Path(f"{readable}/ledger.sqlite3-wal").exists()
        assert_readers_agree(readable, server, readers=READERS[:3])


def test_backup_as_another_account(readable: Path) -> None:
    target = readable.parent / "backups"
    target.mkdir()
    target.chmod(0o777)
    result = as_nobody(readable, "backup", "--output", str(target))
    assert result.returncode == 0, result.stderr
    assert result.stderr == "That it was made can't be recorded here: doctor and /readyz will not know of it.\n"
    check = RunningRenvoi(readable).run("restore", "--check", str(next(target.iterdir())))
    assert check.stdout.startswith("The backup is sound.\n")


@pytest.mark.parametrize(
    ("closed", "command", "sentence"),
    [
        ("secret-key", ("backup",), "renvoi: Permission denied ({folder}/secret-key). No backup was made.\n"),
        ("ledger-spool", ("backup",), "renvoi: Permission denied ({folder}/ledger-spool). No backup was made.\n"),
        (
            "ledger.sqlite3",
            ("backup",),
            "renvoi: {folder}/ledger.sqlite3 is not readable for this account. No backup was made.\n",
        ),
        (
            "ledger.sqlite3",
            ("ledger", "tail"),
            "Error: The ledger is not available: {folder}/ledger.sqlite3 is not readable for this account\n",
        ),
        (
            "renvoi.sqlite3",
            ("partners", "list"),
            "renvoi: This account can't do that: {folder}/renvoi.sqlite3 is not readable for this account.\n",
        ),
        (
            "renvoi.sqlite3",
            ("doctor",),
            "renvoi: This account can't do that: {folder}/renvoi.sqlite3 is not readable for this account.\n",
        ),
        (
            "",
            ("partners", "list"),
            "renvoi: RENVOI_DATA_DIR is {folder}, which can't be entered or created (Permission denied).\n",
        ),
    ],
)
def test_what_is_missing_is_named(closed: str, command: tuple[str, ...], sentence: str, readable: Path) -> None:
    (readable / closed if closed else readable.parent).chmod(0)
    target = readable.parent / "backups"
    output = ("--output", str(target)) if command == ("backup",) else ()
    if output:
        target.mkdir()
        target.chmod(0o777)
    result = as_nobody(readable, *command, *output)
    readable.parent.chmod(0o755)
    assert (result.returncode != 0, result.stdout) == (True, "")
    assert result.stderr == sentence.format(folder=readable)


def test_secret_key_is_not_needed_to_read(readable: Path) -> None:
    (readable / "secret-key").chmod(0o600)
    assert as_nobody(readable, "partners", "list").returncode == 0
    doctor = as_nobody(readable, "doctor")
    assert doctor.stdout.startswith("✗ The secret key can be read: RENVOI_SECRET_KEY is not set, and ")
    assert doctor.returncode == 1


def test_log_without_its_index_is_not_left_out(readable: Path) -> None:
    """What a killed server leaves: the last commits are in the log alone."""
    (readable / "ledger.sqlite3-wal").write_bytes(b"x" * 5000)
    (readable / "ledger.sqlite3-wal").chmod(0o644)
    result = as_nobody(readable, "ledger", "tail")
    assert result.returncode == 1
    assert f"{readable}/ledger.sqlite3-shm, without which the last changes are missing" in result.stderr


def test_writer_that_begins_meanwhile_is_noticed(readable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = readable / "ledger.sqlite3"
    monkeypatch.setattr(sqlite_access, "_read_as_immutable", {})
    assert sqlite_access.reading_uri(path).endswith("?mode=ro&immutable=1")
    assert sqlite_access.changed_while_read() == []
    (readable / "ledger.sqlite3-wal").touch()
    assert sqlite_access.changed_while_read() == []
    os.utime(path)
    assert sqlite_access.changed_while_read() == [path]
