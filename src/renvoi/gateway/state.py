"""Hides what the gateway says of itself: whether it serves well (load balancers), how much, how fast (Prometheus)."""

import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Literal

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from renvoi.geo.current import CountryDataStatus
from renvoi.visitor.answers import NO_STORE, Answer, typed

BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram of how long an answer takes, its commit included."""

MANY_WAITING = 2_000
"""So many entries that wait for their commit say that the ledger can't keep up."""

Readiness = Literal["ready", "degraded", "not_ready"]


@dataclass(slots=True)
class Tally:
    """How many answers there were, by decision, and how long they took. Added to in the event loop alone."""

    answers: dict[str, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    seconds: float = 0.0

    def add(self, decision: str, *, began: float) -> None:
        """One answer, whose making began at that reading of `perf_counter`."""
        lasted = perf_counter() - began
        self.answers[decision] = self.answers.get(decision, 0) + 1
        self.buckets[bisect_left(BUCKETS_S, lasted)] += 1
        self.seconds += lasted


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How the ledger is: `waiting` and the totals are entries, since this worker began; `spool_bytes` is what is left
    to be replayed on this host."""

    is_well: bool
    waiting: int
    recorded: int
    spooled: int
    unrecorded: int
    spool_bytes: int


@dataclass(frozen=True, slots=True)
class TableState:
    """Which routing table is served (0: none yet), since when, and what is wrong with following it."""

    generation: int
    loaded_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class State:
    """All that is known at one moment, `at`."""

    at: datetime
    table: TableState
    country_data: CountryDataStatus
    ledger: LedgerState

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


def readyz(state: State) -> Answer:
    """The state as JSON: 200 where visitors can be served well or with what was last known, else 503."""
    said = {"status": state.readiness, "reasons": state.reasons, "generation": state.table.generation}
    body = json.dumps(said, ensure_ascii=False).encode()
    status = 503 if state.readiness == "not_ready" else 200
    return typed(body, content_type=b"application/json", status=status, more=(NO_STORE,))


def metrics(state: State, tally: Tally) -> Answer:
    """The figures of this worker, in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(state, tally))
    return typed(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4.encode(), more=(NO_STORE,))


def _reasons(state: State) -> Iterator[str]:
    if not state.table.generation:
        yield "No routing table has been published yet: visitors are asked for their country."
    if state.table.problem:
        yield state.table.problem
    if state.country_data.problem:
        yield state.country_data.problem
    ledger = state.ledger
    if not ledger.is_well:
        yield "The ledger can't be written: entries go to the spool."
    elif ledger.spool_bytes:
        yield "Entries wait in the spool to be replayed."
    if ledger.waiting > MANY_WAITING:
        yield f"{ledger.waiting} entries wait for the ledger."


@dataclass(frozen=True, slots=True, eq=False)
class _Figures:
    state: State
    tally: Tally

    def collect(self) -> Iterator[Metric]:
        yield from self._answers()
        yield from self._ledger()
        table, known = self.state.table, self.state.country_data.provenance
        yield _gauge("renvoi_ready", "1: ready, 0.5: degraded, 0: not ready.", _GRADES[self.state.readiness])
        yield _gauge("renvoi_routing_table_generation", "Number of the routing table that is served.", table.generation)
        if table.loaded_at is not None:
            age = (self.state.at - table.loaded_at).total_seconds()
            yield _gauge("renvoi_routing_table_age_seconds", "Since the routing table was loaded.", age)
        if known is not None:
            age = (self.state.at - known.built_at).total_seconds()
            yield _gauge("renvoi_country_data_age_seconds", "Since the country data were built.", age)

    def _answers(self) -> Iterator[Metric]:
        answers = CounterMetricFamily("renvoi_answers", "Answers to visitors, by decision.", labels=["decision"])
        for decision, count in sorted(self.tally.answers.items()):
            answers.add_metric([decision], count)
        yield answers
        total, buckets = 0, []
        for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), self.tally.buckets, strict=True):
            total += count
            buckets.append((bound, total))
        durations = HistogramMetricFamily(
            "renvoi_answer_duration_seconds", "How long an answer took, its commit included."
        )
        durations.add_metric([], buckets=buckets, sum_value=self.tally.seconds)
        yield durations

    def _ledger(self) -> Iterator[Metric]:
        ledger = self.state.ledger
        entries = CounterMetricFamily(
            "renvoi_ledger_entries", "Counted answers, by where they were kept.", labels=["kept"]
        )
        for kept, count in (("ledger", ledger.recorded), ("spool", ledger.spooled), ("nowhere", ledger.unrecorded)):
            entries.add_metric([kept], count)
        yield entries
        yield _gauge("renvoi_ledger_queue", "Entries that wait for their commit.", ledger.waiting)
        yield _gauge("renvoi_ledger_spool_bytes", "What is left to be replayed on this host.", ledger.spool_bytes)


_GRADES: dict[Readiness, float] = {"ready": 1.0, "degraded": 0.5, "not_ready": 0.0}


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)
