"""Bodies above the limit of their address are refused as they arrive, and nothing of a stranger's is stored."""

import asyncio
import re
import select
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from renvoi.server.protocol.body_limits import FORM_BYTES, GATEWAY_BYTES, IMPORT_BYTES, SIGN_IN_BYTES, STRANGER_BYTES
from renvoi.server.protocol.fast_path import FastPathProtocol
from renvoi.server.protocol.limits import LimitedProtocol
from tests.databases import on_sqlite
from tests.running import RunningRenvoi, children_of
from tests.server.connections import UNCACHED, Client, run
from tests.server.serving import Staff, fill

LIMITS = {
    "/": GATEWAY_BYTES,
    "/go/1": GATEWAY_BYTES,
    "/nothing": GATEWAY_BYTES,
    "/static/x.css": GATEWAY_BYTES,
    "/console": GATEWAY_BYTES,
    "/console/sign-in/": SIGN_IN_BYTES,
    "/console/sign%2Din/": SIGN_IN_BYTES,
    "/console/partners/new/": FORM_BYTES,
    "/console/import/": IMPORT_BYTES,
}


def head(path: str, headers: str, *, method: str = "POST") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode()


def chunk(size: int) -> bytes:
    return b"%x\r\n%b\r\n" % (size, bytes(size))


