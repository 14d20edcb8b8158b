"""Open SQLite databases that this process may read but not write: on a read-only disk, or as another account.

A database with a write-ahead log needs its files `-wal` and `-shm`. While a writer has it open they exist, and a reader
that can read them needs to write nothing. Without a writer SQLite would have to create them, unless it is told that the
file does not change (`immutable`). Whether that was true is checked afterwards: see `changed_while_read`.
Source: https://www.sqlite.org/wal.html, section 5.
"""

import os
from pathlib import Path
from urllib.parse import quote

_read_as_immutable: dict[Path, tuple[int, int, int]] = {}


def may_write(path: Path) -> bool:
    """Tell whether this process may write a database and create files beside it, as every writer must."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)


def reading_uri(path: Path) -> str:
    """Return the URI by which to open an existing database that this process may not write.

    Raises PermissionError, which says what is missing, if it can't be read in full.
    """
    log, index = Path(f"{path}-wal"), Path(f"{path}-shm")
    if not os.access(path, os.R_OK):
        raise PermissionError(f"{path} is not readable for this account")
    if not (log.exists() and log.stat().st_size):
        _read_as_immutable[path] = _signature(path)
        return f"file:{quote(str(path))}?mode=ro&immutable=1"
    for file in (log, index):
        if not os.access(file, os.R_OK):
            raise PermissionError(f"{file}, without which the last changes are missing, is not readable or not there")
    return f"file:{quote(str(path))}?mode=ro"


def changed_while_read() -> list[Path]:
    """Return the databases that were opened as unchanging and have changed since: what was read may be wrong.

    A writer that began meanwhile does no harm as long as its changes are in its log.
    """
    return [path for path, signature in _read_as_immutable.items() if _signature(path) != signature]


def _signature(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns
