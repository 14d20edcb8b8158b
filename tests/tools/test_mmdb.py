"""The databases that tools.mmdb writes, read back by maxminddb in C and in Python."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.mmdb import RECORD_SIZES, Database, Value, country_record, node_bytes, pointer

READERS = (maxminddb.MODE_MMAP_EXT, maxminddb.MODE_MEMORY)
networks_of_ipv4 = st.builds(
    lambda number, length: str(ip_network((number, length), strict=False)),
    st.integers(2**24, 2**32 - 1).map(IPv4Address),
    st.integers(8, 32),
)
networks_of_ipv6 = st.builds(
    lambda number, length: str(ip_network((number, length), strict=False)),
    st.integers(2**125, 2**126 - 1).map(IPv6Address),
    st.integers(4, 128),
)


def countries(path: Path, addresses: list[str], *, reader: int) -> list[str | None]:
    """Return the country of each address, as that reader finds it."""
    with maxminddb.open_database(path, reader) as database:
        records: list[Any] = [database.get(address) for address in addresses]
    return [record["country"]["iso_code"] if record else None for record in records]


def expected(address: str, networks: dict[str, str]) -> str | None:
    """Return the country of the smallest network that contains the address."""
    at = ip_address(address)
    containing = [network for network in networks if at in ip_network(network)]
    return networks[max(containing, key=lambda network: ip_network(network).prefixlen)] if containing else None


@given(
    networks=st.dictionaries(
        networks_of_ipv4 | networks_of_ipv6, st.sampled_from(["BR", "PT", "MX", "FR"]), max_size=12
    ),
    others=st.lists(st.integers(2**24, 2**32 - 1).map(lambda number: str(IPv4Address(number))), max_size=5),
    record_size=st.sampled_from(RECORD_SIZES),
    reader=st.sampled_from(READERS),
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_address_has_country_of_smallest_network(
    tmp_path: Path, networks: dict[str, str], others: list[str], record_size: int, reader: int
) -> None:
    records = {network: country_record(code) for network, code in networks.items()}
    path = Database(records, record_size=record_size, has_aliases=False).write(tmp_path / "any.mmdb")
    ends = [str(end) for network in map(ip_network, networks) for end in (network[0], network[-1])]
    addresses = [*ends, *others]
    assert countries(path, addresses, reader=reader) == [expected(address, networks) for address in addresses]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("address", ["::1.2.3.4", "::ffff:1.2.3.4", "2002:102:304::", "2001:0:102:304::"])
def test_ipv4_is_reachable_through_aliases(tmp_path: Path, address: str, reader: int) -> None:
    database = Database({"1.2.3.4/32": country_record("BR")})
    assert countries(database.write(tmp_path / "a.mmdb"), [address], reader=reader) == ["BR"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "é" * 14,
        "x" * 28,
        "x" * 29,
        "x" * 284,
        "x" * 285,
        "x" * 65_821,
        0,
        1,
        2**32 - 1,
        True,
        [],
        [1, ["a"]],
        b"\0a",
    ],
    ids=lambda value: repr(value)[:12],
)
def test_values_of_each_type_and_size_are_read_back(tmp_path: Path, value: Value, reader: int) -> None:
    path = Database({"1.0.0.0/8": {"value": value}}).write(tmp_path / "value.mmdb")
    with maxminddb.open_database(path, reader) as database:
        assert database.get("1.2.3.4") == {"value": value}


@pytest.mark.parametrize(
    ("offset", "encoded"),
    [
        (0, "20 00"),
        (2047, "27 ff"),
        (2048, "28 00 00"),
        (526_335, "2f ff ff"),
        (526_336, "38 00 08 08 00"),
        (2**32 - 1, "38 ff ff ff ff"),
    ],
)
def test_pointer_has_minimum_size(offset: int, encoded: str) -> None:
    assert pointer(offset) == bytes.fromhex(encoded)


@pytest.mark.parametrize(
    ("record_size", "left", "right", "encoded"),
    [
        (24, 0x123456, 0xABCDEF, "12 34 56 ab cd ef"),
        (28, 0x7123456, 0xEABCDEF, "12 34 56 7e ab cd ef"),
        (32, 0x12345678, 0x9ABCDEF0, "12 34 56 78 9a bc de f0"),
    ],
)
def test_node_of_each_size(record_size: int, left: int, right: int, encoded: str) -> None:
    assert node_bytes(left, right, record_size=record_size) == bytes.fromhex(encoded)


def test_records_behind_long_pointers_are_reachable(tmp_path: Path) -> None:
    networks = {f"1.{at}.0.0/16": {"country": {"iso_code": "BR", "padding": f"{at:03}" * 900}} for at in range(250)}
    path = Database(networks).write(tmp_path / "long.mmdb")
    for reader in READERS:
        assert countries(path, ["1.0.0.1", "1.249.0.1"], reader=reader) == ["BR", "BR"]
