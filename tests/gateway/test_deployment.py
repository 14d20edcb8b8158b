"""The nginx configuration of docs/deployment.md works as documented, in front of recording servers."""

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
def recording_server() -> Iterator[tuple[int, list[bytes]]]:
    """Run a server that records the head of each request; yield its port and the heads."""
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
    """Run the documented nginx, without its certificate, on a free port; yield that port."""
    match = re.search(r"```nginx\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    port = free_port()
    site_config = re.sub(r"\n +ssl_[^\n]*", "", match[1])
    for old, new in (("443 ssl", f"127.0.0.1:{port}"), (":8000", f":{gateway}"), (":8001", f":{console}")):
        assert old in site_config
        site_config = site_config.replace(old, new)
    temp_paths = "\n".join(
        f"{name}_path {folder}/{name};"
        for name in ("client_body_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp")
    )
    main_config = f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;\n"
    main_config += f"events {{}}\nhttp {{ access_log off; {temp_paths}\n{site_config} }}\n"
    (folder / "nginx.conf").write_text(main_config, encoding="utf-8")
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_up(port)
            yield port
        finally:
            process.terminate()


def fetch_status(port: int, path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers={"Host": "referral.example.com", **BROWSER})
        return connection.getresponse().status


def test_documented_nginx_routes_requests_and_sets_headers(tmp_path: Path) -> None:
    with (
        recording_server() as (gateway, gateway_requests),
        recording_server() as (console, console_requests),
        nginx(tmp_path, gateway=gateway, console=console) as port,
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
    assert len(fast_path._accept_languages) == 1


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
            return
        time.sleep(0.05)
    raise AssertionError("nginx did not come up")
