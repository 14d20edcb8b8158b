"""Time the difference that a change of one partner makes to a table of 10,000, with the table in memory."""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from renvoi.domain.difference import Overlay, difference
from renvoi.domain.places import COUNTRIES, CountryCode
from renvoi.domain.table import Candidate
from renvoi.domain.table_codec.routing_table import RoutingTable, encode_table
from tools.bench.cast import SEED, candidate, operator
from tools.bench.decisions import LARGE

_TURNS = 25
_DAY = date(2026, 11, 25)
_FEW = 20


@dataclass(frozen=True, slots=True)
class DifferenceTimings:
    """Milliseconds until the difference of removing, and of changing, a partner is known: the slower, as medians.

    `few_ms` is that of a partner of 20 countries, `all_ms` of one of all countries.
    """

    few_ms: float
    all_ms: float


def time_differences() -> DifferenceTimings:
    """Time both partners on a table in which all partners have the same priority, so that each is compared."""
    countries = sorted(COUNTRIES)
    rng = random.Random(SEED)  # noqa: S311 (not a secret)
    few, every = rng.sample(countries, _FEW), countries
    served = [few, every, *(rng.sample(countries, rng.choice([1, 1, 2, 3, 5, 18])) for _ in range(LARGE - 2))]
    partners = [(_candidate(id_), codes) for id_, codes in enumerate(served, start=1)]
    table = RoutingTable(encode_table(generation=1, operator=operator(), partners=partners))
    return DifferenceTimings(few_ms=_slower_ms(table, *partners[0]), all_ms=_slower_ms(table, *partners[1]))


def _candidate(id_: int) -> Candidate:
    return replace(candidate(id_, f"C{id_}", 1), priority=5)


def _slower_ms(table: RoutingTable, partner: Candidate, countries: Sequence[CountryCode]) -> float:
    removed = Overlay(table, partners={partner.id: None})
    if {change.cell.country for change in difference(removed, day=_DAY)} != set(countries) - {"CA"}:
        raise RuntimeError("the difference is not that of the partner's countries")
    edited = replace(partner, priority=1)
    return round(max(_median_ms(table, partner.id, change) for change in (None, (edited, countries))), 1)


def _median_ms(table: RoutingTable, partner_id: int, change: tuple[Candidate, Sequence[CountryCode]] | None) -> float:
    timings = []
    for _ in range(_TURNS):
        began = time.perf_counter()
        difference(Overlay(table, partners={partner_id: change}), day=_DAY)
        timings.append((time.perf_counter() - began) * 1000)
    return statistics.median(timings)
