"""Hides what can be wrong with an installation, and how each thing is found out."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from renvoi.cli import first_line
from renvoi.cli.setup import configure, is_migrated
from renvoi.config import PREFIX, SECRET_FIELDS, Config
from renvoi.geo.current import CountryData

# On these a write-ahead log is not safe: other machines don't see each other's locks and shared memory.
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"}

_OLDEST_POSTGRESQL = 15
# Without these a commit that was acknowledged can be lost, or the whole database, when the machine stops.
_REFUSED_OFF = {
    "fsync": "set fsync = on in the server's configuration",
    "full_page_writes": "set full_page_writes = on in the server's configuration",
    "synchronous_commit": "set it to on for the server, the database and the account",
}
_ASKED = (*_REFUSED_OFF, "server_version_num", "server_encoding")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. `remedy` is empty where all is well."""

    what: str
    remedy: str = ""


@click.command()
def doctor() -> None:
    """Check that this Renvoi is safe and sound. Exits with 1 where something must be mended."""
    config = configure()
    findings = list(examine(config))
    for finding in findings:
        click.echo(
            f"{'✗' if finding.remedy else '✓'} {finding.what}" + (f": {finding.remedy}" if finding.remedy else "")
        )
    raise SystemExit(any(finding.remedy for finding in findings))


def examine(config: Config) -> Iterator[Finding]:
    """Everything that the doctor looks at, in order."""
    from django.db import OperationalError

    try:
        yield from _database(config)
    except OperationalError as error:
        yield Finding(f"The database {config.database_label} answers", first_line(error))
    yield from _secrets(config.data_dir)
    yield _country_data(config)
    yield from _unknown_variables()


def unsafe_settings(settings: Mapping[str, str]) -> Iterator[Finding]:
    """What a PostgreSQL server says of itself, by the names of its settings: which of it may lose a commit, or text."""
    number = int(settings["server_version_num"])
    is_old = number < _OLDEST_POSTGRESQL * 10_000
    remedy = f"use PostgreSQL {_OLDEST_POSTGRESQL} or newer"
    yield Finding(f"PostgreSQL {number // 10_000}.{number % 10_000}", remedy if is_old else "")
    for name, remedy in _REFUSED_OFF.items():
        yield Finding(f"{name} is {settings[name]}", remedy if settings[name] == "off" else "")
    encoding = settings["server_encoding"]
    yield Finding(f"Texts are in {encoding}", "" if encoding == "UTF8" else "make the database with encoding UTF8")


def _database(config: Config) -> Iterator[Finding]:
    if config.postgresql_url:
        yield from unsafe_settings(_postgresql_settings())
    else:
        yield _sqlite_library()
        yield _file_system(config.data_dir)
    what = f"The database {config.database_label} is of this version"
    yield Finding(what, "" if is_migrated() else "run renvoi migrate")


def _postgresql_settings() -> dict[str, str]:
    """Each setting that matters, as it is in a session of ours: a database or an account may have its own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(_ASKED)])
        return dict(cursor.fetchall())


def _sqlite_library() -> Finding:
    from django.db import connection

    from renvoi.ledger.sqlite import has_wal_reset_fix

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()")
        text: str = cursor.fetchone()[0]
    major, minor, patch = (int(part) for part in text.split("."))
    is_safe = has_wal_reset_fix((major, minor, patch))
    return Finding(f"SQLite {text}", "" if is_safe else "install the pysqlite3 of requirements/base.txt")


def _file_system(folder: Path) -> Finding:
    kind = _file_system_kind(folder, Path("/proc/mounts"))
    what = f"Data folder {folder} on {kind or 'an unknown file system'}"
    return Finding(what, "SQLite can't be trusted on it; use a local disk" if kind in _NETWORK_FILE_SYSTEMS else "")


def _file_system_kind(folder: Path, mounts: Path) -> str:
    """The type of the file system that holds the folder; empty where the machine does not say."""
    if not mounts.exists():
        return ""
    kinds = {Path(line.split()[1].replace("\\040", " ")): line.split()[2] for line in mounts.read_text().splitlines()}
    return next((kinds[place] for place in (folder, *folder.parents) if place in kinds), "")


def _secrets(folder: Path) -> Iterator[Finding]:
    """The files that hold a secret: ours, for their owner alone, and those that the environment names, which may be a
    group's."""
    for name in ("secret-key", "demo-password"):
        yield from _secret(folder / name, "its owner's alone", stat.S_IRWXG | stat.S_IRWXO, "600")
    for field in SECRET_FIELDS:
        if named := os.environ.get(f"{PREFIX}{field.upper()}_FILE"):
            yield from _secret(Path(named), "not everybody's", stat.S_IRWXO, "o-rwx")


def _secret(path: Path, expected: str, refused: int, mode: str) -> Iterator[Finding]:
    if path.exists():
        is_open = stat.S_IMODE(path.stat().st_mode) & refused
        yield Finding(f"{path.name} is {expected}", f"run chmod {mode} {path}" if is_open else "")


def _country_data(config: Config) -> Finding:
    with closing(CountryData(config, keep_copy=False)) as data:
        data.refresh()
        known, problem = data.status.provenance, data.status.problem
    if known is None:
        return Finding("Country data: none; visitors are asked" if not problem else "Country data", problem)
    what = f"Country data of {known.built_at:%Y-%m-%d} ({known.source})"
    return Finding(what, problem or ("over a year old; renvoi geo import" if known.is_old(datetime.now(UTC)) else ""))


def _unknown_variables() -> Iterator[Finding]:
    known = {PREFIX + field.upper() for field in Config.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.removesuffix("_FILE") not in known:
            yield Finding(f"{name} is set", "no such setting; see docs/configuration.md")
