"""Hides what a country database is: a file in one of two forms that has passed a test of what everybody knows."""

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

# Universities and registries, which have been at these addresses for decades. A small file may know none of them;
# one that puts most of those that it knows elsewhere is not to be believed.
_KNOWN: Mapping[str, str] = {
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

REMEMBERED = 4096
"""How many addresses are kept with their country, in memory only, and for as long as these data are in force."""


class CountryDatabase:
    """An open country database that has passed its test. Reading it is safe from several threads."""

    def __init__(self, file: MaxMindFile | RangesFile) -> None:
        self._file = file
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._look_up)

    @property
    def provenance(self) -> Provenance:
        """Whose data they are, and of when."""
        return self._file.provenance

    def lookup(self, address: Address | str) -> CountryCode | None:
        """The country of an address; None where it is private, reserved, malformed, or not known to the file.

        Never raises: what the file holds at one address may be damaged though its test passed.
        """
        return self._remembered(address)

    def _look_up(self, address: Address | str) -> CountryCode | None:
        try:
            public = public_address(ip_address(address) if isinstance(address, str) else address)
            return self._file.country_of(public) if public else None
        except Exception:  # noqa: BLE001  a visitor is answered whatever the file holds
            return None

    def count_networks(self) -> int:
        """How many networks have a country; takes a second for a large file."""
        return self._file.count_networks()

    def close(self) -> None:
        """Lets go of the file; every later lookup gives None."""
        self._file.close()
        self._remembered.cache_clear()


def open_database(path: Path, *, keep_as: Path | None = None) -> CountryDatabase:
    """Open a country or city database in MaxMind's format, or in ours. Raises DatabaseRefused, and nothing else.

    A private copy of the file is read: to cut short a file that is mapped into memory ends its readers' process.
    Where the file is good, that copy stays at `keep_as`, by a rename.
    """
    try:
        with _private_copy(path, keep_as=keep_as) as copy:
            return CountryDatabase(_open(copy))
    except Damaged as error:
        raise DatabaseRefused(f"The country database {path} {error}.") from error
    except OSError as error:
        raise DatabaseRefused(f"The country database {path} can't be opened: {error.strerror or error}.") from error


@contextmanager
def _private_copy(path: Path, *, keep_as: Path | None) -> Iterator[Path]:
    folder = keep_as.parent if keep_as else None
    with path.open("rb") as file, tempfile.NamedTemporaryFile(prefix=".country-", dir=folder, delete=False) as made:
        copy = Path(made.name)
        try:
            shutil.copyfileobj(file, made)
            made.flush()
            yield copy
            if keep_as:
                os.fsync(made.fileno())
                copy.chmod(0o644)
                copy.replace(keep_as)
        finally:
            copy.unlink(missing_ok=True)


def _open(path: Path) -> MaxMindFile | RangesFile:
    with path.open("rb") as beginning:
        is_ours = beginning.read(len(MAGIC)) == MAGIC
    file = None
    try:
        file = RangesFile(path) if is_ours else MaxMindFile(path)
        _test(file)
    except Exception as error:
        if file is not None:
            file.close()
        if isinstance(error, Damaged | OSError):
            raise
        raise Damaged(ALTERED) from error
    return file


def _test(file: MaxMindFile | RangesFile) -> None:
    if not is_plausible(file.provenance.built_at, now=datetime.now(UTC)):
        raise Damaged("is damaged: it bears no plausible date")
    told = {text: _told(file, text) for text in _KNOWN}
    wrong = [text for text, country in told.items() if country and country != _KNOWN[text]]
    if len(wrong) * 2 > sum(country is not None for country in told.values()):
        raise Damaged(f"is wrong or damaged: it puts {wrong[0]} in {told[wrong[0]]}, not {_KNOWN[wrong[0]]}")


def _told(file: MaxMindFile | RangesFile, text: str) -> CountryCode | None:
    address = ip_address(text)
    try:
        return file.country_of(address)
    except ValueError:
        if isinstance(address, IPv6Address):
            return None  # a file of IPv4 alone refuses to be asked
        raise
