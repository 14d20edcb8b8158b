"""Open a country database in one of three formats, after checking it against well-known addresses."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from renvoi.domain.places import CountryCode
from renvoi.geo.formats.mmdb import MaxMindFile
from renvoi.geo.formats.ranges import MAGIC, RangesFile, open_ranges
from renvoi.geo.formats.ranges_v1 import MAGIC as MAGIC_1
from renvoi.geo.formats.ranges_v1 import upgrade
from renvoi.geo.provenance import ALTERED, Damaged, DatabaseRefused, Provenance, is_plausible
from renvoi.geo.public import Address, public_address
from renvoi.web.trusted_proxies import parse_address

# Universities and registries that have had these addresses for decades. A small file may contain none of them, but a
# file that has another country for more than half of those it contains is wrong.
REFERENCE_COUNTRIES: Mapping[str, str] = {
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


class CountryDatabase:
    """An open and checked country database. It can be read from several threads.

    Addresses are looked up in ranges within a microsecond, and in MaxMind's format in about three.
    """

    def __init__(self, file: MaxMindFile | RangesFile, *, digest: str) -> None:
        """`digest` is the SHA-256 of the file that its maker published, in hexadecimal."""
        self._file = file
        self.digest = digest
        self._country_of = file.country_of if isinstance(file, RangesFile) else partial(_public_country_of, file)
        self.country_of_text: Callable[[bytes], CountryCode | None] = (
            file.country_of_text if isinstance(file, RangesFile) else self._lookup_text
        )
        """Returns the country of an address as a proxy writes it, as `lookup(parse_address(text))` does, in less time
        than parsing it takes. Never raises. An IPv4 address without a port is written as `str()` writes it."""

    @property
    def provenance(self) -> Provenance:
        """The source and the date of the data."""
        return self._file.provenance

    def lookup(self, address: Address | str) -> CountryCode | None:
        """Return the country of an address; None if it is private, reserved, malformed or not in the file.

        Never raises, not even where the file is damaged at that address although it passed the check.
        """
        try:
            return self._country_of(ip_address(address) if isinstance(address, str) else address)
        except Exception:  # noqa: BLE001  no content of the file may prevent a response
            return None

    def _lookup_text(self, text: bytes) -> CountryCode | None:
        address = parse_address(text.decode("latin-1"))
        return None if address is None else self.lookup(address)

    def count_networks(self) -> int:
        """Return the number of networks that have a country. Takes a second for a large file."""
        return self._file.count_networks()

    def close(self) -> None:
        """Close the file. Later lookups return None."""
        self._file.close()


def open_database(path: Path, *, keep_as: Path | None = None) -> CountryDatabase:
    """Open a country or city database, in MaxMind's format or in Renvoi's own. Raises only DatabaseRefused.

    A private copy of the file is opened, because truncating a memory-mapped file kills the processes that read it. If
    the file is good, the copy is renamed to `keep_as`; otherwise, or without `keep_as`, it is removed.
    """
    with refusing(path), private_copy(path, keep_as=keep_as) as copy:
        file = open_checked(copy)
        return CountryDatabase(file, digest=file.digest if isinstance(file, RangesFile) else digest_of(copy))


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Raise DatabaseRefused, which names the file, in place of Damaged and OSError."""
    try:
        yield
    except Damaged as error:
        raise refusal(path, error) from error
    except OSError as error:
        raise DatabaseRefused(f"The country database {path} can't be opened: {error.strerror or error}.") from error


def refusal(path: Path, error: Damaged) -> DatabaseRefused:
    """Return the exception that names the file."""
    return DatabaseRefused(f"The country database {path} {error}.")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def private_copy(path: Path, *, keep_as: Path | None = None, folder: Path | None = None) -> Iterator[Path]:
    """Copy a file for the block. Without an exception, the copy is then renamed to `keep_as`; otherwise removed."""
    folder = keep_as.parent if keep_as else folder
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


def open_checked(path: Path) -> MaxMindFile | RangesFile:
    """Open a file of any of the formats that nobody may change meanwhile. Raises Damaged, or OSError."""
    with path.open("rb") as stream:
        magic = stream.read(len(MAGIC))
    file: MaxMindFile | RangesFile | None = None
    try:
        if magic == MAGIC:
            file = open_ranges(path)
        else:
            file = RangesFile(upgrade(path)) if magic == MAGIC_1 else MaxMindFile(path)
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
    countries = {text: file.country_of(ip_address(text)) for text in REFERENCE_COUNTRIES}
    wrong = [text for text, country in countries.items() if country and country != REFERENCE_COUNTRIES[text]]
    if len(wrong) * 2 > sum(country is not None for country in countries.values()):
        text = wrong[0]
        raise Damaged(f"is wrong or damaged: it puts {text} in {countries[text]}, not {REFERENCE_COUNTRIES[text]}")


def _public_country_of(file: MaxMindFile, address: Address) -> CountryCode | None:
    public = public_address(address)
    return file.country_of(public) if public else None
