"""Ledger entries for tests, each with its own reference."""

import os
import time

from renvoi.domain.ledger_entry import RANDOM_BYTES, Entry, make_ref
from renvoi.domain.places import CountryCode
from renvoi.ledger.protocol import Store


def entries(size: int) -> list[Entry]:
    """Return new entries, each with its own reference."""
    at_ms = time.time_ns() // 1_000_000
    return [
        Entry(
            ref=make_ref(at_ms=at_ms, random_bytes=os.urandom(RANDOM_BYTES)),
            at_ms=at_ms,
            act="sent",
            decision="partner",
            reason="visitor_chose",
            country=CountryCode("BR"),
            region=None,
            country_source="parameter",
            language="fr",
            partner=number + 1,
            source="spring" if number % 2 else None,
            generation=3,
        )
        for number in range(size)
    ]


def all_of(store: Store) -> list[Entry]:
    """Return every entry of a ledger, in order, after checking that positions have no gaps."""
    records = store.read(after=0, limit=1_000_000)
    assert [recorded.position for recorded in records] == list(range(1, len(records) + 1))
    return [recorded.entry for recorded in records]
