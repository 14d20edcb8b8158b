"""docs/deployment.md is done as it says: its nginx, before a gateway and a console that tell what reaches them."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest

from renvoi.gateway.app import create_app
from tests.running import free_port
from tests.visitor.cast import config

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
DOCUMENT = Path(__file__).parents[2] / "docs" / "deployment.md"
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Accept-Language": "fr-CA,fr;q=0.8,en;q=0.5",
    "Sec-Fetch-Mode": "navigate",
    "X-Forwarded-For": "81.2.69.160",
    "Forwarded": "for=81.2.69.160",
}

pytestmark = pytest.mark.needs("nginx")


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """Something that answers, and keeps each head that reaches it."""
    heads: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    heads.append(connection.recv(65_536))
                    connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heads
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@contextmanager
def nginx(folder: Path, *, gateway: int, console: int) -> Iterator[int]:
    """The document's nginx, but for its certificate, on a port of ours."""
    found = re.search(r"```nginx\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    port = free_port()
    written = re.sub(r"\n +ssl_[^\n]*", "", found[1])
    for old, new in (("443 ssl", f"127.0.0.1:{port}"), (":8000", f":{gateway}"), (":8001", f":{console}")):
        assert old in written
        written = written.replace(old, new)
    places = "\n".join(
        f"{name}_path {folder}/{name};"
        for name in ("client_body_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp")
    )
    whole = f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;\n"
    whole += f"events {{}}\nhttp {{ access_log off; {places}\n{written} }}\n"
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _await(port)
            yield port
        finally:
            process.terminate()


def ask(port: int, path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers={"Host": "referral.example.com", **BROWSER})
        return connection.getresponse().status


def test_what_reaches_whom(tmp_path: Path) -> None:
    with (
        listening() as (gateway, visits),
        listening() as (console, work),
        nginx(tmp_path, gateway=gateway, console=console) as port,
    ):
        assert [ask(port, path) for path in ("/", "/go/7", "/consolation")] == [204] * 3
        assert [ask(port, path) for path in ("/console/", "/console", "/static/a.css")] == [204] * 3
        assert ask(port, "/readyz") == 204
    assert [head.split()[1] for head in work] == [b"/console/", b"/console", b"/static/a.css"]
    assert [head.split()[1] for head in visits] == [b"/", b"/go/7", b"/consolation", b"/readyz"]
    said = visits[0].decode().lower()
    assert "\r\nx-forwarded-for: 127.0.0.1\r\n" in said
    assert "81.2.69.160" not in said
    assert "\r\nhost: referral.example.com\r\n" in said
    assert "\r\nconnection:" not in said
    # What a browser sends through it is a request that the gateway's short way knows.
    fast_path = create_app(config(data_dir=tmp_path, public_url="https://referral.example.com")).fast_path
    fast_path.learn(visits[0])
    assert len(fast_path._accept_languages) == 1


def _await(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
            return
        time.sleep(0.05)
    raise AssertionError("nginx did not come up")
