"""Store interface of the ledger, and the values shared by both engines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from renvoi.domain.ledger_entry import Entry

Row = tuple[Any, ...]
"""A row as stored, whatever stands in it: position, an entry's fields, digest (None but on a group's last row)."""


class LedgerUnavailable(Exception):
    """The ledger could not do what was asked. The message says why; nothing of it was done, as far as can be known."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry in its place: positions begin at 1 and have no holes; their order is that of the commits."""

    position: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger ends: its last position (0: it is empty), and the digest of the last group."""

    position: int
    digest: str


class Store(Protocol):
    """A ledger on one engine, used by one thread at a time. Connects when it must; every call may raise
    LedgerUnavailable, after which the next one connects anew."""

    def prepare(self) -> None:
        """Make the tables, or bring them to this version. Safe to repeat, and in many programs at once."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Commit new entries in one transaction, on disk when this returns."""

    def append_missing(self, entries: Sequence[Entry]) -> int:
        """Commit those of the entries whose `ref` is not there yet, on disk when this returns; how many they were."""

    def read(self, *, after: int, limit: int) -> list[Recorded]:
        """Up to `limit` entries, those next after a position. What is once read past never gets an earlier entry."""

    def head(self) -> Head:
        """Where the ledger ends now."""

    def digest_at(self, position: int) -> str | None:
        """The digest that the entry at a position bears, if it does; at 0, the one before the first group."""

    def faults(self, *, checkpoint: Head | None = None) -> Iterator[str]:
        """A sentence for each thing that is not as it was written: nothing where all is well. Reads everything.

        `checkpoint` is how far the ledger had come, as noted outside the database.
        """

    def interrupt(self) -> None:
        """Make a call that hangs in another thread fail soon, where the engine can. Never raises."""

    def close(self) -> None:
        """Let go of the connection. Never raises."""


OpenStore = Callable[[], Store]
