"""Requests over a limit, sent to the server and through the documented nginx: the status, and the limit in the text."""

from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

from tests.faults.serving import Server
from tests.proxies import nginx
from tests.world import world_ranges, world_table

pytestmark = pytest.mark.needs("nginx")

KB = 1024


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    folder = tmp_path_factory.mktemp("large")
    with ExitStack() as stack:
        server = stack.enter_context(Server(folder / "data", table=world_table(), ranges=world_ranges()))
        proxied = nginx(folder, gateway=server.port, console=server.port, proxy_protocol=False)
        yield {"direct": server.port, "nginx": stack.enter_context(proxied)}


@pytest.mark.parametrize("route", ["direct", "nginx"])
@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "limit"),
    [
        ("/robots.txt", {"Cookie": "a" * 30 * KB}, b"", 200, ""),
        ("/robots.txt", {"A": "a" * 25 * KB, "B": "b" * 25 * KB}, b"", 200, ""),
        ("/robots.txt?" + "x" * 40 * KB, {}, b"", 200, ""),
        ("/robots.txt", {"A": "a" * 40 * KB, "B": "b" * 40 * KB}, b"", 431, "65,536 bytes"),
        ("/robots.txt?" + "x" * 60 * KB, {"A": "a" * 10 * KB}, b"", 414, "65,536 bytes"),
        ("/robots.txt", {f"h{number}": "x" for number in range(250)}, b"", 431, "200 headers"),
        ("/robots.txt", {"A": "a" * 90 * KB}, b"", 431, "limited to 6"),
        ("/robots.txt?" + "x" * 90 * KB, {}, b"", 414, ""),
        ("/", {"Content-Type": "application/x-www-form-urlencoded"}, b"x" * 9 * KB, 413, ""),
    ],
)
def test_large_request_gets_the_status_of_its_limit(
    route: str, path: str, headers: dict[str, str], body: bytes, status: int, limit: str, ports: dict[str, int]
) -> None:
    connection = HTTPConnection("127.0.0.1", ports[route], timeout=10)
    try:
        connection.request("POST" if body else "GET", path, body or None, {"Host": "localhost", **headers})
        response = connection.getresponse()
        assert (response.status, limit in response.read().decode()) == (status, True)
    finally:
        connection.close()
