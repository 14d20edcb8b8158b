"""Order a download, follow it, cancel it, and delete it after its day.

An order waits in its table, without a process, until its host has one of MAX_MAKERS slots free.
"""

import logging
import os
import subprocess
import sys
from datetime import timedelta
from threading import Thread
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from renvoi.domain.places import Language
from renvoi.downloads.files import file_path, free_slot, maker_lives, remove_old_files
from renvoi.downloads.models import Download
from renvoi.downloads.storage.engines import open_storage
from renvoi.people.models import User

_LIFETIME = timedelta(days=1)
# A maker that has not begun counts as alive for this long after its order; a shared one, after anybody vouched for it.
_SILENCE_LIMIT = timedelta(minutes=3)
_SHARED_SILENCE_LIMIT = timedelta(minutes=1)
_PROGRAM = "renvoi.cli"

MAX_MAKERS = 2
"""How many processes make files on one host at the same time, or wait for the memory to do so."""
MAX_UNFINISHED = 5
"""How many downloads an account may have that are not ready yet."""

_logger = logging.getLogger(__name__)


class TooManyDownloads(Exception):
    """The account has MAX_UNFINISHED downloads that are not ready yet."""


def order_download(*, query: str, language: Language, total: int, account: User) -> Download:
    """Order a file of what `query` means to the program that makes it, of about `total` rows.

    Raises TooManyDownloads. Old and dead downloads are cleaned up first.
    """
    delete_old_downloads()
    with transaction.atomic():
        # Orders of one account take turns, so that they can't exceed the number together.
        User.objects.select_for_update().get(id=account.pk)
        if len(unfinished_downloads(account)) >= MAX_UNFINISHED:
            raise TooManyDownloads
        download = Download.objects.create(
            account=account, query=query, language=language, total=total, attempt=0, is_queued=True, seen_at=Now()
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
            fail_download(download)
    return unfinished


def count_ahead(download: Download) -> int:
    """Return how many queued downloads, of all accounts, were ordered before this one."""
    earlier = Q(ordered_at__lt=download.ordered_at) | Q(ordered_at=download.ordered_at, id__lt=download.id)
    return _queued().filter(earlier).count()


def start_queued() -> None:
    """Start a maker for each queued download, the oldest first, as long as this host has a slot free."""
    while _queued().exists():
        with free_slot(MAX_MAKERS) as slot:
            download = _take_oldest() if slot is not None else None
            if slot is None or download is None:
                return
            try:
                start_maker(download, slot)
            except OSError:
                # The system lacks memory or processes: the next round may have more luck.
                _logger.exception("The process that makes a PDF can't be started.")
                fail_download(download)
                return


def _queued() -> QuerySet[Download]:
    return Download.objects.filter(stage=Download.Stage.WAITING, is_queued=True)


def _take_oldest() -> Download | None:
    """Take the oldest download out of the queue for a new attempt; None if the queue is empty."""
    while download := _queued().order_by("ordered_at", "id").first():
        started = {"is_queued": False, "attempt": F("attempt") + 1, "done": 0, "seen_at": Now()}
        # Another process, perhaps of another host, may be faster.
        if _queued().filter(id=download.id).update(**started):
            download.refresh_from_db()
            return download
    return None


def start_maker(download: Download, slot: int) -> None:
    """Start the process that makes the file, which outlives this one and has the slot until it ends.

    This process records if it fails, and starts the next one. Raises OSError if it can't be started.
    """
    maker = _popen(download, slot)
    Thread(target=_watch, args=(maker, download), daemon=True).start()


def _popen(download: Download, slot: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (our own program, and an id of ours)
        [sys.executable, "-m", _PROGRAM, "make-pdf", str(download.id)],
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
    return Download.objects.filter(account=account, ordered_at__gte=timezone.now() - _LIFETIME)


def attempt_of(download: Download) -> QuerySet[Download]:
    """The row of a download, as long as it waits for this attempt."""
    return Download.objects.filter(id=download.id, attempt=download.attempt, stage=Download.Stage.WAITING)


def current_stage(download: Download) -> str:
    """The stage of a download; failed if its maker is dead, or has been silent for too long."""
    if download.stage == Download.Stage.WAITING and not _may_be_in_progress(download):
        # The maker may have finished since the row was read.
        download.refresh_from_db()
        return Download.Stage.FAILED if download.stage == Download.Stage.WAITING else download.stage
    return download.stage


def fail_download(download: Download) -> None:
    """Record that the file could not be made, unless the job has ended in another way or was taken over."""
    attempt_of(download).update(stage=Download.Stage.FAILED)


def delete_old_downloads() -> None:
    """Delete the rows and files of more than a day ago, whichever host made them."""
    before = timezone.now() - _LIFETIME
    old = list(Download.objects.filter(ordered_at__lt=before).values_list("id", flat=True))
    for download_id in old:
        file_path(download_id).unlink(missing_ok=True)
    if old:
        Download.objects.filter(id__in=old).delete()
    remove_old_files(before)


def _may_be_in_progress(download: Download) -> bool:
    if download.is_queued:
        return True
    if open_storage().is_shared:
        return not _is_silent(download, _SHARED_SILENCE_LIMIT)
    lives = maker_lives(download)
    return not _is_silent(download, _SILENCE_LIMIT) if lives is None else lives


def _is_silent(download: Download, limit: timedelta) -> bool:
    """Whether nobody has vouched for the maker for that long, by the clock that all hosts share."""
    return attempt_of(download).filter(seen_at__lt=Now() - limit).exists()


def _environment() -> dict[str, str]:
    """This process's environment, with the data folder under one name: two names for it would be refused."""
    own = {name: value for name, value in os.environ.items() if name != "RENVOI_DATA_DIR_FILE"}
    return own | {"RENVOI_DATA_DIR": str(settings.CONFIG.data_dir)}


def _watch(maker: subprocess.Popen[bytes], download: Download) -> None:
    has_failed = maker.wait() != 0
    try:
        if has_failed:
            fail_download(download)
        start_queued()
    finally:
        connection.close()
