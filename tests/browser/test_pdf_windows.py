"""The button PDF of the pages other than the list of partners: a window opens, shows the document and saves it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.exported import text_of, without_spaces
from tests.browser.people import Staff, StaffMaker
from tests.browser.words import ENGLISH, FRENCH, Words

pytestmark = pytest.mark.browser

_PDF_MS = 60_000
PAGES = {
    "/console/simulation/grid/?outcome=none&language=fr": ("Grid.pdf", {"fr": "Antarctique", "en": "Antarctica"}),
    "/console/history/?channel=demo": ("History.pdf", {"fr": "Partenaire", "en": "Partner"}),
    "/console/coverage/findings/?kind=no_partner": ("Findings.pdf", {"fr": "Antarctique", "en": "Antarctica"}),
}


@pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=lambda words: words.language)
@pytest.mark.parametrize("path", PAGES)
def test_document_opens_in_a_window_and_is_saved(staff: Staff, words: Words, path: str, tmp_path: Path) -> None:
    page, (name, texts) = staff.page, PAGES[path]
    page.goto(path)
    buttons = page.locator(".page-actions").get_by_role("button")
    expect(buttons.filter(has_text="CSV")).to_have_text("CSV")
    with page.expect_popup() as opening:
        page.get_by_role("button", name="PDF", exact=True).click()
    window = opening.value
    with window.expect_download(timeout=_PDF_MS) as saving:
        window.wait_for_url(f"**/{name}", timeout=_PDF_MS)
    assert saving.value.suggested_filename == name
    saving.value.save_as(tmp_path / name)
    assert without_spaces(texts[words.language]) in text_of(tmp_path / name)
    assert page.url.endswith(path)


@pytest.mark.parametrize("path", PAGES)
def test_without_scripts_it_is_made_by_hand(open_staff: StaffMaker, path: str) -> None:
    page, (name, _) = open_staff(java_script_enabled=False).page, PAGES[path]
    page.goto(path)
    with page.expect_popup() as opening:
        page.get_by_role("button", name="PDF", exact=True).click()
    window = opening.value
    window.get_by_role("button", name=FRENCH.make_pdf).click()
    for _ in range(100):
        if window.get_by_role("link", name=FRENCH.open_pdf).count():
            break
        window.get_by_role("link", name=FRENCH.see_how_far).click()
        window.wait_for_timeout(200)
    assert (window.get_by_role("link", name=FRENCH.open_pdf).get_attribute("href") or "").endswith(name)
