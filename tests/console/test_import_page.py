"""The import page: upload or paste, the check, and the import of exactly what was shown."""

import csv
import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from renvoi.history.models import Change, ChangeSet
from renvoi.partners.fields import PartnerValues
from renvoi.partners.importing.headings import is_heading
from renvoi.partners.importing.reading.rows import read_rows
from renvoi.partners.models import Partner, PartnerImport
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, crowd, stored, with_changes
from tests.console.browsing import Browsing, Page
from tests.console.importing import (
    HEADINGS,
    IMPORT,
    alerts,
    checked,
    counts,
    imported,
    job_of,
    run,
    tokens,
    upload,
)
from tests.partners.importing.files import NUMBERED, csv_file, exported, numbered, xlsx_file

pytestmark = pytest.mark.django_db
EPERLAN = ["Éperlan", "https://eperlan.example/", "FR"]


def table_rows(page: Page) -> list[list[str]]:
    body = page.all("div", class_="scrolling")[0].one("tbody")
    return [[cell.text for cell in row.all("td")] for row in body.all("tr")]


def test_file_is_checked_then_imported(console: Browsing, odile: User) -> None:
    alo = stored(ALO_BRASIL)
    page = checked(console, [["id", *HEADINGS], [alo.id, "Aló", ALO_BRASIL.url_en, "BR"], ["", *EPERLAN]])
    assert page.title == "Vérification (rien n’est enregistré)"
    assert counts(page) == {
        "À créer": "1",
        "À modifier": "1",
        "Identiques": "0",
        "Lignes répétées": "0",
        "Erreurs": "0",
    }
    assert "Créer 1 partenaire et en modifier 1" in page.form().text
    changed = page.one("table", class_="changed")
    assert changed.one("caption").text == "Aló Brasil ligne 2"
    assert [cell.text for cell in changed.one("tbody").all("td")] == [
        "Aló Brasil",
        "Aló",
        "Brésil (BR); Portugal (PT)",
        "Brésil (BR)",
    ]
    assert [" ".join(item.text.split()) for item in page.one("ul", class_="answers").all("li")] == [
        "France personne →puis Éperlan",
        "Portugal Aló Brasil →puis personne",
    ]
    assert not ChangeSet.objects.filter(id=job_of(page).id).exists()
    page = imported(console, page)
    assert page.title == "Importation terminée"
    assert alerts(page) == ["1 partenaire créé et 1 modifié. Le fichier est importé en entier. Annuler l’importation"]
    assert {*Partner.objects.values_list("name", flat=True)} == {"Aló", "Éperlan"}
    change_set = ChangeSet.objects.get(id=job_of(page).id)
    assert (change_set.actor, change_set.channel) == (odile, "console")
    assert Change.objects.filter(change_set=change_set).count() == 2


def test_page_is_in_the_language_of_the_one_who_opens_it(console: Browsing, english_console: Browsing) -> None:
    page = checked(console, [HEADINGS, ["Éperlan", "ftp://eperlan.example/", "FR"]])
    english = english_console.open(page.path)
    assert english.title == "Check (nothing is saved)"
    assert table_rows(page)[0][:2] == table_rows(english)[0][:2] == ["2", "url_en"]
    assert "http" in table_rows(english)[0][2]
    assert table_rows(page)[0][2] != table_rows(english)[0][2]


def test_colleague_may_import_what_another_uploaded(console: Browsing, english_console: Browsing, wendy: User) -> None:
    page = checked(console, [HEADINGS, EPERLAN])
    page = imported(english_console, english_console.open(page.path))
    assert ChangeSet.objects.get(id=job_of(page).id).actor == wendy


def test_pasted_block_is_checked(console: Browsing) -> None:
    page = checked(console, "name\turl_en\tcountries\nÉperlan\thttps://eperlan.example/\tFrance\n")
    assert counts(page)["À créer"] == "1"
    assert "Lignes collées" in page.one("div", class_="page-title").text


