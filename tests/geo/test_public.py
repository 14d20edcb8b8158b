"""Tests of which addresses are nobody's: those that Python's own tables say, found faster."""

import random
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from renvoi.geo.public import Address, public_address


def is_public(address: Address) -> bool:
    """The oracle."""
    is_site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or is_site_local)


def test_any_ipv4_address_is_as_python_has_it() -> None:
    chance = random.Random(4)
    edges = [
        int(ip_address(f"{a}.{b}.{c}.0")) + d for a in range(256) for b in (0, 168) for c in (0, 2) for d in (-1, 0)
    ]
    numbers = [number for number in edges if number >= 0] + [chance.getrandbits(32) for _ in range(20_000)]
    # Python's later releases except single addresses of 192.0.0.0/24, which no visitor has.
    addresses = [address for address in map(IPv4Address, numbers) if not str(address).startswith("192.0.0.")]
    assert [one for one in addresses if (public_address(one) is not None) != is_public(one)] == []


def test_any_ipv6_address_is_as_python_has_it() -> None:
    chance = random.Random(6)
    numbers = [chance.getrandbits(128) for _ in range(10_000)]
    numbers += [(0x2 << 124) | chance.getrandbits(125) for _ in range(10_000)]
    addresses = [one for one in map(IPv6Address, numbers) if not str(one).startswith(("2001:", "2002:", "3fff:"))]
    assert [one for one in addresses if (public_address(one) is not None) != is_public(one)] == []


@pytest.mark.parametrize(
    ("text", "known_as"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("::8.8.8.8", "8.8.8.8"),
        ("2001:4860:4860::8888", "2001:4860:4860::8888"),
        ("2001:200::1", "2001:200::1"),
        ("2a00::1", "2a00::1"),
    ],
)
def test_somebody_s(text: str, known_as: str) -> None:
    assert str(public_address(ip_address(text))) == known_as


@pytest.mark.parametrize(
    "text",
    [
        *("0.1.2.3", "10.255.255.255", "100.64.0.0", "127.0.0.1", "169.254.1.1", "172.31.255.255", "192.168.0.0"),
        *("192.0.2.1", "198.19.255.255", "198.51.100.9", "203.0.113.1", "224.0.0.1", "240.0.0.0", "255.255.255.255"),
        *("::", "::1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::1", "100::1", "2001::1", "2001:db8::1", "2002::1"),
        *("3fff::1", "fc00::1", "fe80::1", "fec0::1", "ff02::1", "ffff::"),
    ],
)
def test_nobody_s(text: str) -> None:
    assert public_address(ip_address(text)) is None
