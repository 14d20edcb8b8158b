"""Commands that back up and restore an installation."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from renvoi.cli.setup import configure, counted, migrate_database, setup_lock
from renvoi.config import Config, read_config

if TYPE_CHECKING:
    from renvoi.backups.manifest import Manifest


@click.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The file to make, or a folder to make it in under a name with the time; by default, here.",
)
def backup(output: Path) -> None:
    """Make one file of everything that may not be lost, while servers run.

    In it: the business rows, the ledger, what waits in the spool, and the secret key where it is in the data folder.
    Not in it: country data, the copy of the routing table, exported PDFs, sessions; nor the environment. Keep it as you
    would keep a password.
    """
    from renvoi.backups.create import create_backup
    from renvoi.backups.trace import record_backup

    config, at = read_config(), datetime.now(UTC)
    with _exit_on_error("No backup was made."):
        path, manifest = create_backup(config, output, at=at)
    click.echo(f"{path}\n{_summary(manifest)}")
    if not record_backup(config, at=at):
        click.echo("That it was made can't be recorded here: doctor and /readyz will not know of it.", err=True)


@click.command()
@click.option("--check", is_flag=True, help="Only check the file, wherever it was made. Nothing changes.")
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path, check: bool) -> None:  # noqa: FBT001 (click's flag)
    """Restore a backup into an empty Renvoi: its data folder and, on PostgreSQL, its database.

    All of the file is checked first; where anything in it is not as it was written it is refused, and nothing changes.
    Restore only your own files: anyone able to alter a backup can alter what it restores.
    """
    config = read_config()
    if check:
        from renvoi.backups.restore import check_backup

        with _exit_on_error("Nothing was changed."):
            manifest = check_backup(file, config)
        click.echo(f"The backup is sound.\n{_summary(manifest)}")
        return
    from renvoi.backups.restore import restore_backup

    with _exit_on_error("Nothing was changed."):
        manifest = restore_backup(file, config)
    click.echo(f"Restored into {config.data_dir}{_on_server(config)}.\n{_summary(manifest)}")
    _migrate(config)
    if not manifest.has_secret_key and not config.secret_key:
        click.echo("The backup has no secret key: set RENVOI_SECRET_KEY as it was where the backup was made.", err=True)


def _migrate(config: Config) -> None:
    """Migrate the restored data to this version. The restore itself is already complete."""
    from renvoi.cli.records.ledger import prepare_ledger

    try:
        configure()
        with setup_lock(config):
            migrate_database()
        prepare_ledger(config)
    except Exception:
        click.echo("All is restored, but not yet of this version. Run: renvoi migrate", err=True)
        raise


def _summary(manifest: "Manifest") -> str:
    at = datetime.fromtimestamp(manifest.made_at, UTC)
    ledger, waiting = manifest.ledger, len(manifest.spooled)
    lines = [
        f"Made      {at:%Y-%m-%d %H:%M:%S} UTC by Renvoi {manifest.renvoi}, on {manifest.engine}",
        f"Partners  {manifest.row_count('partners_partner')}",
        f"Entries   {ledger.position}, the last digest {ledger.digest}",
        *([f"Spool     {counted(waiting, one='file', many='files')}, for a server to replay"] if waiting else []),
        f"Secret    {'in it' if manifest.has_secret_key else 'not in it'}",
        f"Digest    {manifest.digest}",
    ]
    return "\n".join(lines)


def _on_server(config: Config) -> str:
    return f" and {config.database_label}" if config.postgresql_url else ""


@contextmanager
def _exit_on_error(outcome: str) -> Iterator[None]:
    from renvoi.backups.manifest import BackupRefused
    from renvoi.backups.protocol import BackupFailed

    try:
        yield
    except (BackupFailed, BackupRefused, OSError) as error:
        message = f"{str(error).removesuffix('.')}."
        if isinstance(error, OSError) and error.filename:
            message = f"{error.strerror or error} ({error.filename})."
        click.echo(f"renvoi: {message} {outcome}", err=True)
        sys.exit(1)
