"""Real servers on PostgreSQL: sessions, an unreachable database, and concurrent migrations."""

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from tests.databases import on_postgresql, session, url_for
from tests.relay import Relay, relay_to_server
from tests.running import RunningRenvoi
from tests.server.serving import BRAZIL, Staff, fill

pytestmark = on_postgresql
CLIENT_COUNT = 120
"""More than the sessions that a PostgreSQL server allows by default."""
MAX_SESSIONS = 16
MAX_IDLE_SESSIONS = 3
"""The publisher's session, and those of requests that are just ending."""


@pytest.fixture
def relay() -> Iterator[Relay]:
    with relay_to_server() as relay:
        yield relay


def eventually(condition: Callable[[], bool], *, within_s: float = 20) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if condition():
                return True
        time.sleep(0.1)
    return False


def count_sessions(*, idle_in_transaction: bool = False) -> int:
    """How many sessions the console has open in the database of this test process."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'renvoi'"
        " AND (NOT %s OR state LIKE 'idle in transaction%%')"
    )
    with session(url_for(Path("counting"))) as connection:
        row = connection.execute(query, (idle_in_transaction,)).fetchone()
    assert row is not None
    count: int = row[0]
    return count


def test_requests_and_exports_close_their_sessions(tmp_path: Path) -> None:
    with RunningRenvoi(fill(tmp_path), command=("serve",)) as server, Staff(server) as staff:
        staff.sign_in()
        for _ in range(30):
            assert staff.http.get("/console/partners/").status_code == 200
        page = "/console/partners/export/csv/"
        for _ in range(5):
            content = staff.send(page, file_name="all", format="csv", separator=",").content
            assert content.count(b"\r\n") > 25
        # A client that disconnects in the middle of a response.
        with staff.http.stream(
            "POST", page, data={"csrfmiddlewaretoken": staff.token(page), "format": "csv"}
        ) as response:
            next(response.iter_raw(10))
        assert eventually(lambda: count_sessions() <= MAX_IDLE_SESSIONS)
        assert count_sessions(idle_in_transaction=True) == 0


def test_concurrent_requests_share_the_sessions_of_the_process(tmp_path: Path) -> None:
    """All requests succeed, and they leave most of the server's sessions to others."""
    with RunningRenvoi(fill(tmp_path), command=("serve",)) as server:

        def get_status(_: int) -> int:
            # httpx would use so much CPU time that fewer requests would run at once.
            with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
                connection.request("GET", "/console/sign-in/")
                return connection.getresponse().status

        with ThreadPoolExecutor(CLIENT_COUNT) as pool:
            requests = [pool.submit(get_status, number) for number in range(CLIENT_COUNT)]
            max_sessions = 0
            while not all(request.done() for request in requests):
                max_sessions = max(max_sessions, count_sessions())
                time.sleep(0.05)
        assert {request.result() for request in requests} == {200}
        # One session is the publisher's.
        assert max_sessions <= MAX_SESSIONS + 1


def test_process_that_makes_a_pdf_reads_the_same_database(tmp_path: Path) -> None:
    with RunningRenvoi(fill(tmp_path), command=("serve",)) as server, Staff(server) as staff:
        staff.sign_in()
        response = staff.send("/console/partners/export/pdf/", name="jabuticaba")
        path = response.url.path
        assert eventually(lambda: staff.http.get(f"{path}Partners.pdf").status_code == 200)
        assert staff.http.get(f"{path}Partners.pdf").content.startswith(b"%PDF-")


def test_server_starts_without_its_database_and_reconnects_later(tmp_path: Path, relay: Relay) -> None:
    fill(tmp_path)
    environ = {"RENVOI_DATABASE_URL": relay.url_of(url_for(tmp_path))}
    with RunningRenvoi(tmp_path, command=("serve",), **environ) as server:
        assert "Jabuticaba" in httpx.get(server.address + BRAZIL).text
    relay.cut()
    server = RunningRenvoi(tmp_path, command=("serve",), **environ)
    with server, httpx.Client(base_url=server.address, timeout=20) as http:
        assert "can't be used: connection failed" in server.log
        assert "Jabuticaba" in http.get(BRAZIL).text
        assert http.get("/console/sign-in/").status_code == 500
        relay.join()
        assert eventually(lambda: http.get("/console/sign-in/").status_code == 200)
        with Staff(server) as staff:
            staff.sign_in()
            staff.send("/console/partners/2/delete/")
        assert eventually(lambda: "Jabuticaba" not in http.get(BRAZIL).text)
        # The database becomes unreachable again while the server runs.
        relay.cut()
        for _ in range(5):
            assert http.get(BRAZIL).status_code == 200
        relay.join()
        assert eventually(lambda: http.get("/console/sign-in/").status_code == 200)
    assert not re.search(r"postgresql://|password=", server.log)


def test_concurrent_migrations_wait_for_each_other(tmp_path: Path) -> None:
    renvoi = RunningRenvoi(tmp_path)
    command = [str(Path(sys.executable).with_name("renvoi")), "migrate"]
    migrations = [
        subprocess.Popen(command, env=renvoi.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(3)
    ]
    outputs = [migration.communicate(timeout=120)[0] for migration in migrations]
    assert [migration.returncode for migration in migrations] == [0, 0, 0], outputs
    assert renvoi.run("doctor").returncode == 0
