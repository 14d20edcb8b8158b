"""Record counted responses in the ledger: a counted response is sent only once its entry is on disk."""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime

from renvoi.config import Config
from renvoi.disk_reserve import is_reserve_reached
from renvoi.domain.ledger_entry import RANDOM_BYTES, Entry, EntryFields, entry_at
from renvoi.domain.places import CountryCode, Language
from renvoi.gateway.answers import Answer
from renvoi.gateway.monitoring.health import LedgerHealth
from renvoi.ledger.engines import open_store
from renvoi.ledger.spool import oldest_entry_at, spool_bytes
from renvoi.ledger.wishes.wish import make_wish
from renvoi.ledger.writer import Ledger
from renvoi.visitor.request import Request
from renvoi.visitor.responses import Response

REF_HEADER = b"renvoi-ref"

_CHUNKS_PER_READ = 256


class Recorder:
    """The gateway's side of the ledger."""

    def __init__(self, config: Config) -> None:
        self.ledger = Ledger(lambda: open_store(config), spool_dir=config.spool_dir)
        self._spool_dir = config.spool_dir
        self._random_chunks = _random_chunks()

    def start(self) -> None:
        """Start the ledger's writer; call it from the running event loop. The database may be unreachable."""
        self.ledger.start(asyncio.get_running_loop())

    async def stop(self) -> None:
        """Write the waiting entries to disk and stop."""
        await asyncio.to_thread(self.ledger.stop)

    def health(self) -> LedgerHealth:
        """Return the state of the ledger. Reads the spool folder, so call it outside the event loop."""
        ledger = self.ledger
        return LedgerHealth(
            is_healthy=ledger.is_healthy,
            pending=ledger.pending,
            recorded=ledger.entries["ledger"],
            spooled=ledger.entries["spool"],
            unrecorded=ledger.entries["nowhere"],
            wishes=ledger.wishes,
            spool_bytes=spool_bytes(self._spool_dir),
            spooled_since=oldest_entry_at(self._spool_dir),
            is_reserve_reached=is_reserve_reached(self._spool_dir.parent),
        )

    async def record(self, answer: Answer, *, at: datetime) -> Response:
        """Put the entry of a counted answer on disk and return its response with the entry's reference.

        The response of an answer that is not counted, or whose entry can't be written anywhere, is returned unchanged.
        """
        response = answer.response
        if answer.fields is None:
            return response
        entry = self.new_entry(answer.fields, at=at)
        if not await self.ledger.append(entry):
            return response
        return response._replace(headers=(*response.headers, (REF_HEADER, entry.ref.encode())))

    async def record_wish(self, country: CountryCode, language: Language, *, at: datetime) -> bool:
        """Count a visitor's wish. Return whether it is on disk."""
        return await self.ledger.append(make_wish(country, language, at=at))

    def new_entry(self, fields: EntryFields, *, at: datetime) -> Entry:
        """Return an entry with these fields and a new reference."""
        return entry_at(at, fields, random_bytes=next(self._random_chunks))


def is_counted(request: Request) -> bool:
    """Return whether a response to this request is counted. (Prefetches and crawlers have been excluded before.)"""
    return request.method == "GET"


def _random_chunks() -> Iterator[bytes]:
    """Yield random bytes for one reference after another, read from the system for many at a time."""
    while True:
        random_bytes = os.urandom(RANDOM_BYTES * _CHUNKS_PER_READ)
        for start in range(0, len(random_bytes), RANDOM_BYTES):
            yield random_bytes[start : start + RANDOM_BYTES]
