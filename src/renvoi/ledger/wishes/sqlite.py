"""Count wishes in the ledger's SQLite file. Each function runs in a transaction of its caller."""

import json
from collections import Counter
from collections.abc import Sequence

from pysqlite3 import dbapi2 as sqlite3

from renvoi.ledger.wishes.wish import Wish, WishCount, count_faults, first_ref_week

# An older version that sets its ledger aside may have left these tables.
MIGRATION = """
    CREATE TABLE IF NOT EXISTS ledger_wish (
        week TEXT NOT NULL,
        country TEXT NOT NULL,
        language TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (week, country, language)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ledger_wish_ref (week TEXT NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (week, ref))
    STRICT, WITHOUT ROWID;
    """

_INSERT_REFS = (
    "INSERT INTO ledger_wish_ref SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true"
    " ON CONFLICT DO NOTHING RETURNING ref"
)
_ADD_COUNT = (
    "INSERT INTO ledger_wish VALUES (?, ?, ?, ?)"
    " ON CONFLICT (week, country, language) DO UPDATE SET count = count + excluded.count"
)
_PRUNE = "DELETE FROM ledger_wish_ref WHERE week < ?"
_HAS_TABLES = "SELECT count(*) = 2 FROM sqlite_schema WHERE name IN ('ledger_wish', 'ledger_wish_ref')"
_SELECT_COUNTS = (
    "SELECT week, country, language, count FROM ledger_wish WHERE week >= ? AND week <= ?"
    " ORDER BY week, country, language"
)
_SELECT_ALL = "SELECT week, country, language, count FROM ledger_wish"
_COUNT_REFS = "SELECT week, count(*) FROM ledger_wish_ref GROUP BY week"


def add_missing(connection: sqlite3.Connection, wishes: Sequence[Wish]) -> int:
    """Count the wishes whose reference is not known yet, and return their number."""
    if not wishes:
        return 0
    refs = json.dumps([(wish.week, wish.ref) for wish in wishes])
    new = {ref for (ref,) in connection.execute(_INSERT_REFS, (refs,)).fetchall()}
    counts = Counter(wish[1:] for wish in {wish.ref: wish for wish in wishes}.values() if wish.ref in new)
    for fields, count in counts.items():
        connection.execute(_ADD_COUNT, (*fields, count))
    connection.execute(_PRUNE, (first_ref_week(max(wish.week for wish in wishes)),))
    return len(new)


def read_counts(connection: sqlite3.Connection, *, since: str, until: str) -> list[WishCount]:
    """Return the counts of these weeks, both inclusive, sorted. There are none before the tables exist."""
    if not _has_tables(connection):
        return []
    return [WishCount(*row) for row in connection.execute(_SELECT_COUNTS, (since, until)).fetchall()]


def wish_faults(connection: sqlite3.Connection) -> list[str]:
    """Return a sentence for each count that can't be as it was written."""
    if not _has_tables(connection):
        return []
    return count_faults(connection.execute(_SELECT_ALL).fetchall(), connection.execute(_COUNT_REFS).fetchall())


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(_HAS_TABLES).fetchone()[0])
