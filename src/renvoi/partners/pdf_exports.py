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
from typing import IO

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import override

from renvoi.domain.places import Language
from renvoi.exports.pdf import render_pdf
from renvoi.partners.exporting import described, printed_table
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import Operator, Partner, PdfExport
from renvoi.people.models import User

_KEPT = timedelta(days=1)
# The maker says that it lives every few seconds; after this silence it was killed.
_SILENT = timedelta(minutes=3)
_LOOKS_EVERY_S = 1.0
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
    """Starts the process that makes it, which outlives this one."""
    process = subprocess.Popen(  # noqa: S603 (our own program, and an id of ours)
        [sys.executable, "-m", _PROGRAM, "make-pdf", str(export_id)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"RENVOI_DATA_DIR": str(settings.CONFIG.data_dir)},
        start_new_session=True,
    )
    Thread(target=process.wait, daemon=True).start()


def make_pdf(export_id: uuid.UUID) -> None:
    """Makes an export's file, unless it was cancelled. For the process that `start_making` starts."""
    os.nice(_NICEST)
    export = PdfExport.objects.get(id=export_id)
    try:
        with suppress(Cancelled), _one_at_a_time(export):
            _make(export)
    except BaseException:
        PdfExport.objects.filter(id=export_id).update(stage=PdfExport.Stage.FAILED)
        raise


def cancel_pdf(*, export_id: uuid.UUID, account: User) -> None:
    """Wants it no more: the maker stops at its next step."""
    waiting = PdfExport.objects.filter(id=export_id, account=account, stage=PdfExport.Stage.WAITING)
    waiting.update(stage=PdfExport.Stage.CANCELLED)


def current_stage(export: PdfExport) -> str:
    """How far it is; failed where its maker has been silent for too long."""
    is_silent = timezone.now() - export.seen_at > _SILENT
    return PdfExport.Stage.FAILED if export.stage == PdfExport.Stage.WAITING and is_silent else export.stage


def file_of(export_id: uuid.UUID) -> Path:
    """Where an export's file is once it is ready."""
    folder: Path = settings.CONFIG.data_dir / "exports"
    return folder / f"{export_id}.pdf"


def forget_old_exports() -> None:
    """Removes the rows and files of more than a day ago."""
    old = PdfExport.objects.filter(ordered_at__lt=timezone.now() - _KEPT)
    for export_id in old.values_list("id", flat=True):
        file_of(export_id).unlink(missing_ok=True)
    old.delete()


def _make(export: PdfExport) -> None:
    language: Language = "en" if export.language == "en" else "fr"
    listing = PartnerListing.from_query(QueryDict(export.query), language=language, today=timezone.localdate())
    partners = listing.exported()
    with override(language):
        told = described(listing, count=partners.count(), all_partners=Partner.objects.filter(trashed_at=None).count())
    about = (Operator.objects.get(id=1).name, listing.today.isoformat(), told)
    table = printed_table(partners, count=export.total, language=language, today=listing.today, about=about)
    _report(export, done=0)
    made = render_pdf(table, on_progress=lambda done: _report(export, done=done))
    _write_whole(file_of(export.id), made.content)
    export.stage, export.unshown = PdfExport.Stage.READY, list(made.unshown)
    export.save(update_fields=["stage", "unshown"])


def _report(export: PdfExport, *, done: int) -> None:
    same = PdfExport.objects.filter(id=export.id, stage=PdfExport.Stage.WAITING)
    if not same.update(done=done, seen_at=timezone.now()):
        raise Cancelled


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_suffix(".part")
    with own.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    own.replace(path)


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
