"""Report whether the gateway serves visitors well, as load balancers ask (`/readyz`)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from renvoi.geo.current import CountryDataStatus
from renvoi.visitor.responses import NO_STORE, Response, content_response

MAX_PENDING = 2_000
"""With more entries waiting for their commit, the ledger is reported as too slow."""

Readiness = Literal["ready", "degraded", "not_ready"]


@dataclass(frozen=True, slots=True)
class LedgerHealth:
    """The state of the ledger. `pending` entries wait for their commit; `recorded`, `spooled` and `unrecorded` count
    entries since this worker started; `spool_bytes` are still to be replayed on this host."""

    is_healthy: bool
    pending: int
    recorded: int
    spooled: int
    unrecorded: int
    spool_bytes: int


@dataclass(frozen=True, slots=True)
class TableHealth:
    """The generation of the routing table in force (0: none yet), when it was loaded, and what prevents a newer one."""

    generation: int
    loaded_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the gateway at one moment."""

    at: datetime
    table: TableHealth
    country_data: CountryDataStatus
    ledger: LedgerHealth

    @property
    def reasons(self) -> tuple[str, ...]:
        """One sentence for each problem."""
        return tuple(_reasons(self))

    @property
    def readiness(self) -> Readiness:
        """Not ready without a routing table; degraded if visitors are served in spite of a problem."""
        if not self.table.generation:
            return "not_ready"
        return "degraded" if self.reasons else "ready"


def render_health(health: Health) -> Response:
    """Return the state as JSON: 503 if the gateway is not ready, else 200."""
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
    if ledger.pending > MAX_PENDING:
        yield f"{ledger.pending} entries wait for the ledger."
