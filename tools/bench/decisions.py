"""Time the pure decision on a large table and on a small one, with the same number of candidates in each country."""

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from renvoi.domain.routing import Visitor, decide
from renvoi.domain.table_codec.routing_table import RoutingTable
from tools.bench.cast import ASKED, table

SMALL, LARGE = 100, 10_000
_DECISIONS_PER_TURN, _TURNS = 2_000, 15
_AT = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DecisionTimings:
    """Microseconds of one decision on either table, as medians over the turns; the ratio of each turn, ascending."""

    small_us: float
    large_us: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return statistics.median(self.ratios)


def compare_decisions() -> DecisionTimings:
    """Time decisions on both tables in turn."""
    tables = {size: RoutingTable(table(partners=size)) for size in (SMALL, LARGE)}
    timings: dict[int, list[float]] = {size: [] for size in tables}
    for _ in range(_TURNS):
        for size, routing_table in tables.items():
            timings[size].append(_decision_us(routing_table))
    ratios = sorted(round(large / small, 3) for small, large in zip(timings[SMALL], timings[LARGE], strict=True))
    small, large = (round(statistics.median(timings[size]), 2) for size in (SMALL, LARGE))
    return DecisionTimings(small_us=small, large_us=large, ratios=tuple(ratios))


def _decision_us(routing_table: RoutingTable) -> float:
    visitors = [Visitor(country=code, country_source="address", region=None, language="fr") for code in ASKED]
    began = time.perf_counter()
    for at in range(_DECISIONS_PER_TURN):
        decide(routing_table, visitors[at % len(visitors)], at=_AT, draw=lambda id_: id_.to_bytes(8, "big"))
    return (time.perf_counter() - began) / _DECISIONS_PER_TURN * 1e6
