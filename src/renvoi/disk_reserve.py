"""The last part of the disk, which is left to the ledger: other writers stop while it still records visitors.

See docs/adr/0025.
"""

import errno
import os
from pathlib import Path

RESERVE_BYTES = 128 * 1024 * 1024
"""Free space that only the ledger and its spool may use. An entry takes about 400 bytes."""
RESERVE_SHARE = 0.1
"""At most this share of the disk is reserved."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""The numbers of an OSError for lack of space."""


def is_reserve_reached(folder: Path) -> bool:
    """Return whether no more space is free on the folder's disk than is reserved for the ledger.

    False if that cannot be read: then no write is refused that might succeed.
    """
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    return free <= min(RESERVE_BYTES, size * RESERVE_SHARE)


def require_space(folder: Path) -> None:
    """Raise OSError (ENOSPC) if no more space is free than is reserved for the ledger."""
    if is_reserve_reached(folder):
        raise OSError(errno.ENOSPC, "The free space that is left is reserved for the ledger", str(folder))