@on_sqlite
@pytest.mark.parametrize("protocol", [FastPathProtocol, LimitedProtocol])
class TestProtocol:
    """The limit of an address, over raw connections. The application answers once it has the whole body.

    No database is concerned: once is enough.
    """

    @pytest.mark.parametrize(("path", "limit"), LIMITS.items())
    def test_stated_length_above_the_limit_is_refused_before_the_body(
        self, path: str, limit: int, protocol: type[LimitedProtocol]
    ) -> None:
        async def steps(client: Client) -> None:
            await client.send(head(path, f"Content-Length: {limit + 1}\r\nExpect: 100-continue"))
            response = await client.read_response()
            assert re.match(r"413 .* limited to [\d,]+ bytes\.\n close", response, re.DOTALL), response
            assert f"{limit:,} bytes" in response
            assert await client.is_closed()

        run(steps, protocol=protocol)

    @pytest.mark.parametrize("method", ["POST", "PUT", "GET", "DELETE"])
    def test_chunks_above_the_limit_are_refused_as_they_arrive(
        self, method: str, protocol: type[LimitedProtocol]
    ) -> None:
        async def steps(client: Client) -> None:
            await client.send(head("/nothing", "Transfer-Encoding: chunked", method=method), chunk(8_000))
            assert not await client.is_closed(within_s=0.1)
            with suppress(ConnectionError):
                await client.send(chunk(8_000), chunk(8_000))
            assert (await client.read_response()).startswith("413 ")
            assert await client.is_closed()

        run(steps, protocol=protocol)

    @pytest.mark.parametrize("framing", ["one byte to a chunk", "extensions", "an endless extension"])
    def test_bytes_that_frame_a_body_are_limited(self, framing: str, protocol: type[LimitedProtocol]) -> None:
        piece = {
            "one byte to a chunk": b"1\r\nx\r\n" * 10_000,
            "extensions": b"1;" + b"x" * 50_000 + b"\r\nx\r\n",
            "an endless extension": b"1;" + b"x" * 50_000,
        }[framing]

        async def steps(client: Client) -> None:
            await client.send(head("/nothing", "Transfer-Encoding: chunked"))
            with suppress(ConnectionError):
                await client.send(*[piece] * 10)
            assert (await client.read_response()).startswith("413 ")

        run(steps, protocol=protocol)

    def test_body_at_the_limit_is_received(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            await client.send(head("/x", f"Content-Length: {GATEWAY_BYTES}") + bytes(GATEWAY_BYTES) + UNCACHED)
            assert await client.read_response() == f"200 /x {GATEWAY_BYTES}"
            assert await client.read_response() == "200 /other 0"
            await client.send(head("/x", "Transfer-Encoding: chunked"), chunk(GATEWAY_BYTES), b"0\r\n\r\n" + UNCACHED)
            assert await client.read_response() == f"200 /x {GATEWAY_BYTES}"
            assert await client.read_response() == "200 /other 0"

        run(steps, protocol=protocol)

    @pytest.mark.parametrize(
        "large",
        [
            pytest.param(head("/x", "Transfer-Encoding: chunked") + chunk(9_000), id="chunked"),
            pytest.param(head("/x", "Content-Length: 9000"), id="length"),
        ],
    )
    def test_earlier_requests_are_answered_before_the_refusal(
        self, large: bytes, protocol: type[LimitedProtocol]
    ) -> None:
        async def steps(client: Client) -> None:
            client.app.may_respond.clear()
            await client.send(UNCACHED + UNCACHED + large)
            await asyncio.sleep(0.05)
            client.app.may_respond.set()
            assert [await client.read_response(), await client.read_response()] == ["200 /other 0"] * 2
            assert (await client.read_response()).startswith("413 ")
            assert await client.is_closed()

        run(steps, protocol=protocol)

    def test_malformed_chunk_is_refused_after_earlier_responses(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            client.app.may_respond.clear()
            await client.send(UNCACHED + head("/x", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n", b"no size\r\n")
            client.app.may_respond.set()
            assert await client.read_response() == "200 /other 0"
            assert (await client.read_response()).startswith("400 ")
            assert await client.is_closed()

        run(steps, protocol=protocol)

    @pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", "Content-Length: 8000"])
    def test_response_before_the_end_of_the_body_is_not_lost_by_closing(
        self, framing: str, protocol: type[LimitedProtocol]
    ) -> None:
        """With bytes unread, a closed connection would be reset."""

        async def steps(client: Client) -> None:
            body = bytes(8_000) if "Length" in framing else chunk(7_000)
            await client.send(head("/early", f"{framing}\r\nConnection: close"), body[:4_000], body[4_000:])
            await client.send(b"", b"", b"")
            assert (await client.read_response()).startswith("200 /early 0 close")
            assert await client.is_closed(within_s=0.5)
            assert not client.reader.exception()

        run(steps, protocol=protocol)

    def test_response_that_has_been_sent_is_not_followed_by_a_refusal(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            await client.send(head("/early", "Transfer-Encoding: chunked"), chunk(5_000))
            assert (await client.read_response()).startswith("200 /early")
            await client.send(chunk(5_000))
            assert await client.is_closed(within_s=1)

        run(steps, protocol=protocol)

    def test_refusal_reaches_a_client_that_sends_everything_first(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            with suppress(ConnectionError):
                await client.send(head("/x", "Content-Length: 3000000"), *[bytes(300_000)] * 10)
            assert (await client.read_response()).startswith("413 ")

        run(steps, protocol=protocol)

    def test_refused_client_that_keeps_sending_is_disconnected(
        self, protocol: type[LimitedProtocol], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("renvoi.server.protocol.refusals.LINGER_S", 0.3)

        async def steps(client: Client) -> None:
            await client.send(head("/x", "Content-Length: 3000000"))
            with suppress(ConnectionError):
                for _ in range(50):
                    await client.send(bytes(100))
            assert client.state.connections == set()

        run(steps, protocol=protocol)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRenvoi]:
    """A server of both sides with one worker."""
    folder = fill(tmp_path_factory.mktemp("bodies"))
    with RunningRenvoi(folder, command=("serve", "--workers", "1")) as server:
        yield server


def written_bytes(server: RunningRenvoi) -> int:
    """How many bytes the worker has written so far, to files and sockets."""
    counters = [Path(f"/proc/{pid}/io").read_text() for pid in children_of(server.pid)]
    return sum(int(line.split()[1]) for text in counters for line in text.splitlines() if line.startswith("wchar"))


def post(server: RunningRenvoi, start: bytes, *pieces: bytes) -> tuple[str, bytes, bool]:
    """Send until there is a response. Returns its status, its body, and whether the connection is closed after it."""
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as connection:
        connection.sendall(start)
        with suppress(ConnectionError):
            for piece in pieces:
                if select.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(piece)
        with connection.makefile("rb") as reader:
            lines = list(iter(reader.readline, b"\r\n"))
            length = next(int(line.split()[1]) for line in lines if line.lower().startswith(b"content-length:"))
            body = reader.read(length)
            with suppress(ConnectionError):
                return lines[0].split()[1].decode(), body, reader.read() == b""
    return lines[0].split()[1].decode(), body, True


@pytest.mark.parametrize(
    ("path", "limit", "cookie"),
    [
        ("/", GATEWAY_BYTES, ""),
        ("/console/sign-in/", SIGN_IN_BYTES, ""),
        ("/console/partners/new/", STRANGER_BYTES, ""),
        ("/console/import/", STRANGER_BYTES, "renvoi_session=abcdefghijklmnopqrstuvwxyz012345"),
        ("/console/nothing/", STRANGER_BYTES, "renvoi_session=0"),
        ("/static/x.css", GATEWAY_BYTES, ""),
    ],
)
def test_stranger_stores_nothing_on_disk(server: RunningRenvoi, path: str, limit: int, cookie: str) -> None:
    """A stranger posts 210 MB, without a session or with a made-up one."""
    before = written_bytes(server)
    start = head(path, f"Transfer-Encoding: chunked\r\nOrigin: http://localhost\r\nCookie: {cookie}")
    # The head arrives with a chunk: alone, it is enough for the gateway to answer that it reads no such form.
    status, body, is_closed = post(server, start + chunk(100_000), *[chunk(100_000)] * 2_099)
    assert (status, is_closed) == ("413", True)
    assert f"{limit:,} bytes" in body.decode()
    assert written_bytes(server) - before < 100_000


@pytest.mark.parametrize(
    ("path", "origin"),
    [("/", "http://localhost"), ("/", "http://other.example"), ("/go/1", "http://localhost"), ("/nothing", "null")],
)
def test_stranger_who_sends_on_after_an_early_answer_stores_nothing(
    server: RunningRenvoi, path: str, origin: str
) -> None:
    """The head alone is answered. The connection stays open for a body within the limit, and for no more."""
    before = written_bytes(server)
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as connection:
        connection.sendall(head(path, f"Transfer-Encoding: chunked\r\nOrigin: {origin}"))
        assert re.match(rb"HTTP/1.1 [34]\d\d ", connection.recv(65_536))
        with suppress(ConnectionError):
            for _ in range(2_100):
                connection.sendall(chunk(100_000))
            while connection.recv(65_536):
                pass
    assert written_bytes(server) - before < 100_000


def test_stranger_is_refused_by_the_stated_length(server: RunningRenvoi) -> None:
    status, body, is_closed = post(server, head("/console/import/", "Content-Length: 900000\r\nExpect: 100-continue"))
    assert (status, is_closed) == ("413", True)
    assert f"{STRANGER_BYTES:,} bytes" in body.decode()


def test_large_form_of_staff_is_received(server: RunningRenvoi) -> None:
    """Also in chunks, which state no length."""
    with Staff(server) as staff:
        staff.sign_in()
        page = "/console/partners/new/"
        form = {"csrfmiddlewaretoken": staff.token(page), "name": "x" * 500_000}
        for content in (urlencode(form).encode(), iter([urlencode(form).encode()])):
            response = staff.http.post(
                page, content=content, headers={"Content-Type": "application/x-www-form-urlencoded"}
            )
            assert response.status_code not in {400, 403, 413}, response.status_code
            assert "x" * 500_000 in response.text
        form["name"] = "x" * FORM_BYTES
        assert staff.http.post(page, data=form).status_code == 413


def test_large_form_after_the_session_has_ended_is_kept_for_its_account(server: RunningRenvoi) -> None:
    with Staff(server) as staff:
        staff.sign_in()
        token = staff.token("/console/partners/new/")
        staff.send("/console/sign-out/", page="/console/partners/")
        form = {"csrfmiddlewaretoken": token, "name": "x" * 100_000}
        assert staff.http.post("/console/partners/new/", data=form).url.path == "/console/sign-in/"
        staff.sign_in()
        assert "x" * 100_000 in staff.http.get("/console/partners/new/").text
        staff.send("/console/sign-out/", page="/console/partners/")
        staff.http.cookies.delete("renvoi_account")
        assert staff.http.post("/console/partners/new/", data=form).status_code == 413
