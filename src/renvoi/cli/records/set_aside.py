"""`renvoi ledger set-aside`: keep the present ledger elsewhere, whole, and begin an empty one."""

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from renvoi.cli.setup import configure, counted, require_migrated, setup_lock
from renvoi.config import Config

if TYPE_CHECKING:
    from renvoi.ledger.protocol import Store

_IN_USE = "A server, or another program, uses the ledger: stop it first."


@click.command("set-aside")
def set_aside() -> None:
    """Set the ledger aside, whole, and begin an empty one. The figures start again from zero.

    Its files move to a dated folder in the data folder; on PostgreSQL its tables move to a dated schema. Stop all
    servers first.
    """
    config = configure()
    require_migrated(config)
    from renvoi.ledger.engines import open_store
    from renvoi.ledger.protocol import LedgerInUse, LedgerUnavailable
    from renvoi.reports.projection import rebuild

    now = datetime.now(UTC)
    try:
        with setup_lock(config):
            with closing(open_store(config)) as store:
                _replay(config, store)
                count, has_wishes = store.head().position, bool(store.wishes())
            if not count and not has_wishes:
                click.echo("The ledger is empty already.")
                return
            place = _move(config, at=now)
            with closing(open_store(config)) as store:
                store.prepare()
                rebuild(store, at=now)
    except LedgerInUse as error:
        raise click.ClickException(_IN_USE) from error
    except LedgerUnavailable as error:
        raise click.ClickException(f"The ledger is not available: {error}") from error
    click.echo(f"{counted(count, one='entry is', many='entries are')} kept in {place}. The ledger is empty now.")


def _replay(config: Config, store: "Store") -> None:
    """Bring what waits in the spool into the ledger to which it belongs. Raises LedgerInUse, or LedgerUnavailable."""
    from renvoi.ledger.protocol import LedgerInUse
    from renvoi.ledger.spool import replay

    store.prepare()
    if replay(config.spool_dir, store.append_missing).in_use:
        raise LedgerInUse


def _move(config: Config, *, at: datetime) -> str:
    """Move the ledger, and return where it is now. Projections wait meanwhile: they must not mix two ledgers."""
    from django.db import transaction

    from renvoi.ledger.setting_aside.files import move_database, move_own_files
    from renvoi.ledger.setting_aside.tables import move_tables
    from renvoi.reports.projection import lock

    folder, schema = config.data_dir / f"ledger-{at:%Y-%m-%dT%H%M%SZ}", f"ledger_{at:%Y%m%dt%H%M%Sz}"
    with transaction.atomic():
        lock()
        if config.postgresql_url:
            move_tables(config.postgresql_url, schema)
        else:
            move_database(config, folder)
    move_own_files(config, folder)
    return f"the schema {schema}" if config.postgresql_url else str(folder)
