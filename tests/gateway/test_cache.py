"""No visitor gets another visitor's response from a shared cache, a real nginx, in front of the gateway.

Planted fault: the same gateway with `Cache-Control: public`. The same comparison must then find shared responses.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from renvoi.config import read_config
from renvoi.gateway.app import Application, create_app
from renvoi.web.headers import Scope
from tests.gateway.client import publish
from tests.geo.cast import SAMPLE
from tests.geo.networks import LONDON
from tests.running import free_port
from tests.visitor.cast import ALO_BRASIL, SECRET, config, country, operator, table_bytes

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
pytestmark = pytest.mark.needs("nginx")

# Each in another country, each with another response at "/": a redirect to the operator, one to a partner, two pages.
VISITORS = {"GB": LONDON, "SE": "2a0c::1", "JP": "133.11.0.1", "DE": "2001:638::1"}
PATHS = ("/", "/?lang=en", "/go/7", "/go/7?country=SE", "/nowhere")
ROUNDS = 3
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
"""A browser's user agent: a declared crawler gets a page where people are redirected."""

_SERVER = """
import socket
import sys
from renvoi.server.serving import serve_application

listening = socket.create_server(("127.0.0.1", int(sys.argv[2])))
serve_application(sys.argv[1], listening, workers=1, fast_path=sys.argv[3] == "on")
"""
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/temp;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=visitors:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_cache visitors;
      proxy_set_header Host localhost;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""


def gateway() -> Application:
    """The application that the server loads."""
    return create_app(read_config())


def leaky_gateway() -> Application:
    """The planted fault: every response may be cached and shared."""
    app = gateway()

    async def leaking_app(scope: Scope, receive: Any, send: Any) -> None:
        async def leaking_send(event: Any) -> None:
            if event["type"] == "http.response.start":
                headers = [pair for pair in event["headers"] if pair[0] not in {b"cache-control", b"vary"}]
                event = {**event, "headers": [*headers, (b"cache-control", b"public, max-age=60")]}
            await send(event)

        await app(scope, receive, leaking_send)

    return leaking_app


@dataclass(frozen=True)
class Response:
    """The parts of a response by which one visitor's differs from another's."""

    status: int
    location: str | None
    body: bytes


def fetch(port: int, path: str, *, method: str, address: str, cache_statuses: list[str] | None = None) -> Response:
    headers = {"X-Forwarded-For": address, "Host": "localhost", "User-Agent": BROWSER}
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers=headers)
        reply = connection.getresponse()
        if cache_statuses is not None:
            cache_statuses.append(reply.getheader("X-Cache", "none"))
        return Response(reply.status, reply.getheader("Location"), reply.read())


def mixed_up_responses(*, cache: int, upstream: int, cache_statuses: list[str]) -> list[str]:
    """Return each request through the cache whose response differs from what that visitor gets without it."""
    requests: Sequence[tuple[str, str]] = [(path, method) for path in PATHS for method in ("GET", "HEAD")]
    wrong = []
    for path, method in requests:
        expected = {code: fetch(upstream, path, method=method, address=VISITORS[code]) for code in VISITORS}
        wrong += [
            f"{method} {path} from {code}"
            for _ in range(ROUNDS)
            for code in VISITORS
            if fetch(cache, path, method=method, address=VISITORS[code], cache_statuses=cache_statuses)
            != expected[code]
        ]
    return wrong


@contextmanager
def started(command: list[str], *, port: int, environ: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(command, env=environ, cwd=Path(__file__).parents[2]) as process:
        try:
            _wait_until_up(port, process)
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def cached(folder: Path, *, target: str, fast_path: str = "on") -> Iterator[tuple[int, int]]:
    """Run nginx with a cache in front of a gateway; yield the ports of nginx and of the gateway."""
    operator_ = replace(operator(mode="direct"), covered_countries=frozenset({country("GB")}), covered_regions={})
    publish(config(data_dir=folder), content=table_bytes(operator_=operator_, partners=[(ALO_BRASIL, ("SE",))]))
    upstream, port = free_port(), free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RENVOI_")} | {
        "RENVOI_DATA_DIR": str(folder),
        "RENVOI_SECRET_KEY": SECRET,
        "RENVOI_GEOIP_DB": str(SAMPLE.write(folder / "countries.mmdb")),
        "RENVOI_TRUSTED_PROXIES": "127.0.0.1",
    }
    config_path = folder / "nginx.conf"
    config_path.write_text(_NGINX.format(folder=folder, port=port, upstream=upstream), encoding="utf-8")
    server = [sys.executable, "-c", _SERVER, f"tests.gateway.test_cache:{target}", str(upstream), fast_path]
    front = [NGINX, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(config_path)]
    with started(server, port=upstream, environ=environ), started(front, port=port, environ=environ):
        yield port, upstream


@pytest.mark.parametrize("fast_path", ["on", "off"], ids="fast path {}".format)
def test_no_response_is_ever_shared(tmp_path: Path, fast_path: str) -> None:
    cache_statuses: list[str] = []
    with cached(tmp_path, target="gateway", fast_path=fast_path) as (cache, upstream):
        responses = [fetch(cache, "/", method="GET", address=address) for address in VISITORS.values()]
        assert len({*responses}) == len(VISITORS)
        assert [response.status for response in responses] == [302, 302, 200, 200]
        assert mixed_up_responses(cache=cache, upstream=upstream, cache_statuses=cache_statuses) == []
    assert {*cache_statuses} == {"MISS"}, "nginx looked each response up and had stored none."


def test_planted_cacheable_responses_are_detected_as_shared(tmp_path: Path) -> None:
    cache_statuses: list[str] = []
    with cached(tmp_path, target="leaky_gateway") as (cache, upstream):
        wrong = mixed_up_responses(cache=cache, upstream=upstream, cache_statuses=cache_statuses)
    assert {"GET / from SE", "GET / from DE", "HEAD / from SE", "GET /?lang=en from JP"} <= {*wrong}
    assert "HIT" in cache_statuses


def _wait_until_up(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, f"The server exited with {process.returncode}."
        with suppress(OSError):
            fetch(port, "/healthz", method="GET", address="")
            return
        time.sleep(0.05)
    raise AssertionError("The server did not start.")
