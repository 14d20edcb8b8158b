"""Measure lookups in country data, and compare each with the database's own answer: `python -m tools.measure_geo`.

A city database of a million networks, written for the purpose (`--networks`), or the one named by `--file`, is
converted to ranges as a gateway does it. Then ten million addresses (`--lookups`), random ones and those on both sides
of each boundary, are looked up as objects and as text, and compared with maxminddb's answer. Exits with 1 if one
differs, if a lookup takes more than a microsecond, or one from text more than half as long as parsing it.

Planted faults, proven by tests/tools/test_measure_geo.py: boundaries that are one address late, and a lookup of text
that knows no country.
"""

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from renvoi.domain.places import COUNTRIES
from renvoi.geo import conversion
from renvoi.geo.database import REFERENCE_COUNTRIES, CountryDatabase
from renvoi.geo.formats.mmdb import MaxMindFile
from renvoi.geo.formats.ranges import open_ranges
from renvoi.geo.public import Address, public_address
from renvoi.web.trusted_proxies import parse_address
from tools.mmdb import MARKER, SEPARATOR, UInt16, UInt64, Value, encode

SEED, LIMIT_NS, MAX_SHARE = 2026, 1_000.0, 0.5

_Value = TypeVar("_Value")
_LANGUAGES = ("de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN")
_PLACES = 4_000
_TIMED = 200_000
_ROUNDS = 20
# The node of ::/96, under which IPv4 is, and that of 2::/3, which is a bit of 1 after two of 0.
_IPV4_NODE, _IPV6_PARENT = 96, 2


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. Nanoseconds are those of the fastest round; `memory_mb` is the converting process's peak."""

    megabytes: float
    ranges: int
    conversion_s: float
    memory_mb: float
    lookups: int
    wrong: int
    lookup_ns: float
    text_ns: float
    parse_ns: float

    @property
    def holds(self) -> bool:
        """Whether all lookups were right, and fast enough."""
        return not self.wrong and self.lookup_ns <= LIMIT_NS and self.text_ns <= MAX_SHARE * self.parse_ns


def measure(file: Path, folder: Path, *, lookups: int) -> Figures:
    """Convert, compare and time. Raises DatabaseRefused if the file can't be converted."""
    started = time.monotonic()
    database = conversion.convert(file, keep_as=folder / "ranges", is_stopping=lambda: False)
    conversion_s = time.monotonic() - started
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with closing(MaxMindFile(file)) as source:
        ranges = open_ranges(folder / "ranges")
        wrong = count_wrong(database, source, chain(ranges.boundaries(), _random_addresses()), lookups=lookups)
    addresses = list(islice(_random_addresses(), _TIMED))
    texts = [str(address).encode() for address in addresses]
    return Figures(
        megabytes=round(file.stat().st_size / 1e6, 1),
        ranges=len(ranges),
        conversion_s=round(conversion_s, 1),
        memory_mb=round(memory / 1024, 1),
        lookups=lookups,
        wrong=wrong,
        lookup_ns=_time(database.lookup, addresses),
        text_ns=_time(database.country_of_text, texts),
        parse_ns=_time(parse_address, [str(address) for address in addresses]),
    )


def count_wrong(database: CountryDatabase, source: MaxMindFile, addresses: Iterable[Address], *, lookups: int) -> int:
    """Return how many of the first addresses have another country than in the database that was converted."""
    wrong = 0
    for address in islice(addresses, lookups):
        public = public_address(address)
        expected = source.country_of(public) if public else None
        is_right = database.lookup(address) == expected == database.country_of_text(str(address).encode())
        wrong += not is_right
    return wrong


