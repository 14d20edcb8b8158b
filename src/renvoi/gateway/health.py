"""Report whether the gateway serves visitors well, as load balancers ask (`/readyz`)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from renvoi.geo.current import CountryDataStatus
from renvoi.visitor.responses import NO_STORE, Response, content_response

MAX_WAITING = 2_000
"""So many entries that wait for their commit say that the ledger can't keep up."""

Readiness = Literal["ready", "degraded", "not_ready"]


@dataclass(frozen=True, slots=True)
class LedgerHealth:
    """How the ledger is: `waiting` and the totals are entries, since this worker began; `spool_bytes` is what is left
    to be replayed on this host."""

    is_healthy: bool
    waiting: int
    recorded: int
    spooled: int
    unrecorded: int
    spool_bytes: int


@dataclass(frozen=True, slots=True)
class TableHealth:
    """Which routing table is served (0: none yet), since when, and what is wrong with following it."""

    generation: int
    loaded_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class Health:
    """All that is known at one moment, `at`."""

    at: datetime
    table: TableHealth
    country_data: CountryDataStatus
    ledger: LedgerHealth

    @property
    def reasons(self) -> tuple[str, ...]:
        """A sentence for each thing that is not as it should be."""
        return tuple(_reasons(self))

    @property
    def readiness(self) -> Readiness:
        """Not ready without any table; degraded where visitors are served, and something is wrong all the same."""
        if not self.table.generation:
            return "not_ready"
        return "degraded" if self.reasons else "ready"


def render_health(health: Health) -> Response:
    """The state as JSON: 200 where visitors can be served well or with what was last known, else 503."""
    report = {"status": health.readiness, "reasons": health.reasons, "generation": health.table.generation}
    body = json.dumps(report, ensure_ascii=False).encode()
    status = 503 if health.readiness == "not_ready" else 200
    return content_response(body, content_type=b"application/json", status=status, extra_headers=(NO_STORE,))


def _reasons(health: Health) -> Iterator[str]:
    if not health.table.generation:
        yield "No routing table has been published yet: visitors are asked for their country."
    if health.table.problem:
        yield health.table.problem
    if health.country_data.problem:
        yield health.country_data.problem
    ledger = health.ledger
    if not ledger.is_healthy:
        yield "The ledger can't be written: entries go to the spool."
    elif ledger.spool_bytes:
        yield "Entries wait in the spool to be replayed."
    if ledger.waiting > MAX_WAITING:
        yield f"{ledger.waiting} entries wait for the ledger."
