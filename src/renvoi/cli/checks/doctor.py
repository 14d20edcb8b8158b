"""`renvoi doctor`: check an installation for unsafe settings and other faults."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from renvoi.cli.checks import Finding
from renvoi.cli.checks.ages import check_backup, check_spool
from renvoi.cli.checks.files import check_files
from renvoi.cli.checks.hosts import check_hosts
from renvoi.cli.checks.provider import check_provider
from renvoi.cli.checks.stored_values import check_stored_values
from renvoi.cli.checks.tables import check_tables
from renvoi.cli.checks.visitors import check_golden
from renvoi.cli.setup import configure, is_migrated, secret_problem
from renvoi.config import PREFIX, Config, read_config
from renvoi.disk_reserve import is_reserve_reached
from renvoi.geo.current import CountryData
from renvoi.poolers import DESCRIPTIONS, error_line, find_pooler

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


@click.command()
def doctor() -> None:
    """Check that this Renvoi is safe and sound. Exits with 1 if a check fails."""
    secret = secret_problem(read_config())
    config = configure(reads_only=True)
    findings = [Finding("The secret key can be read", secret.removesuffix("."))] if secret else []
    findings += examine(config)
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
        yield from check_tables(config)
    except OperationalError as error:
        yield Finding(f"The database {config.database_label} answers", error_line(error))
    yield _disk_space(config.data_dir)
    yield from check_files(config)
    yield _country_data(config)
    yield from check_hosts(config)
    yield from check_provider(config)
    yield from check_backup(config, at=datetime.now(UTC))
    yield from check_spool(config, at=datetime.now(UTC))
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
        yield _pooler(config.postgresql_url)
    else:
        yield _sqlite_library()
        yield _file_system(config.data_dir)
    subject = f"The database {config.database_label} is of this version"
    is_current = is_migrated()
    yield Finding(subject, "" if is_current else "run renvoi migrate")
    if is_current:
        yield from check_stored_values(config)
        yield from check_golden()


def _postgresql_settings() -> dict[str, str]:
    """The checked settings, read in a session: a database or an account may override the server's."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(_CHECKED_SETTINGS)])
        return dict(cursor.fetchall())


def _pooler(url: str) -> Finding:
    from psycopg import Error

    try:
        return Finding(*DESCRIPTIONS[find_pooler(url)])
    except Error as error:
        return Finding("PostgreSQL gives two sessions", error_line(error))


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


def _disk_space(folder: Path) -> Finding:
    is_full = is_reserve_reached(folder)
    return Finding(
        "Disk space for more than the ledger",
        f"free some on the disk of {folder}: changes are refused" if is_full else "",
    )


def _country_data(config: Config) -> Finding:
    with closing(CountryData(config, keep_copy=False)) as country_data:
        country_data.refresh()
        provenance, problem = country_data.status.provenance, country_data.status.problem
    if provenance is None:
        return Finding("Country data: none; visitors are asked" if not problem else "Country data", problem)
    subject = f"Country data of {provenance.built_at:%Y-%m-%d} ({provenance.source})"
    return Finding(
        subject, problem or ("over 60 days old; renvoi geo import" if provenance.is_aging(datetime.now(UTC)) else "")
    )


def _unknown_variables() -> Iterator[Finding]:
    known_names = {PREFIX + field.upper() for field in Config.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.removesuffix("_FILE") not in known_names:
            yield Finding(f"{name} is set", "no such setting; see docs/configuration.md")
