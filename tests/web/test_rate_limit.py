"""Tests of the token buckets: burst, rate, clients, bounds, processes."""

import multiprocessing
from ipaddress import IPv4Address, IPv6Address, ip_address

from renvoi.web import rate_limit
from renvoi.web.rate_limit import BURST, FILL_S, MAX_CLIENTS, PER_SECOND, Buckets

ALICE = ip_address("192.0.2.1")


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def taken(buckets: Buckets, address: IPv4Address | IPv6Address | None = ALICE, *, asked: int) -> int:
    """Return how many of so many requests get a token."""
    return sum(buckets.take(address) == 0 for _ in range(asked))


def test_client_may_send_exactly_the_burst_at_once() -> None:
    assert taken(Buckets(clock=Clock()), asked=BURST + 50) == BURST


def test_empty_bucket_fills_at_the_rate_and_no_further_than_the_burst() -> None:
    clock = Clock()
    buckets = Buckets(clock=clock)
    taken(buckets, asked=BURST)
    for seconds in (0.05, 1.0, 7.5):
        clock.now += seconds
        assert taken(buckets, asked=BURST) == round(seconds * PER_SECOND)
    clock.now += 10 * FILL_S
    assert taken(buckets, asked=2 * BURST) == BURST


def test_refusal_says_after_how_many_seconds_there_is_a_token() -> None:
    clock = Clock()
    buckets = Buckets(clock=clock)
    taken(buckets, asked=BURST)
    wait_s = buckets.take(ALICE)
    assert wait_s == 1
    clock.now += wait_s
    assert buckets.take(ALICE) == 0


def test_client_at_the_rate_is_never_refused() -> None:
    clock = Clock()
    buckets = Buckets(clock=clock)
    for _ in range(20_000):
        clock.now += 1 / PER_SECOND
        assert buckets.take(ALICE) == 0


def test_ipv6_clients_are_networks_of_64_bits() -> None:
    buckets = Buckets(clock=Clock())
    assert taken(buckets, ip_address("2001:db8:0:1::1"), asked=BURST) == BURST
    assert buckets.take(ip_address("2001:db8:0:1:ffff::2")) > 0
    assert buckets.take(ip_address("2001:db8:0:2::1")) == 0
    assert buckets.take(ip_address("192.0.2.2")) == 0


def test_unknown_addresses_share_a_bucket() -> None:
    buckets = Buckets(clock=Clock())
    assert taken(buckets, None, asked=BURST + 5) == BURST
    assert buckets.take(ALICE) == 0


def test_memory_is_bounded_and_a_flood_of_addresses_evicts_the_fullest_buckets() -> None:
    clock = Clock()
    buckets = Buckets(clock=clock)
    taken(buckets, asked=BURST)
    for number in range(3 * MAX_CLIENTS):
        buckets.take(IPv4Address(0x0B000000 + number))
    assert len(buckets._tags) == len(buckets._full_at) == MAX_CLIENTS
    # Whoever has asked most keeps the bucket.
    assert buckets.take(ALICE) > 0


def test_no_address_is_in_the_memory() -> None:
    buckets = Buckets(clock=Clock())
    address = IPv6Address("2001:db8:dead:beef::1")
    buckets.take(address)
    memory = bytes(buckets._tags.cast("B")) + bytes(buckets._full_at.cast("B"))
    assert address.packed[:8] not in memory
    assert address.packed[7::-1] not in memory


def test_forked_processes_share_the_buckets() -> None:
    rate_limit.host_buckets.cache_clear()
    shared = rate_limit.host_buckets()
    address = ip_address("198.51.100.7")
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=_take_in_child, args=(address,)) for _ in range(2)]
    for child in children:
        child.start()
        child.join(30)
        assert child.exitcode == 0
    left = taken(shared, address, asked=BURST)
    rate_limit.host_buckets.cache_clear()
    # The buckets fill while the children run.
    assert BURST - 800 <= left < BURST - 800 + 20 * PER_SECOND


def _take_in_child(address: IPv4Address | IPv6Address) -> None:
    assert taken(rate_limit.host_buckets(), address, asked=400) == 400