def write_city_database(path: Path, *, networks: int) -> Path:
    """Write a city database of about that many networks of equal size, an eighth of them IPv6; return its path."""
    depth4 = max(1, (networks * 7 // 8).bit_length() - 1)
    depth6 = max(1, depth4 - 3)
    sizes = (1 << depth4) - 1, (1 << depth6) - 1
    node_count = _IPV4_NODE + sum(sizes)
    records, offsets = _records()
    nodes = array("I")
    for number in range(_IPV4_NODE):
        is_parent = number == _IPV6_PARENT
        nodes.extend((number + 1, _IPV4_NODE + sizes[0] if is_parent else node_count))
    rng = random.Random(SEED)  # noqa: S311 (not a secret)
    leaves = _leaves(rng, [node_count + len(SEPARATOR) + offset for offset in offsets], empty=node_count)
    for root, size in ((_IPV4_NODE, sizes[0]), (_IPV4_NODE + sizes[0], sizes[1])):
        # Node n of a full tree leads to 2n + 1 and 2n + 2.
        nodes.extend(root + child if child < size else next(leaves) for child in range(1, 2 * size + 1))
    for text in REFERENCE_COUNTRIES:
        # A country at random would be the wrong one, and the file refused.
        nodes[2 * _IPV4_NODE + _leaf_of(ip_address(text), depth4, depth6)] = node_count
    if sys.byteorder == "little":
        nodes.byteswap()
    path.write_bytes(nodes.tobytes() + SEPARATOR + records + MARKER + encode(_metadata(node_count)))
    return path


def _leaf_of(address: Address, depth4: int, depth6: int) -> int:
    """Return where the network of an address is among the children of the nodes of both trees."""
    if isinstance(address, IPv4Address):
        return (1 << depth4) - 2 + (int(address) >> 32 - depth4)
    return (2 << depth4) - 2 + (1 << depth6) - 2 + (int(address) >> 125 - depth6) % (1 << depth6)


def _leaves(rng: random.Random, pointers: Sequence[int], *, empty: int) -> Iterator[int]:
    """Yield a place for each network. A few adjacent ones often have the same, and some have none."""
    while True:
        pointer = rng.choice(pointers) if rng.random() < 0.95 else empty
        for _ in range(rng.choice((1, 1, 2, 3, 5))):
            yield pointer


def _records() -> tuple[bytes, list[int]]:
    """Return the records of many cities, as long as those of GeoLite2, and where each begins."""
    content, offsets = bytearray(), []
    countries = sorted(COUNTRIES)
    for number in range(_PLACES):
        offsets.append(len(content))
        country = countries[number % len(countries)]
        record: dict[str, Value] = {
            "city": {"geoname_id": number, "names": _names(f"City {number}")},
            "continent": {"code": "XX", "geoname_id": number, "names": _names("Continent")},
            "country": {"geoname_id": number, "iso_code": country, "names": _names(f"Country {country}")},
            "postal": {"code": f"{number:05}"},
            "registered_country": {"geoname_id": 1, "iso_code": "US", "names": _names("United States")},
            "subdivisions": [{"geoname_id": number, "iso_code": "X", "names": _names(f"Region {number}")}],
        }
        content += encode(record)
    return bytes(content), offsets


def _names(name: str) -> dict[str, Value]:
    return {language: f"{name} ({language})" for language in _LANGUAGES}


def _metadata(node_count: int) -> dict[str, Value]:
    return {
        "node_count": node_count,
        "record_size": UInt16(32),
        "ip_version": UInt16(6),
        "database_type": "Renvoi-Measured-City",
        "languages": list(_LANGUAGES),
        "binary_format_major_version": UInt16(2),
        "binary_format_minor_version": UInt16(0),
        "build_epoch": UInt64(datetime(2026, 11, 1, tzinfo=UTC).timestamp()),
        "description": {"en": "Networks made up for a measurement"},
    }


def _random_addresses() -> Iterator[Address]:
    """Yield addresses of IPv4, of IPv4 within IPv6, and of the part of IPv6 that is allocated."""
    rng = random.Random(SEED)  # noqa: S311 (not a secret)
    while True:
        yield IPv4Address(rng.getrandbits(32))
        yield IPv6Address(1 << 125 | rng.getrandbits(125))
        yield IPv4Address(rng.getrandbits(32))
        yield IPv6Address(0xFFFF << 32 | rng.getrandbits(32))


def _time(look_up: Callable[[_Value], object], values: Sequence[_Value]) -> float:
    """Return the CPU time of a call in the fastest round: other work only ever adds to it."""
    rounds, size = [], len(values) // _ROUNDS
    for start in range(0, size * _ROUNDS, size):
        part = values[start : start + size]
        started = time.process_time_ns()
        for value in part:
            look_up(value)
        rounds.append((time.process_time_ns() - started) / size)
    return round(min(rounds), 1)


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m tools.measure_geo", description="Measure lookups of addresses.")
    parser.add_argument("--file", type=Path, help="a database in MaxMind's format (one is made up)")
    parser.add_argument("--networks", type=int, default=1_000_000, help="networks of the one made up (1,000,000)")
    parser.add_argument("--lookups", type=int, default=10_000_000, help="addresses that are compared (10,000,000)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="renvoi-geo-") as name:
        folder = Path(name)
        file = options.file or write_city_database(folder / "city.mmdb", networks=options.networks)
        figures = measure(file, folder, lookups=options.lookups)
    print(f"{figures.lookups:,} lookups, {figures.wrong} of them wrong")
    print(f"lookup(address) {figures.lookup_ns} ns (at most {LIMIT_NS:g})")
    print(f"country_of_text(bytes) {figures.text_ns} ns (at most {MAX_SHARE} × parse_address: {figures.parse_ns} ns)")
    print(json.dumps({"seed": SEED, "python": sys.version.split()[0], "load": os.getloadavg(), **asdict(figures)}))
    return int(not figures.holds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
