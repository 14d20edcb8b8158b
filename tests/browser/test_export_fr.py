"""The chapters on selecting and exporting, word for word, in French."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Download, expect
from pypdf import PdfReader

from tests.browser.journeys import Reader
from tests.browser.people import Staff
from tests.browser.words import FRENCH, Words

pytestmark = pytest.mark.browser


@pytest.fixture
def words() -> Words:
    """The manual's own."""
    return FRENCH


def rows_in(download: Download, folder: Path) -> list[list[str]]:
    path = folder / download.suggested_filename
    download.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.reader(file)]


@pytest.mark.performs("export-csv-1", "export-csv-2", "export-csv-3", "export-csv-4", "export-csv-5", "export-csv-6")
def test_ticked_partners_go_into_a_csv_file(staff: Staff, tmp_path: Path) -> None:
    reader, page = Reader(staff), staff.page
    reader.opens_the_partners()
    total = int(page.locator("#rows tr").count())
    assert total == 25
    boxes = page.locator("#rows input[type=checkbox]")
    boxes.nth(1).check()
    expect(page.locator(".selection")).to_have_text("1 sélectionné")
    boxes.nth(3).check()
    expect(page.locator(".selection")).to_have_text("2 sélectionnés")
    page.get_by_role("button", name="CSV", exact=True).click()
    window = page.get_by_role("dialog", name="Exporter vers un fichier CSV")
    expect(window).to_contain_text("Les 2 partenaires sélectionnés seront exportés.")
    expect(window.get_by_label("Nom du fichier")).to_have_value("Partners.csv")
    window.get_by_label("Nom du fichier").fill("MesPartenaires.csv")
    window.get_by_role("radio", name="Virgule", exact=True).check()
    with page.expect_download() as saving:
        window.get_by_role("button", name="Enregistrer", exact=True).click()
    assert saving.value.suggested_filename == "MesPartenaires.csv"
    assert len(rows_in(saving.value, tmp_path)) == 1 + 2
    expect(window).to_have_count(0)


def test_the_box_at_the_top_ticks_all_of_them_on_every_page(staff: Staff, tmp_path: Path) -> None:
    reader, page = Reader(staff), staff.page
    reader.opens_the_partners()
    page.locator("#pick-all").check()
    expect(page.locator("#selection")).to_contain_text("partenaires sont sélectionnés")
    page.get_by_role("button", name="Page suivante").click()
    expect(page.locator(".range")).to_contain_text("26–")
    unticked = page.locator("#rows input[type=checkbox]").first
    unticked.uncheck()
    expect(page.locator("#selection")).to_contain_text("partenaires sélectionnés sur")
    selected = int(page.locator(".selection").inner_text().split()[0])
    page.get_by_role("button", name="CSV", exact=True).click()
    with page.expect_download() as saving:
        page.get_by_role("dialog").get_by_role("button", name="Enregistrer", exact=True).click()
    assert len(rows_in(saving.value, tmp_path)) == 1 + selected
    reader.searches("Canada", column=FRENCH.countries)
    expect(page.locator(".list-note").filter(has_text="Plus rien n’est sélectionné")).to_be_visible()


@pytest.mark.performs("export-pdf-1", "export-pdf-2", "export-pdf-3")
def test_the_pdf_opens_in_a_window_and_is_saved(staff: Staff, tmp_path: Path) -> None:
    reader, page = Reader(staff), staff.page
    reader.opens_the_partners()
    reader.searches("Canada", column=FRENCH.countries)
    names = page.locator("#rows .col-name a").all_inner_texts()
    saved: list[Download] = []
    with page.expect_popup() as opening:
        page.get_by_role("button", name="PDF", exact=True).click()
    window = opening.value
    window.on("download", lambda download: saved.append(download))  # noqa: PLW0108 (a built-in method takes no mark)
    window.wait_for_url("**/Partners.pdf", timeout=60_000)
    page.wait_for_timeout(200)
    assert [download.suggested_filename for download in saved] == ["Partners.pdf"]
    saved[0].save_as(tmp_path / "Partners.pdf")
    text = "".join(part.extract_text() for part in PdfReader(tmp_path / "Partners.pdf").pages)
    assert names
    assert sorted(names, key=text.index) == names
    window.close()
