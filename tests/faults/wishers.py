"""Visitors who wish for the service where nobody offers it, and what they were answered."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from threading import Thread

from renvoi.domain.places import COUNTRIES, LANGUAGES, Language

CELLS: tuple[tuple[str, Language], ...] = tuple(
    (country, language) for country in sorted(COUNTRIES - {"BR", "CA", "PM"}) for language in LANGUAGES
)
"""The countries that the server of `tests.faults.serving` sends nobody from, in each language."""

_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_RESPONSE_TIMEOUT_S = 40
_RECONNECT_S = 0.02


class Wishers:
    """Visitors who send one wish after another, each from an address of its own, until they are stopped.

    `sent` and `acknowledged` count wishes by country and language. A wish is acknowledged once the response with its
    cookie has arrived.
    """

    def __init__(self, port: int, *, how_many: int) -> None:
        self.sent: Counter[tuple[str, str]] = Counter()
        self.acknowledged: Counter[tuple[str, str]] = Counter()
        self.statuses: Counter[int] = Counter()
        self._port = port
        self._how_many = how_many
        self._numbers = count()
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
            while not self._is_stopping:
                number = next(self._numbers)
                cell = CELLS[number % len(CELLS)]
                self.sent[cell] += 1
                writer.write(_request(number, *cell))
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _RESPONSE_TIMEOUT_S)
                match = _HEAD.match(head)
                assert match is not None, head
                self.statuses[int(match[1])] += 1
                self.acknowledged[cell] += b"renvoi_wish=" in head
        finally:
            writer.close()


@contextmanager
def wishing(port: int, *, how_many: int = 32) -> Iterator[Wishers]:
    """Send wishes, in a thread, until the block ends."""
    wishers = Wishers(port, how_many=how_many)
    thread = Thread(target=wishers.run)
    thread.start()
    try:
        yield wishers
    finally:
        wishers.stop()
        thread.join()


def _request(number: int, country: str, language: str) -> bytes:
    body = f"country={country}&lang={language}"
    lines = [
        "POST /wish HTTP/1.1",
        "Host: localhost",
        "Origin: http://localhost",
        f"X-Forwarded-For: 100.{number >> 16 & 63 | 64}.{number >> 8 & 255}.{number & 255}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()
