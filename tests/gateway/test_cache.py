"""A shared cache in front of the gateway, a real nginx: no visitor ever gets what was made for another.

Planted fault: the same gateway whose answers say `Cache-Control: public`; the same comparison must see them shared.
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

# Each in another country, each with another answer at "/": the operator's, a partner's, and two pages.
VISITORS = {"GB": LONDON, "SE": "2a0c::1", "JP": "133.11.0.1", "DE": "2001:638::1"}
PATHS = ("/", "/?lang=en", "/go/7", "/go/7?country=SE", "/nowhere")
ROUNDS = 3
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
"""Programs that say what they are have a page where people are redirected."""

_SERVER = """
import socket
import sys
from renvoi.server.serving import serve_application

serve_application(sys.argv[1], socket.create_server(("127.0.0.1", int(sys.argv[2]))), workers=1)
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
      proxy_pass http://127.0.0.1:{behind};
      proxy_cache visitors;
      proxy_set_header Host localhost;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""


def gateway() -> Application:
    """What the server loads."""
    return create_app(read_config())


def leaky_gateway() -> Application:
    """The fault: every answer may be kept, for everybody."""
    whole = gateway()

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        async def leak(event: Any) -> None:
            if event["type"] == "http.response.start":
                kept = [pair for pair in event["headers"] if pair[0] not in {b"cache-control", b"vary"}]
                event = {**event, "headers": [*kept, (b"cache-control", b"public, max-age=60")]}
            await send(event)

        await whole(scope, receive, leak)

    return app


@dataclass(frozen=True)
class Response:
    """As far as it tells one visitor's from another's."""

    status: int
    location: str | None
    body: bytes


def answer(port: int, path: str, *, method: str, address: str, said: list[str] | None = None) -> Response:
    headers = {"X-Forwarded-For": address, "Host": "localhost", "User-Agent": BROWSER}
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers=headers)
        reply = connection.getresponse()
        if said is not None:
            said.append(reply.getheader("X-Cache", "none"))
        return Response(reply.status, reply.getheader("Location"), reply.read())


def strangers_answers(*, cache: int, behind: int, said: list[str]) -> list[str]:
    """Each answer through the cache that is not what that visitor gets without it."""
    asked: Sequence[tuple[str, str]] = [(path, method) for path in PATHS for method in ("GET", "HEAD")]
    wrong = []
    for path, method in asked:
        own = {code: answer(behind, path, method=method, address=VISITORS[code]) for code in VISITORS}
        wrong += [
            f"{method} {path} from {code}"
            for _ in range(ROUNDS)
            for code in VISITORS
            if answer(cache, path, method=method, address=VISITORS[code], said=said) != own[code]
        ]
    return wrong


@contextmanager
def started(command: list[str], *, port: int, environ: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(command, env=environ, cwd=Path(__file__).parents[2]) as process:
        try:
            _await(port, process)
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def cached(folder: Path, *, target: str) -> Iterator[tuple[int, int]]:
    """nginx with a cache in front of that gateway: the two ports."""
    who = replace(operator(mode="direct"), covered_countries=frozenset({country("GB")}), covered_regions={})
    publish(config(data_dir=folder), content=table_bytes(who=who, partners=[(ALO_BRASIL, ("SE",))]))
    behind, port = free_port(), free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RENVOI_")} | {
        "RENVOI_DATA_DIR": str(folder),
        "RENVOI_SECRET_KEY": SECRET,
        "RENVOI_GEOIP_DB": str(SAMPLE.write(folder / "countries.mmdb")),
        "RENVOI_TRUSTED_PROXIES": "127.0.0.1",
    }
    written = folder / "nginx.conf"
    written.write_text(_NGINX.format(folder=folder, port=port, behind=behind), encoding="utf-8")
    server = [sys.executable, "-c", _SERVER, f"tests.gateway.test_cache:{target}", str(behind)]
    front = [NGINX, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(written)]
    with started(server, port=behind, environ=environ), started(front, port=port, environ=environ):
        yield port, behind


def test_no_answer_is_ever_shared(tmp_path: Path) -> None:
    said: list[str] = []
    with cached(tmp_path, target="gateway") as (cache, behind):
        answers = [answer(cache, "/", method="GET", address=address) for address in VISITORS.values()]
        assert len({*answers}) == len(VISITORS)
        assert [one.status for one in answers] == [302, 302, 200, 200]
        assert strangers_answers(cache=cache, behind=behind, said=said) == []
    assert {*said} == {"MISS"}, "The cache was asked each time, and had kept nothing."


def test_an_answer_that_may_be_kept_is_seen_to_be_shared(tmp_path: Path) -> None:
    said: list[str] = []
    with cached(tmp_path, target="leaky_gateway") as (cache, behind):
        wrong = strangers_answers(cache=cache, behind=behind, said=said)
    assert {"GET / from SE", "GET / from DE", "HEAD / from SE", "GET /?lang=en from JP"} <= {*wrong}
    assert "HIT" in said


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, f"It ended with {process.returncode}."
        with suppress(OSError):
            answer(port, "/healthz", method="GET", address="")
            return
        time.sleep(0.05)
    raise AssertionError("It did not come up.")
