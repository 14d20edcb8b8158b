"""Trailers and `Upgrade` through real proxies: nginx, nginx as WebSockets need it, and HAProxy, which passes both on.

Each request is followed by others on the same connection: what swallows or splits a body answers them wrongly.
"""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.databases import on_sqlite
from tests.faults.serving import Server
from tests.proxies import haproxy, nginx, proxy_line
from tests.raw_http import Answer, read_answer
from tests.running import EMAIL, RunningRenvoi
from tests.server.serving import fill
from tests.world import Person, person_in, redirect, world_ranges, world_table

# No database is concerned: once is enough.
pytestmark = [pytest.mark.needs("nginx", "haproxy"), on_sqlite]

CHILEAN, JAPANESE = person_in("CL"), person_in("JP", language="en")
HOST = "Host: localhost\r\nOrigin: http://localhost\r\n"
UPGRADES = {
    "h2c": "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    "websocket": "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "TLS/1.0": "Connection: keep-alive, upgrade\r\nUpgrade: TLS/1.0\r\n",
}
FORM = b"country=MX&lang=en"
AFTER = f"GET / HTTP/1.1\r\n{HOST}Accept-Language: en\r\n\r\n".encode()


@pytest.fixture(scope="module", params=["on", "off"], ids="fast path {}".format)
def routes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """The port of each proxy in front of one gateway."""
    folder = tmp_path_factory.mktemp("proxied")
    with ExitStack() as stack:
        server = stack.enter_context(
            Server(
                folder / "data",
                table=world_table(),
                ranges=world_ranges(),
                RENVOI_TRUSTED_PROXIES="127.0.0.1",
                RENVOI_FAST_PATH=request.param,
            )
        )
        for name in ("nginx", "websockets"):
            (folder / name).mkdir()
        gateway = server.port
        yield {
            "HAProxy": stack.enter_context(haproxy(folder, gateway=gateway, console=gateway)),
            "nginx": stack.enter_context(nginx(folder / "nginx", gateway=gateway, console=gateway)),
            "nginx for WebSockets": stack.enter_context(
                nginx(folder / "websockets", gateway=gateway, console=gateway, passes_upgrade=True)
            ),
        }


@pytest.fixture(params=["HAProxy", "nginx", "nginx for WebSockets"])
def port(request: pytest.FixtureRequest, routes: dict[str, int]) -> int:
    return routes[request.param]


def head(line: str, headers: str = "") -> bytes:
    return f"{line} HTTP/1.1\r\n{HOST}Accept-Language: {JAPANESE.language}\r\n{headers}\r\n".encode()


def converse(port: int, *segments: bytes, answers: int, person: Person = JAPANESE) -> list[Answer]:
    """Send the segments on a new connection, read that many answers, and check that no further one comes."""
    return asyncio.run(_converse(port, segments, answers, person))


