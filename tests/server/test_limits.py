"""The limits of a connection, with and without the fast path: sizes, timeouts, pipelining, unreadable requests."""

import asyncio
import time
from contextlib import suppress

import pytest

from renvoi.server.protocol import limits
from renvoi.server.protocol.fast_path import FastPathProtocol
from renvoi.server.protocol.heads import MAX_PIPELINED
from renvoi.server.protocol.limits import LimitedProtocol
from tests.server.connections import CACHED, POST, RECORDED, UNCACHED, Client, run

CHUNKED = b"POST /form HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
UNFINISHED_POST = POST[:-1]
IDLE_TIMEOUT_S = 1.2


@pytest.fixture(autouse=True)
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HEAD_TIMEOUT_S": 0.4, "IDLE_TIMEOUT_S": IDLE_TIMEOUT_S, "_CHECK_EVERY_S": 0.05}.items():
        monkeypatch.setattr(limits, name, value)


@pytest.fixture
def long_head_timeout(short_timeouts: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 (set after it)
    """A timeout that does not expire in a test: only the size is limited."""
    monkeypatch.setattr(limits, "HEAD_TIMEOUT_S", 30.0)


@pytest.fixture(params=[LimitedProtocol, FastPathProtocol], ids=["without fast path", "with fast path"])
def protocol(request: pytest.FixtureRequest) -> type[LimitedProtocol]:
    protocol: type[LimitedProtocol] = request.param
    return protocol


@pytest.fixture
def cached_response(protocol: type[LimitedProtocol]) -> str:
    """The response to CACHED on a connection that has nothing else to do."""
    return "302 fast path" if protocol is FastPathProtocol else "200 / 0"


class TestSize:
    """Requests that are too large."""

    @pytest.mark.usefixtures("long_head_timeout")
    @pytest.mark.parametrize(
        ("start", "repeated", "status", "limit"),
        [
            pytest.param(
                b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: ", b"a" * 8_000, 431, "65,536 bytes", id="header value"
            ),
            pytest.param(
                b"GET /x HTTP/1.1\r\nHost: localhost\r\n",
                b"X: " + b"a" * 8_000 + b"\r\n",
                431,
                "65,536 bytes",
                id="headers",
            ),
            pytest.param(b"GET /", b"a" * 8_000, 414, "The address is too long", id="URL"),
            pytest.param(
                b"GET /?" + b"a" * 60_000, b" HTTP/1.1\r\nX: " + b"a" * 1_000, 414, "address", id="mostly URL"
            ),
        ],
    )
    def test_endless_head_is_refused_with_its_limit(
        self, start: bytes, repeated: bytes, status: int, limit: str, protocol: type[LimitedProtocol]
    ) -> None:
        async def steps(client: Client) -> None:
            await client.send(start, *[repeated] * 12)
            response = await client.read_response()
            assert response.startswith(f"{status} ")
            assert limit in response
            assert await client.is_closed()

        run(steps, protocol=protocol)

    @pytest.mark.usefixtures("long_head_timeout")
    @pytest.mark.parametrize("size", [8_000, 20_000])
    def test_head_within_the_limit_is_accepted_in_any_pieces(self, size: int, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            request = b"GET /x HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * 62_000 + b"\r\n\r\n"
            await client.send(*[request[at : at + size] for at in range(0, len(request), size)])
            assert await client.read_response() == "200 /x 0"

        run(steps, protocol=protocol)

    @pytest.mark.usefixtures("long_head_timeout")
    @pytest.mark.parametrize("chunk", [b"a" * 5000, b"a: b\r\n" * 500], ids=["one value", "many fields"])
    def test_endless_trailers_are_refused(self, chunk: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            with suppress(ConnectionError):
                await client.send(CHUNKED + b"3\r\nabc\r\n", b"0\r\nX: ", *[chunk] * 40)
            assert await client.is_refused(431)

        run(steps, protocol=protocol)

    def test_short_trailers_are_accepted(self, protocol: type[LimitedProtocol], cached_response: str) -> None:
        async def steps(client: Client) -> None:
            await client.send(CHUNKED + b"3\r\nabc\r\n", b"2\r\nde", b"\r\n0\r\nX: y\r\n\r\n")
            assert await client.read_response() == "200 /form 5"
            await client.send(CACHED)
            assert await client.read_response() == cached_response

        run(steps, protocol=protocol)

    def test_long_body_does_not_count_as_head(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            long_post = (
                b"POST /console/form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n" + b"a" * 70_000
            )
            await client.send(long_post + CACHED[:20], CACHED[20:])
            assert [await client.read_response(), await client.read_response()] == [
                "200 /console/form 70000",
                "200 / 0",
            ]

        run(steps, protocol=protocol)

    def test_too_many_headers_are_refused(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            await client.send(b"GET /x HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 250 + b"\r\n")
            response = await client.read_response()
            assert response.startswith("431 ")
            assert "limited to 200 headers" in response
            assert await client.is_closed()

        run(steps, protocol=protocol)


class TestRefusal:
    """Requests that are unreadable, or too many."""

    def test_too_many_pipelined_requests_are_refused(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            await client.send(UNCACHED * 500)
            responses = [await client.read_response() for _ in range(MAX_PIPELINED + 1)]
            assert set(responses) == {"200 /other 0"}
            assert await client.is_refused()

        run(steps, protocol=protocol)

    @pytest.mark.parametrize(
        ("request_bytes", "status"),
        [(b"\0\r\n\r\n", 400), (b"GET /x HTTP/1.1\r\nA: " + b"a" * 70_000, 431)],
        ids=["unreadable", "too large"],
    )
    def test_earlier_requests_are_answered_before_a_refusal(
        self, request_bytes: bytes, status: int, protocol: type[LimitedProtocol]
    ) -> None:
        async def steps(client: Client) -> None:
            client.app.may_respond.clear()
            packets = [request_bytes[start : start + 20_000] for start in range(0, len(request_bytes), 20_000)]
            await client.send(UNCACHED, UNCACHED, *packets)
            assert not await client.is_closed(within_s=0.1)
            client.app.may_respond.set()
            assert [await client.read_response(), await client.read_response()] == ["200 /other 0"] * 2
            assert await client.is_refused(status)

        run(steps, protocol=protocol)

    @pytest.mark.parametrize(
        "request_bytes",
        [
            pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
            pytest.param(b"GET  HTTP/1.1\r\n\r\n", id="no URL"),
            pytest.param(b"GET / HTTP/1.1\nHost: localhost\n\n\n", id="LF line ends"),
            pytest.param(b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", id="byte outside ASCII"),
            pytest.param(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"0\r\n\r\n",
                id="two lengths",
            ),
            pytest.param(b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", id="space before a colon"),
        ],
    )
    def test_malformed_request_gets_a_response(self, request_bytes: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            await client.send(request_bytes)
            response = await client.read_response()
            assert response.startswith(("400 ", "200 / 0"))

        run(steps, protocol=protocol)


class TestTimeout:
    """Clients that are silent, slow, or do not read."""

    @pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: loc"], ids=["nothing", "part of a head"])
    def test_silent_client_is_disconnected(self, sent: bytes, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            started_at = time.monotonic()
            await client.send(sent)
            assert await client.is_closed()
            assert 0.3 < time.monotonic() - started_at < 2

        run(steps, protocol=protocol)

    def test_client_that_sends_its_head_too_slowly_is_disconnected(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            started_at = time.monotonic()
            with suppress(ConnectionError):
                await client.send(b"GET /x HTTP/1.1\r\nA: ", *[b"a"] * 60)
            assert await client.is_closed(within_s=0.2)
            assert time.monotonic() - started_at < 3

        run(steps, protocol=protocol)

    @pytest.mark.parametrize(
        "sent", [CACHED, UNCACHED, UNFINISHED_POST], ids=["after /", "after /other", "within a body"]
    )
    def test_idle_client_is_disconnected_after_the_idle_timeout(
        self, sent: bytes, protocol: type[LimitedProtocol]
    ) -> None:
        async def steps(client: Client) -> None:
            await client.send(sent)
            if sent != UNFINISHED_POST:
                await client.read_response()
            assert not await client.is_closed(within_s=0.5)
            assert await client.is_closed(within_s=3.5)

        run(steps, protocol=protocol)

    def test_client_that_waits_for_its_response_stays_connected(self, protocol: type[LimitedProtocol]) -> None:
        async def steps(client: Client) -> None:
            client.app.may_respond.clear()
            await client.send(UNCACHED)
            assert not await client.is_closed(within_s=IDLE_TIMEOUT_S + 0.5)
            client.app.may_respond.set()
            assert await client.read_response() == "200 /other 0"

        run(steps, protocol=protocol)

    def test_client_that_waits_for_its_entry_stays_connected(self) -> None:
        """Only the fast path has such a client."""

        async def steps(client: Client) -> None:
            client.app.fast_path.is_slow = True
            await client.send(CACHED)
            assert not await client.is_closed(within_s=IDLE_TIMEOUT_S + 0.5)
            client.app.fast_path.waiting[0](RECORDED)
            assert await client.read_response() == "302 fast path"

        run(steps)

    @pytest.mark.parametrize("sent", [CACHED, UNCACHED], ids=["GET /", "GET /other"])
    def test_client_that_reads_no_responses_is_disconnected(self, sent: bytes, protocol: type[LimitedProtocol]) -> None:
        """Until then the server buffers less than 1 MB for it."""

        async def steps(client: Client) -> None:
            client.app.fast_path.padding = b"x-padding: " + b"a" * 20_000 + b"\r\n"
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's transports have it
            deadline, max_buffered = time.monotonic() + 8, 0
            (connection,) = client.state.connections
            with suppress(ConnectionError):
                while client.state.connections and time.monotonic() < deadline:
                    client.writer.write(sent)
                    max_buffered = max(max_buffered, connection.transport.get_write_buffer_size())
                    await asyncio.sleep(0.001)
            assert client.state.connections == set()
            assert max_buffered < 1_000_000

        run(steps, protocol=protocol)
