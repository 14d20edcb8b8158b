"""Limit how often one client asks: buckets of permits in memory that all workers of a host share.

A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm). No address is kept,
not even in memory: a bucket is found by a keyed hash of it, whose key ends with the server.
"""

import hashlib
import mmap
import os
import time
from collections.abc import Callable
from functools import cache
from ipaddress import IPv6Address
from math import ceil
from typing import NamedTuple

from renvoi.web.trusted_proxies import Address

PER_SECOND = 20
BURST = 1_000
"""How many requests a client that asked for nothing in the last `FILL_S` may send at once."""
FILL_S = BURST / PER_SECOND
"""How long an empty bucket takes to be full. A full bucket is as good as none: its place is free for another client."""

TOKEN_PER_SECOND, TOKEN_BURST = 20, 200
"""How many requests a token of the API may send."""
WRONG_TOKENS_PER_SECOND, WRONG_TOKENS_BURST = 0.2, 20
"""How many wrong tokens one address may send until it is told to wait."""
GUESSES_PER_SECOND, GUESSES_BURST = 10 / 900, 10
"""How many wrong secrets of one token, from all addresses together, are answered as wrong: ten in 15 minutes."""

MAX_CLIENTS = 65_536
_WAYS = 8
_SETS = MAX_CLIENTS // _WAYS
_TAGS_BYTES = MAX_CLIENTS * 8
# Sums of intervals are not exact: a hundredth of one is none.
_ROUNDING = 100


class Taken(NamedTuple):
    """What asking for a permit led to: after how many seconds to ask again (0: it was granted), how many are left now,
    and in how many seconds the bucket is full again.
    """

    wait_s: int
    remaining: int
    full_in_s: int


class Buckets:
    """The buckets of at most `MAX_CLIENTS` clients, in memory that forked processes share.

    There is no lock, which a killed worker would hold for ever: if two workers answer one client within the same
    microsecond, one of the two requests may not be counted. If more clients ask at once than there are places, those
    with the fullest buckets lose theirs: the limit fails open, and first for whoever asked least.
    """

    def __init__(
        self,
        *,
        per_second: float = PER_SECOND,
        burst: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` returns seconds; all processes that share the buckets must read the same clock, as Linux does.

        Without `burst`, a bucket fills in `FILL_S`.
        """
        self._clock = clock
        self._interval_s = 1 / per_second
        self._burst = burst
        self._key = os.urandom(32)
        memory = memoryview(mmap.mmap(-1, 2 * _TAGS_BYTES))
        self._tags = memory[:_TAGS_BYTES].cast("Q")
        self._full_at = memory[_TAGS_BYTES:].cast("d")

    def take(self, address: Address | None) -> int:
        """Take a token of this client's bucket. Return 0, or after how many seconds to ask again if there is none.

        The client is the address, and with IPv6 the network of 64 bits that one subscriber has. Requests whose address
        is not known share one bucket: else a client that hides its address would have no limit.
        """
        return self.ask(_client_of(address)).wait_s

    def ask(self, client: bytes) -> Taken:
        """Take a token of the bucket of a client with this name, if there is one."""
        now, interval_s = self._clock(), self._interval_s
        fill_s = FILL_S if self._burst is None else self._burst * interval_s
        place = self._place_of(client)
        before = max(self._full_at[place], now)
        wait_s = before + interval_s - now - fill_s
        is_empty = wait_s > interval_s / _ROUNDING
        full_at = before if is_empty else before + interval_s
        self._full_at[place] = full_at
        left = int((fill_s - (full_at - now)) / interval_s + 1 / _ROUNDING)
        return Taken(ceil(wait_s) if is_empty else 0, max(left, 0), ceil(full_at - now))

    def _place_of(self, client: bytes) -> int:
        """Return the index of the client's bucket, which is full if it has none yet."""
        digest = hashlib.blake2b(client, key=self._key, digest_size=16).digest()
        # 0 marks a place that nobody has had.
        tag = int.from_bytes(digest[:8], "big") or 1
        first = int.from_bytes(digest[8:], "big") % _SETS * _WAYS
        places = range(first, first + _WAYS)
        for place in places:
            if self._tags[place] == tag:
                return place
        place = min(places, key=self._full_at.__getitem__)
        self._tags[place], self._full_at[place] = tag, 0.0
        return place


@cache
def host_buckets() -> Buckets:
    """Return the buckets of this host. Call it before the workers are forked: they then have the same ones."""
    return Buckets()


@cache
def token_buckets() -> Buckets:
    """Return the buckets of this host for the tokens of the API. Call it before the workers are forked."""
    return Buckets(per_second=TOKEN_PER_SECOND, burst=TOKEN_BURST)


@cache
def refusal_buckets() -> Buckets:
    """Return the buckets of this host for addresses that send wrong tokens. Call it before the workers are forked."""
    return Buckets(per_second=WRONG_TOKENS_PER_SECOND, burst=WRONG_TOKENS_BURST)


@cache
def guess_buckets() -> Buckets:
    """Return the buckets of this host for tokens whose secrets are guessed. Call it before the workers are forked."""
    return Buckets(per_second=GUESSES_PER_SECOND, burst=GUESSES_BURST)


def _client_of(address: Address | None) -> bytes:
    if address is None:
        return b""
    return address.packed[:8] if isinstance(address, IPv6Address) else address.packed
