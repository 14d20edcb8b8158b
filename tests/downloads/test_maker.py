"""`make_download` renders any table to a PDF and records how the job ended."""

import io
import os

import pytest
from pypdf import PdfReader

from renvoi.downloads.maker import make_download
from renvoi.downloads.models import Download
from renvoi.downloads.storage.engines import open_content, open_storage
from renvoi.downloads.storage.protocol import ContentMissing
from renvoi.exports.table import Column, Table
from renvoi.people.models import User

pytestmark = pytest.mark.django_db

COLUMNS = (Column(heading="Vessel", kind="name"), Column(heading="Port", kind="text"))


def table_of(*rows: tuple[str, str]) -> Table:
    return Table(title="Ships", language="en", columns=COLUMNS, rows=iter(rows), count=len(rows), about=())


def is_missing(download: Download) -> bool:
    """Whether nothing is stored of the download."""
    try:
        b"".join(open_storage().open(Download(id=download.id, attempt=download.attempt, size=1)).pieces)
    except ContentMissing:
        return True
    return False


@pytest.fixture
def download(odile: User, monkeypatch: pytest.MonkeyPatch) -> Download:
    monkeypatch.setattr("renvoi.downloads.maker.os.nice", lambda _: 0)
    return Download.objects.create(account=odile, language="en", query="of=ships", total=9)


def test_make_download_renders_any_table(download: Download) -> None:
    queries = []

    def ships(ordered: Download) -> Table:
        queries.append(ordered.query)
        return table_of(("Aurora", "Gaspé"), ("Borée", "Sorel"))

    make_download(download.id, table_of=ships)
    download.refresh_from_db()
    assert (download.stage, download.total, queries) == (Download.Stage.READY, 2, ["of=ships"])
    assert download.done == 2
    opened = open_content(download)
    content = b"".join(opened.pieces)
    opened.close()
    assert len(content) == download.size
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "Aurora" in text
    assert "Sorel" in text


def test_make_download_of_empty_table_makes_no_file(download: Download) -> None:
    make_download(download.id, table_of=lambda _: table_of())
    download.refresh_from_db()
    assert (download.stage, download.total) == (Download.Stage.EMPTY, 0)
    assert is_missing(download)


def test_make_download_records_failure(download: Download) -> None:
    with pytest.raises(ZeroDivisionError):
        make_download(download.id, table_of=lambda _: table_of()[1 // 0])  # type: ignore[index]
    download.refresh_from_db()
    assert download.stage == Download.Stage.FAILED


def test_make_download_leaves_cancelled_download_cancelled(download: Download) -> None:
    Download.objects.filter(id=download.id).update(stage=Download.Stage.CANCELLED)
    make_download(download.id, table_of=lambda _: table_of(("Aurora", "Gaspé")))
    download.refresh_from_db()
    assert download.stage == Download.Stage.CANCELLED
    assert is_missing(download)


def test_maker_that_was_replaced_stores_nothing(download: Download) -> None:
    def ships(_: Download) -> Table:
        replace_maker_of(download)
        return table_of(("Aurora", "Gaspé"))

    make_download(download.id, table_of=ships)
    download.refresh_from_db()
    assert (download.stage, download.size) == (Download.Stage.WAITING, 0)
    assert is_missing(download)


def test_maker_that_was_replaced_at_its_end_discards_its_file(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []

    def sync(descriptor: int) -> None:
        stored.append(os.fstat(descriptor).st_size)
        replace_maker_of(download)

    monkeypatch.setattr("renvoi.downloads.maker.os.fsync", sync)
    make_download(download.id, table_of=lambda _: table_of(("Aurora", "Gaspé")))
    assert stored[0] > 0
    assert is_missing(download)
    download.refresh_from_db()
    assert (download.stage, download.size) == (Download.Stage.WAITING, 0)


def test_failure_of_a_maker_that_was_replaced_fails_nothing(download: Download) -> None:
    def ships(_: Download) -> Table:
        replace_maker_of(download)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make_download(download.id, table_of=ships)
    download.refresh_from_db()
    assert download.stage == Download.Stage.WAITING


def replace_maker_of(download: Download) -> None:
    """Do what another host does when it takes the download up."""
    Download.objects.filter(id=download.id).update(attempt=download.attempt + 1)
