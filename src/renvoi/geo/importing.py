"""Import country data into the data directory, from a database file or from the range files that Debian packages.

Debian's package `tor-geoipdb` contains IPFire's Location database as text files: comments with date, vendor and
licence, then one range per line, `first,last,country`. The IPv4 file has integers, the IPv6 file has addresses. The
country `??` means none.
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
from renvoi.geo.conversion import convert_now
from renvoi.geo.formats.boundaries import Range
from renvoi.geo.formats.ranges import encode_ranges
from renvoi.geo.provenance import DatabaseRefused, Provenance, attribution_of
from renvoi.permissions import create_folder

DEBIAN_FILES = (Path("/usr/share/tor/geoip"), Path("/usr/share/tor/geoip6"))
"""The range files of Debian's package tor-geoipdb."""

_FILE_NAME = "countries"
_HEADER = re.compile(r"# (Generated|Vendor|License):\s+(.+)")
_MAX_HEADER_LINES = 50
_TEXT_START = re.compile(rb"\s*(?:#|[0-9a-fA-F:.]+,)")


def imported_path(config: Config) -> Path:
    """Return the path of the imported country data, which may not exist."""
    return config.data_dir / "geo" / _FILE_NAME


def installed_ranges() -> tuple[Path, ...]:
    """Return the paths of Debian's range files, or an empty tuple if they are not installed."""
    return DEBIAN_FILES if all(path.is_file() for path in DEBIAN_FILES) else ()


def import_files(files: Sequence[Path], *, config: Config) -> Provenance:
    """Replace the imported data atomically by those of `files`. Raises DatabaseRefused and then changes nothing.

    `files` are either one database, in MaxMind's format or in Renvoi's own, or one or more range files.
    """
    target = imported_path(config)
    try:
        create_folder(target.parent)
        if any(_is_text(path) for path in files):
            return _import_ranges(files, target=target)
        if len(files) != 1:
            raise DatabaseRefused("Only range files can be imported together; give one database.")
        return _install(files[0], target=target)
    except OSError as error:
        raise DatabaseRefused(f"The country data can't be imported: {error.strerror}: {error.filename}.") from error


def _install(file: Path, *, target: Path) -> Provenance:
    database = convert_now(file, keep_as=target)
    database.close()
    return database.provenance


def _import_ranges(files: Sequence[Path], *, target: Path) -> Provenance:
    sources = [_read_ranges(path) for path in files]
    ipv4 = [entry for source in sources if not source.is_ipv6 for entry in source.ranges]
    ipv6 = [entry for source in sources if source.is_ipv6 for entry in source.ranges]
    try:
        content = encode_ranges(provenance=sources[0].provenance, ipv4=ipv4, ipv6=ipv6)
    except ValueError as error:
        raise DatabaseRefused(f"The range files {' and '.join(map(str, files))} are damaged: {error}.") from error
    with tempfile.NamedTemporaryFile(prefix=".ranges-", dir=target.parent) as temporary:
        temporary.write(content)
        temporary.flush()
        return _install(Path(temporary.name), target=target)


@dataclass(frozen=True, slots=True)
class _RangeFile:
    provenance: Provenance
    ranges: tuple[Range, ...]

    @property
    def is_ipv6(self) -> bool:
        """Whether the last range ends beyond the IPv4 addresses."""
        return any(last >> 32 for _, last, _ in self.ranges[-1:])


def _read_ranges(path: Path) -> _RangeFile:
    """Parse a range file. Raises DatabaseRefused, with the line number if a line is invalid."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as error:
        raise DatabaseRefused(f"The file {path} is neither a country database nor a range file.") from error
    headers: dict[str, str] = {}
    for line in lines[:_MAX_HEADER_LINES]:
        if match := _HEADER.fullmatch(line.rstrip()):
            headers[match[1]] = match[2]
    return _RangeFile(_provenance(headers, path=path), tuple(_parse_ranges(lines, path=path)))


def _provenance(headers: Mapping[str, str], *, path: Path) -> Provenance:
    try:
        built_at = parsedate_to_datetime(headers.get("Generated", ""))
    except ValueError as error:
        raise DatabaseRefused(f"The range file {path} does not say when it was generated.") from error
    vendor, licence = headers.get("Vendor", "Unnamed"), headers.get("License", "")
    return Provenance(
        source=vendor,
        attribution=attribution_of(vendor) or ", ".join(filter(None, (vendor, licence))),
        built_at=built_at,
    )


def _parse_ranges(lines: Iterable[str], *, path: Path) -> Iterator[Range]:
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        first, _, remainder = line.partition(",")
        last, _, country = remainder.partition(",")
        try:
            start, end = _parse_address(first), _parse_address(last)
        except (ValueError, OSError) as error:
            raise DatabaseRefused(f"The range file {path} is damaged: line {number} is not a range.") from error
        yield start, end, parse_country(country)


def _parse_address(text: str) -> int:
    """Return an IPv6 address or a decimal number as an integer. Raises ValueError or OSError."""
    return int.from_bytes(socket.inet_pton(socket.AF_INET6, text), "big") if ":" in text else int(text)


def _is_text(path: Path) -> bool:
    with path.open("rb") as stream:
        return bool(_TEXT_START.match(stream.read(100)))
