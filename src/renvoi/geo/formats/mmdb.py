"""Read country or city databases in MaxMind's format, and detect damaged ones."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import Path
from typing import cast

import maxminddb

from renvoi.domain.places import CountryCode, parse_country
from renvoi.geo.formats.boundaries import Range
from renvoi.geo.provenance import ALTERED, Damaged, Provenance, attribution_of
from renvoi.geo.public import Address, end_of_special, special_ipv4, special_ipv6

_DATABASE_TYPE = re.compile(r"country|city", re.IGNORECASE)
_NETWORKS_READ = 20_000
_IPV4 = 4
# Networks of an IPv6 tree that lead to its IPv4 half again: first address and prefix length.
_IPV4_AGAIN = {int(IPv6Address("::ffff:0:0")): 96, int(IPv6Address("2001::")): 32, int(IPv6Address("2002::")): 16}
# How often a leaf may be reached, in a file with aliases of its own.
_MOST_ALIASES = 8

_logger = logging.getLogger(__name__)


class MaxMindFile:
    """An open file in MaxMind's format. Raises Damaged if it has another format or type, or is truncated or altered."""

    def __init__(self, path: Path) -> None:
        self._reader = _open(path)
        try:
            self.provenance = _provenance(self._reader)
            self._is_ipv4_only = self._reader.metadata().ip_version == _IPV4
            self._read_through()
        except Damaged:
            self._reader.close()
            raise
        except Exception as error:
            self._reader.close()
            raise Damaged(ALTERED) from error

    def country_of(self, address: Address) -> CountryCode | None:
        """Return the country of an address. May raise any exception if that part of the file is damaged."""
        if self._is_ipv4_only and isinstance(address, IPv6Address):
            return None
        return _country_in(self._reader.get(address))

    def ranges(self, kind: type[IPv4Address] | type[IPv6Address]) -> Iterator[Range]:
        """Yield the public networks in the order of addresses. May raise any exception, or Damaged."""
        bits, special = (32, special_ipv4()) if kind is IPv4Address else (128, special_ipv6())
        if self._is_ipv4_only and kind is IPv6Address:
            return
        first = 0
        for _ in range(_MOST_ALIASES * (self._reader.metadata().node_count + 1)):
            last = end_of_special(first, special)
            if last is None:
                record, length = self._reader.get_with_prefix_len(kind(first))
                last = first | (1 << bits - length) - 1
                yield first, last, _country_in(record)
            first = last + 1
            if first >> bits:
                return
        raise Damaged(ALTERED)

    def count_networks(self) -> int:
        """Return the number of networks that have a country. Reads the whole file: seconds for a large one."""
        return sum(_country_in(record) is not None for record in self._records())

    def close(self) -> None:
        """Close the file. Later lookups raise."""
        self._reader.close()

    def _read_through(self) -> None:
        known = sum(_country_in(record) is not None for record in islice(self._records(), _NETWORKS_READ))
        # The first networks of a large file are all IPv6 or all IPv4, so also sample addresses all over the tree.
        for first in range(1, 224):
            self._reader.get(f"{first}.{first}.0.1")
        if not known:
            raise Damaged("knows no country")

    def _records(self) -> Iterator[object]:
        """Yield the record of each network in the order of addresses, None if it has none. Raises Damaged.

        Look networks up one by one: the iterator of maxminddb 3.2.0 writes beyond its buffer if a damaged tree is
        deeper than an address is long. A tree of n nodes has at most n + 1 leaves; aliases lead to some of them again.
        """
        metadata = self._reader.metadata()
        kind, bits = (IPv6Address, 128) if metadata.ip_version == 6 else (IPv4Address, 32)
        first = 0
        for _ in range(_MOST_ALIASES * (metadata.node_count + 1)):
            record, length = self._reader.get_with_prefix_len(kind(first))
            again = _IPV4_AGAIN.get(first, bits)
            yield record if length <= again else None
            first = (first | (1 << bits - min(length, again)) - 1) + 1
            if first >> bits:
                return
        raise Damaged(ALTERED)


def _open(path: Path) -> maxminddb.Reader:
    has_extension = find_spec("maxminddb.extension") is not None
    if not has_extension:
        _logger.warning("maxminddb has no C extension here: countries are looked up some twenty times slower.")
    try:
        return maxminddb.open_database(path, maxminddb.MODE_MMAP_EXT if has_extension else maxminddb.MODE_MMAP)
    except OSError as error:
        raise Damaged(f"can't be opened: {error.strerror or 'it is empty'}") from error
    except (maxminddb.InvalidDatabaseError, ValueError) as error:
        raise Damaged("can't be opened: it is truncated or altered") from error


def _provenance(reader: maxminddb.Reader) -> Provenance:
    metadata = reader.metadata()
    if not _DATABASE_TYPE.search(metadata.database_type):
        raise Damaged(f"is not a country database: its type is {metadata.database_type!r}")
    try:
        built_at = datetime.fromtimestamp(metadata.build_epoch, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Damaged("is damaged: it has no plausible date") from error
    source = metadata.database_type
    return Provenance(source=source, attribution=attribution_of(source), built_at=built_at)


def _country_in(record: object) -> CountryCode | None:
    """Return the country where the address is used. The country of registration says nothing about the visitor."""
    if not isinstance(record, dict):
        return None
    country = cast("dict[str, object]", record).get("country")
    code = cast("dict[str, object]", country).get("iso_code") if isinstance(country, dict) else None
    # `parse_country` rejects XX, T1, ZZ, EU and AP, which stand for no country or for several.
    return parse_country(code) if isinstance(code, str) else None
