"""`renvoi doctor`: check an installation for unsafe settings and other faults."""

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

# A write-ahead log is not safe on these: machines do not see each other's locks and shared memory.
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"}

_MIN_POSTGRESQL = 15
# When the machine stops, a server without these settings can lose acknowledged commits, or the whole database.
_REQUIRED_ON = {
    "fsync": "set fsync = on in the server's configuration",
    "full_page_writes": "set full_page_writes = on in the server's configuration",
    "synchronous_commit": "set it to on for the server, the database and the account",
}
_CHECKED_SETTINGS = (*_REQUIRED_ON, "server_version_num", "server_encoding")


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `remedy` says what to do; it is empty if the check passed."""

    subject: str
    remedy: str = ""


@click.command()
def doctor() -> None:
    """Check that this Renvoi is safe and sound. Exits with 1 if a check fails."""
    config = configure()
    findings = list(examine(config))
    for finding in findings:
        click.echo(
            f"{'✗' if finding.remedy else '✓'} {finding.subject}" + (f": {finding.remedy}" if finding.remedy else "")
        )
    raise SystemExit(any(finding.remedy for finding in findings))


def examine(config: Config) -> Iterator[Finding]:
    """Run all checks, in the order in which they are printed."""
    from django.db import OperationalError

    try:
        yield from _check_database(config)
    except OperationalError as error:
        yield Finding(f"The database {config.database_label} answers", first_line(error))
    yield from _secret_files(config.data_dir)
    yield _country_data(config)
    yield from _unknown_variables()


def check_server_settings(settings: Mapping[str, str]) -> Iterator[Finding]:
    """Check settings of a PostgreSQL server, by name, that could lose a commit or corrupt text."""
    number = int(settings["server_version_num"])
    is_old = number < _MIN_POSTGRESQL * 10_000
    remedy = f"use PostgreSQL {_MIN_POSTGRESQL} or newer"
    yield Finding(f"PostgreSQL {number // 10_000}.{number % 10_000}", remedy if is_old else "")
    for name, remedy in _REQUIRED_ON.items():
        yield Finding(f"{name} is {settings[name]}", remedy if settings[name] == "off" else "")
    encoding = settings["server_encoding"]
    yield Finding(f"The encoding is {encoding}", "" if encoding == "UTF8" else "create the database with encoding UTF8")


def _check_database(config: Config) -> Iterator[Finding]:
    if config.postgresql_url:
        yield from check_server_settings(_postgresql_settings())
    else:
        yield _sqlite_library()
        yield _file_system(config.data_dir)
    subject = f"The database {config.database_label} is of this version"
    yield Finding(subject, "" if is_migrated() else "run renvoi migrate")


def _postgresql_settings() -> dict[str, str]:
    """The checked settings, read in a session: a database or an account may override the server's."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(_CHECKED_SETTINGS)])
        return dict(cursor.fetchall())


def _sqlite_library() -> Finding:
    from django.db import connection

    from renvoi.ledger.sqlite import has_wal_reset_fix

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()")
        version: str = cursor.fetchone()[0]
    major, minor, patch = (int(part) for part in version.split("."))
    is_safe = has_wal_reset_fix((major, minor, patch))
    return Finding(f"SQLite {version}", "" if is_safe else "install the pysqlite3 of requirements/base.txt")


def _file_system(folder: Path) -> Finding:
    file_system = _file_system_kind(folder, Path("/proc/mounts"))
    subject = f"Data folder {folder} on {file_system or 'an unknown file system'}"
    return Finding(
        subject, "SQLite can't be trusted on it; use a local disk" if file_system in _NETWORK_FILE_SYSTEMS else ""
    )


def _file_system_kind(folder: Path, mounts: Path) -> str:
    """The type of the file system that holds the folder, from a list of mounts; empty if it is unknown."""
    if not mounts.exists():
        return ""
    file_systems = {
        Path(line.split()[1].replace("\\040", " ")): line.split()[2] for line in mounts.read_text().splitlines()
    }
    return next(
        (file_systems[mount_point] for mount_point in (folder, *folder.parents) if mount_point in file_systems), ""
    )


def _secret_files(folder: Path) -> Iterator[Finding]:
    """Check the permissions of files that hold a secret.

    Files that Renvoi writes must be accessible to their owner only. Files that the environment names may be accessible
    to a group.
    """
    for name in ("secret-key", "demo-password"):
        yield from _secret_file(folder / name, "readable by its owner only", stat.S_IRWXG | stat.S_IRWXO, "600")
    for field in SECRET_FIELDS:
        if path := os.environ.get(f"{PREFIX}{field.upper()}_FILE"):
            yield from _secret_file(Path(path), "not accessible to everybody", stat.S_IRWXO, "o-rwx")


def _secret_file(path: Path, expected: str, forbidden_bits: int, mode: str) -> Iterator[Finding]:
    if path.exists():
        is_open = stat.S_IMODE(path.stat().st_mode) & forbidden_bits
        yield Finding(f"{path.name} is {expected}", f"run chmod {mode} {path}" if is_open else "")


def _country_data(config: Config) -> Finding:
    with closing(CountryData(config, keep_copy=False)) as country_data:
        country_data.refresh()
        provenance, problem = country_data.status.provenance, country_data.status.problem
    if provenance is None:
        return Finding("Country data: none; visitors are asked" if not problem else "Country data", problem)
    subject = f"Country data of {provenance.built_at:%Y-%m-%d} ({provenance.source})"
    return Finding(
        subject, problem or ("over a year old; renvoi geo import" if provenance.is_old(datetime.now(UTC)) else "")
    )


def _unknown_variables() -> Iterator[Finding]:
    known_names = {PREFIX + field.upper() for field in Config.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.removesuffix("_FILE") not in known_names:
            yield Finding(f"{name} is set", "no such setting; see docs/configuration.md")
