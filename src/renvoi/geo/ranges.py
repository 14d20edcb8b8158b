"""Hides our own form of country data: sorted ranges of addresses in one file, found by halving.

A file is three lines and a body: the form's name; the SHA-256 of all that follows; a JSON object (source, attribution,
built_at, networks, countries, counts of IPv4 and of IPv6 ranges). In the body stand, big-endian, the first addresses of
the IPv4 ranges (32 bits each), their countries (a byte each, an index into `countries`; 0 is none), the upper and then
the lower halves of the first IPv6 addresses (64 bits each), and their countries. A range ends where the next begins.
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
"""The first and the last address, as numbers, and the country."""

_HALF = 1 << 64
_IPV4_END, _IPV6_END = 1 << 32, 1 << 128


def encode_ranges(*, provenance: Provenance, ipv4: Iterable[Range], ipv6: Iterable[Range]) -> bytes:
    """A file's content. The ranges are sorted and apart; raises ValueError where they are not."""
    countries: dict[CountryCode | None, int] = {None: 0}
    v4, v6 = _borders(ipv4, end=_IPV4_END), _borders(ipv6, end=_IPV6_END)
    codes4, codes6 = (bytes(countries.setdefault(code, len(countries)) for _, code in half) for half in (v4, v6))
    body = b"".join(
        (
            _packed("I", (first for first, _ in v4)),
            codes4,
            _packed("Q", (first // _HALF for first, _ in v6)),
            _packed("Q", (first % _HALF for first, _ in v6)),
            codes6,
        )
    )
    head = {
        "source": provenance.source,
        "attribution": provenance.attribution,
        "built_at": provenance.built_at.isoformat(),
        "networks": sum(map(bool, codes4)) + sum(map(bool, codes6)),
        "countries": [code or "" for code in countries],
        "ipv4": len(v4),
        "ipv6": len(v6),
    }
    content = json.dumps(head, ensure_ascii=False).encode() + b"\n" + body
    return MAGIC + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


class RangesFile:
    """A file in our form, read whole into memory. Raises Damaged where its digest is not that of its content."""

    def __init__(self, path: Path) -> None:
        content = _verified(path)
        line, _, body = content.partition(b"\n")
        head = json.loads(line)
        self.provenance = Provenance(
            source=head["source"],
            attribution=head["attribution"],
            built_at=datetime.fromisoformat(head["built_at"]),
            networks=head["networks"],
        )
        self._countries = [parse_country(code) if code else None for code in head["countries"]]
        v4, v6 = head["ipv4"], head["ipv6"]
        ends = [v4 * 4, v4 * 5, v4 * 5 + v6 * 8, v4 * 5 + v6 * 16]
        self._v4, self._codes4 = _unpacked("I", body[: ends[0]]), body[ends[0] : ends[1]]
        self._upper, self._lower = _unpacked("Q", body[ends[1] : ends[2]]), _unpacked("Q", body[ends[2] : ends[3]])
        self._codes6 = body[ends[3] :]

    def country_of(self, address: IPv4Address | IPv6Address) -> CountryCode | None:
        """The country of the range that holds the address."""
        number = int(address)
        if isinstance(address, IPv4Address):
            return self._at(bisect_right(self._v4, number) - 1, self._codes4)
        upper, lower = divmod(number, _HALF)
        end = bisect_right(self._upper, upper)
        start = bisect_right(self._upper, upper - 1, hi=end)
        # Where none begins in this half there is nothing to halve, and the range before `start` is the one.
        return self._at(bisect_right(self._lower, lower, start, end) - 1, self._codes6)

    def count_networks(self) -> int:
        """How many ranges have a country."""
        return self.provenance.networks or 0

    def close(self) -> None:
        """Forgets the ranges; every later look-up has no country."""
        self._v4, self._upper, self._lower = array("I"), array("Q"), array("Q")

    def _at(self, place: int, codes: bytes) -> CountryCode | None:
        return self._countries[codes[place]] if place >= 0 else None


def _verified(path: Path) -> bytes:
    file = path.read_bytes()
    digest, _, content = file.removeprefix(MAGIC).partition(b"\n")
    if digest != hashlib.sha256(content).hexdigest().encode():
        raise Damaged(ALTERED)
    return content


def _borders(ranges: Iterable[Range], *, end: int) -> Sequence[tuple[int, CountryCode | None]]:
    """Where another country begins, or none: neighbours of one country joined, gaps filled."""
    borders: list[tuple[int, CountryCode | None]] = []
    past = 0
    for first, last, country in ranges:
        if not past <= first <= last < end:
            raise ValueError("ranges overlap, or are not in order")
        if first > past and borders and borders[-1][1] is not None:
            borders.append((past, None))
        if not borders or borders[-1][1] != country:
            borders.append((first, country))
        past = last + 1
    if past < end and borders:
        borders.append((past, None))
    return borders


def _packed(kind: str, numbers: Iterable[int]) -> bytes:
    packed = array(kind, numbers)
    if sys.byteorder == "little":
        packed.byteswap()
    return packed.tobytes()


def _unpacked(kind: str, packed: bytes) -> "array[int]":
    numbers = array(kind)
    numbers.frombytes(packed)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
