"""Order a job, follow it, cancel it, and delete it after its day.

A job waits in its table, without a process, until a host has one of the slots of its kind free.
"""

import logging
import os
import subprocess
import sys
from datetime import timedelta
from threading import Thread
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from renvoi.domain.places import Language
from renvoi.downloads.files import file_path, free_slot, maker_lives, remove_old_files
from renvoi.downloads.models import Download, Job, kinds_of_jobs
from renvoi.downloads.storage.engines import open_storage
from renvoi.people.models import User

_LIFETIME = timedelta(days=1)
# A maker that has not begun counts as alive for this long after its order; a shared one, after anybody vouched for it.
_SILENCE_LIMIT = timedelta(minutes=3)
_SHARED_SILENCE_LIMIT = timedelta(minutes=1)
_PROGRAM = "renvoi.cli"
_AnyJob = TypeVar("_AnyJob", bound=Job)

MAX_UNFINISHED = 5
"""How many downloads an account may have that are not ready yet."""

_logger = logging.getLogger(__name__)


class TooManyDownloads(Exception):
    """The account has MAX_UNFINISHED downloads that are not ready yet."""


def order_download(*, document: str, query: str, language: Language, total: int, account: User) -> Download:
    """Order a file of a document, of about `total` rows, those that `query` means to it.

    Raises TooManyDownloads. Old and dead downloads are cleaned up first.
    """
    delete_old_jobs()
    with transaction.atomic():
        # Orders of one account take turns, so that they can't exceed the number together.
        User.objects.select_for_update().get(id=account.pk)
        if len(unfinished_downloads(account)) >= MAX_UNFINISHED:
            raise TooManyDownloads
        download = Download.objects.create(
            account=account,
            document=document,
            query=query,
            language=language,
            total=total,
            attempt=0,
            is_queued=True,
            seen_at=Now(),
        )
    start_queued()
    return download


def unfinished_downloads(account: User) -> list[Download]:
    """Return the account's downloads that are queued or being made, oldest first. Dead ones are recorded as failed."""
    unfinished = []
    for download in downloads_of(account).filter(stage=Download.Stage.WAITING).order_by("ordered_at", "id"):
        stage = current_stage(download)
        if stage == Download.Stage.WAITING:
            unfinished.append(download)
        elif stage == Download.Stage.FAILED:
            fail_job(download)
    return unfinished


def count_ahead(job: Job) -> int:
    """Return how many queued jobs of the same kind, of all accounts, were ordered before this one."""
    earlier = Q(ordered_at__lt=job.ordered_at) | Q(ordered_at=job.ordered_at, id__lt=job.id)
    return _queued(type(job)).filter(earlier).count()


def start_queued() -> None:
    """Start a maker for each queued job, the oldest first, as long as this host has a slot of its kind free."""
    for kind in kinds_of_jobs():
        _start_queued_of(kind)


def _start_queued_of(kind: type[Job]) -> None:
    while _queued(kind).exists():
        with free_slot(kind) as slot:
            job = _take_oldest(kind) if slot is not None else None
            if slot is None or job is None:
                return
            try:
                start_maker(job, slot)
            except OSError:
                # The system lacks memory or processes: the next round may have more luck.
                _logger.exception("The process of a job can't be started: %s", kind.command)
                fail_job(job)
                return


def _queued(kind: type[_AnyJob]) -> QuerySet[_AnyJob]:
    return kind.rows().filter(stage=Job.Stage.WAITING, is_queued=True)


def _take_oldest(kind: type[Job]) -> Job | None:
    """Take the oldest job out of the queue for a new attempt; None if the queue is empty."""
    while job := _queued(kind).order_by("ordered_at", "id").first():
        started = {"is_queued": False, "attempt": F("attempt") + 1, "done": 0, "seen_at": Now()}
        # Another process, perhaps of another host, may be faster.
        if _queued(kind).filter(id=job.id).update(**started):
            job.refresh_from_db()
            return job
    return None


def start_maker(job: Job, slot: int) -> None:
    """Start the process that does the job, which outlives this one and has the slot until it ends.

    This process records if it fails, and starts the next one. Raises OSError if it can't be started.
    """
    maker = _popen(job, slot)
    Thread(target=_watch, args=(maker, job), daemon=True).start()


def _popen(job: Job, slot: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (our own program, and an id of ours)
        [sys.executable, "-m", _PROGRAM, job.command, str(job.id)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
        pass_fds=(slot,),
    )


def cancel_download(*, download_id: UUID, account: User) -> None:
    """Cancel a download that is not ready yet: its maker stops at its next step."""
    waiting = Download.objects.filter(id=download_id, account=account, stage=Download.Stage.WAITING)
    waiting.update(stage=Download.Stage.CANCELLED)


def downloads_of(account: User) -> QuerySet[Download]:
    """What that account ordered less than a day ago; nobody else may see it."""
    return recent(Download).filter(account=account)


def recent(kind: type[_AnyJob]) -> QuerySet[_AnyJob]:
    """What was ordered less than a day ago."""
    return kind.rows().filter(ordered_at__gte=timezone.now() - _LIFETIME)


def attempt_of(job: _AnyJob) -> QuerySet[_AnyJob]:
    """The row of a job, as long as it waits for this attempt."""
    return type(job).rows().filter(id=job.id, attempt=job.attempt, stage=Job.Stage.WAITING)


def current_stage(job: Job) -> str:
    """The stage of a job; failed if its maker is dead, or has been silent for too long."""
    if job.stage == Job.Stage.WAITING and not _may_be_in_progress(job):
        # The maker may have finished since the row was read.
        job.refresh_from_db()
        return Job.Stage.FAILED if job.stage == Job.Stage.WAITING else job.stage
    return job.stage


def fail_job(job: Job) -> None:
    """Record that the job could not be done, unless it has ended in another way or was taken over."""
    attempt_of(job).update(stage=Job.Stage.FAILED)


def delete_old_jobs() -> None:
    """Delete the rows and files of more than a day ago, whichever host made them."""
    before = timezone.now() - _LIFETIME
    for kind in kinds_of_jobs():
        old = list(kind.rows().filter(ordered_at__lt=before).values_list("id", flat=True))
        for job_id in old:
            file_path(job_id).unlink(missing_ok=True)
        if old:
            kind.rows().filter(id__in=old).delete()
    remove_old_files(before)


def _may_be_in_progress(job: Job) -> bool:
    if job.is_queued:
        return True
    if open_storage().is_shared:
        return not _is_silent(job, _SHARED_SILENCE_LIMIT)
    lives = maker_lives(job)
    return not _is_silent(job, _SILENCE_LIMIT) if lives is None else lives


def _is_silent(job: Job, limit: timedelta) -> bool:
    """Whether nobody has vouched for the maker for that long, by the clock that all hosts share."""
    return attempt_of(job).filter(seen_at__lt=Now() - limit).exists()


def _environment() -> dict[str, str]:
    """This process's environment, with the data folder under one name: two names for it would be refused."""
    own = {name: value for name, value in os.environ.items() if name != "RENVOI_DATA_DIR_FILE"}
    return own | {"RENVOI_DATA_DIR": str(settings.CONFIG.data_dir)}


def _watch(maker: subprocess.Popen[bytes], job: Job) -> None:
    has_failed = maker.wait() != 0
    try:
        if has_failed:
            fail_job(job)
        start_queued()
    finally:
        connection.close()
