"""Open a country database in one of two formats, after checking it against well-known addresses."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from renvoi.domain.places import CountryCode
from renvoi.geo.mmdb import MaxMindFile
from renvoi.geo.provenance import ALTERED, Damaged, DatabaseRefused, Provenance, is_plausible
from renvoi.geo.public import Address, public_address
from renvoi.geo.ranges import MAGIC, RangesFile

# Universities and registries that have had these addresses for decades. A small file may contain none of them, but a
# file that has another country for more than half of those it contains is wrong.
_REFERENCE_COUNTRIES: Mapping[str, str] = {
    "131.111.8.46": "GB",
    "129.199.1.1": "FR",
    "133.11.0.1": "JP",
    "132.204.8.1": "CA",
    "200.160.2.3": "BR",
    "193.0.6.139": "NL",
    "141.20.1.1": "DE",
    "2001:630::1": "GB",
    "2001:660::1": "FR",
    "2001:638::1": "DE",
}

CACHE_SIZE = 4096
"""Number of addresses whose country is cached, in memory only and for the lifetime of the database object."""


class CountryDatabase:
    """An open and checked country database. It can be read from several threads."""

    def __init__(self, file: MaxMindFile | RangesFile, *, digest: str) -> None:
        """`digest` is the SHA-256 of the file's content, in hexadecimal."""
        self._file = file
        self.digest = digest
        self._cached_lookup = lru_cache(maxsize=CACHE_SIZE)(self._lookup)

    @property
    def provenance(self) -> Provenance:
        """The source and the date of the data."""
        return self._file.provenance

    def lookup(self, address: Address | str) -> CountryCode | None:
        """Return the country of an address; None if it is private, reserved, malformed or not in the file.

        Never raises, not even where the file is damaged at that address although it passed the check.
        """
        return self._cached_lookup(address)

    def _lookup(self, address: Address | str) -> CountryCode | None:
        try:
            public = public_address(ip_address(address) if isinstance(address, str) else address)
            return self._file.country_of(public) if public else None
        except Exception:  # noqa: BLE001  no content of the file may prevent a response
            return None

    def count_networks(self) -> int:
        """Return the number of networks that have a country. Takes a second for a large file."""
        return self._file.count_networks()

    def close(self) -> None:
        """Close the file. Later lookups return None."""
        self._file.close()
        self._cached_lookup.cache_clear()


def open_database(path: Path, *, keep_as: Path | None = None) -> CountryDatabase:
    """Open a country or city database, in MaxMind's format or in Renvoi's own. Raises only DatabaseRefused.

    A private copy of the file is opened, because truncating a memory-mapped file kills the processes that read it. If
    the file is good, the copy is renamed to `keep_as`; otherwise, or without `keep_as`, it is removed.
    """
    try:
        with _private_copy(path, keep_as=keep_as) as copy:
            return CountryDatabase(_open(copy), digest=_digest(copy))
    except Damaged as error:
        raise DatabaseRefused(f"The country database {path} {error}.") from error
    except OSError as error:
        raise DatabaseRefused(f"The country database {path} can't be opened: {error.strerror or error}.") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _private_copy(path: Path, *, keep_as: Path | None) -> Iterator[Path]:
    folder = keep_as.parent if keep_as else None
    with path.open("rb") as file, tempfile.NamedTemporaryFile(prefix=".country-", dir=folder, delete=False) as output:
        copy = Path(output.name)
        try:
            shutil.copyfileobj(file, output)
            output.flush()
            yield copy
            if keep_as:
                os.fsync(output.fileno())
                copy.replace(keep_as)
        finally:
            copy.unlink(missing_ok=True)


def _open(path: Path) -> MaxMindFile | RangesFile:
    with path.open("rb") as stream:
        has_ranges = stream.read(len(MAGIC)) == MAGIC
    file = None
    try:
        file = RangesFile(path) if has_ranges else MaxMindFile(path)
        _check(file)
    except Exception as error:
        if file is not None:
            file.close()
        if isinstance(error, Damaged | OSError):
            raise
        raise Damaged(ALTERED) from error
    return file


def _check(file: MaxMindFile | RangesFile) -> None:
    """Raise Damaged if the date or the countries of the reference addresses are implausible."""
    if not is_plausible(file.provenance.built_at, now=datetime.now(UTC)):
        raise Damaged("is damaged: it has no plausible date")
    countries = {text: _country_of(file, text) for text in _REFERENCE_COUNTRIES}
    wrong = [text for text, country in countries.items() if country and country != _REFERENCE_COUNTRIES[text]]
    if len(wrong) * 2 > sum(country is not None for country in countries.values()):
        text = wrong[0]
        raise Damaged(f"is wrong or damaged: it puts {text} in {countries[text]}, not {_REFERENCE_COUNTRIES[text]}")


def _country_of(file: MaxMindFile | RangesFile, text: str) -> CountryCode | None:
    address = ip_address(text)
    try:
        return file.country_of(address)
    except ValueError:
        if isinstance(address, IPv6Address):
            return None  # an IPv4-only database raises for an IPv6 address
        raise
