"""Ninety days of referrals for the demo, written to the ledger as the gateway writes them.

Each entry is what the demo's own routing table decides for an imagined visitor at that time, so every figure, the
ledger's chain and `renvoi route` agree with each other. Visitors are drawn with a fixed seed: two demos that start at
the same time have the same ones.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from renvoi.config import Config
from renvoi.domain.days.zones import zone_of
from renvoi.domain.ledger_entry import RANDOM_BYTES, Act, Entry, entry_at, fields_of
from renvoi.domain.places import CountryCode, Language, RegionCode, elsewhere
from renvoi.domain.routing import CountrySource, Decision, Visitor, choose, decide
from renvoi.domain.table import operator_day
from renvoi.domain.table_codec.routing_table import RoutingTable

SOURCE = "sample"
"""The source of every entry: it tells a sample from a real visit."""
DAYS = 90
"""Days that the samples cover, today included."""

_SEED = "renvoi"
_BATCH_SIZE = 1_000

_VISITS_ON_WEEKDAY = (27, 29, 28, 27, 23, 10, 8)  # Monday first
_HOUR_WEIGHTS = (2, 1, 1, 1, 1, 1, 2, 4, 7, 10, 11, 10, 9, 10, 11, 10, 9, 7, 6, 7, 8, 7, 5, 3)
_LAST_MOMENT = timedelta(seconds=5)

# Shares of the visitors, and of those of each country who read French. Not all of these countries have a partner.
_COUNTRIES: Mapping[str, tuple[float, float]] = {
    "FR": (13, 0.95), "CA": (12, 0.55), "BR": (9, 0.2), "US": (8, 0.06), "BE": (6, 0.7), "CH": (5, 0.6),
    "MX": (4, 0.08), "GB": (4, 0.05), "DE": (4, 0.1), "PT": (3, 0.25), "ES": (3, 0.15), "MA": (3, 0.85),
    "SN": (3, 0.95), "CI": (3, 0.95), "TN": (2, 0.85), "HT": (2, 0.95), "IT": (2, 0.15), "NL": (2, 0.1),
    "IN": (2, 0.02), "JP": (2, 0.05), "AU": (1.5, 0.03), "DK": (1, 0.05), "GR": (1, 0.15), "UA": (1, 0.05),
    "EG": (1, 0.1), "SO": (0.4, 0.02),
    "CM": (1.5, 0.8), "CD": (1, 0.95), "CL": (1, 0.05), "CO": (1, 0.05), "PL": (1, 0.05), "AE": (1, 0.1),
    # Demand that nobody meets: no partner, one that is paused, or one whose agreement has not begun or has ended.
    "DZ": (3, 0.9), "AR": (1.5, 0.05), "ZA": (1, 0.05), "MN": (0.8, 0.15), "KE": (0.7, 0.05), "LB": (0.8, 0.6),
    "VN": (0.8, 0.2), "PH": (0.7, 0.02), "KR": (0.7, 0.03), "MG": (0.6, 0.95),
}  # fmt: skip
_WITHOUT_COUNTRY = 0.04
_COUNTRY_SOURCES: tuple[CountrySource, ...] = ("address", "parameter", "cookie")
_SOURCE_WEIGHTS = (80, 12, 8)
# How many go on from a page: to the partner shown, to one of several, to their region, to their country.
_GO_ON = {"partner": 0.64, "choice": 0.55, "region": 0.8, "unknown": 0.7}


def add_sample_referrals(config: Config, *, at: datetime) -> int:
    """Append the samples to an empty ledger, count them in the list's column, and return their number.

    A ledger with entries stays as it is. `at` is the current time, aware. Raises LedgerUnavailable.
    """
    from renvoi.ledger.engines import open_store
    from renvoi.publication.models import PublishedTable
    from renvoi.reports.projection import project

    table = RoutingTable(bytes(PublishedTable.objects.latest("generation").content))
    with closing(open_store(config)) as store:
        if store.head().position:
            return 0
        entries = iter(sample_entries(table, at=at))
        total = 0
        while batch := list(islice(entries, _BATCH_SIZE)):
            store.append(batch)
            total += len(batch)
        project(store, at=at)
    return total


def sample_entries(table: RoutingTable, *, at: datetime) -> list[Entry]:
    """Return the entries of the days before `at`, oldest first."""
    rng = random.Random(_SEED)  # noqa: S311 (samples, not secrets)
    today = operator_day(at, time_zone=table.operator.time_zone)
    entries = [
        entry
        for ago in reversed(range(DAYS))
        for entry in _entries_of(today - timedelta(days=ago), table, rng, progress=1 - ago / DAYS)
    ]
    return sorted(entry for entry in entries if entry.at <= at - _LAST_MOMENT)


def _entries_of(day: date, table: RoutingTable, rng: random.Random, *, progress: float) -> Iterator[Entry]:
    """Yield the entries of one day's visits. There are more towards the end: `progress` goes from 0 to 1."""
    usual = _VISITS_ON_WEEKDAY[day.weekday()] * (0.8 + 0.4 * progress)
    for _ in range(max(1, round(rng.gauss(usual, usual / 6)))):
        hour = rng.choices(range(24), _HOUR_WEIGHTS)[0]
        local = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60), rng.randrange(1000) * 1000))
        at = local.replace(tzinfo=zone_of(table.operator.time_zone)).astimezone(UTC)
        yield from _visit(_visitor(rng), table, rng, at=at)


def _visitor(rng: random.Random) -> Visitor:
    if rng.random() < _WITHOUT_COUNTRY:
        return Visitor(country=None, country_source="unknown", region=None, language=rng.choice(("fr", "en")))
    code = rng.choices(list(_COUNTRIES), [share for share, _ in _COUNTRIES.values()])[0]
    language: Language = "fr" if rng.random() < _COUNTRIES[code][1] else "en"
    source = rng.choices(_COUNTRY_SOURCES, _SOURCE_WEIGHTS)[0]
    return Visitor(country=CountryCode(code), country_source=source, region=None, language=language)


def _visit(visitor: Visitor, table: RoutingTable, rng: random.Random, *, at: datetime) -> Iterator[Entry]:
    """Yield the entries of one visit: the first answer, and those to what the visitor does next."""
    decision = decide(table, visitor, at=at, draw=lambda _partner: rng.randbytes(8))
    yield _entry(decision, visitor, rng, at=at)
    if rng.random() >= _GO_ON.get(decision.kind, 0):
        return
    later = at + timedelta(milliseconds=rng.randrange(3_000, 90_000))
    if decision.kind in {"partner", "choice"}:
        chosen = choose(table, visitor, partner_id=rng.choice(decision.partners).id, at=later)
        if chosen is not None:
            yield _entry(chosen, visitor, rng, at=later, act="sent")
    elif decision.kind == "region" and visitor.country is not None:
        region = rng.choice((*table.operator.covered_regions[visitor.country], elsewhere(visitor.country)))
        yield from _visit(visitor._replace(region=RegionCode(region), country_source="cookie"), table, rng, at=later)
    else:
        named = _visitor(rng)._replace(country_source="cookie", language=visitor.language)
        yield from _visit(named, table, rng, at=later)


def _entry(decision: Decision, visitor: Visitor, rng: random.Random, *, at: datetime, act: Act | None = None) -> Entry:
    fields = fields_of(
        decision,
        act=act or ("sent" if decision.kind == "own" else "shown"),
        country_source=visitor.country_source,
        source=SOURCE,
    )
    return entry_at(at, fields, random_bytes=rng.randbytes(RANDOM_BYTES))
