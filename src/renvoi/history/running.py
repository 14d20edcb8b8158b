"""Say which long step is being written, so that those who wait for its end know what they wait for.

The row is only an explanation: a step that was killed, or after which another one holds the lock, leaves its row
behind, and nobody waits because of a row.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import OperationalError
from django.utils import timezone

from renvoi.history.models import RunningStep

_LONGEST = timedelta(minutes=10)
_SQLITE_LOCKED = "database is locked"
_POSTGRESQL_LOCKED = "55P03"  # lock_not_available


@contextmanager
def announced(*, actor: AbstractBaseUser | None, count: int) -> Iterator[None]:
    """Announce for the duration of the block that so many objects are being changed. Enter it outside a transaction."""
    RunningStep.objects.filter(started_at__lt=timezone.now() - _LONGEST).delete()
    step = RunningStep.objects.create(actor_name=str(actor) if actor else "", count=count)
    try:
        yield
    finally:
        # Whether the row can be deleted says nothing about the step, which has been committed or has failed.
        with suppress(OperationalError):
            RunningStep.objects.filter(id=step.id).delete()


def running_step() -> RunningStep | None:
    """Return the newest step that was announced and has not ended, None if there is none."""
    return RunningStep.objects.filter(started_at__gte=timezone.now() - _LONGEST).order_by("-id").first()


def is_about_the_turn(exception: Exception) -> bool:
    """Return whether a writer failed because it had waited for its turn for too long."""
    if not isinstance(exception, OperationalError):
        return False
    return getattr(exception.__cause__, "sqlstate", "") == _POSTGRESQL_LOCKED or _SQLITE_LOCKED in str(exception)
