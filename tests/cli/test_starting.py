"""Servers that start beside each other, and where the folder of the static files can't be written."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill

CONSOLE = ("serve", "--only", "console")
NOBODY = 65534


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample partners, in which a console has been served."""
    folder = fill(tmp_path_factory.mktemp("starting") / "data")
    with RunningRenvoi(folder, command=CONSOLE) as server:
        assert static_paths(server)
    return folder


def static_paths(server: RunningRenvoi) -> list[str]:
    """Return the paths of the sign-in page's static files, all of which the server must have."""
    with httpx.Client(base_url=server.address) as http:
        paths = re.findall(r'="(/static/[^"]+)"', http.get("/console/sign-in/").text)
        assert {http.get(path).status_code for path in paths} == {200}
    return paths


def identities(folder: Path) -> dict[str, tuple[int, int]]:
    """Map each file to its inode and its time: both change if the file is written or replaced."""
    files = {str(path.relative_to(folder)): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {name: (status.st_ino, status.st_mtime_ns) for name, status in files.items()}


def test_second_server_touches_no_static_file(installation: Path) -> None:
    before = identities(installation / "static")
    with RunningRenvoi(installation, command=CONSOLE) as first, RunningRenvoi(installation, command=CONSOLE):
        assert static_paths(first)
    assert identities(installation / "static") == before


@pytest.mark.parametrize("damage", ["removed", "truncated", "altered", "list"])
def test_incomplete_static_files_are_completed(damage: str, installation: Path) -> None:
    root = installation / "static"
    style = next(path for path in root.rglob("tokens.*.css"))
    before = style.read_bytes()
    if damage == "list":
        (root / ".complete").unlink()
    elif damage == "removed":
        style.unlink()
    else:
        style.write_bytes(b"x" * (10 if damage == "truncated" else len(before)))
    with RunningRenvoi(installation, command=CONSOLE) as server:
        assert static_paths(server)
    assert style.read_bytes() == before


def test_files_of_another_version_leave_once_no_server_reads_them(installation: Path) -> None:
    root, old = installation / "static", installation / "static" / "renvoi" / "old.0123456789ab.css"
    with RunningRenvoi(installation, command=CONSOLE) as first:
        old.write_text("a {}")
        (root / ".complete").unlink()
        with RunningRenvoi(installation, command=CONSOLE):
            assert old.exists()
            assert static_paths(first)
    (root / ".complete").unlink()
    with RunningRenvoi(installation, command=CONSOLE) as third:
        assert static_paths(third)
    assert not old.exists()


@pytest.mark.needs("setpriv")
class TestUnwritable:
    """A folder that the server's account can read but not write."""

    @pytest.fixture
    def folder(self, installation: Path) -> Iterator[Path]:
        """A copy of the installation that belongs to another account, but for its static files."""
        if os.geteuid():
            pytest.skip("only root can start a server as another account")
        # pytest's own temporary folders are closed to other accounts.
        base = Path(tempfile.mkdtemp(prefix="renvoi-tests-"))
        base.chmod(0o755)
        copy = base / "data"
        shutil.copytree(installation, copy)
        for path in (copy, *copy.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        for path in (copy / "static", *(copy / "static").rglob("*")):
            path.chmod(0o500 if path.is_dir() else 0o400)
        yield copy
        shutil.rmtree(base)

    def start(self, folder: Path) -> subprocess.Popen[str]:
        renvoi = RunningRenvoi(folder)
        program = str(Path(sys.executable).with_name("renvoi"))
        account = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        port = str(renvoi.port)
        return subprocess.Popen(
            [*account, program, *CONSOLE, "--port", port],
            env=renvoi.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def test_server_starts_where_the_static_files_are_complete(self, folder: Path) -> None:
        with ExitStack() as stack:
            server = stack.enter_context(self.start(folder))
            stack.callback(server.terminate)
            assert server.stdout is not None
            line = server.stdout.readline()
            assert line.startswith("Renvoi is listening at "), server.communicate()
            address = line.split()[-1]
            assert server.stdout.readline() == f"The console is at {address}console/\n"
            page = httpx.get(f"{address}console/sign-in/", timeout=20).text
            paths = re.findall(r'="/(static/[^"]+)"', page)
            assert {httpx.get(f"{address}{path}", timeout=20).status_code for path in paths} == {200}

    def test_server_says_in_one_sentence_that_they_are_not(self, folder: Path) -> None:
        next((folder / "static").rglob("tokens.*.css")).unlink()
        with self.start(folder) as server:
            stdout, stderr = server.communicate(timeout=60)
        assert (server.returncode, stdout) == (1, "")
        assert stderr.endswith(
            f"Error: The console's static files in {folder}/static are not complete and can't be written"
            " (Permission denied): make the folder writable for one start.\n"
        )


def test_two_first_demos_at_once_both_serve(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ExitStack() as stack:
        first = RunningRenvoi(folder)
        other = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("renvoi")),
                "demo",
                "--port",
                str((second := RunningRenvoi(folder)).port),
            ],
            env=second.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(other.wait)
        stack.callback(other.terminate)
        stack.enter_context(first)
        second._process = other
        second.wait_until_ready()
        for server in (first, second):
            with Staff(server) as staff:
                assert staff.sign_in().url.path == "/console/partners/"
                assert "Jabuticaba" in staff.http.get("/console/partners/?name=jabu").text
            assert static_paths(server)
        assert len(first.run("partners", "list").stdout.splitlines()) == 42


def test_two_first_migrations_at_once_both_succeed(tmp_path: Path) -> None:
    renvoi = RunningRenvoi(tmp_path / "data")
    command = [str(Path(sys.executable).with_name("renvoi")), "migrate"]
    running = [
        subprocess.Popen(command, env=renvoi.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    results = [(*process.communicate(timeout=120), process.returncode) for process in running]
    assert {result[1:] for result in results} == {("", 0)}
