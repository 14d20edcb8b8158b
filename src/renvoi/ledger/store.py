"""Hides which engine keeps the ledger: what both can do, what they say of trouble, and how rows are chained."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from renvoi.config import Config
from renvoi.domain.referral import FIELDS, NONE, Entry

GENESIS = "0" * 64
"""What the first group's digest follows."""

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

    def absorb(self, entries: Sequence[Entry]) -> int:
        """Commit those of the entries whose `ref` is not there yet, on disk when this returns; how many they were."""

    def read(self, *, after: int, limit: int) -> list[Recorded]:
        """Up to `limit` entries, those next after a position. What is once read past never gets an earlier entry."""

    def head(self) -> Head:
        """Where the ledger ends now."""

    def digest_at(self, position: int) -> str | None:
        """The digest that the entry at a position bears, if it does; at 0, the one before the first group."""

    def faults(self, *, witness: Head | None = None) -> Iterator[str]:
        """A sentence for each thing that is not as it was written: nothing where all is well. Reads everything.

        `witness` is how far the ledger had come by another's word.
        """

    def interrupt(self) -> None:
        """Make a call that hangs in another thread fail soon, where the engine can. Never raises."""

    def close(self) -> None:
        """Let go of the connection. Never raises."""


OpenStore = Callable[[], Store]


def open_store(config: Config) -> Store:
    """The ledger of a configuration. Nothing is connected yet."""
    if config.postgresql_url:
        from renvoi.ledger.on_postgresql import PostgresqlStore  # noqa: PLC0415 (psycopg is loaded where it is used)

        return PostgresqlStore(config.postgresql_url)
    from renvoi.ledger.on_sqlite import SqliteStore  # noqa: PLC0415 (as above)

    return SqliteStore(config.ledger_path)


def link(previous: str, lines: Iterable[str]) -> str:
    """The digest of a group: SHA-256 over the digest before it and its entries' lines."""
    return hashlib.sha256("\n".join((previous, *lines)).encode()).hexdigest()


def chain_faults(rows: Iterable[Row], *, head: Head, witness: Head | None = None) -> Iterator[str]:
    """What is wrong with the rows of a whole ledger, in the order of their positions.

    Each group of rows that was committed together bears on its last row the digest of the group and of all before it.
    """
    previous, expected = GENESIS, 1
    group: list[str] = []
    for position, *fields, digest in rows:
        if position != expected:
            yield _missing(expected, position - 1)
        group.append("\t".join(NONE if field is None else str(field) for field in fields))
        expected = position + 1
        if witness and position == witness.position and digest != witness.digest:
            yield f"Entries up to {position} are not those that were there before."
        if digest is not None:
            if link(previous, group) != digest:
                yield f"Entries {position - len(group) + 1} to {position} are not as they were written."
            previous, group = str(digest), []
    if group:
        yield f"The last {len(group)} entries bear no digest: the end is not as it was written."
    if expected <= head.position:
        yield _missing(expected, head.position)
    elif head != Head(expected - 1, previous):
        yield f"The ledger's own note of its end says {head.position}, and its last entry is {expected - 1}."
    if witness and witness.position >= expected:
        yield f"The ledger had {witness.position} entries before: its end is cut, or an older copy has taken its place."


def _missing(first: int, last: int) -> str:
    if last < first:
        return f"Entry {last + 1} stands twice, or out of its order."
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."


COLUMNS = ", ".join(FIELDS)