def test_long_pasted_block_arrives_as_a_file(console: Browsing) -> None:
    block = csv_file(NUMBERED, *numbered(20_000), separator="\t")
    page = console.open(IMPORT)
    sent = console.send(page, action=IMPORT, follow=False, file=None, pasted=SimpleUploadedFile("pasted.txt", block))
    assert sent.status == 303
    assert job_of(sent).file_name == ""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Le fichier est vide : il n’a aucune ligne sous ses entêtes."),
        (b"name,url_en,countries\r\n", "Le fichier est vide : il n’a aucune ligne sous ses entêtes."),
        (
            b"%PDF-1.7 \x00\x01",
            "Ce n’est ni un fichier CSV ni un fichier XLSX. Enregistrez-le dans l’un de ces formats.",
        ),
        (
            b"PK\x03\x04 and nothing more",
            "Ce classeur est endommagé, ou n’est pas un XLSX. Enregistrez-le de nouveau en XLSX.",
        ),
        (b"x" * (20 * 1024 * 1024 + 1), "Le fichier dépasse 20 Mo. Divisez-le en plusieurs fichiers."),
    ],
    ids=["nothing", "headings only", "PDF", "damaged", "too large"],
)
def test_file_that_can_not_be_read_is_refused_beside_its_field(
    console: Browsing, content: bytes, sentence: str
) -> None:
    response = upload(console, content)
    assert response.status == 422
    assert {*response.errors} == {"file"}
    assert response.errors["file"].replace("\xa0", " ") == sentence
    assert not PartnerImport.objects.exists()


def test_refused_block_is_still_there(console: Browsing) -> None:
    response = upload(console, "name\turl_en\tcountries\n")
    assert response.status == 422
    assert {*response.errors} == {"pasted"}
    assert response.one("textarea").raw_text.strip() == "name\turl_en\tcountries"


def test_file_and_block_together_are_refused(console: Browsing) -> None:
    page = console.open(IMPORT)
    sent = console.send(
        page,
        action=IMPORT,
        follow=False,
        pasted="name",
        file=SimpleUploadedFile("partners.csv", csv_file(HEADINGS, EPERLAN)),
    )
    assert (sent.status, {*sent.errors}) == (422, {"pasted"})
    assert upload(console, "").errors.keys() == {"file"}


def test_every_error_is_shown_and_nothing_can_be_imported(console: Browsing) -> None:
    page = checked(console, [HEADINGS, ["", "https://a.example/", "FR"], ["B", "b", "Atlantide"], EPERLAN])
    assert [row[:2] for row in table_rows(page)] == [["2", "name"], ["3", "url_en"], ["3", "countries"]]
    assert not page.all("button", value="import")
    refused = console.post(page.path, {**tokens(page), "act": "import", "digest": job_of(page).digest})
    assert refused.status == 409
    assert not Partner.objects.exists()


def test_pasted_rows_are_still_there_to_be_corrected(console: Browsing) -> None:
    block = "name\turl_en\tcountries\nÉperlan\tb\tFR\n"
    page = checked(console, block)
    assert "Corrigez les lignes, puis vérifiez-les de nouveau." in page.one("main").text
    (link,) = [one for one in page.all("a") if one.text.strip() == "Corriger les lignes"]
    assert console.open(link.get("href")).one("textarea").text.split() == block.split()
    for rows in ("", "x", str(uuid.uuid4())):
        assert console.open(f"{IMPORT}?rows={rows}").one("textarea").text.strip() == ""


def test_places_of_an_answer_are_counted_once_for_both_languages(console: Browsing) -> None:
    countries = "AR BO CL CO CR CU DO EC GT HN MX NI PA PE"
    page = checked(console, [HEADINGS, ["Éperlan", "https://eperlan.example/", countries]])
    (places,) = [item.all("span")[0].text for item in page.one("ul", class_="answers").all("li")]
    assert places.startswith("Argentine, Bolivie, Chili")
    assert places.endswith("; 2 autres lieux")


def problems_of(console: Browsing, page: Page) -> bytes:
    content: bytes = console.client.get(f"{page.path}problems/").content
    return content


