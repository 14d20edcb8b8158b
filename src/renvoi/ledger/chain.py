"""Digest chain over the ledger: each committed batch carries the digest of itself and of everything before it."""

import hashlib
from collections.abc import Iterable, Iterator

from renvoi.domain.ledger_entry import NULL
from renvoi.ledger.protocol import Head, Row

GENESIS = "0" * 64
"""The digest that precedes the first batch's."""


def link(previous: str, lines: Iterable[str]) -> str:
    """Return the digest of a batch: SHA-256 over the previous digest and the lines of the batch's entries."""
    return hashlib.sha256("\n".join((previous, *lines)).encode()).hexdigest()


def chain_faults(rows: Iterable[Row], *, head: Head, checkpoint: Head | None = None) -> Iterator[str]:
    """Yield a sentence for each fault in the rows of a complete ledger, in the order of their positions.

    Rows that were committed together form a batch. The last row of each batch carries the digest of that batch and of
    everything before it.
    """
    previous, expected = GENESIS, 1
    batch: list[str] = []
    for position, *fields, digest in rows:
        if position != expected:
            yield _missing(expected, position - 1)
        batch.append("\t".join(NULL if field is None else str(field) for field in fields))
        expected = position + 1
        if checkpoint and position == checkpoint.position and digest != checkpoint.digest:
            yield f"Entries up to {position} are not those that were there before."
        if digest is not None:
            if link(previous, batch) != digest:
                yield f"Entries {position - len(batch) + 1} to {position} are not as they were written."
            previous, batch = str(digest), []
    if batch:
        yield f"The last {len(batch)} entries have no digest: the end is not as it was written."
    if expected <= head.position:
        yield _missing(expected, head.position)
    elif head != Head(expected - 1, previous):
        yield f"The ledger's recorded end is {head.position}, but its last entry is {expected - 1}."
    if checkpoint and checkpoint.position >= expected:
        yield (
            f"The ledger had {checkpoint.position} entries before:"
            " its end was cut off, or an older copy has replaced it."
        )


def _missing(first: int, last: int) -> str:
    if last < first:
        return f"Entry {last + 1} is duplicated or out of order."
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."
