"""Set up Django and its database for a command.

`renvoi.server` is an upper layer, so this module refers to it by strings only.
"""

import fcntl
import gc
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import click

from renvoi.config import Config, ConfigError, read_config
from renvoi.domain.table import operator_day
from renvoi.permissions import create_folder, private_opener, set_private_umask

_MIGRATION_LOCK_ID = 0x72656E766F69
"""The key of the advisory lock that a migration holds: `renvoi` in ASCII."""
_LOCK_NAME = ".setup-lock"
_NO_TIMEOUTS = {"statement_timeout": 0, "lock_timeout": 0, "idle_in_transaction_session_timeout": 0}


def configure(*, reads_only: bool = False) -> Config:
    """Read the configuration and set up Django with it. Files created from here on are private. Raises ConfigError.

    A command that only reads goes on without the secret key where it can't be read: nothing that it prints depends on
    it.
    """
    config = read_config()
    set_private_umask()
    try:
        create_folder(config.data_dir)
    except OSError as error:
        raise ConfigError(
            f"RENVOI_DATA_DIR is {config.data_dir}, which can't be entered or created ({error.strerror})."
        ) from error
    if reads_only and secret_problem(config):
        os.environ["RENVOI_SECRET_KEY"] = secrets.token_urlsafe(48)
        config = read_config()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renvoi.server.settings")
    import django

    django.setup()
    return config


def pause_collection() -> None:
    """Collect no cycles of garbage in the rest of this short process, which builds a value of very many rows.

    The collector would look through all of them again and again: ten times the rows took fifteen times as long.
    """
    gc.disable()


def secret_problem(config: Config) -> str:
    """Return a sentence if the secret key can't be read or created, else an empty text."""
    try:
        config.secret()
    except ConfigError as error:
        return str(error)
    return ""


def migrate_database() -> None:
    """Create or upgrade the tables and the cache table, and publish the routing table. Safe to repeat.

    Call it within `setup_lock`, unless no other process can be at work.
    """
    from django.core.management import call_command

    from renvoi.partners.routing_table import publish

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    publish()


@contextmanager
def setup_lock(config: Config) -> Iterator[None]:
    """Let one process at a time migrate or fill the database; on PostgreSQL one of all hosts, and without timeouts.

    Raises ClickException if the data folder can't be written.
    """
    if config.postgresql_url:
        with _advisory_lock():
            yield
        return
    try:
        lock = private_opener(str(config.data_dir / _LOCK_NAME), os.O_WRONLY | os.O_CREAT)
    except OSError as error:
        message = f"The data folder {config.data_dir} can't be written: {error.strerror}."
        raise click.ClickException(message) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def _advisory_lock() -> Iterator[None]:
    """Hold the lock by a transaction of another session: a session's own lock would stay behind in a pooler."""
    from django.db import connection

    migrating: Any = connection
    lock: Any = connection.copy()
    timeouts = migrating.timeouts_ms
    migrating.timeouts_ms = lock.timeouts_ms = _NO_TIMEOUTS
    try:
        lock.set_autocommit(False)
        with lock.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK_ID])
        yield
    finally:
        lock.close()
        migrating.timeouts_ms = timeouts


def is_migrated() -> bool:
    """Whether the database has the tables of this version."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def require_migrated(config: Config) -> None:
    """Raise ClickException, which says what to run, unless the database has the tables of this version."""
    if not is_migrated():
        raise click.ClickException(f"The database {config.database_label} is not of this version. Run: renvoi migrate")


def counted(number: int, *, one: str, many: str) -> str:
    """Return the number and its noun, or the noun and its verb: “1 entry is”, “0 entries are”, “1,000 entries are”."""
    return f"{number:,} {one if number == 1 else many}"


def printable(text: str) -> str:
    """Return the text on one line, without characters that control a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def operator_today() -> date:
    """Return the present day of the operator's calendar. One query."""
    from renvoi.partners.models import Operator

    return operator_day(datetime.now(UTC), time_zone=Operator.objects.get(id=1).time_zone)
