"""Connections as browsers, proxies and nuisances make them: real sockets, and an application of ours behind them."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

import pytest
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from renvoi.domain.ledger_entry import Entry
from renvoi.gateway.fast_path import FastPath, PendingAnswer
from renvoi.ledger.batch import OnRecorded
from renvoi.server import limits
from renvoi.server.fast_path import FastPathProtocol
from tests.ledger.cast import entries

RECORDED = True
PLAIN = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
OTHER = b"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde"
INTO = b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(PLAIN)
LAST = b"GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

Step = Callable[["Visitor"], Awaitable[None]]


class Short(FastPath):
    """A short way for `PLAIN` alone, whose disk answers when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[OnRecorded] = []
        self.is_slow = False
        self.padding = b""
        self.learnt: list[bytes] = []

    def match(self, head: bytes, peer: str) -> PendingAnswer | None:
        assert peer == "127.0.0.1"
        entry: Entry = entries(1)[0]
        return (
            PendingAnswer(entry, b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n", "own", 0.0) if head == PLAIN else None
        )

    def record(self, pending: PendingAnswer, on_recorded: OnRecorded) -> None:  # noqa: ARG002 (as the gateway has it)
        if self.is_slow:
            self.waiting.append(on_recorded)
        else:
            on_recorded(RECORDED)

    def response(self, pending: PendingAnswer, *, is_recorded: bool, headers: bytes) -> bytes:
        return pending.response_head + self.padding + headers + (b"renvoi-ref: x\r\n\r\n" if is_recorded else b"\r\n")

    def learn(self, head: bytes) -> None:
        self.learnt.append(head)


class App:
    """Says the path it was asked for, and how long the body was."""

    def __init__(self) -> None:
        self.fast_path = Short()
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # Who asks for "/early" is answered before the body has come.
        body, more = b"", scope["path"] != "/early"
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await self.goes_on.wait()
        said = f"{scope['path']} {len(body)}".encode() + self.fast_path.padding
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said})


class Visitor:
    """One connection to it."""

    def __init__(
        self, app: App, state: ServerState, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.app, self.state = app, state
        self._reader, self._writer = reader, writer

    async def send(self, *pieces: bytes) -> Self:
        """Each in a packet of its own."""
        for piece in pieces:
            if self._writer.is_closing():
                break
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0.02)
        return self

    async def hear(self, *, within_s: float = 5.0) -> str:
        """The next answer: its status and what it says, or that it came on the short way."""
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), within_s)
        length = re.search(rb"content-length: (\d+)", head)
        body = await self._reader.readexactly(int(length[1]) if length else 0)
        is_last = " last" if b"connection: close" in head else ""
        return f"{head[9:12].decode()} {'short' if b'renvoi-ref' in head else body.decode()}{is_last}"

    async def refused(self) -> bool:
        """Whether a 400 comes and then the end, long before silence alone would end it.

        Whoever goes on sending may have the end alone.
        """
        try:
            return (await self.hear(within_s=0.8)).startswith("400 ") and await self.ended(within_s=0.8)
        except TimeoutError:
            return False
        except (ConnectionError, asyncio.IncompleteReadError):
            return True

    async def ended(self, *, within_s: float = 5.0) -> bool:
        """Whether the connection is closed by then, without a further answer."""
        try:
            return await asyncio.wait_for(self._reader.read(), within_s) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True


