"""Order a download, follow it, cancel it, and delete it after its day."""

import os
import subprocess
import sys
import uuid
from datetime import timedelta
from threading import Thread

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from renvoi.domain.places import Language
from renvoi.downloads.files import file_path, maker_lives, remove_old_files
from renvoi.downloads.models import Download
from renvoi.people.models import User

_LIFETIME = timedelta(days=1)
# A maker that has not begun, or that works on another host, counts as alive for this long after its last progress.
_SILENCE_LIMIT = timedelta(minutes=3)
_PROGRAM = "renvoi.cli"


def order_download(*, query: str, language: Language, total: int, account: User) -> Download:
    """Order a file of what `query` means to the program that makes it, of about `total` rows, and start its process.

    Old downloads are deleted first.
    """
    delete_old_downloads()
    download = Download.objects.create(account=account, query=query, language=language, total=total)
    start_maker(download.id)
    return download


def start_maker(download_id: uuid.UUID) -> None:
    """Start the process that makes the file, which outlives this one. This one records if it fails."""
    maker = subprocess.Popen(  # noqa: S603 (our own program, and an id of ours)
        [sys.executable, "-m", _PROGRAM, "make-pdf", str(download_id)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
    )
    Thread(target=_watch, args=(maker, download_id), daemon=True).start()


def cancel_download(*, download_id: uuid.UUID, account: User) -> None:
    """Cancel a download that is not ready yet: its maker stops at its next step."""
    waiting = Download.objects.filter(id=download_id, account=account, stage=Download.Stage.WAITING)
    waiting.update(stage=Download.Stage.CANCELLED)


def downloads_of(account: User) -> QuerySet[Download]:
    """What that account ordered less than a day ago; nobody else may see it."""
    return Download.objects.filter(account=account, ordered_at__gte=timezone.now() - _LIFETIME)


def current_stage(download: Download) -> str:
    """The stage of a download; failed if its maker is dead, or has been silent for too long."""
    if download.stage == Download.Stage.WAITING and not _may_be_in_progress(download):
        # The maker may have finished since the row was read.
        download.refresh_from_db(fields=["stage", "total", "unshown"])
        return Download.Stage.FAILED if download.stage == Download.Stage.WAITING else download.stage
    return download.stage


def fail_download(download_id: uuid.UUID) -> None:
    """Record that the file could not be made, unless the job has ended in another way."""
    Download.objects.filter(id=download_id, stage=Download.Stage.WAITING).update(stage=Download.Stage.FAILED)


def delete_old_downloads() -> None:
    """Delete the rows and files of more than a day ago."""
    before = timezone.now() - _LIFETIME
    old = Download.objects.filter(ordered_at__lt=before)
    for download_id in old.values_list("id", flat=True):
        file_path(download_id).unlink(missing_ok=True)
    old.delete()
    remove_old_files(before)


def _may_be_in_progress(download: Download) -> bool:
    lives = maker_lives(download.id)
    return timezone.now() - download.seen_at < _SILENCE_LIMIT if lives is None else lives


def _environment() -> dict[str, str]:
    """This process's environment, with the data folder under one name: two names for it would be refused."""
    own = {name: value for name, value in os.environ.items() if name != "RENVOI_DATA_DIR_FILE"}
    return own | {"RENVOI_DATA_DIR": str(settings.CONFIG.data_dir)}


def _watch(maker: subprocess.Popen[bytes], download_id: uuid.UUID) -> None:
    if maker.wait() != 0:
        try:
            fail_download(download_id)
        finally:
            connection.close()
