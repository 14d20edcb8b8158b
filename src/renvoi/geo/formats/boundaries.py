"""Collect sorted address ranges as the addresses at which the country changes."""

from array import array
from collections.abc import Iterator

from renvoi.domain.places import CountryCode
from renvoi.geo.public import Spans

Range = tuple[int, int, CountryCode | None]
"""First address, last address (inclusive), both as integers, and country."""

_HALF, _LOWER = 64, (1 << 64) - 1


class Boundaries:
    """Where each range begins and which code its country has, in 17 bytes each. Code 0 is no country.

    Adjacent ranges of a country are merged. Gaps, and addresses that are not public, have code 0. `upper` and `lower`
    are the halves of the addresses, of 64 bits. `networks` counts what was added, before special addresses were cut
    out; adjacent ranges of a country count once.
    """

    def __init__(self, *, end: int, special: Spans) -> None:
        """`end` is the number of addresses that exist."""
        self.upper, self.lower, self.codes = array("Q"), array("Q"), bytearray()
        self.networks = 0
        self._end = end
        self._special = special
        self._next_special = 0
        self._added_to = self._covered_to = 0
        self._last_code = 0

    def add(self, first: int, last: int, code: int) -> None:
        """Add the next range, in ascending order. Raises ValueError if it overlaps the one before."""
        if not self._added_to <= first <= last < self._end:
            raise ValueError("ranges overlap, or are not in order")
        if code and (first > self._added_to or code != self._last_code):
            self.networks += 1
        self._added_to, self._last_code = last + 1, code
        for start, end in self._public_parts(first, last):
            if start > self._covered_to:
                self._begin(self._covered_to, 0)
            self._begin(start, code)
            self._covered_to = end + 1

    def finish(self) -> None:
        """Add the gap after the last range."""
        if self._covered_to < self._end:
            self._begin(self._covered_to, 0)

    def _begin(self, first: int, code: int) -> None:
        if not self.codes or self.codes[-1] != code:
            self.upper.append(first >> _HALF)
            self.lower.append(first & _LOWER)
            self.codes.append(code)

    def _public_parts(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        firsts, lasts = self._special
        while self._next_special < len(firsts) and lasts[self._next_special] < first:
            self._next_special += 1
        at = self._next_special
        while at < len(firsts) and firsts[at] <= last:
            if first < firsts[at]:
                yield first, firsts[at] - 1
            first = lasts[at] + 1
            at += 1
        if first <= last:
            yield first, last
