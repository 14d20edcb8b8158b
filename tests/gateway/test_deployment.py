"""The nginx configuration of docs/deployment.md works as documented, in front of recording servers."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest

from renvoi.gateway.app import create_app
from tests.proxies import nginx, nginx_of_hosts
from tests.visitor.cast import config

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Accept-Language": "fr-CA,fr;q=0.8,en;q=0.5",
    "Sec-Fetch-Mode": "navigate",
    "X-Forwarded-For": "81.2.69.160",
    "Forwarded": "for=81.2.69.160",
}

pytestmark = pytest.mark.needs("nginx")


@contextmanager
def recording_server(status: str = "204 No Content") -> Iterator[tuple[int, list[bytes]]]:
    """Run a server that records the head of each request and responds with that status; yield its port and the heads.

    Without a status it closes the connection instead of responding, as a server does that is killed.
    """
    heads: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    heads.append(connection.recv(65_536))
                    if status:
                        connection.sendall(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode())

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heads
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def fetch_status(port: int, path: str, *, method: str = "GET") -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers={"Host": "referral.example.com", **BROWSER})
        return connection.getresponse().status


def test_documented_nginx_routes_requests_and_sets_headers(tmp_path: Path) -> None:
    with (
        recording_server() as (gateway, gateway_requests),
        recording_server() as (console, console_requests),
        nginx(tmp_path, gateway=gateway, console=console, proxy_protocol=False) as port,
    ):
        assert [fetch_status(port, path) for path in ("/", "/go/7", "/consolation")] == [204] * 3
        assert [fetch_status(port, path) for path in ("/console/", "/console", "/static/a.css")] == [204] * 3
        assert fetch_status(port, "/readyz") == 204
    assert [request.split()[1] for request in console_requests] == [b"/console/", b"/console", b"/static/a.css"]
    assert [request.split()[1] for request in gateway_requests] == [b"/", b"/go/7", b"/consolation", b"/readyz"]
    head = gateway_requests[0].decode().lower()
    assert "\r\nx-forwarded-for: 127.0.0.1\r\n" in head
    assert "81.2.69.160" not in head
    assert "\r\nhost: referral.example.com\r\n" in head
    assert "\r\nconnection:" not in head
    # The fast path must accept what nginx makes of a browser's request.
    fast_path = create_app(config(data_dir=tmp_path, public_url="https://referral.example.com")).fast_path
    fast_path.learn(gateway_requests[0])
    assert fast_path.match(gateway_requests[0], "127.0.0.1") is not None


def test_documented_nginx_of_two_hosts_sends_to_one_what_the_other_does_not_answer(
    tmp_path: Path,
) -> None:
    with (
        recording_server() as (one, one_requests),
        recording_server() as (other, other_requests),
        nginx_of_hosts(tmp_path, gateways=[one, other], consoles=[one, other]) as port,
    ):
        assert [fetch_status(port, "/") for _ in range(8)] == [204] * 8
        assert (len(one_requests), len(other_requests)) == (4, 4)
    with (
        recording_server("") as (dying, dying_requests),
        recording_server() as (other, other_requests),
        nginx_of_hosts(tmp_path, gateways=[dying, other], consoles=[dying, other]) as port,
    ):
        assert [fetch_status(port, path, method="POST") for path in ("/", "/console/sign-in/") * 2] == [204] * 4
        assert dying_requests
        assert len(other_requests) == 4


def test_documented_nginx_of_two_hosts_finds_static_files_on_either(tmp_path: Path) -> None:
    """While one host has the next version already, each has the files of its own pages only."""
    with (
        recording_server("404 Not Found") as (one, _),
        recording_server() as (other, _),
        nginx_of_hosts(tmp_path, gateways=[one, other], consoles=[one, other]) as port,
    ):
        assert [fetch_status(port, "/static/page.0123456789ab.css") for _ in range(4)] == [204] * 4
        assert sorted(fetch_status(port, "/console/trash/") for _ in range(4)) == [204, 204, 404, 404]
