"""`make_download` renders any table to a PDF and records how the job ended."""

import io

import pytest
from pypdf import PdfReader

from renvoi.downloads.files import file_path
from renvoi.downloads.maker import make_download
from renvoi.downloads.models import Download
from renvoi.exports.table import Column, Table
from renvoi.people.models import User

pytestmark = pytest.mark.django_db

COLUMNS = (Column(heading="Vessel", kind="name"), Column(heading="Port", kind="text"))


def table_of(*rows: tuple[str, str]) -> Table:
    return Table(title="Ships", language="en", columns=COLUMNS, rows=iter(rows), count=len(rows), about=())


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
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(file_path(download.id).read_bytes())).pages)
    assert "Aurora" in text
    assert "Sorel" in text


def test_make_download_of_empty_table_makes_no_file(download: Download) -> None:
    make_download(download.id, table_of=lambda _: table_of())
    download.refresh_from_db()
    assert (download.stage, download.total) == (Download.Stage.EMPTY, 0)
    assert not file_path(download.id).exists()


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
    assert not file_path(download.id).exists()
