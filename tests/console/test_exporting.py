"""Exports: the window, CSV and XLSX with the selected or matching rows, and the PDF."""

import csv
import io
from pathlib import Path
from typing import IO, Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from renvoi.downloads import spooling, temporary
from renvoi.downloads.files import file_path
from renvoi.downloads.jobs import fail_job
from renvoi.downloads.maker import make_download
from renvoi.downloads.models import Download
from renvoi.exports.delimited import unescape_formula
from renvoi.partners.exporting import COLUMN_NAMES, downloaded_table
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, PRAIRIE, TUNDRA, a_partner, crowd, sample, stored
from tests.console.browsing import Browsing
from tests.corpora import corpus
from tests.databases import SERVER

CSV = "/console/partners/export/csv/"
PDF = "/console/partners/export/pdf/"


def download(account: User, path: str, **fields: str) -> tuple[Any, bytes]:
    """Return the response and its complete streamed body."""

    async def ask() -> tuple[Any, bytes]:
        client = AsyncClient()
        await client.aforce_login(account)
        response: Any = await (client.post(path, fields) if fields else client.get(path))
        return response, b"".join([piece async for piece in response.streaming_content])

    return async_to_sync(ask)()


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def rows_of(content: bytes, *, delimiter: str = ",") -> list[list[str]]:
    """The cells, after the byte order mark by which Excel recognizes UTF-8."""
    assert content.startswith(b"\xef\xbb\xbf")
    return [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)]


def test_window_states_the_count(console: Browsing) -> None:
    crowd(30)
    page = console.open(f"{CSV}?name=partner")
    assert page.title == "Exporter vers un fichier CSV"
    assert "Aucun partenaire coché\u00a0: les 30 de la liste seront exportés." in page.text
    assert page.one("input", id="file_name")["value"] == "Partners.csv"
    one, other = Partner.objects.values_list("id", flat=True)[:2]
    selected = console.open(f"{CSV}?selected={one}&selected={other}")
    assert "Les 2 partenaires sélectionnés seront exportés." in selected.text


def test_export_of_an_empty_list_has_no_button(console: Browsing) -> None:
    page = console.open(f"{CSV}?name=nobody")
    assert "Il n’y a aucun partenaire à exporter." in page.text
    assert [button.text for button in page.one("main").all("button")] == []


def test_file_has_the_search_and_order_of_the_list(odile: User) -> None:
    for values in (ALO_BRASIL, AZULEJO, PRAIRIE, TUNDRA):
        stored(values)
    response, content = download(odile, CSV, list="countries=portugal&sort=-name", format="csv", separator=",")
    assert response["Content-Disposition"] == 'attachment; filename="Partners.csv"'
    assert content.startswith(b"\xef\xbb\xbfNum\xc3\xa9ro,Nom,URL en anglais")
    rows = rows_of(content)
    assert [row[1] for row in rows[1:]] == [AZULEJO.name, ALO_BRASIL.name]
    assert len(rows[0]) == len(COLUMN_NAMES)
    assert content.endswith(b"\r\n")


def test_only_selected_rows_are_exported(odile: User) -> None:
    ids = [stored(values).id for values in (ALO_BRASIL, AZULEJO, PRAIRIE)]
    _, some = download(odile, CSV, list=f"selected={ids[0]}&selected={ids[2]}", format="csv")
    assert [row[0] for row in rows_of(some)[1:]] == [str(ids[0]), str(ids[2])]
    _, but_one = download(odile, CSV, list=f"selected=all&except={ids[0]}", format="csv")
    assert [row[0] for row in rows_of(but_one)[1:]] == [str(ids[1]), str(ids[2])]


def test_export_of_all_pages_takes_a_fixed_number_of_queries(odile: User) -> None:
    crowd(1500)
    counts = []
    for query, row_count in (("name=partner 000", 9), ("per_page=25&selected=all", 1500)):
        with CaptureQueriesContext(connection) as asked:
            _, content = download(odile, CSV, list=query, format="csv")
        counts.append(len(asked))
        assert len(rows_of(content)) == 1 + row_count
    assert counts[0] == counts[1]


def test_separator_is_remembered_and_file_name_gets_its_extension(odile: User) -> None:
    stored(ALO_BRASIL)
    response, content = download(odile, CSV, list="", format="csv", separator=";", file_name="MesPartenaires")
    assert response["Content-Disposition"] == 'attachment; filename="MesPartenaires.csv"'
    assert rows_of(content, delimiter=";")[1][1] == ALO_BRASIL.name
    odile.refresh_from_db()
    assert odile.csv_separator == ";"


