"""Record when the last backup was made where all hosts see it, so that /readyz and doctor can say that it is old.

On SQLite the record is a file in the data folder, on PostgreSQL a row of its own table. It also has the time since
which backups are expected, which the first start writes: a new installation has a week to make its first one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from renvoi.backups.engines import engine_name, open_engine
from renvoi.backups.protocol import BackupFailed
from renvoi.config import Config

OLD_AFTER = timedelta(days=7)
"""Age from which the last backup is old."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Since when backups are expected, and when the last one was made; None if there was none."""

    since: datetime
    made_at: datetime | None = None


def read_trace(config: Config) -> Trace | None:
    """Return the record; None if there is none, or none that can be read. Raises BackupFailed or OSError."""
    text = open_engine(engine_name(config), config).read_trace()
    try:
        fields = json.loads(text)
        made_at = fields.get("made_at")
        return Trace(_moment(fields["since"]), _moment(made_at) if made_at else None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def expect_backups(config: Config, *, at: datetime) -> None:
    """Expect backups from now on, unless that is recorded already. Where it can't be recorded nothing is expected."""
    _ignoring_failures(lambda: None if read_trace(config) else _write(config, Trace(at)))


def record_backup(config: Config, *, at: datetime) -> bool:
    """Record that a backup was made. Return False if it can't be recorded: the backup is as good, but not known of."""

    def record() -> None:
        trace = read_trace(config)
        _write(config, Trace(trace.since if trace else at, at))

    return _ignoring_failures(record)


def problem_of(trace: Trace | None, *, at: datetime) -> str:
    """Return a sentence if the last backup is old at an aware datetime; empty if it is not, or nothing is known."""
    if trace is None or at - (trace.made_at or trace.since) <= OLD_AFTER:
        return ""
    if trace.made_at is None:
        return f"No backup has been made since {trace.since:%Y-%m-%d}."
    return f"The last backup is of {trace.made_at:%Y-%m-%d}, over {OLD_AFTER.days} days ago."


def _write(config: Config, trace: Trace) -> None:
    fields = {"since": trace.since.isoformat(), "made_at": trace.made_at.isoformat() if trace.made_at else None}
    open_engine(engine_name(config), config).write_trace(json.dumps(fields))


def _ignoring_failures(operation: Callable[[], None]) -> bool:
    try:
        operation()
    except (BackupFailed, OSError):
        return False
    return True


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
