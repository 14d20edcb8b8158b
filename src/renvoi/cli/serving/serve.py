"""`renvoi serve`: check the database, bind the address, and serve."""

import os
import socket
from pkgutil import resolve_name
from typing import Literal

import click

from renvoi.cli import first_line
from renvoi.cli.ledger import prepare_ledger
from renvoi.cli.setup import collect_static_files, configure, require_migrated
from renvoi.config import Config

Side = Literal["gateway", "console"]

_FACTORIES: dict[Side | None, str] = {
    None: "renvoi.server.asgi:create_app",
    "gateway": "renvoi.server.asgi:create_gateway_only",
    "console": "renvoi.server.asgi:create_console_only",
}

_BACKLOG = 2048
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
    run(
        config,
        host=host,
        port=port,
        workers=workers,
        only=only,
        message=f"Renvoi is listening at http://{host}:{port}/",
    )


def prepare(config: Config, *, only: Side | None) -> None:
    """Check that the server can start. Raises ClickException, which says what to do, if it cannot.

    An unreachable database is no obstacle: visitors get the last routing table, and only the console is unavailable.
    """
    if only != "console":
        _prepare_ledger(config)
    if only == "gateway":
        return
    from django.db import OperationalError, connections

    try:
        require_migrated(config)
    except OperationalError as error:
        click.echo(f"renvoi: The database {config.database_label} can't be used: {first_line(error)}", err=True)
    # The workers open their own connections, and this process needs none any more.
    connections.close_all()
    collect_static_files()


def _prepare_ledger(config: Config) -> None:
    """Create the ledger's tables. If the database is unreachable, the gateway serves all the same and retries later."""
    try:
        prepare_ledger(config)
    except click.ClickException as error:
        click.echo(f"{error.message} Entries wait in {config.spool_dir}.", err=True)


def run(config: Config, *, host: str, port: int, workers: int, only: Side | None, message: str) -> None:
    """Listen, print the message, and serve until a signal. Raises ClickException if the address can't be bound."""
    with _bind(host, port) as listening:
        click.echo(message)
        serve_application = resolve_name(_SERVE_APPLICATION)
        serve_application(_FACTORIES[only], listening, workers=workers, fast_path=config.fast_path == "on")


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise click.ClickException(f"Renvoi can't listen at {host}, port {port}: {reason}.") from error
