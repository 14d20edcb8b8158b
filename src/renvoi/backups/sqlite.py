"""Back up and restore the two SQLite files while they are being written, and check the copies.

SQLite's backup API copies within one read transaction. In WAL mode no writer waits for it, and what is committed
meanwhile is not in the copy; the write-ahead log grows until the copy is done.
"""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pysqlite3 import dbapi2 as sqlite3

from renvoi.backups.manifest import (
    BUSINESS,
    LEDGER,
    TABLES_WITHOUT_DIGEST,
    TABLES_WITHOUT_ROWS,
    BackupRefused,
    Copied,
    LedgerEnd,
    Manifest,
    RowsDigest,
    TableDigest,
    require_same_tables,
)
from renvoi.backups.protocol import BackupFailed
from renvoi.config import Config
from renvoi.ledger.checkpoint import read_checkpoint
from renvoi.ledger.protocol import Head, LedgerUnavailable
from renvoi.ledger.sqlite import SqliteStore
from renvoi.permissions import replace_file
from renvoi.sqlite_access import may_write, reading_uri

_BUSY_TIMEOUT_S = 20
_ARCHIVE = "partners_archivedtable"
_LOGOS = "publication_logo"
_TRACE_FILE = "last-backup"
_SUFFIXES = ("", "-wal", "-shm", "-journal")


