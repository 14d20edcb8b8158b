"""Check what must not grow old: the last backup, and the entries that wait in the spool."""

from collections.abc import Iterator
from datetime import UTC, datetime

from renvoi.backups.protocol import BackupFailed
from renvoi.backups.trace import problem_of, read_trace
from renvoi.cli.checks import Finding
from renvoi.config import Config
from renvoi.ledger.spool import DAMAGED_SUFFIX, WAITS_TOO_LONG, oldest_entry_at


def check_backup(config: Config, *, at: datetime) -> Iterator[Finding]:
    """Check that a backup was made within the last days. An unreachable database is reported by another check."""
    try:
        trace = read_trace(config)
    except (BackupFailed, OSError):
        return
    made_at = trace.made_at if trace else None
    subject = f"Last backup of {made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if made_at else "No backup yet"
    yield Finding(subject, "run renvoi backup" if problem_of(trace, at=at) else "")


def check_spool(config: Config, *, at: datetime) -> Iterator[Finding]:
    """Check that no entry has been waiting for long, and that none was set aside as unreadable."""
    since = oldest_entry_at(config.spool_dir)
    if since is None:
        yield Finding("No entry waits in the spool")
    else:
        is_stuck = at - since > WAITS_TOO_LONG
        remedy = "start a server, or run renvoi ledger replay" if is_stuck else ""
        yield Finding(f"Entries wait in the spool since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC", remedy)
    damaged = sorted(path.name for path in config.spool_dir.glob(f"*{DAMAGED_SUFFIX}"))
    if damaged:
        yield Finding("The spool has lines that can't be read", f"see {', '.join(damaged)} in {config.spool_dir}")
