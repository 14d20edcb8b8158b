"""The guide's chapter « Site Web », in each language: from the console's page to a page of the operator's site."""

import pytest
from playwright.sync_api import expect

from tests.browser.host_site import HostSite, host_page
from tests.browser.journeys import Reader
from tests.browser.people import StaffMaker, VisitorMaker
from tests.browser.words import ENGLISH, Words
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser
LABELS = {
    "fr": ("Réglages généraux", "Site Web", "Appliquer", "Copier le code HTML", "Continuer chez Aló Brasil", "Copié"),
    "en": ("General settings", "Website", "Apply", "Copy the HTML", "Continue to Aló Brasil", "Copied"),
}


class Chapter:
    """The steps of the chapter."""

    @pytest.mark.performs("embed-1", "embed-2", "embed-3", "embed-4")
    def test_partners_are_put_on_a_site(self, reader: Reader, host: HostSite, open_visitor: VisitorMaker) -> None:
        page, language = reader.page, reader.words.language
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        settings, website, apply, copy, go_on, copied = LABELS[language]
        page.goto("/console/coverage/")
        reader.open(settings)
        reader.click(page.get_by_role("link", name=website, exact=True))
        page.locator("#country").select_option("BR")
        page.locator("#language").select_option(language)
        page.locator("#src").fill("accueil")
        reader.click(page.get_by_role("button", name=apply, exact=True))
        expect(page.frame_locator("iframe").get_by_role("link", name=go_on)).to_be_visible()
        page.get_by_role("button", name=copy, exact=True).click()
        expect(page.locator("[data-copied]")).to_have_text(copied)
        html = page.evaluate("navigator.clipboard.readText()")
        assert html == page.locator("#site-html").input_value()
        policy = f"default-src 'none'; {page.locator('#site-policy').input_value()}"
        visitor = open_visitor(locale="de")
        visitor.page.goto(host.publish(host_page(html, language="de"), policy=policy))
        link = visitor.page.get_by_role("link", name=go_on)
        expect(link).to_be_visible()
        assert (link.get_attribute("href") or "").endswith(f"?country=BR&lang={language}&src=accueil")

    def test_preview_counts_nothing_and_leads_nowhere(self, reader: Reader, renvoi: RunningRenvoi) -> None:
        page = reader.page
        before = renvoi.run("ledger", "export", "--format", "jsonl").stdout
        page.goto("/console/website/?country=BR")
        link = page.frame_locator("iframe").get_by_role("link", name=LABELS[reader.words.language][4])
        expect(link).to_be_visible()
        link.click()
        page.wait_for_timeout(1_000)
        expect(link).to_be_visible()
        assert len(page.context.pages) == 1
        # Not even if the page in the frame tried to go there itself.
        page.frames[1].evaluate("address => { location.href = address }", link.get_attribute("href"))
        page.wait_for_timeout(1_000)
        assert renvoi.run("ledger", "export", "--format", "jsonl").stdout == before
        refused = [fault for fault in reader.staff.watch.faults if "frame" in fault or "/go/" in fault]
        assert refused == reader.staff.watch.faults
        reader.staff.watch.faults.clear()

    def test_page_works_without_scripts(self, open_staff: StaffMaker, words: Words) -> None:
        page = open_staff(java_script_enabled=False, words=words).page
        page.goto("/console/website/")
        page.locator("#country").select_option("PT")
        page.get_by_role("button", name=LABELS[words.language][2], exact=True).click()
        assert 'country="PT"' in page.locator("#site-html").input_value()
        expect(page.locator("[data-copies]").first).to_be_hidden()


class TestWebsite(Chapter):
    """The French console."""


class TestWebsiteInEnglish(Chapter):
    """The English console."""

    @pytest.fixture
    def words(self) -> Words:
        return ENGLISH
