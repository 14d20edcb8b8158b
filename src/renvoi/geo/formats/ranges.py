"""Read and write Renvoi's own format of country data: sorted address ranges in a file that is mapped into memory.

A file has three lines and a body. The lines are the name of the format, the SHA-256 digest of the remainder and a JSON
header (source, attribution, built_at, networks, digest, version, countries, numbers of IPv4 and IPv6 ranges), padded
with spaces so that the body begins at a multiple of eight. The body, little-endian, has:

1. the upper halves, then the lower halves of the first addresses of the IPv6 ranges, 64 bits each;
2. an index of the IPv6 ranges, then one of the IPv4 ranges: for each block of 2000::/3 by its upper 20 bits, or of IPv4
   by its upper 16, and for the end, how many ranges begin before it, 32 bits each;
3. the first addresses of the IPv4 ranges, 32 bits each;
4. the countries of the IPv6 ranges, then of the IPv4 ranges, one byte each: an index into `countries`; 0 is none.

The first range begins at 0, and each ends where the next one begins. Addresses that are not public are in ranges
without a country, so one search is enough. Version 1 had no index, was big-endian and knew nothing of public addresses.
"""

import hashlib
import json
import mmap
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from itertools import accumulate, pairwise
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton

from renvoi import __version__
from renvoi.domain.places import CountryCode, parse_country
from renvoi.geo.formats.boundaries import Boundaries, Range
from renvoi.geo.provenance import ALTERED, Damaged, Provenance
from renvoi.geo.public import special_ipv4, special_ipv6
from renvoi.web.trusted_proxies import parse_address

MAGIC = b"renvoi country ranges 2\n"

_HALF, _LOWER = 64, (1 << 64) - 1
_IPV4_END, _IPV6_END = 1 << 32, 1 << 128
# IPv4 addresses are indexed by their upper 16 bits, IPv6 addresses by 17 bits, of which 2000::/3 has 131,072 values.
_BLOCKS4, _BLOCKS6 = 1 << 16, 1 << 17
_FIRST_BLOCK = 0x20000
_HEADER_START = len(MAGIC) + 65
# What the addresses that contain an IPv4 address have before it: nothing, or ffff (IPv4-mapped).
_IPV4_WITHIN_IPV6 = (0, 0xFFFF)
_IPV4_BITS, _IPV4_MASK = 32, (1 << 32) - 1
_COLON = ord(":")
_INET, _INET6 = int(AF_INET), int(AF_INET6)


def encode_ranges(*, provenance: Provenance, ipv4: Iterable[Range], ipv6: Iterable[Range], digest: str = "") -> bytes:
    """Return the content of a file. Raises ValueError if the ranges are not sorted or overlap.

    `digest` is the SHA-256 of the file from which they come, empty if they come from several.
    """
    countries: dict[CountryCode | None, int] = {None: 0}
    v4, v6 = Boundaries(end=_IPV4_END, special=special_ipv4()), Boundaries(end=_IPV6_END, special=special_ipv6())
    for boundaries, ranges in ((v4, ipv4), (v6, ipv6)):
        for first, last, country in ranges:
            boundaries.add(first, last, countries.setdefault(country, len(countries)))
        boundaries.finish()
    header = {
        "source": provenance.source,
        "attribution": provenance.attribution,
        "built_at": provenance.built_at.isoformat(),
        "networks": v4.networks + v6.networks,
        "digest": digest,
        "version": __version__,
        "countries": [code or "" for code in countries],
        "ipv4": len(v4.codes),
        "ipv6": len(v6.codes),
    }
    content = b"".join((_header_line(header), *_body(v4, v6)))
    return b"".join((MAGIC, hashlib.sha256(content).hexdigest().encode(), b"\n", content))


def _header_line(header: Mapping[str, object]) -> bytes:
    line = json.dumps(header, ensure_ascii=False).encode()
    return line + b" " * (-(_HEADER_START + len(line) + 1) % 8) + b"\n"


def _body(v4: Boundaries, v6: Boundaries) -> Iterator[bytes]:
    yield _pack(v6.upper)
    yield _pack(v6.lower)
    yield _pack(_index(((upper >> 44) - _FIRST_BLOCK for upper in v6.upper), blocks=_BLOCKS6))
    yield _pack(_index((first >> 16 for first in v4.lower), blocks=_BLOCKS4))
    yield _pack(array("I", v4.lower))
    yield bytes(v6.codes)
    yield bytes(v4.codes)


