"""Hides which answers are counted, and that such an answer leaves only when its entry is on disk."""

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

_DRAWN_AT_ONCE = 256


class Recorder:
    """The ledger as the gateway needs it."""

    def __init__(self, config: Config) -> None:
        self.ledger = Ledger(lambda: open_store(config), spool_dir=config.spool_dir)
        self._spool_dir = config.spool_dir
        self._chance = _draw()

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
            is_well=ledger.is_healthy,
            waiting=ledger.pending,
            recorded=ledger.recorded,
            spooled=ledger.spooled,
            unrecorded=ledger.unrecorded,
            spool_bytes=spool_bytes(self._spool_dir),
        )

    async def record(self, answer: Response, decision: Decision, request: Request, *, at: datetime) -> Response:
        """The answer, once its entry is on disk, with the entry's reference; as it was if it is not counted.

        Where no disk takes the entry, the visitor is answered without a reference.
        """
        act = answer.act
        if act is None or not is_counted(request):
            return answer
        fields = fields_of(
            decision, act=act, country_source=request.visitor.country_source, source=request.given.source
        )
        entry = self.new_entry(fields, at=at)
        if not await self.ledger.append(entry):
            return answer
        return Response(answer.status, (*answer.headers, (REF_HEADER, entry.ref.encode())), answer.body, act)

    def new_entry(self, fields: EntryFields, *, at: datetime) -> Entry:
        """A new entry of these fields, with a reference of its own."""
        return entry_at(at, fields, random_bytes=next(self._chance))


def is_counted(request: Request) -> bool:
    """Whether this visitor is a person who asks for an answer now. (A prefetch is refused before it gets here.)"""
    return request.method == "GET"


def _draw() -> Iterator[bytes]:
    """Randomness for one reference after another, drawn from the system for many at once."""
    while True:
        drawn = os.urandom(RANDOM_BYTES * _DRAWN_AT_ONCE)
        for start in range(0, len(drawn), RANDOM_BYTES):
            yield drawn[start : start + RANDOM_BYTES]
