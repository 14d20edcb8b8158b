"""Hides how the pure decision is timed: on a large table beside a small one, with as many candidates a country."""

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from renvoi.domain.routing import Visitor, decide
from renvoi.domain.table import RoutingTable
from tools.bench.cast import ASKED, table

SMALL, LARGE = 100, 10_000
_AT_ONCE, _TURNS = 2_000, 15
_AT = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Decided:
    """Microseconds of one decision on either table: medians over the turns; and of the ratios, smallest first."""

    small_us: float
    large_us: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)


def compare_decisions() -> Decided:
    """Time both in turn."""
    tables = {size: RoutingTable(table(partners=size)) for size in (SMALL, LARGE)}
    taken: dict[int, list[float]] = {size: [] for size in tables}
    for _ in range(_TURNS):
        for size, made in tables.items():
            taken[size].append(_decision_us(made))
    ratios = sorted(round(large / small, 3) for small, large in zip(taken[SMALL], taken[LARGE], strict=True))
    small, large = (round(statistics.median(taken[size]), 2) for size in (SMALL, LARGE))
    return Decided(small_us=small, large_us=large, ratios=tuple(ratios))


def _decision_us(made: RoutingTable) -> float:
    visitors = [Visitor(country=code, country_source="address", region=None, language="fr") for code in ASKED]
    began = time.perf_counter()
    for at in range(_AT_ONCE):
        decide(made, visitors[at % len(visitors)], at=_AT, draw=lambda id_: id_.to_bytes(8, "big"))
    return (time.perf_counter() - began) / _AT_ONCE * 1e6
