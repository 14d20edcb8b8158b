"""Record counted responses in the ledger: a counted response is sent only once its entry is on disk."""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime

from renvoi.config import Config
from renvoi.domain.ledger_entry import RANDOM_BYTES, Entry, EntryFields, entry_at, fields_of
from renvoi.domain.routing import Decision
from renvoi.gateway.health import LedgerHealth
from renvoi.ledger.engines import open_store
from renvoi.ledger.spool import spool_bytes
from renvoi.ledger.writer import Ledger
from renvoi.visitor.request import Request
from renvoi.visitor.responses import Response

REF_HEADER = b"renvoi-ref"

_CHUNKS_PER_READ = 256


class Recorder:
    """The ledger as the gateway needs it."""

    def __init__(self, config: Config) -> None:
        self.ledger = Ledger(lambda: open_store(config), spool_dir=config.spool_dir)
        self._spool_dir = config.spool_dir
        self._random_chunks = _random_chunks()

    def start(self) -> None:
        """Begin to write, from within the running loop. The database may be away."""
        self.ledger.start(asyncio.get_running_loop())

    async def stop(self) -> None:
        """Put on disk what waits, and end."""
        await asyncio.to_thread(self.ledger.stop)

    def health(self) -> LedgerHealth:
        """How the ledger is now. Looks at the spool's folder."""
        ledger = self.ledger
        return LedgerHealth(
            is_healthy=ledger.is_healthy,
            waiting=ledger.pending,
            recorded=ledger.recorded,
            spooled=ledger.spooled,
            unrecorded=ledger.unrecorded,
            spool_bytes=spool_bytes(self._spool_dir),
        )

    async def record(self, response: Response, decision: Decision, request: Request, *, at: datetime) -> Response:
        """The response, once its entry is on disk, with the entry's reference; as it was if it is not counted.

        Where no disk takes the entry, the visitor is answered without a reference.
        """
        act = response.act
        if act is None or not is_counted(request):
            return response
        fields = fields_of(
            decision, act=act, country_source=request.visitor.country_source, source=request.params.source
        )
        entry = self.new_entry(fields, at=at)
        if not await self.ledger.append(entry):
            return response
        return Response(response.status, (*response.headers, (REF_HEADER, entry.ref.encode())), response.body, act)

    def new_entry(self, fields: EntryFields, *, at: datetime) -> Entry:
        """A new entry of these fields, with a reference of its own."""
        return entry_at(at, fields, random_bytes=next(self._random_chunks))


def is_counted(request: Request) -> bool:
    """Whether this visitor is a person who asks for an response now. (A prefetch is refused before it gets here.)"""
    return request.method == "GET"


def _random_chunks() -> Iterator[bytes]:
    """Randomness for one reference after another, random_bytes from the system for many at once."""
    while True:
        random_bytes = os.urandom(RANDOM_BYTES * _CHUNKS_PER_READ)
        for start in range(0, len(random_bytes), RANDOM_BYTES):
            yield random_bytes[start : start + RANDOM_BYTES]
