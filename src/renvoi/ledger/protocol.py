"""Store interface of the ledger, and the values shared by both engines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.wishes.wish import LAST_WEEK, Wish, WishCount

Row = tuple[Any, ...]
"""A row as stored, not validated: position, the entry's fields, digest (None except on a batch's last row)."""


class LedgerUnavailable(Exception):
    """The ledger could not do what was requested. The message says why.

    As far as can be known, nothing was written.
    """


class LedgerInUse(Exception):
    """Another program uses the ledger, so it can't be set aside."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry with its position in the ledger.

    Positions start at 1, have no gaps and follow the order of commits.
    """

    position: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Head:
    """End of the ledger: its last position (0 if it is empty), and the digest of the last batch."""

    position: int
    digest: str


class Store(Protocol):
    """A ledger on one engine, used by one thread at a time.

    It connects on first use. Every method except `interrupt` and `close` may raise LedgerUnavailable; the next call
    then reconnects.
    """

    def prepare(self) -> None:
        """Create the tables, or migrate them to this version. Safe to repeat, also from many processes at once."""

    def append(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> None:
        """Commit new entries, and count wishes, in one transaction. They are on disk when this returns."""

    def append_missing(self, entries: Sequence[Entry], wishes: Sequence[Wish] = ()) -> int:
        """Commit the entries, and count the wishes, whose `ref` the ledger does not have; return their number.

        They are on disk when this returns.
        """

    def read(self, *, after: int, limit: int) -> list[Recorded]:
        """Return up to `limit` entries that follow the position `after`, in order.

        No entry ever appears at or before a position that has been read.
        """

    def find(self, ref: str) -> Entry | None:
        """Return the entry with a reference (a lowercase UUID), or None. Entries in the spool are not there yet."""

    def head(self) -> Head:
        """Return where the ledger ends now."""

    def digest_at(self, position: int) -> str | None:
        """Return the digest stored with the entry at a position, or None. Position 0 has the genesis digest."""

    def generations(self) -> dict[int, int]:
        """Return the number of entries by generation of the routing table, sorted. Reads the complete ledger."""

    def wishes(self, *, since: str = "", until: str = LAST_WEEK) -> list[WishCount]:
        """Return the counts of wishes in these ISO weeks, both inclusive, by week, country and language.

        Wishes in the spool are not there yet.
        """

    def faults(self, *, checkpoint: Head | None = None) -> Iterator[str]:
        """Yield a sentence for each thing that differs from what was written; nothing if the ledger is sound.

        Reads the complete ledger. `checkpoint` is how far the ledger had got, as recorded outside the database.
        """

    def interrupt(self) -> None:
        """Make a blocked call in another thread fail soon, if the engine can. Never raises."""

    def close(self) -> None:
        """Close the connection. Never raises."""


OpenStore = Callable[[], Store]
