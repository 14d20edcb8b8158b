"""Check or import a file, in a process of its own. The check only reads, but for the row of its job."""

import os
import time
import uuid
from datetime import date
from functools import partial
from typing import BinaryIO, cast

from django.db import OperationalError
from django.db.models.functions import Now
from django.utils import timezone

from renvoi.domain.places import Language
from renvoi.domain.table import operator_day
from renvoi.downloads.files import part_file, write_progress
from renvoi.downloads.jobs import attempt_of, fail_job
from renvoi.downloads.models import Job
from renvoi.history.recording import Channel
from renvoi.history.running import is_about_the_turn
from renvoi.partners.actions import Confirmed, PlanNotApplied, import_partners
from renvoi.partners.importing.plan import Plan
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.importing.reading.rows import estimate_rows
from renvoi.partners.imports.annotating import annotated
from renvoi.partners.imports.jobs import UPLOADED, drop_other_pieces, read_pieces, store_pieces
from renvoi.partners.imports.report import report_of
from renvoi.partners.models import Operator, PartnerImport

_PRIORITY = 10
_TURNS = 120
_BETWEEN_TURNS_S = 0.5


def run_import(job_id: uuid.UUID) -> None:
    """Do what the job waits for: check its file, or import it. Record that it failed if anything is raised."""
    os.nice(_PRIORITY)
    job = PartnerImport.objects.get(id=job_id)
    try:
        with part_file(job) as file:
            content = read_pieces(job, attempt=UPLOADED)
            if job.is_applying:
                _apply(job, content, file)
            else:
                _check(job, content, file)
    except BaseException:
        fail_job(job)
        raise


def _check(job: PartnerImport, content: bytes, file: BinaryIO) -> None:
    attempt_of(job).update(total=estimate_rows(content), seen_at=Now())
    plan = make_plan(content, today=_today(), on_progress=partial(write_progress, file))
    _show(job, content, plan, has_changed=False)


def _apply(job: PartnerImport, content: bytes, file: BinaryIO) -> None:
    """Import the file, as soon as it is its turn. If its plan has changed, show the new one."""
    rows, count = job.total, job.report["created"] + job.report["changed"]
    attempt_of(job).update(seen_at=Now())
    for turn in range(_TURNS):
        try:
            import_partners(
                content=content,
                confirmed=Confirmed(job.digest, count, job.confirms_replacements, job.credential),
                today=_today(),
                actor=job.confirmed_by,
                channel=cast("Channel", job.channel),
                idempotency_key=job.id,
                on_compared=lambda compared: write_progress(file, min(compared, rows)),
                on_written=lambda written: write_progress(file, rows + written),
            )
        except PlanNotApplied as refused:
            _show(job, content, refused.plan, has_changed=True)
            return
        except OperationalError as error:
            if turn == _TURNS - 1 or not is_about_the_turn(error):
                raise
            time.sleep(_BETWEEN_TURNS_S)
        else:
            attempt_of(job).update(stage=Job.Stage.READY)
            return


def _show(job: PartnerImport, content: bytes, plan: Plan, *, has_changed: bool) -> None:
    """Store what the page shows of a plan, and the file with its problems."""
    report = report_of(plan)
    language: Language = "en" if job.language == "en" else "fr"
    problems = annotated(content, plan, language=language) if plan.errors or plan.warnings else b""
    report["annotated"] = len(problems)
    store_pieces(job, problems, attempt=job.attempt)
    is_stored = attempt_of(job).update(
        stage=Job.Stage.READY,
        report=report,
        digest=plan.digest,
        is_applying=False,
        has_changed=has_changed,
    )
    if is_stored:
        drop_other_pieces(job)


def _today() -> date:
    return operator_day(timezone.now(), time_zone=Operator.objects.get(id=1).time_zone)
