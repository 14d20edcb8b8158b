"""Read version 1 of Renvoi's own format of country data, which earlier versions of Renvoi imported.

Like version 2 (see `ranges.py`), but big-endian and without an index: the first addresses of the IPv4 ranges (32 bits
each) and their countries, then the upper halves and the lower halves of those of the IPv6 ranges (64 bits each) and
their countries.
"""

import hashlib
import json
import sys
from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from renvoi.domain.places import CountryCode, parse_country
from renvoi.geo.formats.boundaries import Range
from renvoi.geo.formats.ranges import encode_ranges
from renvoi.geo.provenance import ALTERED, Damaged, Provenance

MAGIC = b"renvoi country ranges 1\n"


def upgrade(path: Path) -> bytes:
    """Return the content of the same data in version 2. Raises Damaged, or OSError."""
    file = path.read_bytes()
    digest, _, content = file.removeprefix(MAGIC).partition(b"\n")
    if digest != hashlib.sha256(content).hexdigest().encode():
        raise Damaged(ALTERED)
    line, _, body = content.partition(b"\n")
    header = json.loads(line)
    built_at = datetime.fromisoformat(header["built_at"])
    provenance = Provenance(source=header["source"], attribution=header["attribution"], built_at=built_at)
    countries = [parse_country(code) if code else None for code in header["countries"]]
    v4, v6 = header["ipv4"], header["ipv6"]
    ends = [v4 * 4, v4 * 5, v4 * 5 + v6 * 8, v4 * 5 + v6 * 16]
    upper, lower = _unpack("Q", body[ends[1] : ends[2]]), _unpack("Q", body[ends[2] : ends[3]])
    return encode_ranges(
        provenance=provenance,
        ipv4=_ranges(_unpack("I", body[: ends[0]]), body[ends[0] : ends[1]], countries, end=1 << 32),
        ipv6=_ranges(
            [high << 64 | low for high, low in zip(upper, lower, strict=True)], body[ends[3] :], countries, end=1 << 128
        ),
        digest=hashlib.sha256(file).hexdigest(),
    )


def _ranges(
    firsts: Sequence[int], codes: bytes, countries: Sequence[CountryCode | None], *, end: int
) -> Iterator[Range]:
    for index, first in enumerate(firsts):
        following = firsts[index + 1] if index + 1 < len(firsts) else end
        yield first, following - 1, countries[codes[index]]


def _unpack(typecode: str, packed: bytes) -> "array[int]":
    numbers = array(typecode)
    numbers.frombytes(packed)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