class SqliteEngine:
    """Backup engine for SQLite. Implements `renvoi.backups.protocol.Engine`."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def copy(self, folder: Path) -> Copied:
        """See Engine."""
        business, ledger = folder / BUSINESS, folder / LEDGER
        with _raising_backup_failed():
            _copy(self._config.database_path, business)
            _delete_excluded_rows(business)
            # Read the checkpoint before copying: the copy must contain it.
            checkpoint = read_checkpoint(self._config.data_dir)
            _copy(self._config.ledger_path, ledger)
            _add_later_tables(self._config.database_path, business)
            for fault in _integrity_faults(business):
                raise BackupFailed(f"The business rows are damaged: {fault}.")
            for fault in SqliteStore(ledger).faults(checkpoint=checkpoint):
                raise BackupFailed(f"The ledger is not sound, see renvoi ledger verify: {fault}")
            copied = Copied(tables=_table_digests(business), ledger=_ledger_end(ledger))
        _sync(business, ledger)
        return copied

    def check(self, folder: Path, manifest: Manifest) -> None:
        """See Engine."""
        business, ledger = folder / BUSINESS, folder / LEDGER
        try:
            for fault in _integrity_faults(business):
                raise BackupRefused(f"The business rows in the backup are damaged: {fault}.")
            require_same_tables(_table_digests(business), manifest.tables, where="The database in the backup")
            head = Head(manifest.ledger.position, manifest.ledger.digest)
            for fault in SqliteStore(ledger).faults(checkpoint=head):
                raise BackupRefused(f"The ledger in the backup is not sound: {fault}")
            if _ledger_end(ledger) != manifest.ledger:
                raise BackupRefused("The ledger in the backup does not end where the manifest says.")
        except (sqlite3.Error, UnicodeDecodeError, LedgerUnavailable) as error:
            raise BackupRefused(f"A database in the backup can't be read: {error}.") from error
        _sync(business, ledger)

    def existing_content(self) -> str:
        """See Engine."""
        files = (Path(f"{path}{suffix}") for _, path in self.destinations() for suffix in _SUFFIXES)
        return ", ".join(str(path) for path in files if path.exists())

    def destinations(self) -> list[tuple[str, Path]]:
        """See Engine. A server does not start without the business rows, so they come last."""
        return [(LEDGER, self._config.ledger_path), (BUSINESS, self._config.database_path)]

    def read_trace(self) -> str:
        """See Engine."""
        path = self._config.data_dir / _TRACE_FILE
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def write_trace(self, text: str) -> None:
        """See Engine."""
        replace_file(self._config.data_dir / _TRACE_FILE, text.encode(), durable=True)

    def load(self, folder: Path, manifest: Manifest) -> None:
        """See Engine. Does nothing: both databases are files."""


@contextmanager
def _raising_backup_failed() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, LedgerUnavailable) as error:
        raise BackupFailed(f"SQLite can't copy: {error}.") from error


def _copy(source: Path, target: Path) -> None:
    """Copy a database as of one moment, in one step: a copy in several steps restarts at every commit."""
    if not source.exists():
        raise BackupFailed(f"There is nothing to back up: {source} is missing. Run renvoi migrate first.")
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(_open_source(source)) as reading, closing(_open(target)) as writing:
        # Sync once, when the copy is complete: an interrupted copy is simply made again.
        writing.execute("PRAGMA synchronous = OFF")
        reading.backup(writing, pages=-1)


def _open_source(path: Path) -> Any:
    """Connect to a file of the installation, which this process may not be able to write."""
    return _open(path) if may_write(path) else _open_uri(reading_uri(path))


def _open(path: Path) -> Any:
    """Connect to an existing file. Never creates one."""
    return _open_uri(f"file:{quote(str(path))}?mode=rw")


def _open_uri(uri: str) -> Any:
    return sqlite3.connect(
        uri,
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _delete_excluded_rows(path: Path) -> None:
    with closing(_open(path)) as connection:
        # Leave a single file, and no trace of deleted rows in it.
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA secure_delete = ON")
        for table in TABLES_WITHOUT_ROWS:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 (a constant)


def _add_later_tables(source: Path, target: Path) -> None:
    """Add the routing tables that were archived since the copy was made, and the logos that they name.

    The ledger's copy may refer to these tables. No generation that has been published is left for another one: the
    counter is raised beyond them.
    """
    with closing(_open_source(source)) as reading, closing(_open(target)) as writing:
        writing.execute("BEGIN")
        later = _add_later_rows(reading, writing, table=_ARCHIVE, key="generation")
        if later:
            writing.execute("UPDATE partners_generation SET number = max(number, ?)", (max(later) + 1,))
        # After the tables: a logo is stored before a table names it.
        _add_later_rows(reading, writing, table=_LOGOS, key="digest")
        writing.execute("COMMIT")


def _add_later_rows(reading: Any, writing: Any, *, table: str, key: str) -> list[Any]:
    """Add the rows that only the source has, and return their keys. An older version has no such table."""
    if not writing.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
        return []
    copied = {value for (value,) in writing.execute(f"SELECT {key} FROM {table}")}  # noqa: S608 (constants)
    later = [value for (value,) in reading.execute(f"SELECT {key} FROM {table}") if value not in copied]  # noqa: S608 (as above)
    for value in later:
        row = reading.execute(f"SELECT * FROM {table} WHERE {key} = ?", (value,)).fetchone()  # noqa: S608 (as above)
        writing.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 (as above)
    return later


def _integrity_faults(path: Path) -> Iterator[str]:
    with closing(_open(path)) as connection:
        for (message,) in connection.execute("PRAGMA integrity_check").fetchall():
            if message != "ok":
                yield message


def _table_digests(path: Path) -> dict[str, TableDigest]:
    with closing(_open(path)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
        ).fetchall()
        return {name: _table_digest(connection, name) for (name,) in tables if name not in TABLES_WITHOUT_DIGEST}


def _table_digest(connection: Any, table: str) -> TableDigest:
    digest = RowsDigest()
    quoted = table.replace('"', '""')
    for row in connection.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 (a quoted name)
        digest.add(json.dumps(row, default=lambda blob: {"hex": blob.hex()}).encode())
    return digest.result()


def _ledger_end(path: Path) -> LedgerEnd:
    with closing(SqliteStore(path)) as store:
        head = store.head()
    return LedgerEnd(position=head.position, digest=head.digest)


def _sync(*paths: Path) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
