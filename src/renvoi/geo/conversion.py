"""Convert a country database to ranges, compare the two, and keep the ranges in a file that all workers map.

`python -m renvoi.geo.conversion SOURCE TARGET` converts in a process of its own: reading millions of networks takes a
minute, during which a thread would slow each response down.
"""

import fcntl
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile

from renvoi import __version__
from renvoi.geo.database import CountryDatabase, digest_of, open_checked, private_copy, refusal, refusing
from renvoi.geo.formats.mmdb import MaxMindFile
from renvoi.geo.formats.ranges import MAGIC, RangesFile, encode_ranges
from renvoi.geo.formats.ranges_v1 import MAGIC as MAGIC_1
from renvoi.geo.formats.ranges_v1 import upgrade
from renvoi.geo.provenance import ALTERED, Damaged
from renvoi.geo.public import Address, public_address
from renvoi.permissions import private_opener, set_private_umask

SMALL_BYTES = 1 << 18
"""A database of up to this size is converted at once: sooner than a process starts."""

_LOCK_NAME = ".conversion"
_PREFIX = ".ranges-"
_POLL_EVERY_S = 0.1
_DAMAGED = 3
_MAX_BYTES = 2 << 30
_MOST_RANDOM = 100_000


class ConversionStopped(Exception):
    """The process is to end, so the conversion was given up."""


def is_small(path: Path) -> bool:
    """Tell whether `convert` takes no longer than it takes to start a process. False if the file can't be read."""
    try:
        return path.stat().st_size <= SMALL_BYTES
    except OSError:
        return False


def latest_ranges(path: Path, *, converted: Path) -> CountryDatabase | None:
    """Return the data in the file `converted` if they come from the file at `path` as it is now, else None.

    Raises DatabaseRefused if `path` can't be read.
    """
    with refusing(path):
        digest = _source_digest(path)
    try:
        file = open_checked(converted) if _has_magic(converted, MAGIC) else None
    except (OSError, Damaged):
        return None
    if not isinstance(file, RangesFile) or file.digest != digest:
        return None
    # Another version of Renvoi may know other countries. Ranges that were imported can only be copied.
    is_current = file.version == __version__ or _has_magic(path, MAGIC)
    return CountryDatabase(file, digest=digest) if is_current else None


def convert(path: Path, *, keep_as: Path, is_stopping: Callable[[], bool]) -> CountryDatabase:
    """Check the file at `path` and write its data as ranges to `keep_as`, unless another process does; return them.

    A large file is converted in a process of its own, of low priority. Raises DatabaseRefused if the file is damaged,
    ConversionStopped, and OSError if the ranges can't be written.
    """
    with _turn(keep_as.parent, is_stopping):
        latest = latest_ranges(path, converted=keep_as)
        if latest is not None:
            return latest
        for leftover in keep_as.parent.glob(f"{_PREFIX}*"):
            leftover.unlink(missing_ok=True)
        try:
            with private_copy(path, folder=keep_as.parent) as copy:
                write = write_ranges if is_small(copy) else partial(_write_in_process, is_stopping=is_stopping)
                return _write(copy, keep_as=keep_as, write=write)
        except Damaged as error:
            raise refusal(path, error) from error


def convert_now(path: Path, *, keep_as: Path) -> CountryDatabase:
    """Convert as `convert` does, but in this process, even if another one converts too. Raises only DatabaseRefused."""
    with refusing(path), private_copy(path, folder=keep_as.parent) as copy:
        return _write(copy, keep_as=keep_as, write=write_ranges)


def write_ranges(source: Path, target: Path) -> None:
    """Write the data of a file that nobody may change meanwhile as ranges. Raises Damaged, or OSError."""
    try:
        target.write_bytes(_encode(source))
    except Exception as error:
        if isinstance(error, Damaged | OSError):
            raise
        raise Damaged(ALTERED) from error


def compare(source: MaxMindFile, ranges: RangesFile) -> None:
    """Raise Damaged unless both have the same country at each boundary of the ranges and at random addresses."""
    for address in chain(ranges.boundaries(), _random_addresses(min(_MOST_RANDOM, 10 * len(ranges)))):
        public = public_address(address)
        expected = source.country_of(public) if public else None
        if ranges.country_of(address) != expected:
            raise Damaged(f"can't be converted: it has {address} in {expected}, the ranges in another country")


def _write(copy: Path, *, keep_as: Path, write: Callable[[Path, Path], None]) -> CountryDatabase:
    open_checked(copy).close()
    with NamedTemporaryFile(prefix=_PREFIX, dir=keep_as.parent, delete=False) as temporary:
        target = Path(temporary.name)
        try:
            write(copy, target)
            file = open_checked(target)
            if not isinstance(file, RangesFile):
                raise Damaged(ALTERED)
            os.fsync(temporary.fileno())
            target.replace(keep_as)
        finally:
            target.unlink(missing_ok=True)
    return CountryDatabase(file, digest=file.digest)


def _encode(source: Path) -> bytes:
    if _has_magic(source, MAGIC):
        return source.read_bytes()
    if _has_magic(source, MAGIC_1):
        return upgrade(source)
    with closing(MaxMindFile(source)) as file:
        content = encode_ranges(
            provenance=file.provenance,
            ipv4=file.ranges(IPv4Address),
            ipv6=file.ranges(IPv6Address),
            digest=digest_of(source),
        )
        compare(file, RangesFile(content))
    return content


def _write_in_process(source: Path, target: Path, *, is_stopping: Callable[[], bool]) -> None:
    command = [sys.executable, "-m", "renvoi.geo.conversion", str(source), str(target)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:  # noqa: S603 (our own)
        while process.poll() is None:
            if is_stopping():
                process.kill()
                raise ConversionStopped
            time.sleep(_POLL_EVERY_S)
        output, _ = process.communicate()  # a sentence at most, which the pipe has held
    if process.returncode == _DAMAGED:
        raise Damaged(output.decode())
    if process.returncode:
        raise OSError(f"the process that converts it ended with {process.returncode}")


@contextmanager
def _turn(folder: Path, is_stopping: Callable[[], bool]) -> Iterator[None]:
    with open(folder / _LOCK_NAME, "wb", opener=private_opener) as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if is_stopping():
                    raise ConversionStopped from None
                time.sleep(_POLL_EVERY_S)
        yield


def _source_digest(path: Path) -> str:
    return RangesFile(path.read_bytes()).digest if _has_magic(path, MAGIC) else digest_of(path)


def _has_magic(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _random_addresses(count: int) -> Iterator[Address]:
    rng = random.Random()  # noqa: S311 (not a secret)
    for _ in range(count // 2):
        yield IPv4Address(rng.getrandbits(32))
        # Of IPv6, only 2000::/3 is allocated.
        yield IPv6Address(1 << 125 | rng.getrandbits(125))


def _main(source: Path, target: Path) -> int:
    os.nice(19)
    set_private_umask()
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_BYTES, _MAX_BYTES))
    try:
        write_ranges(source, target)
    except Damaged as error:
        sys.stdout.write(str(error))
        return _DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2])))
