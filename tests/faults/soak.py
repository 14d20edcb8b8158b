"""Connections that end in every way, for the soak: each function opens one, ends it, and returns."""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tests.faults.differential.requests import AGENTS

_LINGER_NONE = (1).to_bytes(4, "little") + bytes(4)
_READ_TIMEOUT_S = 10.0
_SILENCE_S = 0.03
# Longer than the server waits for the head of a request.
_WAIT_FOR_SERVER_S = 40.0


@dataclass(slots=True)
class Connection:
    """One connection of a client, with requests to send on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: Sequence[bytes]
    draw: random.Random

    def send(self, content: bytes = b"") -> None:
        self.writer.write(content or self.draw.choice(self.requests))

    async def read(self) -> None:
        """Read some of a response."""
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(_READ_TIMEOUT_S):
                await self.reader.read(65_536)

    async def read_to_end(self, *, within_s: float = _READ_TIMEOUT_S) -> None:
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(within_s):
                while await self.reader.read(65_536):
                    pass

    def reset(self) -> None:
        """End it with RST."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
        self.writer.transport.abort()


End = Callable[[Connection], Awaitable[None]]


async def finish(connection: Connection) -> None:
    """FIN after a response."""
    connection.send()
    await connection.read()


async def reset(connection: Connection) -> None:
    """RST after a response."""
    await finish(connection)
    connection.reset()


async def reset_during_a_response(connection: Connection) -> None:
    """RST as soon as the request is sent, or a little later: it waits for the disk, or is being answered."""
    for _ in range(connection.draw.choice((1, 1, 5))):
        connection.send()
    await asyncio.sleep(connection.draw.choice((0, 0, 0.001, 0.003)))
    connection.reset()


async def half_close(connection: Connection) -> None:
    """FIN behind the request, then the response is read."""
    connection.send()
    connection.writer.write_eof()
    await connection.read_to_end()


async def be_refused(connection: Connection) -> None:
    connection.send(connection.draw.choice((b"\0\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n")))
    await connection.read_to_end()


async def send_too_much(connection: Connection) -> None:
    connection.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2710\r\n" + bytes(10_000))
    await (connection.read() if connection.draw.random() < 0.5 else connection.read_to_end())


async def end_within_a_head(connection: Connection) -> None:
    connection.send(b"GET / HTTP/1.1\r\nHost: loc")
    await asyncio.sleep(connection.draw.choice((0, _SILENCE_S)))
    if connection.draw.random() < 0.5:
        connection.reset()


async def end_within_a_body(connection: Connection) -> None:
    """The application waits for the rest."""
    path = connection.draw.choice((b"/", b"/console/sign-in/", b"/console/partners/new/"))
    framing = connection.draw.choice((b"Content-Length: 8000", b"Transfer-Encoding: chunked"))
    form = b"Origin: http://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    connection.send(b"POST %b HTTP/1.1\r\nHost: localhost\r\n%b%b\r\n\r\n5\r\nab=cd" % (path, form, framing))
    await asyncio.sleep(connection.draw.choice((0, _SILENCE_S)))
    if connection.draw.random() < 0.5:
        connection.reset()


async def be_silent(connection: Connection) -> None:
    """Nothing is sent; then the client leaves."""
    await asyncio.sleep(_SILENCE_S)
    if connection.draw.random() < 0.5:
        connection.reset()


async def be_silent_for_ever(connection: Connection) -> None:
    """Nothing more is sent, and the server ends it."""
    if connection.draw.random() < 0.5:
        connection.send(b"GET / HTTP/1.1\r\nHost: loc")
    await connection.read_to_end(within_s=_WAIT_FOR_SERVER_S)


ENDS: tuple[End, ...] = (
    finish,
    reset,
    reset_during_a_response,
    half_close,
    be_refused,
    send_too_much,
    end_within_a_head,
    end_within_a_body,
    be_silent,
)


def gateway_requests(*, forwarded: bool) -> list[bytes]:
    """Requests for the fast path (GET) and the normal path (HEAD), from everywhere if proxies are trusted."""
    lines = ("GET / ", "GET /?src=soak ", "HEAD / ", "HEAD /?src=soak ")
    heads = [f"{line}HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {AGENTS[0]}\r\n" for line in lines]
    addresses = [f"X-Forwarded-For: 20.{network}.0.1\r\n" for network in range(200)] if forwarded else [""]
    return [f"{head}{address}\r\n".encode() for head in heads for address in addresses]


async def soak(
    port: int, *, connections: int, requests: Sequence[bytes], ends: Sequence[End], seed: str, at_once: int = 32
) -> int:
    """Open and end that many connections, each in one of the ways in turn; return how many were opened."""
    semaphore = asyncio.Semaphore(at_once)
    opened = 0

    async def open_one(number: int, end: End) -> None:
        nonlocal opened
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            opened += 1
            with suppress(ConnectionError):
                await end(Connection(reader, writer, requests, random.Random(f"{seed}/{number}")))
            writer.close()
        finally:
            if end is not be_silent_for_ever:
                semaphore.release()

    async with asyncio.TaskGroup() as group:
        for number in range(connections):
            end = ends[number % len(ends)]
            if end is not be_silent_for_ever:
                await semaphore.acquire()
            group.create_task(open_one(number, end))
    return opened
