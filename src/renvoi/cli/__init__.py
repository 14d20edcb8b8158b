"""The command line interface. Each command imports only the packages that it needs."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from renvoi import __version__
from renvoi.config import ConfigError, read_config
from renvoi.poolers import error_line
from renvoi.sqlite_access import changed_while_read

_HIDDEN_COMMANDS = {
    "make-pdf": "renvoi.cli.serving.make_pdf",
    "run-import": "renvoi.cli.serving.run_import",
}
_COMMANDS = {
    "demo": ("renvoi.cli.serving.demo", "Fill an empty Renvoi with sample partners and serve it."),
    "serve": ("renvoi.cli.serving.serve", "Answer prospects (gateway) and staff (console)."),
    "migrate": ("renvoi.cli.database", "Create the database, or upgrade it to this version."),
    "create-admin": ("renvoi.cli.database", "Create an administrator account."),
    "accounts": ("renvoi.cli.accounts", "Manage who may sign in, and what each account may do."),
    "token": ("renvoi.cli.token", "Manage the tokens with which programs use the API."),
    "partners": ("renvoi.cli.partners", "List, export and import the partners."),
    "history": ("renvoi.cli.records.history", "Show who changed what, when, and through which channel."),
    "route": ("renvoi.cli.route", "Show what a visitor would get, and why."),
    "check-visitors": ("renvoi.cli.checks.visitors", "Check that golden visitors get what is expected."),
    "ledger": ("renvoi.cli.records.ledger", "Read and check the record of answers given to prospects."),
    "geo": ("renvoi.cli.geo", "Import, query and describe country data."),
    "backup": ("renvoi.cli.backups", "Make one file of everything that may not be lost."),
    "restore": ("renvoi.cli.backups", "Restore a backup into an empty Renvoi."),
    "doctor": ("renvoi.cli.checks.doctor", "Check that this Renvoi is safe and sound."),
}


class _Commands(click.Group):
    """Imports the module of a command when that command runs. Listing the commands imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """In the order in which a new user needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        """The command with that name, or None."""
        module = _HIDDEN_COMMANDS.get(cmd_name) or _COMMANDS.get(cmd_name, ("",))[0]
        if not module:
            return None
        from importlib import import_module

        command: click.Command = getattr(import_module(module), cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (as above)
        """List each command with its summary, without importing it."""
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
    """Run the program `renvoi`. Exits with 0, with 1 on failure, and with 2 on wrong usage."""
    try:
        code: Any = _run(lambda: cli.main(args=arguments, prog_name="renvoi", standalone_mode=True))
    except SystemExit as end:
        code = end.code
    for path in changed_while_read():
        click.echo(f"renvoi: {path} was written while it was read without a lock: run the command again.", err=True)
        code = code or 1
    sys.exit(code)


def _run(command: Callable[[], Any]) -> int:
    try:
        command()
    except ConfigError as error:
        click.echo(f"renvoi: {error}", err=True)
        return 2
    except PermissionError as error:
        click.echo(f"renvoi: This account can't do that: {error}.", err=True)
        return 1
    except Exception as error:
        if not _is_database_error(error):
            raise
        click.echo(f"renvoi: The database {read_config().database_label} can't be used: {error_line(error)}", err=True)
        return 1
    return 0


def _is_database_error(error: Exception) -> bool:
    """Whether the database is unreachable or unusable, which a traceback would not explain."""
    django_db = sys.modules.get("django.db")
    return django_db is not None and isinstance(error, django_db.OperationalError)
