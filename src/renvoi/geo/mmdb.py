"""Hides MaxMind's file format: how it is opened, what its records mean, and what shows that one is damaged."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import cast

import maxminddb

from renvoi.domain.places import CountryCode, parse_country
from renvoi.geo.provenance import ALTERED, Damaged, Provenance, attribution_of

_KIND = re.compile(r"country|city", re.IGNORECASE)
_NETWORKS_READ = 20_000

_logger = logging.getLogger(__name__)


class MaxMindFile:
    """A file in MaxMind's format. Raises Damaged where it is none, is of another kind, or is cut or altered."""

    def __init__(self, path: Path) -> None:
        self._reader = _open(path)
        try:
            self.provenance = _provenance(self._reader)
            self._read_through()
        except Damaged:
            self._reader.close()
            raise
        except Exception as error:
            self._reader.close()
            raise Damaged(ALTERED) from error

    def country_of(self, address: object) -> CountryCode | None:
        """The country that the file has for an address. May raise anything where that part of it is damaged."""
        return _country_in(self._reader.get(address))  # type: ignore[arg-type]  # an address of either kind

    def count_networks(self) -> int:
        """How many networks have a country. Reads the whole file: a second for a large one."""
        return sum(_country_in(record) is not None for _, record in self._reader)

    def close(self) -> None:
        """Lets go of the file; every later look-up raises."""
        self._reader.close()

    def _read_through(self) -> None:
        records: Iterator[tuple[object, object]] = iter(self._reader)
        known = sum(_country_in(record) is not None for _, record in islice(records, _NETWORKS_READ))
        # The first networks of a large file are all IPv6 or all IPv4: look all over the tree too.
        for first in range(1, 224):
            self._reader.get(f"{first}.{first}.0.1")
        if not known:
            raise Damaged("knows no country")


def _open(path: Path) -> maxminddb.Reader:
    has_extension = find_spec("maxminddb.extension") is not None
    if not has_extension:
        _logger.warning("maxminddb has no C extension here: countries are looked up some twenty times slower.")
    try:
        return maxminddb.open_database(path, maxminddb.MODE_MMAP_EXT if has_extension else maxminddb.MODE_MMAP)
    except OSError as error:
        raise Damaged(f"can't be opened: {error.strerror or 'it is empty'}") from error
    except (maxminddb.InvalidDatabaseError, ValueError) as error:
        raise Damaged("can't be opened: it is cut or altered") from error


def _provenance(reader: maxminddb.Reader) -> Provenance:
    metadata = reader.metadata()
    if not _KIND.search(metadata.database_type):
        raise Damaged(f"is no country database: it says that it is one of type {metadata.database_type!r}")
    try:
        built_at = datetime.fromtimestamp(metadata.build_epoch, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Damaged("is damaged: it bears no plausible date") from error
    source = metadata.database_type
    return Provenance(source=source, attribution=attribution_of(source), built_at=built_at)


def _country_in(record: object) -> CountryCode | None:
    """The country where the address is used. The one where it is registered says nothing of the visitor."""
    if not isinstance(record, dict):
        return None
    country = cast("dict[str, object]", record).get("country")
    code = cast("dict[str, object]", country).get("iso_code") if isinstance(country, dict) else None
    # XX, T1, ZZ, EU and AP, which stand for no place or for many, are no countries to `parse_country`.
    return parse_country(code) if isinstance(code, str) else None
