"""Hides the country database: how a MaxMind file is opened, why one is refused, and what its records mean."""

import re
import shutil
import tempfile
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import islice
from pathlib import Path
from typing import cast

import maxminddb

from renvoi.domain.places import CountryCode, parse_country

Address = IPv4Address | IPv6Address

_KIND = re.compile(r"country|city", re.IGNORECASE)
# Seconds since 1970 that a build can bear: from MaxMind's first year with this format to 2100.
_EPOCHS = range(1_325_376_000, 4_102_444_800)
_NETWORKS_READ = 20_000
_IPV4_COMPATIBLE_BITS = 32


class DatabaseRefused(Exception):
    """A file is not a usable country database. The message is one sentence that names the file."""


class CountryDatabase:
    """An open country database that has passed its self-test. Reading it is safe from several threads."""

    def __init__(self, reader: maxminddb.Reader) -> None:
        self._reader = reader

    def lookup(self, address: Address | str) -> CountryCode | None:
        """The country of an address; None where it is private, reserved, malformed, or not known to the file.

        Never raises: what the file holds at one address may be damaged though its self-test passed.
        """
        try:
            public = _public(address)
            return _country_in(self._reader.get(public)) if public else None
        except Exception:  # noqa: BLE001  a visitor is answered whatever the file holds
            return None

    def close(self) -> None:
        """Lets go of the file; every later lookup gives None."""
        self._reader.close()


def open_database(path: Path) -> CountryDatabase:
    """Open a country or city database in MaxMind's format. Raises DatabaseRefused, and nothing else.

    A private copy of the file is read: to cut short a file that is mapped into memory ends its readers' process.
    """
    try:
        with tempfile.NamedTemporaryFile(prefix="renvoi-geo-", suffix=".mmdb") as copy, path.open("rb") as file:
            shutil.copyfileobj(file, copy)
            copy.flush()
            reader = maxminddb.open_database(copy.name)
    except (OSError, maxminddb.InvalidDatabaseError, ValueError) as error:
        raise DatabaseRefused(f"The country database {path} can't be opened: {_cause(error)}.") from error
    try:
        _test(reader, path=path)
    except DatabaseRefused:
        reader.close()
        raise
    return CountryDatabase(reader)


def _test(reader: maxminddb.Reader, *, path: Path) -> None:
    metadata = reader.metadata()
    if not _KIND.search(metadata.database_type):
        raise DatabaseRefused(
            f"The file {path} is no country database: it says that it is one of type {metadata.database_type!r}."
        )
    if metadata.build_epoch not in _EPOCHS:
        raise DatabaseRefused(f"The country database {path} is damaged: it bears no plausible date.")
    try:
        known = sum(_country_in(record) is not None for _, record in islice(reader, _NETWORKS_READ))
        # The first networks of a large file are all IPv6 or all IPv4: look all over the tree too.
        for first in range(1, 224):
            reader.get(f"{first}.{first}.0.1")
    except Exception as error:
        raise DatabaseRefused(f"The country database {path} is damaged: {_cause(error)}.") from error
    if not known:
        raise DatabaseRefused(f"The country database {path} knows no country.")


def _cause(error: Exception) -> str:
    # The library's own sentence would name the private copy.
    return error.strerror or "it can't be read" if isinstance(error, OSError) else "it is cut or altered"


def _public(address: Address | str) -> Address | None:
    parsed = ip_address(address) if isinstance(address, str) else address
    parsed = _without_wrapping(parsed) if isinstance(parsed, IPv6Address) else parsed
    usable = parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
    return parsed if usable else None


def _without_wrapping(address: IPv6Address) -> Address:
    if address.ipv4_mapped:
        return address.ipv4_mapped
    # ::a.b.c.d is where such a file keeps its IPv4 half; ::1 and :: become reserved IPv4 addresses.
    if not int(address) >> _IPV4_COMPATIBLE_BITS:
        return IPv4Address(int(address))
    return address


def _country_in(record: object) -> CountryCode | None:
    """The country where the address is used. The one where it is registered says nothing of the visitor."""
    if not isinstance(record, dict):
        return None
    country = cast("dict[str, object]", record).get("country")
    code = cast("dict[str, object]", country).get("iso_code") if isinstance(country, dict) else None
    # XX, T1, ZZ, EU and AP, which stand for no place or for many, are no countries to `parse_country`.
    return parse_country(code) if isinstance(code, str) else None
