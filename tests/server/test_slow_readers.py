"""A client that reads slowly holds neither the database nor a session, and a cut export never looks whole."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3

from tests.databases import SERVER, on_sqlite, session, url_for
from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill
from tests.server.slow_client import SlowExport

PARTNERS = 700
"""More than are fetched at a time. Each has 4 KB in the file: more than the buffers of a connection hold."""
EDITS = int(os.environ.get("ROUNDS", "3"))
FIRST_BYTE_S = 0.5

_SMALL_BUFFERS = """
import socket, sys
real_create_server = socket.create_server
def create_server(*arguments, **keywords):
    listening = real_create_server(*arguments, **keywords)
    # Accepted connections inherit it. The system would otherwise take some megabytes of a response.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32_768)
    return listening
socket.create_server = create_server
from renvoi.cli import main
sys.exit(main())
"""
_PLANTED = """
import renvoi.downloads.spooling, renvoi.exports.delimited, renvoi.exports.workbook
renvoi.downloads.spooling.ALLOWANCE = 10_700_000
real_csv, real_xlsx = renvoi.exports.delimited.render_csv, renvoi.exports.workbook.render_xlsx
def cut(table, *, separator, **more):
    for number, piece in enumerate(real_csv(table, separator=separator, **more)):
        yield piece
        if separator == ";" and number == 2:
            raise RuntimeError("planted")
def cut_xlsx(table, *, on_row, **more):
    rows = iter(range(table.count))
    def count_row():
        if next(rows) == 200:
            raise RuntimeError("planted")
        on_row()
    real_xlsx(table, on_row=count_row, **more)
renvoi.exports.delimited.render_csv, renvoi.exports.workbook.render_xlsx = cut, cut_xlsx
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = fill(tmp_path_factory.mktemp("slow"))
    RunningRenvoi(folder).run_module("tests.server.large_partners", "add", str(PARTNERS))
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RunningRenvoi]:
    with RunningRenvoi(folder, command=("serve", "--only", "console"), script=_SMALL_BUFFERS) as server:
        yield server


@pytest.fixture(scope="module")
def staff(server: RunningRenvoi) -> Iterator[Staff]:
    with Staff(server) as staff:
        staff.sign_in()
        yield staff


def open_files(server: RunningRenvoi) -> list[str]:
    """The temporary files that the server's processes have open."""
    pids = [server.pid, *descendants(server.pid)]
    links = [link for pid in pids for link in Path(f"/proc/{pid}/fd").glob("*")]
    targets = []
    for link in links:
        with suppress(FileNotFoundError):  # closed meanwhile
            targets.append(str(link.readlink()))
    return [target for target in targets if "/temporary/" in target]


def descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [one for child in children for one in (child, *descendants(child))]


def eventually(condition: Callable[[], bool], *, within_s: float = 10) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@on_sqlite
def test_slow_reader_lets_the_log_be_emptied(folder: Path, staff: Staff) -> None:
    with SlowExport(staff) as export, closing(sqlite3.connect(folder / "renvoi.sqlite3")) as database:
        time.sleep(1)
        RunningRenvoi(folder).run_module("tests.server.large_partners", "edit", str(EDITS))
        is_busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert (is_busy, (folder / "renvoi.sqlite3-wal").stat().st_size) == (0, 0)
        assert export.read_to_end().body.count(b"\r\n") > PARTNERS


@on_sqlite
def test_command_whose_output_is_not_read_lets_the_log_be_emptied(folder: Path) -> None:
    program = [str(Path(sys.executable).with_name("renvoi")), "partners", "export"]
    with subprocess.Popen(program, env=RunningRenvoi(folder).environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        with closing(sqlite3.connect(folder / "renvoi.sqlite3", isolation_level=None)) as database:
            database.execute("UPDATE partners_operator SET version = version + 1")
            is_busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            process.kill()
        assert not is_busy


@pytest.mark.skipif(not SERVER, reason="needs PostgreSQL, which counts sessions")
def test_slow_reader_holds_no_session(folder: Path, staff: Staff) -> None:
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'renvoi'"
        " AND (state <> 'idle' OR query LIKE '%%FETCH%%' OR query LIKE '%%partners_partner%%')"
    )
    with ExitStack() as stack, session(url_for(folder)) as other:
        for _ in range(5):
            stack.enter_context(SlowExport(staff))

        def no_session() -> bool:
            row = other.execute(query).fetchone()
            return row is not None and row[0] == 0

        assert eventually(no_session)


def test_five_slow_exports_are_whole_and_begin_at_once(staff: Staff) -> None:
    with ExitStack() as stack:
        exports = [stack.enter_context(SlowExport(staff)) for _ in range(5)]
        assert max(export.first_byte_s for export in exports) <= FIRST_BYTE_S
        for _ in range(5):
            for export in exports:
                export.read(1024)
            time.sleep(0.2)
        received = [export.read_to_end() for export in exports]
    assert {(one.status, one.is_whole, one.body) for one in received} == {(200, True, received[0].body)}
    assert received[0].body.count(b"\r\n") > PARTNERS


def test_client_that_leaves_frees_the_file(server: RunningRenvoi, staff: Staff) -> None:
    with SlowExport(staff):
        assert eventually(lambda: len(open_files(server)) == 1)
    assert eventually(lambda: open_files(server) == [])


def test_http_1_0_client_gets_the_length(staff: Staff) -> None:
    with SlowExport(staff, version="1.0") as old, SlowExport(staff) as new:
        received, expected = old.read_to_end(), new.read_to_end()
    assert (received.status, received.is_whole, received.body) == (200, True, expected.body)


@pytest.fixture(scope="module")
def planted(folder: Path) -> Iterator[Staff]:
    """Staff of a server with room for three exports, in which files with semicolons can't be read to the end."""
    server = RunningRenvoi(folder, command=("serve", "--only", "console"), script=_PLANTED + _SMALL_BUFFERS)
    with server, Staff(server) as staff:
        staff.sign_in()
        yield staff


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_cut_export_does_not_look_whole(planted: Staff, format_: str, version: str) -> None:
    with SlowExport(planted, version=version, format=format_, separator=";") as export:
        received = export.read_to_end()
    assert (received.status, received.is_whole) in {(200, False), (500, True)}
    assert b"planted" not in received.body


def test_export_beyond_the_allowance_is_refused_before_anything_is_sent(planted: Staff) -> None:
    with ExitStack() as stack:
        exports = [stack.enter_context(SlowExport(planted)) for _ in range(4)]
        *first, refused = [export.read_to_end() for export in exports]
        assert (refused.status, refused.is_whole) == (503, True)
        assert "Aucun fichier n’a été produit" in refused.body.decode()
        assert {(one.status, one.is_whole) for one in first} == {(200, True)}
    with SlowExport(planted) as later:
        assert later.read_to_end().status == 200


def test_worker_that_dies_leaves_nothing(folder: Path, server: RunningRenvoi, staff: Staff) -> None:
    with SlowExport(staff), SlowExport(staff, format="xlsx"):
        temporary = folder / "temporary"
        assert eventually(lambda: any(temporary.glob("*.working")), within_s=5)
        for pid in descendants(server.pid):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not any(temporary.iterdir()), within_s=20)
    server.wait_until_ready()
