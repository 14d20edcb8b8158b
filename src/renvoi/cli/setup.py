"""Set up Django, its database and its static files for a command.

`renvoi.server` is an upper layer, so this module refers to it by strings only.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from renvoi.config import Config, read_config

_MIGRATION_LOCK_ID = 0x72656E766F69
"""The key of the advisory lock that a migration holds: `renvoi` in ASCII."""
_TIMEOUT_SETTINGS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def configure() -> Config:
    """Read the configuration and set up Django with it. Raises ConfigError."""
    config = read_config()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renvoi.server.settings")
    import django

    django.setup()
    return config


def migrate_database() -> None:
    """Create or upgrade the tables and the cache table, and publish the routing table. Safe to repeat."""
    from django.core.management import call_command

    from renvoi.partners.publication import publish

    with _migration_lock():
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    publish()


@contextmanager
def _migration_lock() -> Iterator[None]:
    """On PostgreSQL, let one host migrate at a time, without timeouts. (SQLite has one host.)"""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        for timeout in _TIMEOUT_SETTINGS:
            cursor.execute(f"SET {timeout} = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK_ID])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK_ID])
            for timeout in _TIMEOUT_SETTINGS:
                cursor.execute(f"RESET {timeout}")


def collect_static_files() -> None:
    """Collect the console's styles and scripts in STATIC_ROOT, compressed and named by a digest of their content."""
    from django.conf import settings
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False, clear=settings.STATIC_ROOT.exists())


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
