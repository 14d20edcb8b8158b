"""Back up and restore PostgreSQL with pg_dump and pg_restore, and verify the dump.

The dump and the digests of the tables are taken from one snapshot. A dump contains rows as COPY writes them, so their
digests can be computed from it without a server.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from renvoi.backups.manifest import (
    DUMP,
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
from renvoi.ledger.postgresql import PostgresqlStore
from renvoi.ledger.protocol import Head, LedgerUnavailable
from renvoi.poolers import error_line

# Each value has one text form whatever the server's settings, and no timeout of the server ends a long dump. They end
# with the transaction: a pooler may give the session to another client. pg_dump itself sets most of them.
_SET_LOCAL: LiteralString = (
    "SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC';"
    " SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 3; SET LOCAL statement_timeout = 0;"
    " SET LOCAL lock_timeout = '20s'; SET LOCAL idle_in_transaction_session_timeout = 0"
)
_BEGIN: LiteralString = f"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {_SET_LOCAL}"
_ENVIRONMENT = {"PGTZ": "UTC", "PGDATESTYLE": "ISO", "PGCLIENTENCODING": "UTF8", "LC_ALL": "C"}
_NOT_SYSTEM: LiteralString = (
    " n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS"
    " (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
)
_LIST_RELATIONS: LiteralString = (
    "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relname FROM pg_class c"  # noqa: S608 (constants)
    f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ANY(%s) AND {_NOT_SYSTEM} ORDER BY 1"
)
_TABLE_KINDS, _ALL_KINDS = ["r"], ["r", "p", "v", "m", "S", "f"]
_SELECT_HEAD: LiteralString = "SELECT position, digest FROM ledger_head"
_COPY_BEGIN, _COPY_FROM, _COPY_END = b"COPY ", b" FROM stdin;\n", b"\\.\n"


class PostgresqlEngine:
    """Backup engine for PostgreSQL. Implements `renvoi.backups.protocol.Engine`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._url = config.postgresql_url

    def copy(self, folder: Path) -> Copied:
        """See Engine."""
        dump = folder / DUMP
        program = _find_program("pg_dump")
        checkpoint = read_checkpoint(self._config.data_dir)
        with self._session() as session:
            # A pooler refuses this option, so it is sent only if the server's own value is another.
            is_hex = _fetch_one(session, "SHOW bytea_output")[0] == "hex"
            session.execute(_BEGIN)
            snapshot = _fetch_one(session, "SELECT pg_export_snapshot()")[0]
            excluded = [f"--exclude-table-data=*.{table}" for table in TABLES_WITHOUT_ROWS]
            arguments = ("--format=custom", f"--snapshot={snapshot}", *excluded, f"--file={dump}")
            self._run(program, *arguments, options="" if is_hex else "-c bytea_output=hex")
            dump.chmod(0o600)
            copied = Copied(tables=_table_digests(session), ledger=_ledger_end(session))
        try:
            require_same_tables(_dump_digests(dump), copied.tables, where="The dump")
        except BackupRefused as error:
            raise BackupFailed(str(error)) from error
        self._verify(copied.ledger, checkpoint)
        return copied

    def check(self, folder: Path, manifest: Manifest) -> None:
        """See Engine."""
        require_same_tables(_dump_digests(folder / DUMP), manifest.tables, where="The dump in the backup")

    def existing_content(self) -> str:
        """See Engine."""
        with self._session() as session:
            names = [name for name, _ in session.execute(_LIST_RELATIONS, (_ALL_KINDS,)).fetchall()]
        return f"tables and the like ({len(names):,}), such as {names[0]}" if names else ""

    def destinations(self) -> list[tuple[str, Path]]:
        """See Engine."""
        return []

    def read_trace(self) -> str:
        """See Engine."""
        with self._session() as session:
            if _fetch_one(session, "SELECT to_regclass('renvoi_last_backup') IS NOT NULL")[0]:
                row = session.execute("SELECT trace FROM renvoi_last_backup").fetchone()
                return str(row[0]) if row else ""
        return ""

    def write_trace(self, text: str) -> None:
        """See Engine."""
        with self._session() as session:
            session.execute(
                "CREATE TABLE IF NOT EXISTS renvoi_last_backup (id int PRIMARY KEY CHECK (id = 1), trace text NOT NULL)"
            )
            session.execute(
                "INSERT INTO renvoi_last_backup VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET trace = excluded.trace",
                (text,),
            )

    def load(self, folder: Path, manifest: Manifest) -> None:
        """See Engine. If a fault is detected after the commit, the tables are dropped: the database was empty."""
        if content := self.existing_content():
            raise BackupFailed(f"The database {self._config.database_label} is not empty: {content}.")
        program = _find_program("pg_restore")
        self._run(program, "--single-transaction", "--exit-on-error", str(folder / DUMP))
        try:
            with self._session() as session:
                session.execute(_BEGIN)
                require_same_tables(_table_digests(session), manifest.tables, where="The restored database")
            self._verify(manifest.ledger)
        except BaseException:
            with self._session() as session, session.transaction():
                session.execute(_SET_LOCAL)
                for name, _ in session.execute(_LIST_RELATIONS, (_TABLE_KINDS,)).fetchall():
                    session.execute(f"DROP TABLE IF EXISTS {name} CASCADE".encode())
            raise

    def _verify(self, end: LedgerEnd, checkpoint: Head | None = None) -> None:
        """Check that the chain is sound and contains both positions. Entries added meanwhile only follow them."""
        store = PostgresqlStore(self._url)
        try:
            faults = list(store.faults(checkpoint=Head(end.position, end.digest)))
            if checkpoint is not None and store.digest_at(checkpoint.position) != checkpoint.digest:
                faults.append(f"it had {checkpoint.position} entries before, and they differ from those there now.")
        except LedgerUnavailable as error:
            faults = [str(error)]
        finally:
            store.close()
        if faults:
            raise BackupFailed(f"The ledger is not sound, see renvoi ledger verify: {faults[0]}")

    @contextmanager
    def _session(self) -> Iterator[psycopg.Connection]:
        try:
            with psycopg.connect(
                self._url, autocommit=True, connect_timeout=5, client_encoding="UTF8", prepare_threshold=None
            ) as session:
                yield session
        except psycopg.Error as error:
            raise BackupFailed(
                f"The database {self._config.database_label} can't be used: {error_line(error)}"
            ) from error

    def _run(self, program: str, *arguments: str, options: str = "") -> None:
        """Run a PostgreSQL client program on the database, with these options of the server. Raises BackupFailed."""
        parameters, environ = _libpq_arguments(self._url, options=options)
        owner = ("--no-owner", "--no-privileges", "--no-password")
        completed = subprocess.run(  # noqa: S603 (PostgreSQL's program, our own arguments)
            [program, *owner, f"--dbname={parameters}", *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if completed.returncode:
            raise BackupFailed(f"{_error_message(completed.stderr) or f'{program} ended with {completed.returncode}'}.")


def _libpq_arguments(url: str, *, options: str) -> tuple[str, dict[str, str]]:
    """Return a connection string for the command line, which everyone can see, and an environment with the secrets."""
    variables = {
        option.keyword.decode(): option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar
    }
    environ = dict(os.environ)
    parameters: dict[str, str] = {}
    for name, value in conninfo_to_dict(url).items():
        if name in variables and name != "dbname":
            environ[variables[name]] = str(value)
        elif name != "sslpassword":
            parameters[name] = str(value)
    environ |= _ENVIRONMENT
    if all_options := f"{conninfo_to_dict(url).get('options') or ''} {options}".strip():
        environ["PGOPTIONS"] = all_options
    return make_conninfo("", **parameters), environ


def _find_program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise BackupFailed(
            f"{name} is not on this machine's PATH: install PostgreSQL's client programs"
            " (Debian: postgresql-client), of the server's version or newer."
        )
    return path


def _table_digests(session: psycopg.Connection) -> dict[str, TableDigest]:
    """Return the digests of the tables in a database."""
    names = session.execute(_LIST_RELATIONS, (_TABLE_KINDS,)).fetchall()
    return {name: _table_digest(session, name) for name, bare in names if bare not in TABLES_WITHOUT_DIGEST}


def _table_digest(session: psycopg.Connection, name: str) -> TableDigest:
    digest = RowsDigest()
    with session.cursor().copy(f"COPY {name} TO STDOUT".encode()) as copy:
        for line in _lines(copy):
            digest.add(line)
    return digest.result()


def _lines(chunks: Iterable[Any]) -> Iterator[bytes]:
    """Yield complete lines, wherever the chunks divide them."""
    incomplete = b""
    for chunk in chunks:
        *complete, incomplete = (incomplete + bytes(chunk)).split(b"\n")
        for line in complete:
            yield line + b"\n"


def _dump_digests(dump: Path) -> dict[str, TableDigest]:
    """Return the digests of the tables in a dump. Raises BackupRefused if it cannot be read to the end."""
    program = _find_program("pg_restore")
    with subprocess.Popen(  # noqa: S603 (PostgreSQL's program, our own file)
        [program, "--data-only", "--file=-", str(dump)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None  # noqa: S101 (it is a pipe)
        assert process.stderr is not None  # noqa: S101 (as above)
        tables = dict(_read_copy_blocks(process.stdout))
        errors = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise BackupRefused(f"The dump can't be read: {_error_message(errors)}.")
    return {name: table for name, table in tables.items() if name.rpartition(".")[2] not in TABLES_WITHOUT_DIGEST}


def _read_copy_blocks(lines: Iterable[bytes]) -> Iterator[tuple[str, TableDigest]]:
    """Yield the name and the digest of each table that a SQL script fills by COPY."""
    unread = iter(lines)
    for line in unread:
        if line.startswith(_COPY_BEGIN) and line.endswith(_COPY_FROM):
            digest = RowsDigest()
            for row in unread:
                if row == _COPY_END:
                    break
                digest.add(row)
            yield line.removeprefix(_COPY_BEGIN).partition(b" (")[0].decode(), digest.result()


def _ledger_end(session: psycopg.Connection) -> LedgerEnd:
    position, digest = _fetch_one(session, _SELECT_HEAD)
    return LedgerEnd(position=position, digest=digest)


def _fetch_one(session: psycopg.Connection, query: LiteralString) -> tuple[Any, ...]:
    row = session.execute(query).fetchone()
    if row is None:
        raise BackupFailed("The row of the ledger's end is missing: see renvoi ledger verify.")
    return row


def _error_message(stderr: str) -> str:
    """Return the relevant line of a program's error output; the others quote the statement or give details."""
    lines = stderr.strip().splitlines() or [""]
    return next((line for line in lines if "error:" in line), lines[-1]).strip().rstrip(".")
