"""Move the files of a ledger into a folder of their own, unless another program has the database open."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

from renvoi.config import Config
from renvoi.ledger.checkpoint import CHECKPOINT_FILE
from renvoi.ledger.protocol import LedgerInUse, LedgerUnavailable
from renvoi.ledger.spool import sync_folder
from renvoi.permissions import create_folder


def move_database(config: Config, target: Path) -> None:
    """Move the SQLite database into the folder `target`, which is created.

    Raises LedgerInUse, or LedgerUnavailable.
    """
    path = config.ledger_path
    if not path.exists():
        raise LedgerUnavailable(f"There is no ledger at {path}")
    try:
        with _writing_alone(path):
            create_folder(target)
            path.rename(target / path.name)
            sync_folder(target)
            sync_folder(path.parent)
    except (sqlite3.Error, OSError) as error:
        raise LedgerUnavailable(f"{path}: {error}") from error


def move_own_files(config: Config, target: Path) -> None:
    """Move this host's checkpoint and spool folder, where there are any, into the folder `target`."""
    for path in (config.data_dir / CHECKPOINT_FILE, config.spool_dir):
        if path.exists():
            create_folder(target)
            path.rename(target / path.name)


@contextmanager
def _writing_alone(path: Path) -> Iterator[None]:
    """Hold the ledger's write lock and the only connection to its database. Raises LedgerInUse."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            _take_alone(connection)
            yield
    except BlockingIOError as error:
        raise LedgerInUse from error
    finally:
        os.close(folder)


def _take_alone(connection: sqlite3.Connection) -> None:
    try:
        # The end of the write-ahead log needs that no other connection is open. All commits are then in the one file.
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise LedgerInUse from error
        raise
