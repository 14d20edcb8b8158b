"""A country database for the tests, and the country of each of its networks.

The networks of universities and registries are those that everybody knows. All others are made up: each country has
one network of IPv4 and one of IPv6, whose sizes differ.
"""

from collections.abc import Mapping
from functools import cache
from ipaddress import ip_network

from renvoi.domain.places import COUNTRIES
from tools.mmdb import Database, Record, country_record

LONDON = "101.0.0.7"
"""An address that the sample has in the United Kingdom, and no range file of the tests has at all."""

_KNOWN = {
    "131.111.0.0/16": "GB",
    "129.199.0.0/16": "FR",
    "133.11.0.0/16": "JP",
    "132.204.0.0/16": "CA",
    "200.160.0.0/20": "BR",
    "193.0.0.0/21": "NL",
    "141.20.0.0/16": "DE",
    "2001:630::/32": "GB",
    "2001:660::/32": "FR",
    "2001:638::/32": "DE",
}
# A network within another has its own country.
_NESTED = {
    "101.0.0.0/16": "GB",
    "101.0.128.0/17": "IE",
    "101.0.200.0/24": "FR",
    "101.0.200.7/32": "BE",
    "2a0c::/16": "SE",
    "2a0c:8000::/17": "NO",
    "2a0c:8000::1/128": "FI",
}
# Records that name no country, or more than one.
_UNUSUAL: Mapping[str, tuple[Record, str | None]] = {
    "102.0.0.0/16": (country_record("", registered="AU"), None),
    "102.1.0.0/16": (country_record("NZ", registered="AU"), "NZ"),
    "102.2.0.0/16": (country_record("ZZ"), None),
    "102.3.0.0/16": (country_record("EU"), None),
    "102.4.0.0/16": (country_record("AP"), None),
    "102.5.0.0/16": (country_record("T1"), None),
    "102.6.0.0/16": ({"traits": {"is_anonymous_proxy": True}}, None),
    "102.7.0.0/16": ({**country_record("DE"), "represented_country": {"iso_code": "US", "type": "military"}}, "DE"),
    "102.8.0.0/16": ({**country_record("CA"), "city": {"names": {"fr": "Montréal"}}, "postal": {"code": "H2X"}}, "CA"),
    "102.9.0.0/16": ({"country": "BR"}, None),
    "102.10.0.0/16": ({"country": {"iso_code": 76}}, None),
    "102.11.0.0/16": ({"country": {"iso_code": ["BR"]}}, None),
    "102.12.0.0/16": ({"country": {"names": {"en": "Brazil"}}}, None),
    "102.13.0.0/16": ({}, None),
    "2a0d::/32": (country_record("", registered="CH"), None),
    "2a0d:1::/32": (country_record("LI", registered="CH"), "LI"),
    "2a0d:2::/32": ({"country": {"iso_code": ""}}, None),
}
# In no network of the database.
_UNKNOWN = ("8.8.8.8", "103.0.0.1", "101.1.0.0", "2a0e::1", "2600::1")


@cache
def sample_records() -> Mapping[str, Record]:
    """Network → record."""
    usual = {network: country_record(code) for network, code in {**_KNOWN, **_NESTED, **_made_up()}.items()}
    return usual | {network: record for network, (record, _) in _UNUSUAL.items()}


@cache
def sample_countries() -> Mapping[str, str | None]:
    """Address → country, None where it has none: the first address of each network, and some of no network."""
    countries: dict[str, str | None] = {**_KNOWN, **_NESTED, **_made_up()}
    countries |= {network: country for network, (_, country) in _UNUSUAL.items()}
    # The first address of each larger network is not in the smaller ones within it.
    firsts = {str(ip_network(network).network_address): country for network, country in countries.items()}
    # Two networks begin at this address; the smaller has it.
    firsts["2a0c:8000::"] = "NO"
    return firsts | dict.fromkeys(_UNKNOWN)


@cache
def sample_database() -> Database:
    """The database as the tests write it; `dataclasses.replace` gives it another record size or type."""
    return Database(sample_records())


def _made_up() -> Mapping[str, str]:
    made = {}
    for number, code in enumerate(sorted(COUNTRIES)):
        made[f"46.{number}.0.0/{16 + number % 17}"] = str(code)
        made[f"2a0b:{number:x}::/{32 + number % 33}"] = str(code)
    return made
