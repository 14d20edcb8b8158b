"""Compare the redirect with the reference: short rounds in turn, and the median of their ratios.

In each turn the reference runs before and after Renvoi, so that a slow minute affects both. The ratio of a turn, of
rates and of CPU times alike, compares Renvoi's figure with the mean of these two. Other load changes the CPU time of an
answer as well: cores share caches. Each server is idle while the other is measured.
"""

import os
import statistics
from dataclasses import asdict, dataclass
from itertools import pairwise

from tools.bench.machine import CpuTimes, Running
from tools.bench.visitors import Load, Rounds


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the results. `ratios` are Renvoi's rate over the reference's in each turn, ascending."""

    what: str
    connections: int
    ours_per_s: float
    reference_per_s: float
    ratios: tuple[float, ...]
    core_ratio: float
    p99_ms: float
    p99_ratio: float
    answers: int
    stolen: float
    load: float

    @property
    def ratio(self) -> float:
        """The median of `ratios`."""
        return statistics.median(self.ratios)

    def as_dict(self) -> dict[str, object]:
        """Return the fields and the median, for JSON."""
        return {**asdict(self), "ratio": round(self.ratio, 3)}


def compare(what: str, ours: Running, reference: Running, *, connections: int, rounds: Rounds) -> Comparison:
    """Measure both servers in turn. Raises RuntimeError if a request fails.

    `core_ratio` compares the CPU time for each response: the median of the turns, as of the rates.
    """
    started = CpuTimes.read()
    loads: dict[str, list[tuple[Load, float]]] = {"ours": [], "reference": []}
    order = ["reference", *["ours", "reference"] * rounds.how_many]
    for name in order:
        loads[name].append(_measured(ours if name == "ours" else reference, connections, rounds))
    (our_loads, our_core_s), (reference_loads, reference_core_s) = (
        _columns(loads[name]) for name in ("ours", "reference")
    )
    surrounding_rates = [(before.rate + after.rate) / 2 for before, after in pairwise(reference_loads)]
    surrounding_core_s = [(before + after) / 2 for before, after in pairwise(reference_core_s)]
    p99_of_reference = statistics.median(load.p99_ms for load in reference_loads)
    return Comparison(
        what=what,
        connections=connections,
        ours_per_s=round(statistics.median(load.rate for load in our_loads)),
        reference_per_s=round(statistics.median(load.rate for load in reference_loads)),
        ratios=tuple(
            sorted(round(load.rate / rate, 3) for load, rate in zip(our_loads, surrounding_rates, strict=True))
        ),
        core_ratio=round(
            statistics.median(reference / ours for ours, reference in zip(our_core_s, surrounding_core_s, strict=True)),
            3,
        ),
        p99_ms=statistics.median(load.p99_ms for load in our_loads),
        p99_ratio=round(statistics.median(load.p99_ms for load in our_loads) / p99_of_reference, 1),
        answers=sum(load.answers for load in our_loads),
        stolen=round(CpuTimes.read().stolen_since(started), 4),
        load=round(os.getloadavg()[0], 1),
    )


def _measured(server: Running, connections: int, rounds: Rounds) -> tuple[Load, float]:
    before = server.core_s
    load = rounds.visit(server.port, connections=connections)
    if load.refused or load.failed or not load.answers:
        raise RuntimeError(f"a measured server failed: {load}")
    return load, (server.core_s - before) / load.answers


def _columns(rows: list[tuple[Load, float]]) -> tuple[list[Load], list[float]]:
    return [load for load, _ in rows], [core for _, core in rows]
