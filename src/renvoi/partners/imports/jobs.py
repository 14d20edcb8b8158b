"""Order the check of a file, confirm its import, start it again, and find out what has become of it.

The files are in the database, in pieces, where every host sees them; each statement is short.
"""

import uuid
from typing import Literal, get_args

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from renvoi.domain.places import Language
from renvoi.downloads.jobs import attempt_of, current_stage, delete_old_jobs, fail_job, recent, start_queued
from renvoi.downloads.models import Job
from renvoi.downloads.storage.protocol import PIECE_BYTES
from renvoi.history.models import ChangeSet
from renvoi.history.recording import Channel
from renvoi.partners.models import ImportPiece, PartnerImport
from renvoi.people.models import User

State = Literal["checking", "checked", "importing", "imported", "check failed", "import failed"]
STATES: tuple[State, ...] = get_args(State)

UPLOADED = 0
"""The attempt of the file that was uploaded: makers count from 1."""
MAX_UNFINISHED = 5
"""How many files of an account may be waiting or under way."""
_NAME_LENGTH = 255
_LONGEST_BLOCK = 1_000_000


class TooManyImports(Exception):
    """The account has MAX_UNFINISHED files that are waiting or under way."""


def order_check(
    content: bytes, *, file_name: str, language: Language, account: User, idempotency_key: uuid.UUID | None = None
) -> PartnerImport:
    """Store a file and have it checked. Raises TooManyImports. Old and dead jobs are cleaned up first.

    One idempotency key, which is the id of the job, stores one file.
    """
    delete_old_jobs()
    with transaction.atomic():
        # Orders of one account take turns, so that they can't exceed the number together.
        User.objects.select_for_update().get(id=account.pk)
        if idempotency_key and (earlier := PartnerImport.objects.filter(id=idempotency_key).first()) is not None:
            return earlier
        if _count_unfinished(account) >= MAX_UNFINISHED:
            raise TooManyImports
        job = PartnerImport.objects.create(
            id=idempotency_key or uuid.uuid4(),
            account=account,
            file_name=file_name[:_NAME_LENGTH],
            language=language,
            total=0,
            attempt=0,
            is_queued=True,
            seen_at=Now(),
        )
        store_pieces(job, content, attempt=UPLOADED)
    start_queued()
    return job


def recent_imports() -> QuerySet[PartnerImport]:
    """Return the files of less than a day ago, of all accounts: anybody may go on with them."""
    return recent(PartnerImport)


def state_of(job: PartnerImport) -> State:
    """Return what has become of a file. It was imported if the history has the change set with its id, whatever else
    happened to the process.
    """
    stage = current_stage(job)
    if ChangeSet.objects.filter(id=job.id).exists():
        return "imported"
    if stage == Job.Stage.WAITING:
        return "importing" if job.is_applying else "checking"
    if stage == Job.Stage.READY and not job.is_applying:
        return "checked"
    return "import failed" if job.is_applying else "check failed"


def confirm_import(
    job: PartnerImport,
    *,
    digest: str,
    confirms_replacements: bool,
    actor: User,
    channel: Channel = "console",
    credential: str = "",
) -> bool:
    """Have the plan with that digest carried out; False if it is not the one that the job has now, or is under way."""
    confirmed = PartnerImport.objects.filter(id=job.id, stage=Job.Stage.READY, is_applying=False, digest=digest).update(
        stage=Job.Stage.WAITING,
        is_applying=True,
        is_queued=True,
        done=0,
        has_changed=False,
        confirmed_by=actor,
        confirms_replacements=confirms_replacements,
        channel=channel,
        credential=credential,
        seen_at=Now(),
    )
    if confirmed:
        start_queued()
    return bool(confirmed)


def check_again(job: PartnerImport) -> None:
    """Have a file whose process has died checked again. It does nothing to one that was taken up meanwhile."""
    fail_job(job)
    failed = PartnerImport.objects.filter(id=job.id, attempt=job.attempt, stage=Job.Stage.FAILED)
    restarted = failed.update(stage=Job.Stage.WAITING, is_applying=False, is_queued=True, done=0, seen_at=Now())
    if restarted:
        start_queued()


def store_pieces(job: PartnerImport, content: bytes, *, attempt: int) -> None:
    """Store a file of a job, piece by piece."""
    for number, start in enumerate(range(0, len(content), PIECE_BYTES)):
        piece = content[start : start + PIECE_BYTES]
        ImportPiece.objects.create(job=job, attempt=attempt, number=number, content=piece)


def read_pieces(job: PartnerImport, *, attempt: int) -> bytes:
    """Return a file of a job; empty if it has none."""
    pieces = ImportPiece.objects.filter(job=job, attempt=attempt).order_by("number")
    return b"".join(bytes(content) for content in pieces.values_list("content", flat=True))


def pasted_rows(job: PartnerImport) -> str:
    """Return the block that was pasted, to be corrected; empty for a file, and for more than a page can have."""
    if job.file_name:
        return ""
    content = read_pieces(job, attempt=UPLOADED)
    return content.decode(errors="replace") if len(content) <= _LONGEST_BLOCK else ""


def drop_other_pieces(job: PartnerImport) -> None:
    """Delete the files that earlier attempts at the job made."""
    ImportPiece.objects.filter(job=job).exclude(attempt__in=[UPLOADED, job.attempt]).delete()


def _count_unfinished(account: User) -> int:
    unfinished = 0
    for job in recent_imports().filter(account=account, stage=Job.Stage.WAITING).defer("report"):
        stage = current_stage(job)
        unfinished += stage == Job.Stage.WAITING
        if stage == Job.Stage.FAILED:
            attempt_of(job).update(stage=Job.Stage.FAILED)
    return unfinished
