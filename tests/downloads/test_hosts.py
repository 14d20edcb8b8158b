"""PDF downloads on two real hosts that share a PostgreSQL database: what one makes, the other hands out."""

import os
import shutil
import signal
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from renvoi.downloads.storage.protocol import PIECE_BYTES
from tests.databases import on_postgresql, url_for
from tests.downloads.test_jobs import CANCELLED, PDF, READY, WAITING, Order, queue_locked, signed_in, wait_until
from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill

pytestmark = on_postgresql

ROOT = Path(__file__).parents[2]
SECRET_KEY = "the one secret of all hosts of these tests"
SHORT_TIMEOUT_S = 5.0


@dataclass
class Pair:
    """Two hosts with a data folder each, and a session of one account on both."""

    hosts: Sequence[RunningRenvoi]
    staff: Sequence[Staff]

    def on_other(self, order: Order) -> Order:
        """The same order, followed on the second host."""
        return Order(self.staff[1], order.path)


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings that the hosts share. Their database has the sample partners."""
    folder = tmp_path_factory.mktemp("shared")
    shared = {"RENVOI_SECRET_KEY": SECRET_KEY, "RENVOI_DATABASE_URL": url_for(folder)}
    fill(folder, **shared)
    return shared


@pytest.fixture(scope="module")
def pair(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folders = [tmp_path_factory.mktemp("host") for _ in range(2)]
    with ExitStack() as stack:
        hosts = [stack.enter_context(RunningRenvoi(folder, command=("serve",), **environ)) for folder in folders]
        staff = [stack.enter_context(signed_in(hosts[0])), stack.enter_context(Staff(hosts[1]))]
        staff[1].http.cookies = staff[0].http.cookies
        yield Pair(hosts, staff)


def test_progress_and_file_come_from_either_host(pair: Pair) -> None:
    order = Order.placed(pair.staff[0], "countries=BR")
    other = pair.on_other(order)
    wait_until(lambda: READY in other.page)
    assert other.file().content.startswith(b"%PDF-")
    assert other.file().content == order.file().content
    assert other.file().headers["Content-Length"] == str(len(order.file().content))


def test_host_whose_files_are_its_own_is_noticed(pair: Pair, environ: dict[str, str], tmp_path: Path) -> None:
    """A planted fault: this host stores its PDFs in its data folder, as on SQLite."""
    shutil.copytree(ROOT / "src" / "renvoi", tmp_path / "renvoi")
    engines = tmp_path / "renvoi" / "downloads" / "storage" / "engines.py"
    text = engines.read_text(encoding="utf-8")
    assert 'connection.vendor == "postgresql"' in text
    engines.write_text(text.replace('connection.vendor == "postgresql"', "False"), encoding="utf-8")
    planted = {**environ, "PYTHONPATH": str(tmp_path)}
    with RunningRenvoi(tmp_path / "data", command=("serve",), **planted) as host, signed_in(host) as staff:
        order = Order.placed(staff)
        wait_until(lambda: READY in order.page)
        assert order.file().status_code == 200
        assert pair.on_other(order).file().status_code == 404


def test_cancel_on_one_host_stops_maker_on_another(pair: Pair) -> None:
    with queue_locked(pair.hosts[0].folder):
        order = Order.placed(pair.staff[0])
        wait_until(lambda: order.has_started(pair.hosts[0].folder))
        pair.staff[1].send(f"{order.path}cancel/", page=order.path)
        wait_until(lambda: not order.makers, timeout_s=SHORT_TIMEOUT_S)
        assert CANCELLED in order.page
        assert CANCELLED in pair.on_other(order).page


def test_expired_file_goes_with_its_row_whichever_host_made_it(pair: Pair, environ: dict[str, str]) -> None:
    order = Order.placed(pair.staff[0])
    wait_until(lambda: READY in order.page)
    with psycopg.connect(environ["RENVOI_DATABASE_URL"], autocommit=True) as session:
        query = "UPDATE partners_pdfexport SET ordered_at = ordered_at - interval '25 hours' WHERE id = %s"
        session.execute(query, (order.id,))
        assert pair.on_other(order).file().status_code == 404
        Order.placed(pair.staff[1])
        assert session.execute("SELECT 1 FROM partners_pdfexport WHERE id = %s", (order.id,)).fetchall() == []
        pieces = "SELECT 1 FROM downloads_downloadpiece WHERE download_id = %s"
        assert session.execute(pieces, (order.id,)).fetchall() == []
    assert files_named(order, *pair.hosts) == []


def files_named(order: Order, *hosts: RunningRenvoi) -> list[Path]:
    return [path for host in hosts for path in (host.folder / "exports").glob(f"{order.id}.*")]


def test_pdfs_of_killed_host_are_taken_up_by_another(pair: Pair, environ: dict[str, str], tmp_path: Path) -> None:
    """The host dies with one maker; its other one is only silent, and must change nothing when it wakes up."""
    with RunningRenvoi(tmp_path, command=("serve",), **environ) as doomed:
        with queue_locked(tmp_path), signed_in(doomed) as staff:
            killed, paused = Order.placed(staff), Order.placed(staff)
            wait_until(lambda: killed.has_started(tmp_path) and paused.has_started(tmp_path))
            os.kill(killed.makers[0], signal.SIGKILL)
            (silent_maker,) = paused.makers
            os.kill(silent_maker, signal.SIGSTOP)
            os.killpg(doomed.pid, signal.SIGKILL)
        assert WAITING in pair.on_other(paused).page
        for order in (pair.on_other(killed), pair.on_other(paused)):
            wait_until(lambda order=order: READY in order.page)  # type: ignore[misc]  # mypy can't infer a default's type
            assert order.file().content.startswith(b"%PDF-")
        content = pair.on_other(paused).file().content
        os.kill(silent_maker, signal.SIGCONT)
        wait_until(lambda: silent_maker not in paused.makers)
        assert READY in pair.on_other(paused).page
        assert pair.on_other(paused).file().content == content
        assert files_named(paused, doomed) == []


@dataclass
class SlowReader:
    """A client of the second host that reads a file so slowly that nothing but its buffers is filled."""

    connection: socket.socket

    @classmethod
    def of(cls, pair: Pair, path: str) -> "SlowReader":
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", pair.hosts[1].port))
        cookies = "; ".join(f"{name}={value}" for name, value in pair.staff[1].http.cookies.items())
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n".encode())
        return cls(connection)

    def read_head(self) -> str:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.connection.recv(1)
        return head.decode()

    def read_all_of(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size and (received := self.connection.recv(1 << 20)):
            content += received
        return bytes(content)

    def read_all(self) -> bytes:
        """Read until the server closes the connection, well or badly."""
        content = bytearray()
        with suppress(ConnectionResetError):
            while received := self.connection.recv(1 << 20):
                content += received
        return bytes(content)


def store_large_file(session: psycopg.Connection, *, pieces: int) -> str:
    """Store a download that is ready and has pieces of 512 KiB. Returns its id."""
    download_id = str(uuid.uuid4())
    session.execute(
        "INSERT INTO partners_pdfexport (id, account_id, query, language, stage, done, total, size, unshown,"
        " ordered_at, seen_at) SELECT %s, id, '', 'fr', 'ready', 1, 1, %s, '[]', now(), now() FROM people_user LIMIT 1",
        (download_id, pieces * PIECE_BYTES),
    )
    session.execute(
        "INSERT INTO downloads_downloadpiece (download_id, attempt, number, content)"
        " SELECT %s, 1, number, decode(repeat(lpad(to_hex(number), 4, '0'), %s), 'hex')"
        " FROM generate_series(0, %s) AS number",
        (download_id, PIECE_BYTES // 2, pieces - 1),
    )
    return download_id


def test_slow_reader_holds_no_session_and_a_deleted_file_is_cut_short(pair: Pair, environ: dict[str, str]) -> None:
    with psycopg.connect(environ["RENVOI_DATABASE_URL"], autocommit=True) as session, ExitStack() as stack:
        download_id = store_large_file(session, pieces=64)
        path = f"{PDF}{download_id}/Partners.pdf"
        readers = [SlowReader.of(pair, path) for _ in range(20)]
        for reader in readers:
            stack.enter_context(reader.connection)
            assert f"content-length: {64 * PIECE_BYTES}" in reader.read_head().lower()
        assert pair.staff[1].http.get("/console/partners/").status_code == 200
        wait_until(lambda: sessions_of_consoles(session) == 0)
        content = readers[0].read_all_of(64 * PIECE_BYTES)
        assert content == b"".join(number.to_bytes(2, "big") * (PIECE_BYTES // 2) for number in range(64))
        session.execute("DELETE FROM downloads_downloadpiece WHERE download_id = %s", (download_id,))
        assert len(readers[1].read_all()) < 64 * PIECE_BYTES


def sessions_of_consoles(session: psycopg.Connection) -> int:
    """How many sessions of Django the database has, other than those that begin and end with a maintenance task."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'renvoi'"
    row = session.execute(query).fetchone()
    assert row is not None
    return int(row[0])
