"""What the tests of country data share: the collected databases, and small range files as Debian packages them."""

from collections.abc import Iterable
from pathlib import Path

import pytest

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
TEST_DATABASE = CORPORA / "GeoIP2-Country-Test.mmdb"
DAMAGED = sorted((CORPORA / "damaged_mmdb").glob("*.mmdb")) or [Path("absent")]

needs_corpora = pytest.mark.skipif(
    not TEST_DATABASE.exists(), reason="The test databases are not in this checkout (../shared/corpora)."
)

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
