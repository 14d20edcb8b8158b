"""Country data for the tests: databases in MaxMind's format, and small range files as Debian packages them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.corpora.outside import outside_files
from tests.geo.networks import LONDON, sample_countries, sample_database
from tools.mmdb import BUILT_AT, RECORD_SIZES


@dataclass(frozen=True, slots=True)
class Sample:
    """A whole country database. `read` gives its bytes; `countries` the country of each address that is looked up."""

    name: str
    read: Callable[[], bytes]
    source: str
    year: int
    london: str
    countries: Callable[[], Mapping[str, str | None]]

    def __str__(self) -> str:
        """Its name, for the test's id."""
        return self.name

    def write(self, path: Path) -> Path:
        path.write_bytes(self.read())
        return path


@cache
def _encoded(record_size: int, database_type: str) -> bytes:
    return replace(sample_database(), record_size=record_size, database_type=database_type).encoded()


def _made(*, record_size: int = 24, database_type: str = "Renvoi-Test-Country") -> Sample:
    return Sample(
        name=f"{database_type}-{record_size}",
        read=lambda: _encoded(record_size, database_type),
        source=database_type,
        year=BUILT_AT.year,
        london=LONDON,
        countries=sample_countries,
    )


def _outside(path: Path) -> Sample:
    return Sample(
        name=path.stem,
        read=path.read_bytes,
        source="GeoIP2-Country",
        year=2026,
        london="81.2.69.160",
        countries=_outside_countries,
    )


def _outside_countries() -> Mapping[str, str | None]:
    rows = [row for path in outside_files("country_networks.json") for row in json.loads(path.read_bytes())]
    return {row["network"].partition("/")[0]: row["country"] for row in rows}


SAMPLE = _made()
BUILT_ON = f"{BUILT_AT:%Y-%m-%d}"
"""The day of the sample."""
SAMPLES = [
    *(_made(record_size=size) for size in RECORD_SIZES),
    _made(database_type="Renvoi-Test-City"),
    *map(_outside, outside_files("GeoIP2-Country-Test.mmdb")),
]

HEAD = """# This file has been converted from the IPFire Location database
#
# Generated: Thu, 25 Jun 2026 04:33:59 GMT
# Vendor:    IPFire Project
# License:   CC BY-SA 4.0
#
"""
# Fictitious, except for the reference network 131.111.0.0/16: two adjacent ranges, a gap, and a range without country.
IPV4 = (
    "134742016,134774783,US",
    "134774784,134807551,US",
    "134807552,134873087,??",
    "1360331008,1360331263,UK",
    "2205089792,2205155327,GB",
)
IPV6 = (
    "2400:f000::,2400:f000:134:ffff:ffff:ffff:ffff:ffff,JP",
    "2400:f000:135::,2400:f000:135:ffff:ffff:ffff:ffff:ffff,US",
    "2a00:1450:4001::,2a00:1450:4001::7,DE",
    "2a00:1450:4001::8,2a00:1450:4001::ff,FR",
)


def range_file(path: Path, lines: Iterable[str], *, head: str = HEAD) -> Path:
    path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="ascii")
    return path


def range_files(folder: Path) -> list[Path]:
    return [range_file(folder / "geoip", IPV4), range_file(folder / "geoip6", IPV6)]