def hostile() -> list[str]:
    texts = [text for text in corpus("csv_formulas") + corpus("naughty_strings") if text.strip() and text.isprintable()]
    return [*texts[:30], *sample(texts[30:], 30)]


def test_hostile_values_are_inert_and_read_back_exactly(odile: User) -> None:
    texts = hostile()
    descriptions = {}
    for number, text in enumerate(texts):
        partner = stored(a_partner(f"Partner {number}", "BR", description_en=text[:255].strip()))
        descriptions[str(partner.id)] = partner.description_en
    _, content = download(odile, CSV, list="", format="csv")
    rows = rows_of(content)[1:]
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]
    assert {row[0]: unescape_formula(row[4]) for row in rows} == descriptions
    _, workbook = download(odile, CSV, list="", format="xlsx", file_name="Partners.csv")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()
    assert {row[0]: row[4] for row in sheet[1:]} == descriptions


def test_pdf_is_ordered_once_and_its_progress_shown(console: Browsing, odile: User) -> None:
    stored(ALO_BRASIL)
    opened = console.open(f"{PDF}?countries=br")
    assert opened.title == "Exporter vers un fichier PDF"
    assert opened.one("input", name="list")["value"] == "countries=br"
    ordered = signed_in(odile).post(PDF, {"list": "countries=br"})
    export = Download.objects.get()
    assert (ordered["Location"], export.total, export.account) == (f"{PDF}{export.id}/", 1, odile)
    followed = console.open(f"{PDF}{export.id}/")
    assert "0 sur 1" in followed.text
    make_download(export.id, table_of=downloaded_table)
    assert "est prêt" in console.open(f"{PDF}{export.id}/").text
    response, content = download(odile, f"{PDF}{export.id}/Partners.pdf")
    assert response["Content-Disposition"] == 'inline; filename="Partners.pdf"'
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert ALO_BRASIL.name in text
    assert "1 partenaire sur 1, pays contenant" in text
    saved, _ = download(odile, f"{PDF}{export.id}/Partners.pdf?copy=1")
    assert saved["Content-Disposition"].startswith("attachment")


def test_unread_responses_close_their_files(odile: User, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(ALO_BRASIL)
    export = Download.objects.create(account=odile, language="fr", total=1)
    make_download(export.id, table_of=downloaded_table)
    opened: list[IO[Any]] = []
    open_path, open_temporary = Path.open, temporary.open_unnamed_file

    def recorded_path(path: Path, *arguments: Any, **keywords: Any) -> IO[Any]:
        file: IO[Any] = open_path(path, *arguments, **keywords)
        if path == file_path(export.id):
            opened.append(file)
        return file

    def recorded_temporary() -> IO[Any]:
        opened.append(open_temporary())
        return opened[-1]

    monkeypatch.setattr(Path, "open", recorded_path)
    monkeypatch.setattr(spooling, "open_unnamed_file", recorded_temporary)
    pdf = signed_in(odile).get(f"{PDF}{export.id}/Partners.pdf")
    workbook = signed_in(odile).post(CSV, {"list": "", "format": "xlsx"})
    # On PostgreSQL the PDF is no file.
    assert [file.closed for file in opened] == [False] * (1 if SERVER else 2)
    pdf.close()
    workbook.close()
    assert all(file.closed for file in opened)


def test_cancelled_pdf_is_not_made(console: Browsing, odile: User) -> None:
    stored(ALO_BRASIL)
    signed_in(odile).post(PDF)
    export = Download.objects.get()
    signed_in(odile).post(f"{PDF}{export.id}/cancel/")
    assert "annulée" in console.open(f"{PDF}{export.id}/").text
    make_download(export.id, table_of=downloaded_table)
    assert signed_in(odile).get(f"{PDF}{export.id}/Partners.pdf").status_code == 404
    assert Client().get(f"{PDF}{export.id}/").status_code == 302


def test_failed_pdf_can_be_ordered_again(console: Browsing, odile: User) -> None:
    stored(ALO_BRASIL)
    signed_in(odile).post(PDF, {"list": "countries=br"})
    failed = Download.objects.get()
    fail_job(failed)
    page = console.open(f"{PDF}{failed.id}/")
    assert "n’a pas pu être produit" in page.text
    assert page.one("form", action=PDF).one("button").text == "Réessayer"
    ordered = signed_in(odile).post(PDF, {"list": page.one("input", name="list")["value"]})
    again = Download.objects.exclude(id=failed.id).get()
    assert (ordered["Location"], again.query) == (f"{PDF}{again.id}/", failed.query)


def test_pdf_of_another_account_is_not_found(english_console: Browsing, odile: User) -> None:
    export = Download.objects.create(account=odile, language="fr", total=1)
    assert english_console.open(f"{PDF}{export.id}/").status == 404
