"""Count a worker's responses and their durations; render them in Prometheus's text format (`/metrics`)."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from renvoi.gateway.monitoring.health import Health, LedgerHealth, Readiness
from renvoi.visitor.responses import NO_STORE, Response, content_response

BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram of response times, which include the commit of the entry."""


@dataclass(slots=True)
class Metrics:
    """Counts of responses by kind of decision, and their durations. Use it from the event loop only."""

    decisions: dict[str, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    total_s: float = 0.0

    def add(self, decision: str, *, began: float) -> None:
        """Count one response. Work on it began at `began`, a reading of `perf_counter`."""
        duration = perf_counter() - began
        self.decisions[decision] = self.decisions.get(decision, 0) + 1
        self.buckets[bisect_left(BUCKETS_S, duration)] += 1
        self.total_s += duration


def render_metrics(
    health: Health, metrics: Metrics, *, restarts: Mapping[str, int], more: Iterable[Metric] = ()
) -> Response:
    """Return this worker's metrics in Prometheus's text format.

    `restarts` counts how often each thread was started again; `more` are the metrics of what runs beside the gateway.
    """
    threads = restart_counter("renvoi_thread_restarts", "Threads that ended and were started again.", restarts)
    return render_families((*_families(health, metrics), threads, *more))


def render_families(families: Iterable[Metric]) -> Response:
    """Return metrics in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(tuple(families)))
    return content_response(
        generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4.encode(), extra_headers=(NO_STORE,)
    )


def readiness_gauge(readiness: Readiness) -> Metric:
    """Return the readiness as a number."""
    return _gauge("renvoi_ready", "1: ready, 0.5: degraded, 0: not ready.", _READINESS_VALUES[readiness])


def restart_counter(name: str, documentation: str, restarts: Mapping[str, int]) -> Metric:
    """Return a counter of restarts by the name of what was started again."""
    counter = CounterMetricFamily(name, documentation, labels=["name"])
    for each, count in restarts.items():
        counter.add_metric([each], count)
    return counter


def counts_and_durations(
    metrics: Metrics, *, counter: tuple[str, str, str], histogram: tuple[str, str]
) -> Iterator[Metric]:
    """Yield the counts (name, documentation, label) and the durations (name, documentation) of responses."""
    name, documentation, label = counter
    responses = CounterMetricFamily(name, documentation, labels=[label])
    for kind, count in sorted(metrics.decisions.items()):
        responses.add_metric([kind], count)
    yield responses
    total, buckets = 0, []
    for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), metrics.buckets, strict=True):
        total += count
        buckets.append((bound, total))
    durations = HistogramMetricFamily(*histogram)
    durations.add_metric([], buckets=buckets, sum_value=metrics.total_s)
    yield durations


@dataclass(frozen=True, slots=True, eq=False)
class _Collector:
    families: tuple[Metric, ...]

    def collect(self) -> tuple[Metric, ...]:
        return self.families


def _families(health: Health, metrics: Metrics) -> Iterator[Metric]:
    yield from counts_and_durations(
        metrics,
        counter=("renvoi_answers", "Answers to visitors, by decision.", "decision"),
        histogram=("renvoi_answer_duration_seconds", "How long an answer took, its commit included."),
    )
    yield from _ledger(health.ledger)
    table, provenance = health.table, health.country_data.provenance
    yield readiness_gauge(health.readiness)
    yield _gauge("renvoi_routing_table_generation", "Number of the routing table that is served.", table.generation)
    if table.loaded_at is not None:
        age = (health.at - table.loaded_at).total_seconds()
        yield _gauge("renvoi_routing_table_age_seconds", "Since the routing table was loaded.", age)
    if provenance is not None:
        age = (health.at - provenance.built_at).total_seconds()
        yield _gauge("renvoi_country_data_age_seconds", "Since the country data were built.", age)


def _ledger(ledger: LedgerHealth) -> Iterator[Metric]:
    entries = CounterMetricFamily("renvoi_ledger_entries", "Counted answers, by where they were kept.", labels=["kept"])
    for destination, count in (
        ("ledger", ledger.recorded),
        ("spool", ledger.spooled),
        ("nowhere", ledger.unrecorded),
    ):
        entries.add_metric([destination], count)
    yield entries
    wishes = CounterMetricFamily("renvoi_wishes", "Wishes of visitors, by where they were kept.", labels=["kept"])
    for destination in ("ledger", "spool", "nowhere"):
        wishes.add_metric([destination], ledger.wishes.get(destination, 0))
    yield wishes
    yield _gauge("renvoi_ledger_queue", "Entries that wait for their commit.", ledger.pending)
    yield _gauge("renvoi_ledger_spool_bytes", "What is left to be replayed on this host.", ledger.spool_bytes)


_READINESS_VALUES: dict[Readiness, float] = {"ready": 1.0, "degraded": 0.5, "not_ready": 0.0}


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)
