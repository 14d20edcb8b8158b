"""Make a download's file, in a process of its own with the lowest priority: the server does not slow down."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from django.utils import timezone

from renvoi.downloads.files import file_path, is_locked_by_us, part_file, part_path, queue_lock
from renvoi.downloads.jobs import fail_download
from renvoi.downloads.models import Download
from renvoi.exports.pdf import render_pdf
from renvoi.exports.table import Table

_POLL_EVERY_S = 0.5
_LOWEST_PRIORITY = 19


class Cancelled(Exception):
    """The account that ordered the download cancelled it."""


def make_download(download_id: uuid.UUID, *, table_of: Callable[[Download], Table]) -> None:
    """Make a download's PDF of the table that `table_of` returns for it. Return early if it was cancelled.

    If the table has no rows, there is no file and the download's stage is EMPTY.
    """
    os.nice(_LOWEST_PRIORITY)
    download = Download.objects.get(id=download_id)
    try:
        with suppress(Cancelled), part_file(download.id) as file, _one_at_a_time(download):
            _make(download, table_of(download), file)
    except BaseException:
        fail_download(download_id)
        raise


def _make(download: Download, table: Table, file: BinaryIO) -> None:
    _report(download, done=0)
    if not table.count:
        _end(download, stage=Download.Stage.EMPTY, total=0)
        return
    pdf = render_pdf(table, on_progress=lambda done: _report(download, done=done))
    file.write(pdf.content)
    file.flush()
    os.fsync(file.fileno())
    part_path(download.id).replace(file_path(download.id))
    if not _end(download, stage=Download.Stage.READY, total=table.count, unshown=list(pdf.unshown)):
        file_path(download.id).unlink()


def _end(download: Download, *, stage: Download.Stage, total: int, unshown: list[str] | None = None) -> bool:
    """Record how the job ended; False if it was cancelled before."""
    waiting = Download.objects.filter(id=download.id, stage=Download.Stage.WAITING)
    return bool(waiting.update(stage=stage, total=total, unshown=unshown or []))


def _report(download: Download, *, done: int) -> None:
    waiting = Download.objects.filter(id=download.id, stage=Download.Stage.WAITING)
    if not waiting.update(done=done, seen_at=timezone.now()):
        raise Cancelled


@contextmanager
def _one_at_a_time(download: Download) -> Iterator[None]:
    """Wait for the other makers: a small machine has memory for one."""
    with queue_lock() as lock:
        while not is_locked_by_us(lock):
            _report(download, done=0)
            time.sleep(_POLL_EVERY_S)
        yield
