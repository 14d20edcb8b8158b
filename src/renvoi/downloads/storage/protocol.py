"""The interface of a storage of files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from renvoi.downloads.models import Download

PIECE_BYTES = 512 * 1024
"""How much of a file is in memory at a time."""


class ContentMissing(Exception):
    """The storage does not have the file, or no longer has all of it."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file to send: its size in bytes, its pieces in order, and a function that releases it, read or not.

    The iterator raises ContentMissing if the file is deleted meanwhile.
    """

    size: int
    pieces: Iterator[bytes]
    close: Callable[[], None]


class Storage(Protocol):
    """Where the finished files of downloads are."""

    is_shared: bool
    """Whether several hosts use it."""

    def store(self, download: Download, file: Path) -> int:
        """Take over a finished file, which no longer exists afterwards, for this attempt. Return its size in bytes."""

    def discard(self, download: Download) -> None:
        """Delete what this attempt has stored."""

    def open(self, download: Download) -> Content:
        """Return the file of the attempt that succeeded. Raises ContentMissing."""