def test_annotated_csv_has_the_same_rows_and_their_problems(console: Browsing) -> None:
    lines = "name;url_en;countries\r\n\r\n=1+1;ftp://a.example/;Atlantide\r\nÉperlan;https://e.example/;FR;more\r\n"
    page = checked(console, lines.encode())
    content = problems_of(console, page)
    rows = [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")]
    assert rows[0] == ["name", "url_en", "countries", "Problème"]
    assert rows[1] == []
    assert rows[2][0] == "'=1+1"
    assert rows[2][3].startswith("url_en")
    assert "countries" in rows[2][3]
    assert rows[3][0] == "Éperlan"
    assert rows[3][3]
    again = [row.cells for row in read_rows(content, is_heading=is_heading)]
    assert len(again) == 3


def test_annotated_workbook_is_a_workbook(console: Browsing) -> None:
    page = checked(console, xlsx_file(HEADINGS, ["A", "ftp://a.example/", "FR"], EPERLAN), name="partners.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(problems_of(console, page))).get_sheet_by_index(0).to_python()
    assert rows[0] == [*HEADINGS, "Problème"]
    assert str(rows[1][3]).startswith("url_en")
    assert rows[2] == [*EPERLAN, ""]


def test_annotated_file_can_be_corrected_and_checked_again(console: Browsing) -> None:
    page = checked(console, [HEADINGS, ["Éperlan", "ftp://eperlan.example/", "FR"]])
    corrected = problems_of(console, page).replace(b"ftp:", b"https:", 1)
    page = checked(console, corrected)
    assert counts(page) == {
        "À créer": "1",
        "À modifier": "0",
        "Identiques": "0",
        "Lignes répétées": "0",
        "Erreurs": "0",
    }


def test_export_changes_nothing(console: Browsing) -> None:
    stored(ALO_BRASIL)
    stored(AZULEJO)
    page = checked(console, exported(headings="labels"))
    assert counts(page)["Identiques"] == "2"
    assert "Ce fichier ne change rien" in page.html
    assert not page.all("button", value="import")


def test_progress_is_shown_until_the_check_has_ended(console: Browsing) -> None:
    response = upload(console, csv_file(HEADINGS, EPERLAN))
    PartnerImport.objects.update(done=500, total=2000)
    page = console.open(response.location)
    bar = page.one("progress")
    assert (bar["value"], bar["max"]) == ("500", "2000")
    assert "500 sur environ 2\xa0000" in page.one("div", id="progress").text
    assert page.all("meta", http_equiv="refresh")
    part = console.open(response.location, htmx=True)
    assert "HX-Refresh" not in part.response.headers
    run(job_of(response))
    assert console.open(response.location, htmx=True).response.headers["HX-Refresh"] == "true"


def test_page_of_many_errors_stays_small(console: Browsing) -> None:
    page = checked(console, [HEADINGS, *([f"Partner {n}", "no address", "Atlantide"] for n in range(3000))])
    assert len(page.html) < 200_000
    shown = len(table_rows(page))
    assert f"Et {6000 - shown:,} autres".replace(",", "\xa0") in page.html
    assert len(problems_of(console, page).splitlines()) > 3000


def test_template_has_the_headings_of_the_language(console: Browsing, english_console: Browsing) -> None:
    french, english = (browsing.client.get(f"{IMPORT}template.csv") for browsing in (console, english_console))
    assert french.content.decode("utf-8-sig").startswith("Numéro,Nom,")
    assert english.content.decode("utf-8-sig").startswith("Number,Name,")
    workbook = console.client.get(f"{IMPORT}template.xlsx").content
    assert CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()[0][1] == "Nom"
    assert console.client.get(f"{IMPORT}template.pdf").status_code == 404


def test_list_leads_to_the_import(console: Browsing) -> None:
    assert console.open("/console/partners/").all("a", href=IMPORT)[0].text == "Importer une liste de partenaires"
    crowd(3)
    assert console.open("/console/partners/").all("a", href=IMPORT)[0].text == "Importer"


def test_values_of_all_fields_are_written(console: Browsing) -> None:
    stored(ALO_BRASIL)
    changed = with_changes(ALO_BRASIL, priority=2, description_en="Other", status="paused")
    content = exported()
    Partner.objects.update(priority=3)
    page = imported(console, checked(console, content.replace(b",5,", b",2,")))
    assert page.title == "Importation terminée"
    assert PartnerValues.of(Partner.objects.get()).priority == changed.priority == 2
