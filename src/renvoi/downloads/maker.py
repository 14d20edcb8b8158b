"""Make a download's file, in a process of its own with the lowest priority: the server does not slow down."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from django.conf import settings
from django.db.models.functions import Now

from renvoi.disk_reserve import require_space
from renvoi.downloads.documents import TableOf
from renvoi.downloads.files import is_locked_by_us, part_file, part_path, queue_lock
from renvoi.downloads.jobs import attempt_of, fail_job
from renvoi.downloads.models import Download
from renvoi.downloads.storage.engines import open_storage
from renvoi.downloads.tables import stored_rows
from renvoi.exports.pdf import render_pdf
from renvoi.exports.table import Table

_POLL_EVERY_S = 0.5
_LOWEST_PRIORITY = 19


class Cancelled(Exception):
    """The account that ordered the download cancelled it, or another maker has replaced this one."""


def make_download(download_id: uuid.UUID, *, table_of: TableOf) -> None:
    """Make a download's PDF of the table that `table_of` returns for it. Return early if it was cancelled
    or taken over.

    If the table has no rows, there is no file and the download's stage is EMPTY.
    """
    os.nice(_LOWEST_PRIORITY)
    download = Download.objects.get(id=download_id)
    try:
        with suppress(Cancelled), part_file(download) as file, _one_at_a_time(download):
            _report(download, done=0)
            with stored_rows(lambda: table_of(download)) as table:
                _make(download, table, file)
    except BaseException:
        fail_job(download)
        raise


def _make(download: Download, table: Table, file: BinaryIO) -> None:
    attempt_of(download).update(total=table.count)
    if not table.count:
        _end(download, stage=Download.Stage.EMPTY, total=0)
        return
    pdf = render_pdf(table, on_progress=lambda done: _report(download, done=done))
    require_space(settings.CONFIG.data_dir)
    file.write(pdf.content)
    file.flush()
    os.fsync(file.fileno())
    storage = open_storage()
    size = storage.store(download, part_path(download))
    if not _end(download, stage=Download.Stage.READY, total=table.count, size=size, unshown=list(pdf.unshown)):
        storage.discard(download)


def _end(
    download: Download, *, stage: Download.Stage, total: int, size: int = 0, unshown: list[str] | None = None
) -> bool:
    """Record how the job ended; False if it was cancelled or taken over before."""
    return bool(attempt_of(download).update(stage=stage, total=total, size=size, unshown=unshown or []))


def _report(download: Download, *, done: int) -> None:
    if not attempt_of(download).update(done=done, seen_at=Now()):
        raise Cancelled


@contextmanager
def _one_at_a_time(download: Download) -> Iterator[None]:
    """Wait for the other maker: a small machine has memory for one."""
    with queue_lock() as lock:
        while not is_locked_by_us(lock):
            _report(download, done=0)
            time.sleep(_POLL_EVERY_S)
        yield
