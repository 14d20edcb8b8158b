"""PDF downloads of a real server: made in another process, cancelled, failed, surviving a restart, deleted after a day.

On PostgreSQL one test checks that the maker connects to its database; the others are about processes and files.
"""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pysqlite3 import dbapi2 as sqlite3

from tests.databases import SERVER, on_sqlite
from tests.running import PASSWORD, RunningRenvoi
from tests.server.serving import Staff

PDF = "/console/partners/export/pdf/"
SHORT_TIMEOUT_S, TIMEOUT_S = 5.0, 60.0
READY, CANCELLED, FAILED, WAITING = "est prêt", "annulée", "n’a pas pu être produit", " sur "


@dataclass
class Order:
    """An ordered PDF download."""

    staff: Staff
    path: str

    @classmethod
    def placed(cls, staff: Staff, query: str = "") -> "Order":
        response = staff.send(PDF, list=query)
        assert response.status_code == 200
        return cls(staff, urlsplit(str(response.url)).path)

    @property
    def id(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def page(self) -> str:
        return self.staff.http.get(self.path).text

    @property
    def makers(self) -> list[int]:
        """The ids of the processes that make the PDF."""
        return [
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if b"make-pdf\0" + self.id.encode() in _read(path)
        ]

    def file(self) -> httpx.Response:
        return self.staff.http.get(f"{self.path}Partners.pdf")

    def has_started(self, folder: Path) -> bool:
        return any((folder / "exports").glob(f"{self.id}.*.part"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def files_in(folder: Path) -> list[str]:
    """The names of the files of downloads, without those that are only locked."""
    return sorted(path.name for path in (folder / "exports").iterdir() if not path.name.startswith("."))


def wait_until(condition: Callable[[], object], *, timeout_s: float = TIMEOUT_S) -> float:
    """Wait until the condition is true. Return how long it took, in seconds."""
    started_at = time.monotonic()
    while not condition():
        assert time.monotonic() - started_at < timeout_s
        time.sleep(0.05)
    return time.monotonic() - started_at


@contextmanager
def queue_locked(folder: Path) -> Iterator[None]:
    """Hold the queue's lock, so that every maker waits as if another one were working."""
    (folder / "exports").mkdir(exist_ok=True)
    with (folder / "exports" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def serving(folder: Path, **environ: str) -> RunningRenvoi:
    return RunningRenvoi(folder, command=("serve",), **environ)


@contextmanager
def signed_in(server: RunningRenvoi) -> Iterator[Staff]:
    with Staff(server) as staff:
        staff.sign_in()
        yield staff


def test_pdf_is_made_in_own_process_that_ends(folder: Path) -> None:
    with serving(folder) as server, signed_in(server) as staff:
        order = Order.placed(staff, "countries=BR")
        wait_until(lambda: READY in order.page)
        assert order.file().content.startswith(b"%PDF-")
        wait_until(lambda: not order.makers)
        # On PostgreSQL the file is in the database.
        files = [] if SERVER else [f"{order.id}.pdf"]
        assert files_in(folder) == files


@on_sqlite
def test_cancel_stops_waiting_and_working_makers(folder: Path) -> None:
    server = serving(folder)
    server.run_module("tools.fill", "700")
    with server, signed_in(server) as staff:
        with queue_locked(folder):
            waiting = Order.placed(staff)
            wait_until(lambda: waiting.has_started(folder))
            staff.send(f"{waiting.path}cancel/", page=waiting.path)
            wait_until(lambda: not waiting.makers, timeout_s=SHORT_TIMEOUT_S)
            assert CANCELLED in waiting.page
        working = Order.placed(staff)
        wait_until(lambda: "250 sur" in working.page)
        staff.send(f"{working.path}cancel/", page=working.path)
        wait_until(lambda: not working.makers, timeout_s=SHORT_TIMEOUT_S)
        assert CANCELLED in working.page
        assert working.file().status_code == 404
        assert files_in(folder) == []


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
@on_sqlite
def test_finished_file_and_working_maker_survive_restart(folder: Path, signal_number: signal.Signals) -> None:
    with serving(folder) as server, signed_in(server) as staff:
        finished = Order.placed(staff)
        wait_until(lambda: READY in finished.page)
        content = finished.file().content
        with queue_locked(folder):
            started = Order.placed(staff)
            wait_until(lambda: started.has_started(folder))
            os.killpg(server.pid, signal_number)
            assert server._process is not None
            server._process.wait(timeout=20)
            assert len(started.makers) == 1
        cookies = staff.http.cookies
    wait_until(lambda: not started.makers)
    with serving(folder) as server, Staff(server) as staff:
        staff.http.cookies = cookies
        finished.staff = started.staff = staff
        assert finished.file().content == content
        assert READY in started.page
        assert started.file().content.startswith(b"%PDF-")


@on_sqlite
def test_killed_maker_is_reported_as_failed_before_and_after_restart(folder: Path) -> None:
    with queue_locked(folder):
        with serving(folder) as server, signed_in(server) as staff:
            one, other = Order.placed(staff), Order.placed(staff)
            wait_until(lambda: one.has_started(folder) and other.has_started(folder))
            assert WAITING in one.page
            os.kill(one.makers[0], signal.SIGKILL)
            wait_until(lambda: FAILED in one.page, timeout_s=SHORT_TIMEOUT_S)
            assert WAITING in other.page
            cookies = staff.http.cookies
        os.kill(other.makers[0], signal.SIGKILL)
        wait_until(lambda: not other.makers)
        with serving(folder) as server, Staff(server) as staff:
            staff.http.cookies = cookies
            other.staff = staff
            assert FAILED in other.page


@on_sqlite
def test_download_is_available_to_its_account_only_for_a_day(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    server = serving(folder)
    server.run("create-admin", "--email", "wendy@boreale.example", "--password-file", str(tmp_path / "password"))
    with server, signed_in(server) as staff:
        order = Order.placed(staff)
        wait_until(lambda: READY in order.page)
        with Staff(server) as wendy:
            wendy.send("/console/sign-in/", email="wendy@boreale.example", password=PASSWORD)
            paths = (order.path, f"{order.path}Partners.pdf", f"{order.path}Partners.pdf?copy=1")
            assert [wendy.http.get(path).status_code for path in paths] == [404] * 3
            wendy.send(f"{order.path}cancel/", page=PDF)
        assert order.file().status_code == 200
        age_downloads(folder, hours=23)
        assert order.file().status_code == 200
        age_downloads(folder, hours=2)
        assert order.staff.http.get(order.path).status_code == order.file().status_code == 404
        another = Order.placed(staff)
        wait_until(lambda: READY in another.page)
        assert not (folder / "exports" / f"{order.id}.pdf").exists()
        assert another.file().status_code == 200


def age_downloads(folder: Path, *, hours: int) -> None:
    """Make all downloads look as if they had been ordered `hours` earlier."""
    with closing(sqlite3.connect(folder / "renvoi.sqlite3", timeout=20)) as connection:
        connection.execute("UPDATE partners_pdfexport SET ordered_at = datetime(ordered_at, ?)", (f"-{hours} hours",))
        connection.commit()


@on_sqlite
def test_maker_reads_same_configuration_files_as_server(folder: Path, tmp_path: Path) -> None:
    """The data folder and the secret key are read from files, and the database is outside the data folder."""
    database, log = tmp_path / "elsewhere.sqlite3", tmp_path / "log"
    (folder / "renvoi.sqlite3").rename(database)
    values = {"DATA_DIR": str(folder), "SECRET_KEY": "s" * 40, "DATABASE_URL": f"sqlite:///{database}"}
    environ = {"RENVOI_DATA_DIR": ""}
    for name, value in values.items():
        (tmp_path / name).write_text(value, encoding="utf-8")
        environ[f"RENVOI_{name}_FILE"] = str(tmp_path / name)
    with serving(log, **environ) as server, signed_in(server) as staff:
        order = Order.placed(staff)
        wait_until(lambda: READY in order.page)
        assert (folder / "exports" / f"{order.id}.pdf").read_bytes() == order.file().content
