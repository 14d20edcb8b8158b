"""Checkpoint file outside the database that records how far the ledger had got.

It reveals an end that was cut without a trace. After damage to its write-ahead log, SQLite ends at the last complete
commit before the damage; and a database may be replaced by an older copy of itself. Both are consistent in themselves.
The checkpoint lags by a second at most and never moves backwards on its own. To restore an older ledger on purpose,
remove the file.
"""

import re
from pathlib import Path

from renvoi.ledger.protocol import Head, Store
from renvoi.permissions import replace_file

CHECKPOINT_FILE = "ledger-witness"

_CONTENT = re.compile(r"([0-9]{1,18}) ([0-9a-f]{64})\n")


def read_checkpoint(folder: Path) -> Head | None:
    """Return how far the ledger had got; None if that was never recorded or cannot be read."""
    try:
        match = _CONTENT.fullmatch((folder / CHECKPOINT_FILE).read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError):
        return None
    return Head(int(match[1]), match[2]) if match else None


def write_checkpoint(folder: Path, store: Store) -> bool:
    """Record how far the ledger has got.

    Return False, and leave the file alone, if the ledger does not contain the position recorded before. Raises
    LedgerUnavailable, or OSError if the file cannot be written.
    """
    before = read_checkpoint(folder)
    head = store.head()
    if before == head:
        return True
    if before is not None and store.digest_at(before.position) != before.digest:
        return False
    replace_file(folder / CHECKPOINT_FILE, f"{head.position} {head.digest}\n".encode("ascii"), durable=False)
    return True
