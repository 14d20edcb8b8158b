"""What each host does every few seconds: vouch for its makers, queue what a dead host left, start makers, delete."""

import time
from datetime import timedelta

from django.db.models.functions import Now

from renvoi.downloads.files import living_makers, progress_of
from renvoi.downloads.jobs import attempt_of, delete_old_jobs, start_queued
from renvoi.downloads.models import Job, kinds_of_jobs
from renvoi.downloads.storage.engines import open_storage

UPKEEP_INTERVAL_S = 3.0
"""How often to call `Upkeep.run`."""

ABANDONED_AFTER = timedelta(seconds=4 * UPKEEP_INTERVAL_S)
"""How long nobody vouches for a maker before another host takes its job up."""

MAX_ATTEMPTS = 3
"""How many makers a job may use up. It fails with the last one."""

_DELETION_INTERVAL_S = 60.0


class Upkeep:
    """The upkeep of one process of a server."""

    def __init__(self) -> None:
        self._deleted_at = float("-inf")

    def run(self) -> None:
        """Do what is due. Several processes of a host, and several hosts, may run this at once."""
        if open_storage().is_shared:
            vouch_for_makers()
            queue_abandoned()
        start_queued()
        if time.monotonic() - self._deleted_at > _DELETION_INTERVAL_S:
            self._deleted_at = time.monotonic()
            delete_old_jobs()


def vouch_for_makers() -> None:
    """Record that the makers of this host are alive, so that no other host takes their jobs up, and how far they are.

    A maker itself reports only between two parts, and it has the lowest priority.
    """
    for job_id, attempt in living_makers():
        for kind in kinds_of_jobs():
            if job := attempt_of(kind(id=job_id, attempt=attempt)).only("id", "attempt", "done").first():
                done = progress_of(job)
                attempt_of(job).update(seen_at=Now(), **({"done": done} if done > job.done else {}))


def queue_abandoned() -> None:
    """Queue the jobs whose host has died for another maker; after MAX_ATTEMPTS, record that they failed."""
    for kind in kinds_of_jobs():
        silent = kind.rows().filter(stage=Job.Stage.WAITING, is_queued=False, seen_at__lt=Now() - ABANDONED_AFTER)
        silent.filter(attempt__gte=MAX_ATTEMPTS).update(stage=Job.Stage.FAILED)
        silent.update(is_queued=True, done=0)
