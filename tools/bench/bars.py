"""The limits that the gateway's speed must meet (bars), and whether a measurement meets them."""

from dataclasses import dataclass

from tools.bench.concurrent_work import LoadComparison
from tools.bench.decisions import DecisionTimings
from tools.bench.redirects import Comparison
from tools.bench.what_ifs import DifferenceTimings

_MIN_RATE_RATIOS = {("sqlite", 64): 0.28, ("sqlite", 256): 0.28, ("postgresql", 64): 0.23, ("postgresql", 256): 0.30}
_MIN_RATE_RATIOS |= {("no ledger", 256): 0.35}
_MIN_RATE_RATIOS |= {(row, 64): 0.17 for row in ("page", "cookies", "src", "mix")}
_MIN_RATE_RATIOS |= {("go", 64): 0.20, ("direct", 64): 0.20}
_MAX_P99_RATIO, _MAX_P99_RATIO_OF_PROSPECTS = 5.0, 10.0
_RETURNING = frozenset({"sqlite", "postgresql", "no ledger"})
_MAX_FEW_COUNTRIES_MS, _MAX_ALL_COUNTRIES_MS = 20.0, 80.0
_MAX_SWAP_MS, _MAX_CONSOLE_RATIO, _MAX_DECISION_RATIO = 5.0, 2.0, 1.2


@dataclass(frozen=True, slots=True)
class Bar:
    """One limit and the measured value. `limit` is a minimum or a maximum; None for a value that is only reported."""

    what: str
    value: float
    limit: float | None = None
    is_minimum: bool = False

    @property
    def holds(self) -> bool:
        """Whether the value is within the limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.is_minimum else self.value <= self.limit

    def __str__(self) -> str:
        promised = f"{'≥' if self.is_minimum else '≤'} {self.limit:g}" if self.limit is not None else "reported"
        return f"{'ok  ' if self.holds else 'MISS'} {self.what:52} {self.value:8.3f}  {promised}"


def redirect_bars(row: Comparison) -> list[Bar]:
    """The request rate, the 99th percentile of the latency and the CPU time, each divided by the reference's."""
    name = f"{row.what}, {row.connections} connections"
    limit = _MIN_RATE_RATIOS.get((row.what, row.connections))
    max_p99_ratio = _MAX_P99_RATIO if row.what in _RETURNING else _MAX_P99_RATIO_OF_PROSPECTS
    return [
        Bar(f"{name}: rate × nginx's", round(row.ratio, 3), limit, is_minimum=True),
        Bar(f"{name}: p99 × nginx's", row.p99_ratio, max_p99_ratio if limit else None),
        Bar(f"{name}: nginx's CPU time an answer × ours", row.core_ratio),
    ]


def swap_bars(row: LoadComparison) -> list[Bar]:
    """The increase of the 99.9th percentile of the latency while tables are swapped, in milliseconds."""
    return [Bar(f"{row.what}: p99.9 more, ms", row.p999_more_ms, _MAX_SWAP_MS)]


def staff_bars(row: LoadComparison, *, is_promised: bool) -> list[Bar]:
    """The 99th percentile of the latency while staff work, divided by the one at rest."""
    return [Bar(f"{row.what}: p99 × at rest", row.p99_ratio, _MAX_CONSOLE_RATIO if is_promised else None)]


def decision_bars(row: DecisionTimings) -> list[Bar]:
    """The time of a decision on the large table, divided by the time on the small one."""
    return [Bar("decide(), 10,000 × 100 partners", round(row.ratio, 3), _MAX_DECISION_RATIO)]


def difference_bars(row: DifferenceTimings) -> list[Bar]:
    """The time until the cells are known that one partner of 10,000 changes, in milliseconds."""
    return [
        Bar("difference, 20 countries of 10,000 partners: ms", row.few_ms, _MAX_FEW_COUNTRIES_MS),
        Bar("difference, all countries of 10,000 partners: ms", row.all_ms, _MAX_ALL_COUNTRIES_MS),
    ]
