"""Report whether the gateway serves visitors well, as load balancers ask (`/readyz`)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from renvoi.geo.current import CountryDataStatus
from renvoi.geo.provenance import AGING_AFTER
from renvoi.ledger.spool import WAITS_TOO_LONG
from renvoi.visitor.responses import NO_STORE, Response, content_response

MAX_PENDING = 2_000
"""With more entries waiting for their commit, the ledger is reported as too slow."""

Readiness = Literal["ready", "degraded", "not_ready"]


@dataclass(frozen=True, slots=True)
class LedgerHealth:
    """The state of the ledger. `pending` entries wait for their commit; `recorded`, `spooled` and `unrecorded` count
    entries since this worker started; `spool_bytes` are still to be replayed on this host, the oldest of them of
    `spooled_since`; `is_reserve_reached` if its disk is so full that only the ledger may write. `wishes` counts them by
    where they were written: "ledger", "spool" or "nowhere".
    """

    is_healthy: bool
    pending: int
    recorded: int
    spooled: int
    unrecorded: int
    spool_bytes: int
    spooled_since: datetime | None = None
    is_reserve_reached: bool = False
    wishes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableHealth:
    """The generation of the routing table in force (0: none yet), when it was loaded, and what prevents a newer one.

    `unusable` has a sentence for each kind of its values that this version or machine can't use.
    """

    generation: int
    loaded_at: datetime | None
    problem: str
    unusable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the gateway at one moment. `problems` are sentences on what else is not as it should be, such as a
    thread that ended."""

    at: datetime
    table: TableHealth
    country_data: CountryDataStatus
    ledger: LedgerHealth
    problems: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """One sentence for each problem."""
        return tuple(_reasons(self))

    @property
    def readiness(self) -> Readiness:
        """Not ready without a routing table; degraded if visitors are served in spite of a problem."""
        return readiness_of(is_usable=bool(self.table.generation), reasons=self.reasons)


def readiness_of(*, is_usable: bool, reasons: Sequence[str]) -> Readiness:
    """Return the readiness of a side that serves if it is usable, with these problems."""
    if not is_usable:
        return "not_ready"
    return "degraded" if reasons else "ready"


def render_health(health: Health) -> Response:
    """Return the gateway's state as `render_report` does."""
    return render_report(health.readiness, health.reasons, generation=health.table.generation)


def render_report(readiness: Readiness, reasons: Sequence[str], *, generation: int) -> Response:
    """Return the state of a side as JSON: 503 if it is not ready, else 200."""
    report = {"status": readiness, "reasons": reasons, "generation": generation}
    body = json.dumps(report, ensure_ascii=False).encode()
    status = 503 if readiness == "not_ready" else 200
    return content_response(body, content_type=b"application/json", status=status, extra_headers=(NO_STORE,))


def _reasons(health: Health) -> Iterator[str]:
    if not health.table.generation:
        yield "No routing table has been published yet: visitors are asked for their country."
    if health.table.problem:
        yield health.table.problem
    yield from health.table.unusable
    provenance = health.country_data.provenance
    if health.country_data.problem:
        yield health.country_data.problem
    elif provenance is not None and provenance.is_aging(health.at):
        yield f"The country data are of {provenance.built_at:%Y-%m-%d}, over {AGING_AFTER.days} days old."
    yield from health.problems
    yield from _ledger_reasons(health.ledger, at=health.at)


def _ledger_reasons(ledger: LedgerHealth, *, at: datetime) -> Iterator[str]:
    if not ledger.is_healthy:
        yield "The ledger can't be written: entries go to the spool."
    elif ledger.spool_bytes:
        yield "Entries wait in the spool to be replayed."
    since = ledger.spooled_since if ledger.is_healthy else None
    if since is not None and at - since > WAITS_TOO_LONG:
        yield f"The spool does not empty: entries wait since {since:%Y-%m-%d %H:%M} UTC."
    if ledger.is_reserve_reached:
        yield "The disk is nearly full: what is left is for the ledger, and the console refuses changes."
    if ledger.pending > MAX_PENDING:
        yield f"{ledger.pending} entries wait for the ledger."
