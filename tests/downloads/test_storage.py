"""Files are stored whole and read in bounded pieces; what is deleted or was never there can't look whole."""

import tracemalloc
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from renvoi.downloads.files import file_path
from renvoi.downloads.jobs import current_stage, delete_old_jobs, fail_job, start_queued
from renvoi.downloads.models import Download, DownloadPiece, kinds_of_jobs
from renvoi.downloads.storage.engines import open_content, open_storage
from renvoi.downloads.storage.protocol import PIECE_BYTES, ContentMissing
from renvoi.downloads.upkeep import MAX_ATTEMPTS, Upkeep, queue_abandoned
from renvoi.people.models import User
from tests.databases import SERVER, on_postgresql, on_sqlite

pytestmark = pytest.mark.django_db

CONTENT = b"".join(number.to_bytes(4, "big") for number in range(PIECE_BYTES * 7 // 8))
"""Three and a half pieces."""


@pytest.fixture
def download(odile: User) -> Iterator[Download]:
    ordered = Download.objects.create(account=odile, language="fr", total=1)
    yield ordered
    file_path(ordered.id).unlink(missing_ok=True)


def store(download: Download, content: bytes) -> None:
    part = file_path(download.id).with_suffix(".part")
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(content)
    size = open_storage().store(download, part)
    assert not part.exists()
    Download.objects.filter(id=download.id).update(stage=Download.Stage.READY, size=size)
    download.refresh_from_db()


def read(download: Download) -> bytes:
    opened = open_content(download)
    try:
        return b"".join(opened.pieces)
    finally:
        opened.close()


@pytest.mark.parametrize("content", [b"%PDF-", CONTENT[:PIECE_BYTES], CONTENT], ids=len)
def test_stored_file_is_read_in_bounded_pieces(download: Download, content: bytes) -> None:
    store(download, content)
    opened = open_content(download)
    pieces = list(opened.pieces)
    opened.close()
    assert b"".join(pieces) == content
    assert (opened.size, max(map(len, pieces)) <= PIECE_BYTES) == (len(content), True)
    assert DownloadPiece.objects.count() == (len(pieces) if SERVER else 0)


def test_memory_of_storing_and_reading_does_not_depend_on_the_size(download: Download) -> None:
    content = CONTENT * 16
    tracemalloc.start()
    try:
        store(download, content)
        opened = open_content(download)
        assert sum(map(len, opened.pieces)) == len(content)
        opened.close()
        assert tracemalloc.get_traced_memory()[1] < 10 * PIECE_BYTES < len(content) / 4
    finally:
        tracemalloc.stop()


@on_postgresql
def test_file_that_is_deleted_while_it_is_read_raises(download: Download) -> None:
    store(download, CONTENT)
    pieces = open_content(download).pieces
    next(pieces)
    DownloadPiece.objects.all().delete()
    with pytest.raises(ContentMissing):
        next(pieces)


@on_sqlite
def test_file_that_is_deleted_while_it_is_read_is_read_to_its_end(download: Download) -> None:
    store(download, CONTENT)
    opened = open_content(download)
    open_storage().discard(download)
    assert b"".join(opened.pieces) == CONTENT
    opened.close()


def test_file_that_was_never_stored_is_missing(download: Download) -> None:
    with pytest.raises(ContentMissing):
        read(download)


def test_file_of_an_older_version_is_read_from_the_data_folder(download: Download) -> None:
    """Until this version PostgreSQL had no pieces, and no size was recorded."""
    file_path(download.id).parent.mkdir(exist_ok=True)
    file_path(download.id).write_bytes(b"%PDF-1.7")
    assert read(download) == b"%PDF-1.7"


def test_file_goes_with_its_row_without_being_read(download: Download) -> None:
    store(download, CONTENT)
    Download.objects.update(ordered_at=timezone.now() - timedelta(hours=25))
    with CaptureQueriesContext(connection) as queries:
        Upkeep().run()
    assert not Download.objects.exists()
    assert not DownloadPiece.objects.exists()
    assert not file_path(download.id).exists()
    assert not [query for query in queries.captured_queries if '"content"' in query["sql"]]


def test_files_of_the_last_day_stay(download: Download) -> None:
    store(download, CONTENT)
    Download.objects.update(ordered_at=timezone.now() - timedelta(hours=23))
    with CaptureQueriesContext(connection) as queries:
        delete_old_jobs()
    assert len(queries) == len(kinds_of_jobs())
    assert read(download) == CONTENT


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[uuid.UUID, int]]:
    """The makers that would have been started."""
    makers: list[tuple[uuid.UUID, int]] = []
    monkeypatch.setattr("renvoi.downloads.jobs.start_maker", lambda one, _slot: makers.append((one.id, one.attempt)))
    return makers


def take_up_abandoned() -> None:
    queue_abandoned()
    start_queued()


def silent_for(download: Download, *, seconds: float) -> None:
    Download.objects.filter(id=download.id).update(seen_at=timezone.now() - timedelta(seconds=seconds))


def test_silent_download_is_taken_up_once_and_fails_after_three_attempts(
    download: Download, started: list[tuple[uuid.UUID, int]]
) -> None:
    silent_for(download, seconds=5)
    take_up_abandoned()
    assert started == []
    for attempt in range(2, MAX_ATTEMPTS + 1):
        silent_for(download, seconds=30)
        take_up_abandoned()
        take_up_abandoned()
        assert started[-1] == (download.id, attempt)
    assert len(started) == MAX_ATTEMPTS - 1
    silent_for(download, seconds=30)
    take_up_abandoned()
    download.refresh_from_db()
    assert download.stage == Download.Stage.FAILED
    assert len(started) == MAX_ATTEMPTS - 1


@pytest.mark.parametrize("stage", ["ready", "empty", "failed", "cancelled"])
def test_download_that_has_ended_is_not_taken_up(
    download: Download, started: list[tuple[uuid.UUID, int]], stage: str
) -> None:
    Download.objects.update(stage=stage)
    silent_for(download, seconds=30)
    take_up_abandoned()
    assert started == []


@on_postgresql
def test_download_that_nobody_takes_up_is_shown_as_failed(download: Download) -> None:
    silent_for(download, seconds=45)
    assert current_stage(download) == Download.Stage.WAITING
    silent_for(download, seconds=75)
    assert current_stage(download) == Download.Stage.FAILED


def test_failure_of_an_earlier_attempt_is_ignored(download: Download) -> None:
    Download.objects.update(attempt=2)
    fail_job(download)
    assert Download.objects.get().stage == Download.Stage.WAITING
    fail_job(Download.objects.get())
    assert Download.objects.get().stage == Download.Stage.FAILED
