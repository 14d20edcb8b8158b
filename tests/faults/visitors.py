"""Concurrent visitors for a server under test, and a tally of the responses that they received.

Each visitor keeps a connection open and sends one request after another. A connection that breaks is reopened: a
response that did not arrive completely acknowledges nothing.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from threading import Thread

REQUESTS = tuple(
    f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.0.7\r\n\r\n".encode()
    for path in ("/go/1?country=BR", "/")
)
"""Two requests, sent in turn, for a counted referral: on the gateway's normal path and on its fast path."""

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_REF = re.compile(rb"\r\nrenvoi-ref: ([0-9a-f-]{36})\r\n", re.IGNORECASE)
_RESPONSE_TIMEOUT_S = 40
_RECONNECT_S = 0.02


@dataclass(slots=True)
class Tally:
    """What the visitors received: references, number of responses by status, and the longest wait in seconds."""

    refs: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    without_ref: int = 0
    longest_s: float = 0.0

    @property
    def faults(self) -> int:
        """Number of 5xx responses."""
        return sum(count for status, count in self.statuses.items() if status >= 500)


class Visitors:
    """Visitors who send requests until they are stopped. `tally` may be read at any time."""

    def __init__(self, port: int, *, how_many: int, requests: Sequence[bytes]) -> None:
        self.tally = Tally()
        self._port = port
        self._how_many = how_many
        self._requests = requests
        self._is_stopping = False

    def run(self) -> None:
        asyncio.run(self._run())

    def stop(self) -> None:
        self._is_stopping = True

    async def _run(self) -> None:
        await asyncio.gather(*(self._visit() for _ in range(self._how_many)))

    async def _visit(self) -> None:
        while not self._is_stopping:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._converse()
            await asyncio.sleep(_RECONNECT_S)

    async def _converse(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            for request in cycle(self._requests):
                if self._is_stopping:
                    break
                started_at = time.monotonic()
                writer.write(request)
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _RESPONSE_TIMEOUT_S)
                self._record(head, time.monotonic() - started_at)
        finally:
            writer.close()

    def _record(self, head: bytes, seconds: float) -> None:
        tally, status, ref = self.tally, _STATUS.match(head), _REF.search(head)
        assert status is not None, head
        tally.statuses[int(status[1])] += 1
        tally.longest_s = max(tally.longest_s, seconds)
        if ref:
            tally.refs.append(ref[1].decode())
        else:
            tally.without_ref += 1


@contextmanager
def visiting(port: int, *, how_many: int = 32, requests: Sequence[bytes] = REQUESTS) -> Iterator[Tally]:
    """Send requests, in a thread, until the block ends."""
    visitors = Visitors(port, how_many=how_many, requests=requests)
    thread = Thread(target=visitors.run)
    thread.start()
    try:
        yield visitors.tally
    finally:
        visitors.stop()
        thread.join()
