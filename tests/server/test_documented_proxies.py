"""The documented nginx and HAProxy send each address to the side that answers it, and add no header twice."""

from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

from tests.proxies import haproxy, nginx, proxy_line
from tests.running import RunningRenvoi
from tests.server.serving import fill

HOST = "renvoi.example"
HTTPS = {"RENVOI_PUBLIC_URL": f"https://{HOST}", "RENVOI_TRUSTED_PROXIES": "127.0.0.1"}
ANSWERS = [
    ("/?country=AQ", 200),
    ("/go/999999", 303),
    ("/embed.js", 200),
    ("/api/v1/decision", 200),
    ("/api/v1/partners", 401),
    ("/api/openapi.json", 200),
    ("/console/sign-in/", 200),
    ("/static/nothing", 404),
]


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    folder = tmp_path_factory.mktemp("proxied")
    filled = fill(folder / "data")
    with ExitStack() as stack:
        gateway, console = (
            stack.enter_context(RunningRenvoi(filled, command=("serve", "--only", side), **HTTPS)).port
            for side in ("gateway", "console")
        )
        yield {
            "nginx": stack.enter_context(nginx(folder, gateway=gateway, console=console)),
            "haproxy": stack.enter_context(haproxy(folder, gateway=gateway, console=console)),
        }


@pytest.mark.needs("nginx", "haproxy")
@pytest.mark.parametrize("proxy", ["nginx", "haproxy"])
@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_each_address_reaches_its_side(proxy: str, path: str, status: int, ports: dict[str, int]) -> None:
    connection = HTTPConnection("127.0.0.1", ports[proxy], timeout=20)
    try:
        connection.connect()
        connection.sock.sendall(proxy_line("192.0.2.7"))
        connection.request("GET", path, headers={"Host": HOST, "User-Agent": "Mozilla/5.0"})
        response = connection.getresponse()
        response.read()
        assert response.status == status
        assert response.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    finally:
        connection.close()
