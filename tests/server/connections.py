"""A client, an application and a server for tests of the protocols over real sockets."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from renvoi.gateway.answers import Answer
from renvoi.gateway.fast_path import FastPath, PendingAnswer
from renvoi.ledger.batch import OnRecorded
from renvoi.server.protocol.fast_path import FastPathProtocol
from renvoi.server.protocol.limits import LimitedProtocol
from renvoi.visitor.responses import Response
from tests.ledger.cast import entries

RECORDED = True
CACHED = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""The only request that the fast path answers."""
UNCACHED = b"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde"

Steps = Callable[["Client"], Awaitable[None]]


class FakeFastPath(FastPath):
    """A fast path for CACHED alone. While `is_slow`, its entries are recorded only when a test calls the callbacks in
    `waiting`."""

    def __init__(self) -> None:
        self.waiting: list[OnRecorded] = []
        self.is_slow = False
        self.padding = b""
        self.learnt: list[bytes] = []

    def match(self, head: bytes, peer: str) -> PendingAnswer | None:
        assert peer == "127.0.0.1"
        if head != CACHED:
            return None
        head = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n"
        return entries(1)[0], Answer(Response(302, ()), head, None, "own"), 0.0

    def record(self, pending: PendingAnswer, on_recorded: OnRecorded) -> None:  # noqa: ARG002 (as the gateway has it)
        if self.is_slow:
            self.waiting.append(on_recorded)
        else:
            on_recorded(RECORDED)

    def response(self, pending: PendingAnswer, *, is_recorded: bool, headers: bytes) -> bytes:
        return pending[1].head + self.padding + headers + (b"renvoi-ref: x\r\n\r\n" if is_recorded else b"\r\n")

    def learn(self, head: bytes) -> None:
        self.learnt.append(head)


class App:
    """Responds with the path of the request and the length of its body, once `may_respond` is set.

    The response to "/early" does not wait for the body.
    """

    def __init__(self) -> None:
        self.fast_path = FakeFastPath()
        self.may_respond = asyncio.Event()
        self.may_respond.set()
        self.paths: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.paths.append(scope["path"])
        body, more = b"", scope["path"] != "/early"
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await self.may_respond.wait()
        content = f"{scope['path']} {len(body)}".encode() + self.fast_path.padding
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


class Client:
    """One connection to a server of `app`."""

    def __init__(
        self, app: App, state: ServerState, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.app, self.state = app, state
        self.reader, self.writer = reader, writer

    async def send(self, *chunks: bytes) -> Self:
        """Send each chunk in a packet of its own."""
        for chunk in chunks:
            if self.writer.is_closing():
                break
            self.writer.write(chunk)
            await self.writer.drain()
            await asyncio.sleep(0.02)
        return self

    async def read_response(self, *, within_s: float = 5.0) -> str:
        """Read a response. Returns its status and its body, or "fast path"; then "close" if the connection closes."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), within_s)
        length = re.search(rb"content-length: (\d+)", head)
        body = await self.reader.readexactly(int(length[1]) if length else 0)
        closes = " close" if b"connection: close" in head else ""
        return f"{head[9:12].decode()} {'fast path' if b'renvoi-ref' in head else body.decode()}{closes}"

    async def is_refused(self, status: int = 400) -> bool:
        """Whether the server responds with this status and closes the connection, long before the idle timeout.

        A client that is still sending may see the connection closed without a response.
        """
        try:
            return (await self.read_response(within_s=0.6)).startswith(f"{status} ") and await self.is_closed(
                within_s=0.6
            )
        except TimeoutError:
            return False
        except (ConnectionError, asyncio.IncompleteReadError):
            return True

    async def is_closed(self, *, within_s: float = 5.0) -> bool:
        """Whether the server closes the connection within that time, without another response."""
        try:
            return await asyncio.wait_for(self.reader.read(), within_s) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True


def run(steps: Steps, *, protocol: type[LimitedProtocol] = FastPathProtocol) -> None:
    """Run the steps with a new server and client on uvloop.

    With FastPathProtocol, the default of the product, run them on asyncio's own loop too: the two differ in their
    clocks and buffers.
    """
    uvloop.run(_run_once(steps, protocol))
    if protocol is FastPathProtocol:
        asyncio.run(_run_once(steps, protocol))


async def _run_once(steps: Steps, protocol: type[LimitedProtocol]) -> None:
    app, state, loop = App(), ServerState(), asyncio.get_running_loop()
    config = Config(app, interface="asgi3", ws="none", log_config=None, log_level="critical", access_log=False)
    config.load()
    config.loaded_app = app
    server = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        await steps(Client(app, state, reader, writer))
    finally:
        app.may_respond.set()
        writer.close()
        server.close()
