"""Hides that a PDF is made in a process of its own, at the lowest priority: the server never notices."""

import fcntl
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import IO, BinaryIO

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from renvoi.domain.places import Language
from renvoi.domain.table import operator_day
from renvoi.exports.pdf import render_pdf
from renvoi.partners.exporting import printed_list
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import Operator, PdfExport
from renvoi.people.models import User

_KEPT = timedelta(days=1)
# A maker holds the lock of its own file while it lives. One that has not begun, or that works on another machine, is
# believed for so long after it was last heard of.
_SILENT = timedelta(minutes=3)
_LOOKS_EVERY_S = 0.5
_PROGRAM = "renvoi.cli"
_NICEST = 19


class Cancelled(Exception):
    """The one who asked for the PDF wants it no more."""


def order_pdf(*, listing: PartnerListing, total: int, account: User) -> PdfExport:
    """An export that is being made from now on. Old ones are forgotten on the way."""
    forget_old_exports()
    query = listing.query(page_number=1)
    export = PdfExport.objects.create(account=account, query=query, language=listing.language, total=total)
    start_making(export.id)
    return export


def start_making(export_id: uuid.UUID) -> None:
    """Starts the process that makes it, which outlives this one; that it died is noted, if this one lives."""
    maker = subprocess.Popen(  # noqa: S603 (our own program, and an id of ours)
        [sys.executable, "-m", _PROGRAM, "make-pdf", str(export_id)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
    )
    Thread(target=_watch, args=(maker, export_id), daemon=True).start()


def make_pdf(export_id: uuid.UUID) -> None:
    """Makes an export's file, unless it was cancelled. For the process that `start_making` starts."""
    os.nice(_NICEST)
    export = PdfExport.objects.get(id=export_id)
    try:
        with suppress(Cancelled), _own_file(export) as file, _one_at_a_time(export):
            _make(export, file)
    except BaseException:
        _fail(export_id)
        raise


def cancel_pdf(*, export_id: uuid.UUID, account: User) -> None:
    """Wants it no more: the maker stops at its next step."""
    waiting = PdfExport.objects.filter(id=export_id, account=account, stage=PdfExport.Stage.WAITING)
    waiting.update(stage=PdfExport.Stage.CANCELLED)


def kept_exports(account: User) -> QuerySet[PdfExport]:
    """What that account ordered less than a day ago; nobody else can see it."""
    return PdfExport.objects.filter(account=account, ordered_at__gte=timezone.now() - _KEPT)


def current_stage(export: PdfExport) -> str:
    """How far it is; failed where its maker is dead, or has been silent for too long."""
    if export.stage == PdfExport.Stage.WAITING and not _may_live(export):
        # It may have ended well since the row was read.
        export.refresh_from_db(fields=["stage", "total", "unshown"])
        return PdfExport.Stage.FAILED if export.stage == PdfExport.Stage.WAITING else export.stage
    return export.stage


def file_of(export_id: uuid.UUID) -> Path:
    """Where an export's file is once it is ready."""
    folder: Path = settings.CONFIG.data_dir / "exports"
    return folder / f"{export_id}.pdf"


def forget_old_exports() -> None:
    """Removes the rows and files of more than a day ago."""
    before = timezone.now() - _KEPT
    old = PdfExport.objects.filter(ordered_at__lt=before)
    for export_id in old.values_list("id", flat=True):
        file_of(export_id).unlink(missing_ok=True)
    old.delete()
    # What a maker that was killed left behind, and the files of accounts that are gone.
    for path in file_of(uuid.UUID(int=0)).parent.glob("*-*.*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()


def _environment() -> dict[str, str]:
    """This process's own, whose data folder stands under one name only: both that and its file's would be refused."""
    own = {name: value for name, value in os.environ.items() if name != "RENVOI_DATA_DIR_FILE"}
    return own | {"RENVOI_DATA_DIR": str(settings.CONFIG.data_dir)}


def _watch(maker: subprocess.Popen[bytes], export_id: uuid.UUID) -> None:
    if maker.wait() != 0:
        try:
            _fail(export_id)
        finally:
            connection.close()


def _fail(export_id: uuid.UUID) -> None:
    PdfExport.objects.filter(id=export_id, stage=PdfExport.Stage.WAITING).update(stage=PdfExport.Stage.FAILED)


def _may_live(export: PdfExport) -> bool:
    try:
        with _part_of(export.id).open("rb") as part:
            fcntl.flock(part, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return timezone.now() - export.seen_at < _SILENT
    except BlockingIOError:
        return True
    return False


def _make(export: PdfExport, file: BinaryIO) -> None:
    language: Language = "en" if export.language == "en" else "fr"
    today = operator_day(timezone.now(), time_zone=Operator.objects.get(id=1).time_zone)
    table = printed_list(PartnerListing.from_query(QueryDict(export.query), language=language, today=today))
    if not table.count:
        # All of them were deleted since.
        _fail(export.id)
    _report(export, done=0)
    made = render_pdf(table, on_progress=lambda done: _report(export, done=done))
    file.write(made.content)
    file.flush()
    os.fsync(file.fileno())
    _part_of(export.id).replace(file_of(export.id))
    waiting = PdfExport.objects.filter(id=export.id, stage=PdfExport.Stage.WAITING)
    if not waiting.update(stage=PdfExport.Stage.READY, total=table.count, unshown=list(made.unshown)):
        file_of(export.id).unlink()


def _report(export: PdfExport, *, done: int) -> None:
    same = PdfExport.objects.filter(id=export.id, stage=PdfExport.Stage.WAITING)
    if not same.update(done=done, seen_at=timezone.now()):
        raise Cancelled


def _part_of(export_id: uuid.UUID) -> Path:
    return file_of(export_id).with_suffix(".part")


@contextmanager
def _own_file(export: PdfExport) -> Iterator[BinaryIO]:
    """What becomes the export's file. Its lock says that this process lives: whatever ends it, the system lets go."""
    part = _part_of(export.id)
    part.parent.mkdir(parents=True, exist_ok=True)
    unlocked = part.with_suffix(".new")
    with unlocked.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # Nobody sees it before it is locked.
        unlocked.replace(part)
        try:
            yield file
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _one_at_a_time(export: PdfExport) -> Iterator[None]:
    """Makers wait for one another: a small machine has memory for one."""
    folder = file_of(export.id).parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        while not _taken(lock):
            _report(export, done=0)
            time.sleep(_LOOKS_EVERY_S)
        yield


def _taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
