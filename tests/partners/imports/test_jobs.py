"""The jobs of imports: a check leaves nothing and holds nobody up, old files go, an account has five at once."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from renvoi.downloads.jobs import delete_old_jobs
from renvoi.partners.importing import planning
from renvoi.partners.importing.matching import match_rows
from renvoi.partners.imports.jobs import (
    MAX_UNFINISHED,
    UPLOADED,
    TooManyImports,
    confirm_import,
    order_check,
    read_pieces,
    recent_imports,
    state_of,
)
from renvoi.partners.imports.running import run_import
from renvoi.partners.models import ImportPiece, Partner, PartnerImport
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, colleague, stored, with_changes
from tests.partners.acting import update
from tests.partners.importing.files import NUMBERED, csv_file, numbered

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renvoi.downloads.jobs.start_maker", lambda *_job: None)
    monkeypatch.setattr("renvoi.partners.imports.running.os.nice", lambda _: 0)


def ordered(content: bytes, account: User) -> PartnerImport:
    job = order_check(content, file_name="Partners.csv", language="fr", account=account)
    job.refresh_from_db()
    return job


def everything() -> dict[str, Any]:
    """All rows but those of the job, and the sequences."""
    models = [model for model in apps.get_models() if model not in {PartnerImport, ImportPiece}]
    rows: dict[str, Any] = {model.__name__: [*model._base_manager.order_by("pk").values()] for model in models}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
        else:
            cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY 1")
        rows["sequences"] = cursor.fetchall()
    return rows


@pytest.mark.django_db
def test_upload_and_check_leave_nothing_but_the_job(odile: User) -> None:
    stored(ALO_BRASIL)
    before = everything()
    job = ordered(csv_file(NUMBERED, *numbered(600)), odile)
    run_import(job.id)
    job.refresh_from_db()
    assert (state_of(job), job.report["created"]) == ("checked", 600)
    assert everything() == before
    confirm_import(job, digest=job.digest, confirms_replacements=False, actor=odile)
    run_import(job.id)
    assert everything() != before


@pytest.mark.usefixtures("committed")
def test_no_writer_waits_for_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    account, alo = colleague(), stored(ALO_BRASIL)
    job = ordered(csv_file(["name", "priority"], [ALO_BRASIL.name, 2]), account)
    reading, written = Event(), Event()

    def match_and_wait(*arguments: Any) -> Iterator[Any]:
        outcomes = [*match_rows(*arguments)]
        reading.set()
        assert written.wait(PATIENCE_S)
        return iter(outcomes)

    def check() -> None:
        try:
            run_import(job.id)
        finally:
            connection.close()

    monkeypatch.setattr(planning, "match_rows", match_and_wait)
    with ThreadPoolExecutor(max_workers=1) as pool:
        checking = pool.submit(check)
        assert reading.wait(PATIENCE_S)
        update(alo, with_changes(ALO_BRASIL, priority=1))
        written.set()
        checking.result(PATIENCE_S)
    job.refresh_from_db()
    assert state_of(job) == "checked"
    assert Partner.objects.get().priority == 1


@pytest.mark.django_db
def test_large_file_comes_back_whole(odile: User) -> None:
    content = csv_file(NUMBERED, *numbered(20_000))
    job = ordered(content, odile)
    assert ImportPiece.objects.filter(job=job).count() > 1
    assert read_pieces(job, attempt=UPLOADED) == content


@pytest.mark.django_db
def test_files_of_yesterday_are_deleted(odile: User) -> None:
    job = ordered(csv_file(NUMBERED, *numbered(3)), odile)
    delete_old_jobs()
    assert recent_imports().get() == job
    PartnerImport.objects.update(ordered_at=timezone.now() - timedelta(hours=25))
    assert not recent_imports().exists()
    delete_old_jobs()
    assert not PartnerImport.objects.exists()
    assert not ImportPiece.objects.exists()


@pytest.mark.django_db
def test_account_has_a_few_unfinished_files_at_most(odile: User, wendy: User) -> None:
    content = csv_file(NUMBERED, *numbered(1))
    for _ in range(MAX_UNFINISHED):
        ordered(content, odile)
    with pytest.raises(TooManyImports):
        ordered(content, odile)
    run_import(ordered(content, wendy).id)
    run_import(recent_imports().filter(account=odile).earliest("ordered_at").id)
    ordered(content, odile)


@pytest.mark.django_db
def test_process_that_was_replaced_changes_nothing(odile: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ordered(csv_file(NUMBERED, *numbered(3)), odile)

    def replace_first(*_arguments: Any, **_options: Any) -> Any:
        PartnerImport.objects.update(attempt=job.attempt + 1)
        return planning.make_plan(*_arguments, **_options)

    monkeypatch.setattr("renvoi.partners.imports.running.make_plan", replace_first)
    run_import(job.id)
    job.refresh_from_db()
    assert (job.stage, job.digest) == (PartnerImport.Stage.WAITING, "")


@pytest.mark.django_db
def test_only_the_plan_that_was_shown_is_confirmed(odile: User) -> None:
    job = ordered(csv_file(NUMBERED, *numbered(1)), odile)
    assert not confirm_import(job, digest="", confirms_replacements=False, actor=odile)
    run_import(job.id)
    job.refresh_from_db()
    assert not confirm_import(job, digest=uuid.uuid4().hex, confirms_replacements=False, actor=odile)
    assert confirm_import(job, digest=job.digest, confirms_replacements=False, actor=odile)
    assert not confirm_import(job, digest=job.digest, confirms_replacements=False, actor=odile)
