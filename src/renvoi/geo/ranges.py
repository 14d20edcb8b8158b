"""Read and write Renvoi's own format of country data: sorted address ranges in one file, searched by bisection.

A file has three lines and a body. The lines are the name of the format, the SHA-256 digest of the remainder and a JSON
header (source, attribution, built_at, networks, countries, numbers of IPv4 and IPv6 ranges). The body, big-endian, has
the first addresses of the IPv4 ranges (32 bits each) and their countries (one byte each, an index into `countries`; 0
is none), then the upper halves and the lower halves of the first addresses of the IPv6 ranges (64 bits each) and their
countries. Each range ends where the next one begins.
"""

import hashlib
import json
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from renvoi.domain.places import CountryCode, parse_country
from renvoi.geo.provenance import ALTERED, Damaged, Provenance

MAGIC = b"renvoi country ranges 1\n"

Range = tuple[int, int, CountryCode | None]
"""First address, last address (inclusive), both as integers, and country."""

_HALF = 1 << 64
_IPV4_END, _IPV6_END = 1 << 32, 1 << 128


def encode_ranges(*, provenance: Provenance, ipv4: Iterable[Range], ipv6: Iterable[Range]) -> bytes:
    """Return the content of a file. Raises ValueError if the ranges are not sorted or overlap."""
    countries: dict[CountryCode | None, int] = {None: 0}
    v4, v6 = _boundaries(ipv4, end=_IPV4_END), _boundaries(ipv6, end=_IPV6_END)
    codes4, codes6 = (bytes(countries.setdefault(code, len(countries)) for _, code in part) for part in (v4, v6))
    body = b"".join(
        (
            _pack("I", (first for first, _ in v4)),
            codes4,
            _pack("Q", (first // _HALF for first, _ in v6)),
            _pack("Q", (first % _HALF for first, _ in v6)),
            codes6,
        )
    )
    header = {
        "source": provenance.source,
        "attribution": provenance.attribution,
        "built_at": provenance.built_at.isoformat(),
        "networks": sum(map(bool, codes4)) + sum(map(bool, codes6)),
        "countries": [code or "" for code in countries],
        "ipv4": len(v4),
        "ipv6": len(v6),
    }
    content = json.dumps(header, ensure_ascii=False).encode() + b"\n" + body
    return MAGIC + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


class RangesFile:
    """A file in this format, read into memory. Raises Damaged if its digest does not match its content."""

    def __init__(self, path: Path) -> None:
        content = _read_verified(path)
        line, _, body = content.partition(b"\n")
        header = json.loads(line)
        self.provenance = Provenance(
            source=header["source"],
            attribution=header["attribution"],
            built_at=datetime.fromisoformat(header["built_at"]),
            networks=header["networks"],
        )
        self._countries = [parse_country(code) if code else None for code in header["countries"]]
        v4, v6 = header["ipv4"], header["ipv6"]
        ends = [v4 * 4, v4 * 5, v4 * 5 + v6 * 8, v4 * 5 + v6 * 16]
        self._v4, self._codes4 = _unpack("I", body[: ends[0]]), body[ends[0] : ends[1]]
        self._upper, self._lower = _unpack("Q", body[ends[1] : ends[2]]), _unpack("Q", body[ends[2] : ends[3]])
        self._codes6 = body[ends[3] :]

    def country_of(self, address: IPv4Address | IPv6Address) -> CountryCode | None:
        """Return the country of the range that contains the address."""
        number = int(address)
        if isinstance(address, IPv4Address):
            return self._at(bisect_right(self._v4, number) - 1, self._codes4)
        upper, lower = divmod(number, _HALF)
        end = bisect_right(self._upper, upper)
        start = bisect_right(self._upper, upper - 1, hi=end)
        # If no range begins with this upper half, start equals end and the address is in the range before `start`.
        return self._at(bisect_right(self._lower, lower, start, end) - 1, self._codes6)

    def count_networks(self) -> int:
        """Return the number of ranges that have a country."""
        return self.provenance.networks or 0

    def close(self) -> None:
        """Discard the ranges. Later lookups return None."""
        self._v4, self._upper, self._lower = array("I"), array("Q"), array("Q")

    def _at(self, index: int, codes: bytes) -> CountryCode | None:
        return self._countries[codes[index]] if index >= 0 else None


def _read_verified(path: Path) -> bytes:
    file = path.read_bytes()
    digest, _, content = file.removeprefix(MAGIC).partition(b"\n")
    if digest != hashlib.sha256(content).hexdigest().encode():
        raise Damaged(ALTERED)
    return content


def _boundaries(ranges: Iterable[Range], *, end: int) -> Sequence[tuple[int, CountryCode | None]]:
    """Return where each range begins and its country. Adjacent ranges of a country are merged, gaps have no country."""
    boundaries: list[tuple[int, CountryCode | None]] = []
    next_free = 0
    for first, last, country in ranges:
        if not next_free <= first <= last < end:
            raise ValueError("ranges overlap, or are not in order")
        if first > next_free and boundaries and boundaries[-1][1] is not None:
            boundaries.append((next_free, None))
        if not boundaries or boundaries[-1][1] != country:
            boundaries.append((first, country))
        next_free = last + 1
    if next_free < end and boundaries:
        boundaries.append((next_free, None))
    return boundaries


def _pack(typecode: str, numbers: Iterable[int]) -> bytes:
    """Return the numbers as big-endian bytes."""
    packed = array(typecode, numbers)
    if sys.byteorder == "little":
        packed.byteswap()
    return packed.tobytes()


def _unpack(typecode: str, packed: bytes) -> "array[int]":
    numbers = array(typecode)
    numbers.frombytes(packed)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
