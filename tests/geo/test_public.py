"""Public and special-purpose addresses, compared with Python's `ipaddress` module."""

import random
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from renvoi.geo.public import Address, public_address


def is_public(address: Address) -> bool:
    """Tell the same from the attributes of the `ipaddress` module."""
    is_site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or is_site_local)


def test_ipv4_addresses_agree_with_ipaddress_module() -> None:
    rng = random.Random(4)
    edges = [
        int(ip_address(f"{a}.{b}.{c}.0")) + d for a in range(256) for b in (0, 168) for c in (0, 2) for d in (-1, 0)
    ]
    numbers = [number for number in edges if number >= 0] + [rng.getrandbits(32) for _ in range(20_000)]
    # Recent Python releases count single addresses of 192.0.0.0/24 as global; no visitor has them.
    addresses = [address for address in map(IPv4Address, numbers) if not str(address).startswith("192.0.0.")]
    assert [address for address in addresses if (public_address(address) is not None) != is_public(address)] == []


def test_ipv6_addresses_agree_with_ipaddress_module() -> None:
    rng = random.Random(6)
    numbers = [rng.getrandbits(128) for _ in range(10_000)]
    numbers += [(0x2 << 124) | rng.getrandbits(125) for _ in range(10_000)]
    addresses = [value for value in map(IPv6Address, numbers) if not str(value).startswith(("2001:", "2002:", "3fff:"))]
    assert [address for address in addresses if (public_address(address) is not None) != is_public(address)] == []


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("::8.8.8.8", "8.8.8.8"),
        ("2001:4860:4860::8888", "2001:4860:4860::8888"),
        ("2001:200::1", "2001:200::1"),
        ("2a00::1", "2a00::1"),
    ],
)
def test_public_address_is_normalised(text: str, normalised: str) -> None:
    assert str(public_address(ip_address(text))) == normalised


@pytest.mark.parametrize(
    "text",
    [
        *("0.1.2.3", "10.255.255.255", "100.64.0.0", "127.0.0.1", "169.254.1.1", "172.31.255.255", "192.168.0.0"),
        *("192.0.2.1", "198.19.255.255", "198.51.100.9", "203.0.113.1", "224.0.0.1", "240.0.0.0", "255.255.255.255"),
        *("::", "::1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::1", "100::1", "2001::1", "2001:db8::1", "2002::1"),
        *("3fff::1", "fc00::1", "fe80::1", "fec0::1", "ff02::1", "ffff::"),
    ],
)
def test_special_purpose_address_is_not_public(text: str) -> None:
    assert public_address(ip_address(text)) is None
