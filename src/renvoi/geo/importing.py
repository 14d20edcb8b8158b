"""Hides how country data get into the data folder: an operator's file, or the range files that Debian packages.

Debian's `tor-geoipdb` has IPFire's Location database as text: comments with its date, vendor and licence, then one
range a line, `first,last,country`: numbers in the file for IPv4, addresses in the one for IPv6; `??` is no country.
"""

import re
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from renvoi.config import Config
from renvoi.domain.places import parse_country
from renvoi.geo.database import open_database
from renvoi.geo.provenance import DatabaseRefused, Provenance, attribution_of
from renvoi.geo.ranges import Range, encode_ranges

DEBIAN_FILES = (Path("/usr/share/tor/geoip"), Path("/usr/share/tor/geoip6"))
"""Where Debian's package tor-geoipdb puts its range files."""

_NAME = "countries"
_HEADER = re.compile(r"# (Generated|Vendor|License):\s+(.+)")
_HEAD_LINES = 50
_IS_TEXT = re.compile(rb"\s*(?:#|[0-9a-fA-F:.]+,)")


def imported_path(config: Config) -> Path:
    """Where imported country data are, once there are any."""
    return config.data_dir / "geo" / _NAME


def installed_ranges() -> tuple[Path, ...]:
    """Debian's range files, where they are installed; else none."""
    return DEBIAN_FILES if all(path.is_file() for path in DEBIAN_FILES) else ()


def import_files(files: Sequence[Path], *, config: Config) -> Provenance:
    """Put these files' data in the place of what was imported before, by a rename. Raises DatabaseRefused.

    `files` are one database (MaxMind's format, or ours), or range files. What is refused changes nothing.
    """
    target = imported_path(config)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if any(_is_text(path) for path in files):
            return _import_ranges(files, target=target)
        if len(files) != 1:
            raise DatabaseRefused("Only range files can be imported together; give one database.")
        return _place(files[0], target=target)
    except OSError as error:
        raise DatabaseRefused(f"The country data can't be imported: {error.strerror}: {error.filename}.") from error


def _place(file: Path, *, target: Path) -> Provenance:
    database = open_database(file, keep_as=target)
    database.close()
    return database.provenance


def _import_ranges(files: Sequence[Path], *, target: Path) -> Provenance:
    read = [_read_ranges(path) for path in files]
    halves = {
        is_ipv6: [one for half in read if half.is_ipv6 == is_ipv6 for one in half.ranges] for is_ipv6 in (False, True)
    }
    try:
        content = encode_ranges(provenance=read[0].provenance, ipv4=halves[False], ipv6=halves[True])
    except ValueError as error:
        raise DatabaseRefused(f"The range files {_listed(files)} are damaged: {error}.") from error
    with tempfile.NamedTemporaryFile(prefix=".ranges-", dir=target.parent) as made:
        made.write(content)
        made.flush()
        return _place(Path(made.name), target=target)


@dataclass(frozen=True, slots=True)
class _RangeFile:
    provenance: Provenance
    ranges: tuple[Range, ...]

    @property
    def is_ipv6(self) -> bool:
        """Whether any of its addresses is too large for IPv4."""
        return any(last >> 32 for _, last, _ in self.ranges[-1:])


def _read_ranges(path: Path) -> _RangeFile:
    """Raises DatabaseRefused, with the number of the line."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as error:
        raise DatabaseRefused(f"The file {path} is neither a country database nor a range file.") from error
    said: dict[str, str] = {}
    for line in lines[:_HEAD_LINES]:
        if found := _HEADER.fullmatch(line.rstrip()):
            said[found[1]] = found[2]
    return _RangeFile(_provenance(said, path=path), tuple(_parse(lines, path=path)))


def _provenance(said: Mapping[str, str], *, path: Path) -> Provenance:
    try:
        built_at = parsedate_to_datetime(said.get("Generated", ""))
    except ValueError as error:
        raise DatabaseRefused(f"The range file {path} does not say when it was generated.") from error
    vendor, licence = said.get("Vendor", "Unnamed"), said.get("License", "")
    return Provenance(
        source=vendor,
        attribution=attribution_of(vendor) or ", ".join(filter(None, (vendor, licence))),
        built_at=built_at,
    )


def _parse(lines: Iterable[str], *, path: Path) -> Iterator[Range]:
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        first, _, rest = line.partition(",")
        last, _, country = rest.partition(",")
        try:
            start, end = _number(first), _number(last)
        except (ValueError, OSError) as error:
            raise DatabaseRefused(f"The range file {path} is damaged: line {number} is no range.") from error
        yield start, end, parse_country(country)


def _number(text: str) -> int:
    return int.from_bytes(socket.inet_pton(socket.AF_INET6, text), "big") if ":" in text else int(text)


def _is_text(path: Path) -> bool:
    with path.open("rb") as beginning:
        return bool(_IS_TEXT.match(beginning.read(100)))


def _listed(files: Sequence[Path]) -> str:
    return " and ".join(map(str, files))