async def visit(steps: Step) -> None:
    app, state, loop = App(), ServerState(), asyncio.get_running_loop()
    config = Config(app, interface="asgi3", ws="none", log_config=None, log_level="critical", access_log=False)
    config.load()
    config.loaded_app = app
    server = await loop.create_server(lambda: FastPathProtocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        await steps(Visitor(app, state, reader, writer))
    finally:
        app.goes_on.set()
        writer.close()
        server.close()


def run(steps: Step) -> None:
    """On the loop that serves, and on the one that Python has: each has its own clock and buffers."""
    uvloop.run(visit(steps))
    asyncio.run(visit(steps))


def test_one_after_another() -> None:
    async def steps(visitor: Visitor) -> None:
        for sent, heard in ((PLAIN, "302 short"), (OTHER, "200 /other 0"), (PLAIN, "302 short"), (POST, "200 /form 5")):
            await visitor.send(sent)
            assert await visitor.hear() == heard
        await visitor.send(PLAIN)
        assert await visitor.hear() == "302 short"
        await visitor.send(LAST)
        assert await visitor.hear() == "200 /last 0 last"
        assert await visitor.ended()

    run(steps)


@pytest.mark.parametrize("size", [1, 7, 16, 30, len(PLAIN) - 1])
def test_what_comes_in_pieces_takes_the_long_way(size: int) -> None:
    async def steps(visitor: Visitor) -> None:
        await visitor.send(*(PLAIN[at : at + size] for at in range(0, len(PLAIN), size)))
        assert await visitor.hear() == "200 / 0"
        await visitor.send(PLAIN)
        assert await visitor.hear() == "302 short"

    run(steps)


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        ([PLAIN + OTHER + POST + PLAIN], ["200 / 0", "200 /other 0", "200 /form 5", "200 / 0"]),
        # Within a body nothing is a request.
        ([INTO, PLAIN], [f"200 /form {len(PLAIN)}"]),
        ([INTO + PLAIN], [f"200 /form {len(PLAIN)}"]),
        # Nor within a head.
        ([b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: ", PLAIN], ["200 /x 0"]),
        # Nor within a body for which nobody waits any more.
        ([INTO.replace(b"/form", b"/early"), PLAIN], ["200 /early 0"]),
    ],
)
def test_what_comes_at_once_is_answered_in_order(sent: list[bytes], heard: list[str]) -> None:
    async def steps(visitor: Visitor) -> None:
        await visitor.send(*sent)
        assert [await visitor.hear() for _ in heard] == heard
        await visitor.send(PLAIN)
        assert await visitor.hear() == "302 short"

    run(steps)


def test_what_comes_while_the_disk_is_waited_for_is_held() -> None:
    async def steps(visitor: Visitor) -> None:
        visitor.app.fast_path.is_slow = True
        await visitor.send(PLAIN, OTHER, POST[:-2], POST[-2:], PLAIN)
        assert not await visitor.ended(within_s=0.1)
        assert len(visitor.app.fast_path.waiting) == 1
        visitor.app.fast_path.is_slow = False
        visitor.app.fast_path.waiting[0](RECORDED)
        heard = [await visitor.hear() for _ in range(4)]
        assert heard == ["302 short", "200 /other 0", "200 /form 5", "200 / 0"]

    run(steps)


def test_what_comes_while_the_application_is_waited_for_is_not_answered_before() -> None:
    async def steps(visitor: Visitor) -> None:
        visitor.app.goes_on.clear()
        await visitor.send(OTHER, PLAIN)
        assert not await visitor.ended(within_s=0.1)
        visitor.app.goes_on.set()
        assert [await visitor.hear(), await visitor.hear()] == ["200 /other 0", "200 / 0"]

    run(steps)


def test_who_leaves_before_the_answer_hurts_nobody() -> None:
    async def steps(visitor: Visitor) -> None:
        visitor.app.fast_path.is_slow = True
        await visitor.send(PLAIN)
        visitor._writer.transport.abort()
        await asyncio.sleep(0.05)
        visitor.app.fast_path.waiting[0](RECORDED)
        assert visitor.state.connections == set()

    run(steps)


def test_without_a_reference() -> None:
    async def steps(visitor: Visitor) -> None:
        visitor.app.fast_path.is_slow = True
        await visitor.send(PLAIN)
        visitor.app.fast_path.waiting[0](not RECORDED)
        assert await visitor.hear() == "302 "

    run(steps)


class TestEnd:
    """What the server does once it is to end."""

    def test_who_waits_for_the_disk_is_answered_first(self) -> None:
        async def steps(visitor: Visitor) -> None:
            visitor.app.fast_path.is_slow = True
            await visitor.send(PLAIN, OTHER)
            for connection in list(visitor.state.connections):
                connection.shutdown()
            assert not await visitor.ended(within_s=0.1)
            visitor.app.fast_path.waiting[0](RECORDED)
            assert await visitor.hear() == "302 short last"
            assert await visitor.ended()

        run(steps)

    def test_who_waits_for_nothing_is_not_kept(self) -> None:
        async def steps(visitor: Visitor) -> None:
            await visitor.send(PLAIN)
            assert await visitor.hear() == "302 short"
            for connection in list(visitor.state.connections):
                connection.shutdown()
            assert await visitor.ended()

        run(steps)


class TestNuisances:
    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {"HEAD_TIMEOUT_S": 0.4, "IDLE_TIMEOUT_S": 1.8, "_CHECK_EVERY_S": 0.05}.items():
            monkeypatch.setattr(limits, name, value)

    @pytest.mark.parametrize(
        ("begin", "goes_on"),
        [
            (b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: ", b"a" * 8_000),  # a value
            (b"GET /x HTTP/1.1\r\nHost: localhost\r\n", b"X: " + b"a" * 8_000 + b"\r\n"),  # one header after another
            (b"GET /", b"a" * 8_000),
        ],
    )
    def test_a_head_without_end(self, begin: bytes, goes_on: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "HEAD_TIMEOUT_S", 30.0)

        async def steps(visitor: Visitor) -> None:
            with suppress(ConnectionError):
                await visitor.send(begin, *[goes_on] * 12)
            assert await visitor.refused()

        run(steps)

    @pytest.mark.parametrize("chunk", [b"a" * 5000, b"a: b\r\n" * 500])
    def test_trailers_without_end(self, chunk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "HEAD_TIMEOUT_S", 30.0)

        async def steps(visitor: Visitor) -> None:
            head = b"POST /form HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            with suppress(ConnectionError):
                await visitor.send(head + b"3\r\nabc\r\n", b"0\r\nX: ", *[chunk] * 40)
            assert await visitor.refused()

        run(steps)

    def test_trailers_that_end(self) -> None:
        async def steps(visitor: Visitor) -> None:
            head = b"POST /form HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            await visitor.send(head + b"3\r\nabc\r\n", b"2\r\nde", b"\r\n0\r\nX: y\r\n\r\n")
            assert await visitor.hear() == "200 /form 5"
            await visitor.send(PLAIN)
            assert await visitor.hear() == "302 short"

        run(steps)

    def test_a_long_body_counts_as_no_head(self) -> None:
        async def steps(visitor: Visitor) -> None:
            long = b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n" + b"a" * 70_000
            await visitor.send(long + PLAIN[:20], PLAIN[20:])
            assert [await visitor.hear(), await visitor.hear()] == ["200 /form 70000", "200 / 0"]

        run(steps)

    def test_more_at_once_than_anybody_needs(self) -> None:
        async def steps(visitor: Visitor) -> None:
            await visitor.send(OTHER * 500)
            heard = [await visitor.hear() for _ in range(limits.MAX_PIPELINED + 1)]
            assert set(heard) == {"200 /other 0"}
            assert await visitor.refused()

        run(steps)

    @pytest.mark.parametrize("sent", [b"\0\r\n\r\n", b"GET /x HTTP/1.1\r\nA: " + b"a" * 70_000])
    def test_who_was_before_it_is_answered_before_a_refusal(self, sent: bytes) -> None:
        async def steps(visitor: Visitor) -> None:
            visitor.app.goes_on.clear()
            await visitor.send(OTHER, OTHER, *[sent[at : at + 20_000] for at in range(0, len(sent), 20_000)])
            assert not await visitor.ended(within_s=0.1)
            visitor.app.goes_on.set()
            assert [await visitor.hear(), await visitor.hear()] == ["200 /other 0"] * 2
            assert await visitor.refused()

        run(steps)

    @pytest.mark.parametrize("sent", [PLAIN, OTHER])
    def test_who_takes_no_answer_is_dropped(self, sent: bytes) -> None:
        """And holds no more than the system's own buffers until then."""

        async def steps(visitor: Visitor) -> None:
            visitor.app.fast_path.padding = b"x-padding: " + b"a" * 20_000 + b"\r\n"
            visitor._writer.transport.pause_reading()  # type: ignore[attr-defined]  # what it has of a transport
            until, largest = time.monotonic() + 8, 0
            (connection,) = visitor.state.connections
            with suppress(ConnectionError):
                while visitor.state.connections and time.monotonic() < until:
                    visitor._writer.write(sent)
                    largest = max(largest, connection.transport.get_write_buffer_size())
                    await asyncio.sleep(0.001)
            assert visitor.state.connections == set()
            assert largest < 1_000_000

        run(steps)

    def test_too_many_headers(self) -> None:
        async def steps(visitor: Visitor) -> None:
            await visitor.send(b"GET /x HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 250 + b"\r\n")
            assert await visitor.refused()

        run(steps)

    @pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
    def test_who_says_nothing_more(self, said: bytes) -> None:
        async def steps(visitor: Visitor) -> None:
            began = time.monotonic()
            await visitor.send(said)
            assert await visitor.ended()
            assert 0.3 < time.monotonic() - began < 2

        run(steps)

    def test_who_says_a_byte_now_and_then(self) -> None:
        async def steps(visitor: Visitor) -> None:
            began = time.monotonic()
            with suppress(ConnectionError):
                await visitor.send(b"GET /x HTTP/1.1\r\nA: ", *[b"a"] * 60)
            assert await visitor.ended(within_s=0.2)
            assert time.monotonic() - began < 3

        run(steps)

    @pytest.mark.parametrize("first", [PLAIN, OTHER, POST[:-1]])
    def test_who_stays_after_an_answer_or_within_a_body(self, first: bytes) -> None:
        async def steps(visitor: Visitor) -> None:
            await visitor.send(first)
            if first != POST[:-1]:
                await visitor.hear()
            assert not await visitor.ended(within_s=0.5)

        async def later(visitor: Visitor) -> None:
            await visitor.send(first)
            if first != POST[:-1]:
                await visitor.hear()
            assert await visitor.ended(within_s=4)

        run(steps)
        run(later)

    def test_who_waits_for_us_is_not_closed(self) -> None:
        async def steps(visitor: Visitor) -> None:
            visitor.app.goes_on.clear()
            await visitor.send(OTHER)
            assert not await visitor.ended(within_s=2.5)
            visitor.app.goes_on.set()
            assert await visitor.hear() == "200 /other 0"

        run(steps)

    def test_nor_who_waits_for_the_disk(self) -> None:
        async def steps(visitor: Visitor) -> None:
            visitor.app.fast_path.is_slow = True
            await visitor.send(PLAIN)
            assert not await visitor.ended(within_s=2.5)
            visitor.app.fast_path.waiting[0](RECORDED)
            assert await visitor.hear() == "302 short"

        run(steps)

    @pytest.mark.parametrize(
        "sent",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET  HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\nHost: localhost\n\n\n",
            b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        ],
    )
    def test_what_is_no_http_is_refused(self, sent: bytes) -> None:
        async def steps(visitor: Visitor) -> None:
            await visitor.send(sent)
            heard = await visitor.hear()
            assert heard.startswith(("400 ", "200 / 0"))

        run(steps)
