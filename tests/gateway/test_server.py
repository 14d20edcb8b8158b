"""The gateway on the real server: a process, a socket and HTTP over TCP."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.databases import url_for
from tests.gateway.client import Reply, configured, publish
from tests.visitor.cast import SIGN_UP

PROGRAM = """
import socket
import sys
from renvoi.server.serving import serve_application

serve_application(
    "tests.gateway.test_server:gateway",
    socket.create_server(("127.0.0.1", int(sys.argv[1]))),
    workers=1,
    fast_path=sys.argv[2] == "on",
)
"""


def gateway() -> object:
    """The application that the server loads."""
    from renvoi.config import read_config
    from renvoi.gateway.app import create_app

    return create_app(read_config())


@pytest.fixture(params=["on", "off"], ids="fast path {}".format)
def port(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a gateway on the real server, with the fast path on and off."""
    publish(configured(tmp_path))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port_number: int = probe.getsockname()[1]
    environ = {**os.environ, "RENVOI_DATA_DIR": str(tmp_path), "RENVOI_SECRET_KEY": "s" * 40}
    environ["RENVOI_DATABASE_URL"] = url_for(tmp_path)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port_number), request.param], env=environ, cwd=root
    ) as server:
        try:
            _wait_until_up(port_number)
            yield port_number
        finally:
            server.terminate()
            server.wait(timeout=20)


def test_visit_choice_and_click_over_http(port: int) -> None:
    visit = _request(port, "GET", "/?country=BR")
    assert visit.status == 200
    assert "Notre partenaire au Brésil" in visit.text
    head = _request(port, "HEAD", "/?country=BR")
    assert (head.header("content-length"), head.body) == (str(len(visit.body)), b"")
    form = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/x-www-form-urlencoded"}
    choice = _request(port, "POST", "/", body="country=PM", headers=form)
    assert (choice.status, choice.header("location")) == (303, "/")
    cookie = (choice.header("set-cookie") or "").partition(";")[0]
    own = _request(port, "GET", "/", headers={"Cookie": cookie})
    assert (own.status, own.header("location")) == (302, SIGN_UP.fr)
    click = _request(port, "GET", "/go/7?country=BR&lang=en")
    assert (click.status, click.header("location")) == (302, "https://partner7.example/en")
    assert _request(port, "POST", "/", body="x" * 20_000, headers=form).status == 413
    assert _request(port, "GET", "/", headers={"Host": "evil.example"}).status == 400


ABSOLUTE_TARGETS = [
    ("http://localhost/?country=BR", "evil.example", 200),
    ("http://LOCALHOST.:8000?country=BR", "evil.example", 200),
    ("http://evil.example/?country=BR", "localhost", 400),
    ("http://evil.example/healthz", "localhost", 200),
    ("http://localhost@evil.example/", "localhost", 400),
]


def test_host_of_an_absolute_target_counts(port: int) -> None:
    for target, host, status in ABSOLUTE_TARGETS * 2:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert connection.recv(65_536).startswith(f"HTTP/1.1 {status} ".encode()), target


def _request(
    port: int, method: str, path: str, *, body: str | None = None, headers: dict[str, str] | None = None
) -> Reply:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, body=body, headers=headers or {})
        with connection.getresponse() as response:
            named = [(name.lower(), value) for name, value in response.getheaders()]
            return Reply(response.status, named, response.read())


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError):
            if _request(port, "GET", "/healthz").status == 200:
                return
        time.sleep(0.05)
    raise AssertionError("The server did not come up.")
