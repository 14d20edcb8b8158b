"""The command line interface. Each command imports only the packages that it needs."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from renvoi import __version__
from renvoi.config import ConfigError, read_config

_HIDDEN_COMMANDS = {"make-pdf": "renvoi.cli.serving.make_pdf"}
_COMMANDS = {
    "demo": ("renvoi.cli.serving.demo", "Fill an empty Renvoi with sample partners and serve it."),
    "serve": ("renvoi.cli.serving.serve", "Answer prospects (gateway) and staff (console)."),
    "migrate": ("renvoi.cli.database", "Bring the database to this version."),
    "create-admin": ("renvoi.cli.database", "Make an account for an administrator."),
    "partners": ("renvoi.cli.partners", "List the partners, or export them to CSV, XLSX or PDF."),
    "route": ("renvoi.cli.route", "Say what a visitor would get, and why."),
    "ledger": ("renvoi.cli.ledger", "Read and check the record of answers given to prospects."),
    "geo": ("renvoi.cli.geo", "Import country data, ask them, say what they are."),
    "backup": ("renvoi.cli.backups", "Make one file of everything that may not be lost."),
    "restore": ("renvoi.cli.backups", "Restore a backup into an empty Renvoi."),
    "doctor": ("renvoi.cli.doctor", "Check that this Renvoi is safe and sound."),
}


class _Commands(click.Group):
    """Loads a command's module when it is run; the list of commands loads none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """In the order of a first day's use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        """The command of that name."""
        module = _HIDDEN_COMMANDS.get(cmd_name) or _COMMANDS.get(cmd_name, ("",))[0]
        if not module:
            return None
        from importlib import import_module

        command: click.Command = getattr(import_module(module), cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (as above)
        """One line a command, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="renvoi")
def cli() -> None:
    """Send each prospect from outside your coverage to the partner who serves their country.

    Settings come from the environment: RENVOI_DATA_DIR (default ./renvoi-data) and the others listed in
    docs/configuration.md.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The program `renvoi`. Exits with 0, with 1 where something failed, and with 2 where it was called wrongly."""
    sys.exit(_run(lambda: cli.main(args=arguments, prog_name="renvoi", standalone_mode=True)))


def _run(command: Callable[[], Any]) -> int:
    try:
        command()
    except ConfigError as error:
        click.echo(f"renvoi: {error}", err=True)
        return 2
    except Exception as error:
        if not _is_database_error(error):
            raise
        click.echo(f"renvoi: The database {read_config().database_label} can't be used: {first_line(error)}", err=True)
        return 1
    return 0


def _is_database_error(error: Exception) -> bool:
    """Whether the database is away, or is not what it should be: nothing that a trace of ours would explain."""
    django_db = sys.modules.get("django.db")
    return django_db is not None and isinstance(error, django_db.OperationalError)


def first_line(error: Exception) -> str:
    """What an engine says, without its hints."""
    return str(error).strip().partition("\n")[0]
