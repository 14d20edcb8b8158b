"""Hides how a PostgreSQL database is dumped and restored by its own programs, and how the dump is checked.

The dump and the digests of the tables are of one snapshot. A dump's rows stand in it as COPY writes them: their digests
are read from it without a server.
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
    EMPTIED,
    UNCOUNTED,
    BackupRefused,
    Copied,
    LedgerEnd,
    Manifest,
    RowsDigest,
    Table,
    require_same,
)
from renvoi.backups.protocol import BackupFailed
from renvoi.config import Config
from renvoi.ledger.checkpoint import read_checkpoint
from renvoi.ledger.postgresql import PostgresqlStore
from renvoi.ledger.protocol import Head, LedgerUnavailable

# A value has one text, whatever the server's own settings; and none of its timeouts ends a long dump.
_SETTINGS = {
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "3",
    "statement_timeout": "0",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "0",
}
_NOT_OURS: LiteralString = (
    " n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS"
    " (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
)
_NAMED: LiteralString = (
    "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relname FROM pg_class c"  # noqa: S608 (constants)
    f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ANY(%s) AND {_NOT_OURS} ORDER BY 1"
)
_TABLES, _RELATIONS = ["r"], ["r", "p", "v", "m", "S", "f"]
_HEAD: LiteralString = "SELECT position, digest FROM ledger_head"
_COPY, _FROM, _LAST = b"COPY ", b" FROM stdin;\n", b"\\.\n"


class PostgresqlEngine:
    """See `renvoi.backups.protocol.Engine`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._url = config.postgresql_url

    def copy(self, folder: Path) -> Copied:
        """See Engine."""
        dump = folder / DUMP
        program = _program("pg_dump")
        checkpoint = read_checkpoint(self._config.data_dir)
        with self._session() as session:
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = _one(session, "SELECT pg_export_snapshot()")[0]
            excluded = [f"--exclude-table-data=*.{table}" for table in EMPTIED]
            self._run(program, "--format=custom", f"--snapshot={snapshot}", *excluded, f"--file={dump}")
            dump.chmod(0o600)
            copied = Copied(tables=_live(session), ledger=_ledger_end(session))
        try:
            require_same(_dumped(dump), copied.tables, where="The dump")
        except BackupRefused as error:
            raise BackupFailed(str(error)) from error
        self._verify(copied.ledger, checkpoint)
        return copied

    def check(self, folder: Path, manifest: Manifest) -> None:
        """See Engine."""
        require_same(_dumped(folder / DUMP), manifest.tables, where="The dump in the backup")

    def occupied(self) -> str:
        """See Engine."""
        with self._session() as session:
            found = [name for name, _ in session.execute(_NAMED, (_RELATIONS,)).fetchall()]
        return f"{len(found)} tables and the like, such as {found[0]}" if found else ""

    def places(self) -> list[tuple[str, Path]]:
        """See Engine."""
        return []

    def fill(self, folder: Path, manifest: Manifest) -> None:
        """See Engine. What is found wrong after the commit is taken back: the database was empty."""
        if found := self.occupied():
            raise BackupFailed(f"The database {self._config.database_label} is not empty: {found}.")
        program = _program("pg_restore")
        self._run(program, "--single-transaction", "--exit-on-error", str(folder / DUMP))
        try:
            with self._session() as session:
                require_same(_live(session), manifest.tables, where="The restored database")
            self._verify(manifest.ledger)
        except BaseException:
            with self._session() as session:
                for name, _ in session.execute(_NAMED, (_TABLES,)).fetchall():
                    session.execute(f"DROP TABLE IF EXISTS {name} CASCADE".encode())
            raise

    def _verify(self, end: LedgerEnd, checkpoint: Head | None = None) -> None:
        """That the chain is sound, and has both ends in it. What is added meanwhile only follows them."""
        store = PostgresqlStore(self._url)
        try:
            faults = list(store.faults(checkpoint=Head(end.position, end.digest)))
            if checkpoint is not None and store.digest_at(checkpoint.position) != checkpoint.digest:
                faults.append(f"it had {checkpoint.position} entries before, which are not those that are there now.")
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
                self._url, autocommit=True, connect_timeout=5, client_encoding="UTF8", options=_options(self._url)
            ) as session:
                yield session
        except psycopg.Error as error:
            raise BackupFailed(
                f"The database {self._config.database_label} can't be used: {str(error).partition(chr(10))[0]}"
            ) from error

    def _run(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's programs on the database, and on nothing else's account. Raises BackupFailed."""
        public, environ = _libpq(self._url)
        owner = ("--no-owner", "--no-privileges", "--no-password")
        ended = subprocess.run(  # noqa: S603 (a program of PostgreSQL's, arguments of ours)
            [program, *owner, f"--dbname={public}", *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if ended.returncode:
            raise BackupFailed(f"{_error(ended.stderr) or f'{program} ended with {ended.returncode}'}.")


def _libpq(url: str) -> tuple[str, dict[str, str]]:
    """How a program reaches that database: what all may see, on its command line; all else in its environment."""
    variables = {
        option.keyword.decode(): option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar
    }
    environ = dict(os.environ)
    public: dict[str, str] = {}
    for name, value in conninfo_to_dict(url).items():
        if name in variables and name != "dbname":
            environ[variables[name]] = str(value)
        elif name != "sslpassword":
            public[name] = str(value)
    environ |= {"PGOPTIONS": _options(url), "PGCLIENTENCODING": "UTF8", "LC_ALL": "C"}
    return make_conninfo("", **public), environ


def _options(url: str) -> str:
    settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    return f"{conninfo_to_dict(url).get('options') or ''} {settings}".strip()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupFailed(
            f"{name} is not on this machine's PATH: install PostgreSQL's client programs"
            " (Debian: postgresql-client), of the server's version or newer."
        )
    return found


def _live(session: psycopg.Connection) -> dict[str, Table]:
    """The digests of the tables of a database."""
    names = session.execute(_NAMED, (_TABLES,)).fetchall()
    return {name: _digest(session, name) for name, bare in names if bare not in UNCOUNTED}


def _digest(session: psycopg.Connection, name: str) -> Table:
    digest = RowsDigest()
    with session.cursor().copy(f"COPY {name} TO STDOUT".encode()) as copy:
        for line in _lines(copy):
            digest.add(line)
    return digest.table()


def _lines(pieces: Iterable[Any]) -> Iterator[bytes]:
    """Whole lines, however they were cut into pieces."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + bytes(piece)).split(b"\n")
        for line in whole:
            yield line + b"\n"


def _dumped(dump: Path) -> dict[str, Table]:
    """The digests of the tables in a dump. Raises BackupRefused where it can't be read to its end."""
    program = _program("pg_restore")
    with subprocess.Popen(  # noqa: S603 (a program of PostgreSQL's, a file of ours)
        [program, "--data-only", "--file=-", str(dump)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as reading:
        assert reading.stdout is not None  # noqa: S101 (it is a pipe)
        assert reading.stderr is not None  # noqa: S101 (as above)
        tables = dict(_copied(reading.stdout))
        said = reading.stderr.read().decode(errors="replace")
    if reading.returncode:
        raise BackupRefused(f"The dump can't be read: {_error(said)}.")
    return {name: table for name, table in tables.items() if name.rpartition(".")[2] not in UNCOUNTED}


def _copied(lines: Iterable[bytes]) -> Iterator[tuple[str, Table]]:
    """Each table of a script, by its COPY."""
    found = iter(lines)
    for line in found:
        if line.startswith(_COPY) and line.endswith(_FROM):
            digest = RowsDigest()
            for row in found:
                if row == _LAST:
                    break
                digest.add(row)
            yield line.removeprefix(_COPY).partition(b" (")[0].decode(), digest.table()


def _ledger_end(session: psycopg.Connection) -> LedgerEnd:
    position, digest = _one(session, _HEAD)
    return LedgerEnd(position=position, digest=digest)


def _one(session: psycopg.Connection, query: LiteralString) -> tuple[Any, ...]:
    row = session.execute(query).fetchone()
    if row is None:
        raise BackupFailed("The ledger's note of its end is gone: see renvoi ledger verify.")
    return row


def _error(said: str) -> str:
    """What a program printed of its error: one line, where others show the statement, or go on."""
    lines = said.strip().splitlines() or [""]
    return next((line for line in lines if "error:" in line), lines[-1]).strip().rstrip(".")