async def _converse(port: int, segments: tuple[bytes, ...], answers: int, person: Person) -> list[Answer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for segment in (proxy_line(person.address) + segments[0], *segments[1:]):
            writer.write(segment)
            await asyncio.sleep(0.02)
        received = [await asyncio.wait_for(read_answer(reader), 5) for _ in range(answers)]
        try:
            more = await asyncio.wait_for(reader.read(100), 0.02)
        except TimeoutError:
            more = b""
    finally:
        writer.close()
    assert more == b"", "a response to nothing"
    assert None not in received, "the connection was closed before the responses"
    return [answer for answer in received if answer]


def test_haproxy_forwards_trailers_and_upgrade(tmp_path: Path) -> None:
    """Otherwise the other tests would show nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        upstream = server.getsockname()[1]
        with (
            haproxy(tmp_path, gateway=upstream, console=upstream) as port,
            socket.create_connection(("127.0.0.1", port), timeout=5) as client,
        ):
            client.sendall(proxy_line(JAPANESE.address) + head("GET /", UPGRADES["TLS/1.0"]))
            connection = server.accept()[0]
            with connection:
                connection.settimeout(5)
                received = connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                client.sendall(
                    head("GET /", "Transfer-Encoding: chunked\r\n") + b"0\r\nX-Forwarded-For: 203.0.0.7\r\n\r\n"
                )
                while not received.endswith(b"203.0.0.7\r\n\r\n"):
                    received += connection.recv(65_536)
    assert b"0\r\nx-forwarded-for: 203.0.0.7\r\n" in received.lower()
    assert b"upgrade: tls/1.0\r\n" in received.lower()
    assert f"x-forwarded-for: {JAPANESE.address}\r\n".encode() in received.lower()


@pytest.mark.parametrize(
    "trailer",
    [
        f"X-Forwarded-For: {CHILEAN.address}",
        f"Forwarded: for={CHILEAN.address}",
        "Cookie: renvoi_country=CL; renvoi_lang=fr",
        "Host: elsewhere.example",
        "Accept-Language: fr",
        "Sec-Purpose: prefetch",
        "User-Agent: Googlebot/2.1",
    ],
)
def test_trailers_change_nothing(trailer: str, port: int) -> None:
    chunked = "Transfer-Encoding: chunked\r\n"
    end = f"0\r\n{trailer}\r\n\r\n".encode()
    get = head("GET /", chunked)
    form = "Content-Type: application/x-www-form-urlencoded\r\n"
    post = head("POST /", chunked + form) + b"%x\r\n%b\r\n" % (len(FORM), FORM)
    answers = converse(port, get + end + AFTER, get, end, post + end + AFTER, answers=5)
    location = redirect(JAPANESE)
    assert [answer.header("location") for answer in answers] == [location, location, location, "/", location]
    assert [bool(answer.header("renvoi-ref")) for answer in answers] == [True, True, True, False, True]
    assert "renvoi_country=MX;" in str(answers[3].headers)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of HAProxy in front of a console."""
    folder = fill(tmp_path_factory.mktemp("console"))
    environ = {"RENVOI_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        RunningRenvoi(folder, command=("serve", "--only", "console"), **environ) as server,
        haproxy(tmp_path_factory.mktemp("haproxy"), gateway=server.port, console=server.port) as port,
    ):
        yield port


class TestConsole:
    """Sign-in behind HAProxy, by requests whose trailers name another address, another host, and other cookies."""

    TRAILERS = "X-Forwarded-For: 198.51.100.{}\r\nHost: elsewhere.example\r\nCookie: renvoi_console_lang=en\r\n"
    LIMITED = "Trop de tentatives"

    def test_trailers_change_neither_language_nor_host(self, console: int) -> None:
        request = f"GET /console/sign-in/ HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n{self.TRAILERS}\r\n"
        (page,) = converse(console, request.encode(), answers=1)
        assert (page.status, page.header("content-language")) == (200, "fr")

    def test_trailers_do_not_reset_the_limit_on_guesses(self, console: int) -> None:
        (page,) = converse(console, f"GET /console/sign-in/ HTTP/1.1\r\n{HOST}\r\n".encode(), answers=1)
        cookie = page.header("set-cookie").partition(";")[0]
        token = page.body.decode().split('csrfmiddlewaretoken" value="')[1].partition('"')[0]
        form = urlencode({"csrfmiddlewaretoken": token, "email": EMAIL, "password": "a wrong guess"}).encode()
        headers = (
            f"Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
        )
        start = f"POST /console/sign-in/ HTTP/1.1\r\n{HOST}{headers}\r\n".encode()
        pages = []
        for number in range(12):
            end = f"\r\n0\r\n{self.TRAILERS.format(number)}\r\n".encode()
            pages += converse(console, start + b"%x\r\n%b%b" % (len(form), form, end), answers=1)
        assert [page.status for page in pages[:10]] == [200] * 10
        assert [self.LIMITED in page.body.decode() for page in pages] == [False] * 10 + [True] * 2


@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
class TestIgnoredUpgrade:
    """A request with `Upgrade` is answered like one without."""

    @pytest.mark.parametrize("segments", [1, 2], ids=["one segment", "the body in a segment of its own"])
    def test_choice_is_saved(self, segments: int, upgrade: str, port: int) -> None:
        form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(FORM)}\r\n"
        request, body = head("POST /", upgrade + form), FORM + AFTER
        saved, after = converse(port, *([request + body] if segments == 1 else [request, body]), answers=2)
        assert (saved.status, saved.header("location")) == (303, "/")
        assert {"renvoi_country=MX", "renvoi_lang=en"} <= set(re.findall(r"renvoi_\w+=\w+", str(saved.headers)))
        assert (after.status, after.header("location")) == (302, redirect(JAPANESE))

    @pytest.mark.parametrize("segments", [1, 2], ids=["one segment", "the body in a segment of its own"])
    @pytest.mark.parametrize("method", ["GET", "PUT"])
    def test_body_is_not_taken_for_a_request(self, method: str, segments: int, upgrade: str, port: int) -> None:
        smuggled = f"GET /?country=CL HTTP/1.1\r\n{HOST}\r\n".encode()
        request = head(f"{method} /", f"{upgrade}Content-Length: {len(smuggled)}\r\n")
        sent = [request + smuggled + AFTER] if segments == 1 else [request, smuggled, AFTER]
        first, after = converse(port, *sent, answers=2)
        assert (first.status, first.header("location")) == ((302, redirect(JAPANESE)) if method == "GET" else (405, ""))
        assert (after.status, after.header("location")) == (302, redirect(JAPANESE))

    def test_pipelined_requests_are_answered_in_order(self, upgrade: str, port: int) -> None:
        click = head(f"GET /go/{CHILEAN.partners[0]}?country=CL&lang=en", upgrade)
        answers = converse(port, AFTER + click + head("GET /", upgrade) + AFTER, answers=4)
        locations = [answer.header("location") for answer in answers]
        japan, chile = redirect(JAPANESE), redirect(person_in("CL", language="en"))
        assert locations == [japan, chile, japan, japan]

    def test_chunked_body_with_trailers_is_read_to_its_end(self, upgrade: str, port: int) -> None:
        body = b"3\r\nabc\r\n0\r\nX-Forwarded-For: 20.1.0.7\r\nCookie: renvoi_country=CL\r\n\r\n"
        request = head("GET /", f"{upgrade}Transfer-Encoding: chunked\r\n")
        answers = converse(port, request + body + AFTER, request, body + AFTER, answers=4)
        assert {answer.header("location") for answer in answers} == {redirect(JAPANESE)}
