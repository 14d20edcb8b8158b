"""`renvoi serve`: check the database, bind the address, and serve."""

from contextlib import suppress
from pkgutil import resolve_name
from typing import Literal

import click

from renvoi.cli.checks.files import repair_files
from renvoi.cli.records.ledger import prepare_ledger
from renvoi.cli.serving.listening import format_address, listen
from renvoi.cli.serving.static_files import collect_static_files
from renvoi.cli.setup import configure, counted, require_migrated
from renvoi.config import Config
from renvoi.poolers import DESCRIPTIONS, error_line, find_pooler

Side = Literal["gateway", "console"]

_FACTORIES: dict[Side | None, str] = {
    None: "renvoi.server.asgi:create_app",
    "gateway": "renvoi.server.asgi:create_gateway_only",
    "console": "renvoi.server.asgi:create_console_only",
}

_SHOWN = 3
# By name: renvoi.server is an upper layer.
_SERVE_APPLICATION = "renvoi.server.serving:serve_application"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen at.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="The number of worker processes."
)
@click.option(
    "--only",
    type=click.Choice(["gateway", "console"]),
    help="Serve one side only, to run two services behind one proxy.",
)
def serve(host: str, port: int, workers: int, only: Side | None) -> None:
    """Answer prospects (gateway) and staff (console) until interrupted."""
    config = configure()
    prepare(config, only=only)
    address = format_address(host, port)
    message = f"Renvoi is listening at {address}/"
    if only != "gateway":
        message += f"\nThe console is at {address}/console/"
    run(config, host=host, port=port, workers=workers, only=only, message=message)


def prepare(config: Config, *, only: Side | None) -> None:
    """Check that the server can start. Raises ClickException, which says what to do, if it cannot.

    An unreachable database is no obstacle: visitors get the last routing table, and only the console is unavailable.
    """
    _close_files(config)
    _report_pooler(config)
    if only == "console":
        # Its figures need the ledger's tables, also if no gateway has run yet.
        with suppress(click.ClickException):
            prepare_ledger(config)
    else:
        _prepare_ledger(config)
    if only == "gateway":
        return
    from django.db import OperationalError, connections

    try:
        require_migrated(config)
    except OperationalError as error:
        click.echo(f"renvoi: The database {config.database_label} can't be used: {error_line(error)}", err=True)
    # The workers open their own connections, and this process needs none any more.
    connections.close_all()
    collect_static_files()


def _close_files(config: Config) -> None:
    """Take the access of other accounts to the files away. Files that are not ours to change are reported."""
    remaining = repair_files(config)
    if remaining:
        names = ", ".join(map(str, remaining[:_SHOWN]))
        files = counted(len(remaining), one="file", many="files")
        click.echo(f"renvoi: Other accounts can read {files}, such as {names}: run renvoi doctor.", err=True)


def _report_pooler(config: Config) -> None:
    """Say if PostgreSQL is reached in a way that is not supported. The server starts all the same."""
    if not config.postgresql_url:
        return
    from psycopg import Error

    # An unreachable database is reported by what needs it.
    with suppress(Error):
        subject, remedy = DESCRIPTIONS[find_pooler(config.postgresql_url)]
        if remedy:
            click.echo(f"renvoi: {subject}: {remedy}.", err=True)


def _prepare_ledger(config: Config) -> None:
    """Create the ledger's tables. If the database is unreachable, the gateway serves all the same and retries later."""
    try:
        prepare_ledger(config)
    except click.ClickException as error:
        click.echo(f"{error.message} Entries wait in {config.spool_dir}.", err=True)


def run(config: Config, *, host: str, port: int, workers: int, only: Side | None, message: str) -> None:
    """Listen, print the message, and serve until a signal. Raises ClickException if the address can't be bound."""
    with listen(host, port) as listening:
        if only != "gateway":
            _set_own_port(port)
        click.echo(message)
        serve_application = resolve_name(_SERVE_APPLICATION)
        serve_application(_FACTORIES[only], listening, workers=workers, fast_path=config.fast_path == "on")


def _set_own_port(port: int) -> None:
    """Have the workers, which are forked, refuse addresses of partners that lead to this port of the machine."""
    from django.conf import settings

    settings.OWN_PORTS = settings.OWN_PORTS | {port}
