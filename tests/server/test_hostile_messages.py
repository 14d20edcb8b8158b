"""Messages that could change the meaning of a request, or of the one behind it (RFC 9110, RFC 9112)."""

import asyncio
import gc
import json
import socket
import weakref
from contextlib import suppress
from typing import Any

import pytest

from renvoi.server.protocol import limits
from renvoi.server.protocol.fast_path import FastPathProtocol
from renvoi.server.protocol.limits import LimitedProtocol
from tests.server.connections import CACHED, POST, RECORDED, UNCACHED, Client, run

PROTOCOLS = [FastPathProtocol, LimitedProtocol]
UPGRADES = {
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y\r\n",
    "TLS": b"Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n",
    "in lower case, kept alive": b"connection: keep-alive, upgrade\r\nupgrade: foo/2\r\n",
    "several": b"Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n",
}

TOO_LARGE = b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n"

pytestmark = pytest.mark.parametrize("protocol", PROTOCOLS)


def head(line: bytes, headers: bytes) -> bytes:
    return line + b" HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n"


class EchoHeaders:
    """An application that responds with the request's headers, once it has read the body."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body", False):
            pass
        pairs = [[name.decode(), value.decode()] for name, value in scope["headers"]]
        content = json.dumps(pairs).encode()
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


@pytest.mark.parametrize(
    "trailer",
    [
        b"X-Forwarded-For: 133.1.1.1",
        b"x-forwarded-for: 133.1.1.1",
        b"Forwarded: for=133.1.1.1",
        b"Host: elsewhere.example",
        b"Cookie: renvoi_country=JP",
        b"Authorization: Bearer x",
    ],
)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
@pytest.mark.parametrize("sent_in", ["one segment", "pieces"])
def test_trailers_are_not_merged_into_headers(
    method: bytes, trailer: bytes, sent_in: str, protocol: type[LimitedProtocol]
) -> None:
    async def steps(client: Client) -> None:
        client.app.__class__ = type("Echo", (type(client.app),), {"__call__": EchoHeaders.__call__})
        request = head(method + b" /x", b"Transfer-Encoding: chunked\r\nX-Forwarded-For: 198.51.100.7\r\n")
        end = b"0\r\n" + trailer + b"\r\n\r\n"
        await client.send(*([request, end[:7], end[7:]] if sent_in == "pieces" else [request + end]))
        received = json.loads((await client.read_response()).removeprefix("200 "))
        assert received == [
            ["host", "localhost"],
            ["transfer-encoding", "chunked"],
            ["x-forwarded-for", "198.51.100.7"],
        ]
        await client.send(UNCACHED)
        assert (await client.read_response()).startswith("200 ")

    run(steps, protocol=protocol)


@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
class TestIgnoredUpgrade:
    """RFC 9110, section 7.8: a server that does not honour the field answers as if it were absent."""

    def test_request_without_a_body_is_answered(self, upgrade: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            await client.send(head(b"GET /x", upgrade))
            assert await client.read_response() == "200 /x 0"
            await client.send(UNCACHED)
            assert await client.read_response() == "200 /other 0"

        run(steps, protocol=protocol)

    @pytest.mark.parametrize("sent_in", ["one segment", "a segment for the body", "pieces"])
    def test_body_reaches_the_application(self, sent_in: str, upgrade: bytes, protocol: type[LimitedProtocol]) -> None:
        request, body = head(b"POST /form", upgrade + b"Content-Length: %d\r\n" % len(UNCACHED)), UNCACHED
        both = request + body
        segments = {
            "one segment": [both],
            "a segment for the body": [request, body],
            "pieces": [both[at : at + 41] for at in range(0, len(both), 41)],
        }[sent_in]

        async def steps(client: Client) -> None:
            await client.send(*segments)
            # The body is a request by its bytes, and must not be taken for one.
            assert await client.read_response() == f"200 /form {len(UNCACHED)}"
            assert not await client.is_closed(within_s=0.1)

        run(steps, protocol=protocol)

    def test_chunked_body_reaches_the_application(self, upgrade: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            chunks = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            await client.send(head(b"PUT /x", upgrade + b"Transfer-Encoding: chunked\r\n") + chunks + UNCACHED)
            assert await client.read_response() == "200 /x 5"
            assert await client.read_response() == "200 /other 0"

        run(steps, protocol=protocol)

    def test_pipelined_requests_are_answered_in_order(self, upgrade: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            upgrading = head(b"GET /x", upgrade)
            await client.send(UNCACHED + upgrading + upgrading + POST + UNCACHED)
            responses = [await client.read_response() for _ in range(5)]
            assert responses == ["200 /other 0", "200 /x 0", "200 /x 0", "200 /form 5", "200 /other 0"]

        run(steps, protocol=protocol)

    def test_close_still_closes(self, upgrade: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            closing = upgrade.replace(b"pgrade\r\n", b"pgrade, close\r\n", 1).replace(
                b"ttings\r\n", b"ttings, close\r\n", 1
            )
            await client.send(head(b"GET /x", closing))
            assert await client.read_response() == "200 /x 0 close"
            assert await client.is_closed()

        run(steps, protocol=protocol)


def test_connect_opens_no_tunnel(protocol: type[LimitedProtocol]) -> None:
    async def steps(client: Client) -> None:
        await client.send(b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n" + UNCACHED)
        assert (await client.read_response()).startswith(("400 ", "200 "))

    run(steps, protocol=protocol)


class TestHalfClosed:
    """A client that has sent its last byte still reads."""

    @pytest.mark.parametrize("request_", [CACHED, UNCACHED, POST, UNCACHED + CACHED + POST])
    def test_complete_requests_are_answered(self, request_: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            client.app.may_respond.clear()
            await client.send(request_)
            client.writer.write_eof()
            await asyncio.sleep(0.05)
            client.app.may_respond.set()
            for _ in range(request_.count(b"HTTP/1.1")):
                assert (await client.read_response())[:3] in {"200", "302"}
            assert await client.is_closed(within_s=1)

        run(steps, protocol=protocol)

    def test_pending_answer_is_sent(self, protocol: type[LimitedProtocol]) -> None:
        if protocol is LimitedProtocol:
            return  # it has no pending answers

        async def steps(client: Client) -> None:
            client.app.fast_path.is_slow = True
            await client.send(CACHED, UNCACHED)
            client.writer.write_eof()
            await asyncio.sleep(0.05)
            client.app.fast_path.waiting[0](RECORDED)
            assert await client.read_response() == "302 fast path"
            assert await client.read_response() == "200 /other 0"
            assert await client.is_closed(within_s=1)

        run(steps, protocol=protocol)

    @pytest.mark.parametrize("request_", [b"", b"GET / HT", POST[:-1], UNCACHED + POST[:-1]])
    def test_incomplete_request_ends_the_connection(self, request_: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            await client.send(request_)
            client.writer.write_eof()
            if request_.startswith(UNCACHED):
                assert await client.read_response() == "200 /other 0"
            assert await client.is_closed(within_s=1)

        run(steps, protocol=protocol)


def test_request_of_a_connection_reset_before_it_is_accepted_is_ignored(protocol: type[LimitedProtocol]) -> None:
    """Its address is not known any more: it would be recorded as a visitor from nowhere."""

    async def steps(client: Client) -> None:
        # No await between: the server does not accept it before it is reset.
        with socket.create_connection(client.writer.get_extra_info("peername")) as connection:
            connection.sendall(UNCACHED)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, (1).to_bytes(4, "little") + bytes(4))
        await client.send(UNCACHED)
        assert await client.read_response() == "200 /other 0"
        assert client.app.paths == ["/other"]
        assert len(client.state.connections) == 1

    run(steps, protocol=protocol)


@pytest.mark.parametrize("request_", [UNCACHED, POST, TOO_LARGE, head(b"GET /x", UPGRADES["h2c"])])
@pytest.mark.parametrize("end", ["FIN", "RST", "half-closed", "refused", "abandoned"])
def test_nothing_of_an_ended_connection_stays(
    end: str, request_: bytes, protocol: type[LimitedProtocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even in reference cycles: the gateway seldom collects garbage."""
    monkeypatch.setattr(limits, "HEAD_TIMEOUT_S", 0.2)
    monkeypatch.setattr(limits, "_CHECK_EVERY_S", 0.05)

    async def steps(client: Client) -> None:
        (connection,) = client.state.connections
        reference = weakref.ref(connection)
        del connection
        if end in {"FIN", "RST", "half-closed"}:
            await client.send(request_)
            await client.read_response()
        elif end == "refused":
            await client.send(b"\0\r\n\r\n")
        if end == "RST":
            linger = (1).to_bytes(4, "little") + bytes(4)
            client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.writer.transport.abort()
        elif end == "half-closed":
            client.writer.write_eof()
        elif end == "FIN":
            client.writer.close()
        with suppress(ConnectionError):
            await client.reader.read()
        for _ in range(100):
            if reference() is None:
                break
            await asyncio.sleep(0.02)
        assert reference() is None

    gc.disable()
    try:
        run(steps, protocol=protocol)
    finally:
        gc.enable()
