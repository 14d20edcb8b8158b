"""Count wishes in the ledger's PostgreSQL database. Each function runs in a transaction of its caller."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from renvoi.ledger.wishes.wish import Wish, WishCount, count_faults, first_ref_week

# An older version that sets its ledger aside leaves these tables.
MIGRATION: LiteralString = """
    CREATE TABLE IF NOT EXISTS ledger_wish (
        week text COLLATE "C" NOT NULL,
        country text COLLATE "C" NOT NULL,
        language text COLLATE "C" NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (week, country, language)
    );
    CREATE TABLE IF NOT EXISTS ledger_wish_ref (
        week text COLLATE "C" NOT NULL,
        ref uuid NOT NULL,
        PRIMARY KEY (week, ref)
    );
    """

_INSERT_REFS: LiteralString = (
    "INSERT INTO ledger_wish_ref SELECT * FROM unnest(%s::text[], %s::uuid[]) ON CONFLICT DO NOTHING"
    " RETURNING ref::text"
)
_ADD_COUNTS: LiteralString = (
    "INSERT INTO ledger_wish SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])"
    " ON CONFLICT (week, country, language) DO UPDATE SET count = ledger_wish.count + excluded.count"
)
_PRUNE: LiteralString = "DELETE FROM ledger_wish_ref WHERE week < %s"
_HAS_TABLES: LiteralString = (
    "SELECT to_regclass('ledger_wish') IS NOT NULL AND to_regclass('ledger_wish_ref') IS NOT NULL"
)
_SELECT_COUNTS: LiteralString = (
    "SELECT week, country, language, count FROM ledger_wish WHERE week >= %s AND week <= %s"
    " ORDER BY week, country, language"
)
_SELECT_ALL: LiteralString = "SELECT week, country, language, count FROM ledger_wish"
_COUNT_REFS: LiteralString = "SELECT week, count(*) FROM ledger_wish_ref GROUP BY week"

_Connection = psycopg.Connection[Any]


def add_missing(connection: _Connection, wishes: Sequence[Wish]) -> int:
    """Count the wishes whose reference is not known yet, and return their number."""
    if not wishes:
        return 0
    weeks, refs = [wish.week for wish in wishes], [wish.ref for wish in wishes]
    new = {ref for (ref,) in connection.execute(_INSERT_REFS, (weeks, refs)).fetchall()}
    counts = Counter(wish[1:] for wish in {wish.ref: wish for wish in wishes}.values() if wish.ref in new)
    if counts:
        columns = zip(*((*fields, count) for fields, count in counts.items()), strict=True)
        connection.execute(_ADD_COUNTS, [list(column) for column in columns])
    connection.execute(_PRUNE, (first_ref_week(max(weeks)),))
    return len(new)


def read_counts(connection: _Connection, *, since: str, until: str) -> list[WishCount]:
    """Return the counts of these weeks, both inclusive, sorted. There are none before the tables exist."""
    if not _has_tables(connection):
        return []
    return [WishCount(*row) for row in connection.execute(_SELECT_COUNTS, (since, until)).fetchall()]


def wish_faults(connection: _Connection) -> list[str]:
    """Return a sentence for each count that can't be as it was written."""
    if not _has_tables(connection):
        return []
    return count_faults(connection.execute(_SELECT_ALL).fetchall(), connection.execute(_COUNT_REFS).fetchall())


def _has_tables(connection: _Connection) -> bool:
    row = connection.execute(_HAS_TABLES).fetchone()
    return bool(row and row[0])
