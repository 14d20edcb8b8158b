"""Installations with partners and ledger entries on either engine, and backups written or forged by hand."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.backups.archive import describe_member, write_archive
from renvoi.backups.create import create_backup
from renvoi.backups.manifest import LedgerEnd, Manifest
from renvoi.config import Config, read_config
from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.engines import open_store
from tests.ledger.cast import entries
from tests.ledger.engines import postgresql_database
from tests.programs import require
from tests.running import RunningRenvoi
from tests.server.serving import fill

AT = datetime(2026, 11, 25, 14, 5, tzinfo=UTC)
_EXCLUDED_TABLES = {
    "django_session",
    "server_cache",
    "partners_pdfexport",
    "downloads_downloadpiece",
    "cluster_host",
    "renvoi_last_backup",
}
BATCH_SIZES = (3, 120, 1, 60)

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder, the database that goes with it, and the entries in its ledger."""

    folder: Path
    url: str
    ledger_entries: tuple[Entry, ...] = ()

    @property
    def running(self) -> RunningRenvoi:
        """A RunningRenvoi that runs commands on it."""
        return RunningRenvoi(self.folder, RENVOI_DATABASE_URL=self.url)

    @property
    def config(self) -> Config:
        return read_config(self.running.environ)

    def backup(self, target: Path) -> Manifest:
        return create_backup(self.config, target, at=AT)[1]

    def rows(self) -> Rows:
        """Return every row, including the ledger's, except those that a backup excludes."""
        return _postgresql_rows(self.url) if self.url else _sqlite_rows(self.config)


def populated(folder: Path, url: str) -> Installation:
    """Return an installation with the sample partners and some ledger entries."""
    fill(folder, RENVOI_DATABASE_URL=url)
    installation = Installation(folder, url)
    stored: list[Entry] = []
    with closing(open_store(installation.config)) as store:
        store.prepare()
        for size in BATCH_SIZES:
            stored += (group := entries(size))
            store.append(group)
    return Installation(folder, url, tuple(stored))


@contextmanager
def empty(folder: Path, engine: str) -> Iterator[Installation]:
    """Yield an empty machine: a folder that does not exist, and on PostgreSQL a database without tables."""
    if engine == "sqlite":
        yield Installation(folder, "")
        return
    with postgresql_database() as url:
        require("pg_dump")
        yield Installation(folder, url)


def only(engine: str) -> pytest.MarkDecorator:
    """Run a test class on one engine only."""
    return pytest.mark.parametrize("engine", [engine], indirect=True, scope="module")


def is_untouched(target: Installation) -> bool:
    """Return whether the machine is still empty."""
    if target.folder.exists():
        return False
    if not target.url:
        return True
    with psycopg.connect(target.url) as session:
        return session.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone() is None


def tree(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files in a folder, by relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_small_backup(folder: Path, **fields: Any) -> Path:
    """Write a backup of a few bytes, valid in every byte; its databases are not real ones."""
    files = {
        "business.sqlite3": b"rows",
        "ledger.sqlite3": b"entries" * 100,
        "secret-key": b"k" * 64,
        "ledger-spool/7-0a1b2c.spool": b"",
    }
    content = folder / f"content-{secrets.token_hex(4)}"
    (content / "ledger-spool").mkdir(parents=True)
    for name, written in files.items():
        (content / name).write_bytes(written)
    defaults: dict[str, Any] = {
        "renvoi": "0.1.0",
        "made_at": 1_800_000_000,
        "engine": "sqlite",
        "members": tuple(describe_member(content, name) for name in files),
        "tables": {},
        "ledger": LedgerEnd(position=0, digest="0" * 64),
    }
    return pack(folder / "small.tar", Manifest(**defaults | fields), content)


def pack(path: Path, manifest: Manifest, content: Path) -> Path:
    with path.open("wb") as file:
        write_archive(file, manifest=manifest, folder=content)
    return path


def forge_manifest(manifest: Manifest, **changes: Any) -> bytes:
    """Return the manifest with unchecked changes and a correct digest, as a forger would write it."""
    content = manifest.model_dump(mode="json", by_alias=True) | changes | {"seal": ""}
    seal = hashlib.sha256((json.dumps(content, indent=1) + "\n").encode()).hexdigest()
    return (json.dumps(content | {"seal": seal}, indent=1) + "\n").encode()


def _sqlite_rows(config: Config) -> Rows:
    rows_by_table: Rows = {}
    for path in (config.database_path, config.ledger_path):
        with closing(sqlite3.connect(path)) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows_by_table |= {name: connection.execute(_all_of(name)).fetchall() for name in names}
    return {name: rows for name, rows in rows_by_table.items() if name not in _EXCLUDED_TABLES}


def _postgresql_rows(url: str) -> Rows:
    with psycopg.connect(url) as connection:
        listed = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = [name for (name,) in listed if name not in _EXCLUDED_TABLES]
        return {name: sorted(connection.execute(_all_of(name).encode()), key=repr) for name in names}


def _all_of(table: str) -> str:
    return f'SELECT * FROM "{table}" ORDER BY 1'  # noqa: S608 (a name from the database)
