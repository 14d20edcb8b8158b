"""Hides which addresses are nobody's on the Internet: private, reserved, of documentation, of many receivers."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_network

Address = IPv4Address | IPv6Address

# What IANA's registries of special-purpose addresses call not globally reachable (RFC 6890 and those after it), and
# multicast. Python's own `is_global` says the same, ten times slower: this is asked of every visitor.
_NOBODY_S = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
# Of IPv6 only 2000::/3 is given to anybody.
_NOBODY_S_IPV6 = (
    "::/3",
    "2001::/28",
    "2001:10::/28",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "4000::/2",
    "8000::/1",
)
_IPV4_BITS = 32


def public_address(address: Address) -> Address | None:
    """The address as the country data know it, IPv4 where it is that in IPv6; None where it is nobody's."""
    if isinstance(address, IPv6Address):
        # ::a.b.c.d is where such data keep their IPv4 half; ::1 and :: become reserved IPv4 addresses.
        mapped = address.ipv4_mapped or (None if int(address) >> _IPV4_BITS else IPv4Address(int(address)))
        if mapped is None:
            return None if _is_in(address, _ipv6()) else address
        address = mapped
    return None if _is_in(address, _ipv4()) else address


_Spans = tuple[Sequence[int], Sequence[int]]


def _is_in(address: Address, spans: _Spans) -> bool:
    firsts, lasts = spans
    number = int(address)
    return number <= lasts[bisect_right(firsts, number) - 1]


@cache
def _ipv4() -> _Spans:
    return _spans(_NOBODY_S)


@cache
def _ipv6() -> _Spans:
    return _spans(_NOBODY_S_IPV6)


def _spans(networks: Iterable[str]) -> _Spans:
    """Where each begins and ends; the first begins at 0."""
    ordered = sorted((ip_network(network) for network in networks), key=lambda network: int(network.network_address))
    return (
        [int(network.network_address) for network in ordered],
        [int(network.broadcast_address) for network in ordered],
    )