class RangesFile:
    """A file in this format. Raises Damaged if its digest does not match its content."""

    def __init__(self, content: "mmap.mmap | bytes") -> None:
        whole = memoryview(content)
        header_end = content.find(b"\n", _HEADER_START) + 1
        expected = content[len(MAGIC) : _HEADER_START]
        hashed = hashlib.sha256(whole[_HEADER_START:])
        if header_end == 0 or content[: len(MAGIC)] != MAGIC or expected != hashed.hexdigest().encode() + b"\n":
            raise Damaged(ALTERED)
        header = json.loads(content[_HEADER_START:header_end])
        self.provenance = Provenance(
            source=header["source"],
            attribution=header["attribution"],
            built_at=datetime.fromisoformat(header["built_at"]),
            networks=header["networks"],
        )
        self.version: str = header["version"]
        self.digest: str = header["digest"] or hashlib.sha256(whole).hexdigest()
        self._countries = [parse_country(code) if code else None for code in header["countries"]]
        v4, v6 = header["ipv4"], header["ipv6"]
        sizes = (v6 * 8, v6 * 8, (_BLOCKS6 + 1) * 4, (_BLOCKS4 + 1) * 4, v4 * 4, v6, v4)
        ends = list(accumulate(sizes, initial=header_end))
        parts = [whole[start:end] for start, end in pairwise(ends)]
        self._upper, self._lower = (_view("Q", part) for part in parts[:2])
        self._index6, self._index4, self._firsts4 = (_view("I", part) for part in parts[2:5])
        self._codes6, self._codes4 = parts[5:]

    def __len__(self) -> int:
        """The number of ranges, including those without a country."""
        return len(self._codes4) + len(self._codes6)

    def country_of(self, address: IPv4Address | IPv6Address) -> CountryCode | None:
        """Return the country of an address; None if it is not public, or not in the file."""
        number = int(address)
        return self._find_ipv4(number) if isinstance(address, IPv4Address) else self._find_ipv6(number)

    def country_of_text(self, text: bytes) -> CountryCode | None:
        """Return the same for an address as a proxy writes it: that of `parse_address(text)`. Never raises."""
        # The search is written out: a call costs a tenth of the whole. So would an enum's member, and bytes as a colon.
        try:
            if _COLON in text:
                return self._find_ipv6(int.from_bytes(inet_pton(_INET6, text.decode())))
            number = int.from_bytes(inet_pton(_INET, text.decode()))
            index, block = self._index4, number >> 16
            end = bisect_right(self._firsts4, number, index[block], index[block + 1])
            return self._countries[self._codes4[end - 1]]
        except (ValueError, OSError):
            # It has a port, or is malformed.
            address = parse_address(text.decode("latin-1"))
            return None if address is None else self.country_of(address)

    def boundaries(self) -> Iterator[IPv4Address | IPv6Address]:
        """Yield the first address of each range and the one before it."""
        for first in self._firsts4[1:]:
            yield IPv4Address(first - 1)
            yield IPv4Address(first)
        for upper, lower in zip(self._upper[1:], self._lower[1:], strict=True):
            first = upper << _HALF | lower
            yield IPv6Address(first - 1)
            yield IPv6Address(first)

    def count_networks(self) -> int:
        """Return the number of networks that have a country; adjacent ones of one country are counted once."""
        return self.provenance.networks or 0

    def close(self) -> None:
        """Discard the ranges. Later lookups return None."""
        nothing = bytes((_BLOCKS6 + 1) * 4)
        self._index4 = self._index6 = memoryview(nothing).cast("I")
        self._upper = self._lower = self._firsts4 = self._index4[:1]
        self._codes4 = self._codes6 = memoryview(b"\0")

    def _find_ipv4(self, number: int) -> CountryCode | None:
        index, block = self._index4, number >> 16
        end = bisect_right(self._firsts4, number, index[block], index[block + 1])
        return self._countries[self._codes4[end - 1]]

    def _find_ipv6(self, number: int) -> CountryCode | None:
        upper = number >> _HALF
        if upper >> 61 != 1:
            # Not in 2000::/3, so not public, unless it contains an IPv4 address.
            return self._find_ipv4(number & _IPV4_MASK) if number >> _IPV4_BITS in _IPV4_WITHIN_IPV6 else None
        block = (upper >> 44) - _FIRST_BLOCK
        end = bisect_right(self._upper, upper, self._index6[block], self._index6[block + 1])
        if self._upper[end - 1] == upper:
            start = bisect_left(self._upper, upper, 0, end)
            end = bisect_right(self._lower, number & _LOWER, start, end)
        return self._countries[self._codes6[end - 1]]


def open_ranges(path: Path) -> RangesFile:
    """Map a file into memory. Nobody may truncate it meanwhile. Raises Damaged, or OSError."""
    with path.open("rb") as file:
        try:
            return RangesFile(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise Damaged(ALTERED) from error


def _index(block_of_each: Iterable[int], *, blocks: int) -> "array[int]":
    """Return, for each block and for the end, how many ranges begin in the blocks before it."""
    counts = array("I", bytes((blocks + 1) * 4))
    for block in block_of_each:
        counts[min(max(block, -1), blocks - 1) + 1] += 1
    return array("I", accumulate(counts))


def _pack(numbers: "array[int]") -> bytes:
    """Return the numbers as little-endian bytes."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def _view(typecode: str, packed: "memoryview[int]") -> "memoryview[int] | array[int]":
    """Return little-endian numbers, without a copy where the processor has the same order of bytes."""
    if sys.byteorder == "little":
        return packed.cast(typecode)  # type: ignore[call-overload,no-any-return]
    numbers = array(typecode, packed.tobytes())
    numbers.byteswap()
    return numbers
