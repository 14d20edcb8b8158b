"""The guide in the console: how it is opened, and the steps of its chapters that are not in the manual."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser

HELP = {"fr": "Aide", "en": "Help"}
HELP_LABEL = {"fr": "Aide\u00a0: {}", "en": "Help: {}"}
ADD = {"fr": "Ajouter un partenaire", "en": "Add a partner"}
COVERED = {"fr": "Pays couverts", "en": "Countries covered"}
SOME_REGIONS = {"fr": "Certaines régions", "en": "Some regions"}
SETTINGS = {"fr": "Réglages généraux", "en": "General settings"}
SETTINGS_SAVED = {"fr": "Réglages généraux enregistrés.", "en": "General settings saved."}
TIME_ZONE = {"fr": "Fuseau horaire", "en": "Time zone"}
HALIFAX = {"fr": "Heure de l’Atlantique (Halifax)", "en": "Atlantic Time (Halifax)"}
COVERAGE_SAVED = {"fr": "Zone de couverture enregistrée.", "en": "Coverage area saved."}
FINDINGS = {"fr": "Constats", "en": "Findings"}
WITHOUT_PARTNER = {"fr": "Pays sans partenaire", "en": "Country without a partner"}
ACCEPT = {"fr": "Accepter", "en": "Accept"}
ACCEPTED = {
    "fr": "Constat accepté. Il reviendra de lui-même dès que les faits changeront.",
    "en": "Finding accepted. It comes back by itself once its facts change.",
}


class Chapters:
    """One test for each way to open the guide, and for each chapter that is not in the manual."""

    def test_menu_opens_guide_with_working_contents(self, staff: Staff) -> None:
        page, words = staff.page, staff.words
        staff.open_list()
        page.get_by_role("navigation", name=words.main_menu).get_by_role("link", name=HELP[words.language]).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(HELP[words.language])
        contents = page.locator("nav.guide-contents")
        contents.get_by_role("link", name=words.partners, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(words.partners)
        contents.get_by_role("link", name=ADD[words.language], exact=True).click()
        expect(page).to_have_url(re.compile(r"/console/help/partners/#add$"))
        expect(page.get_by_role("heading", level=2, name=ADD[words.language])).to_be_in_viewport()

    def test_help_link_of_page_opens_its_chapter(self, staff: Staff) -> None:
        page, words = staff.page, staff.words
        for path, title, chapter in (
            ("/console/partners/", words.partners, "/console/help/partners/"),
            ("/console/partners/new/", words.settings, "/console/help/partners/#settings"),
            ("/console/coverage/", words.coverage, "/console/help/coverage/"),
            ("/console/trash/", words.trash, "/console/help/trash/"),
        ):
            page.goto(path)
            page.get_by_role("link", name=HELP_LABEL[words.language].format(title), exact=True).click()
            expect(page).to_have_url(re.compile(rf"{chapter}$"))
            expect(page.locator("article.prose")).to_be_visible()

    def test_switching_language_keeps_the_chapter(self, staff: Staff) -> None:
        page, other = staff.page, {"fr": "EN", "en": "FR"}[staff.words.language]
        page.goto("/console/help/trash/")
        before = page.get_by_role("heading", level=1).inner_text()
        page.get_by_role("button", name=re.compile(f"^{other}")).click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text(before)
        expect(page).to_have_url(re.compile(r"/console/help/trash/$"))
        page.get_by_role("button", name=re.compile(f"^{staff.words.language.upper()}")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(before)

    @pytest.mark.performs("change-1", "change-2", "change-3", "change-4")
    def test_changing_coverage_area(self, staff: Staff) -> None:
        page, words, language = staff.page, staff.words, staff.words.language
        staff.open_list()
        page.get_by_role("navigation", name=words.main_menu).get_by_role("link", name=words.coverage).click()
        countries = page.get_by_role("group", name=COVERED[language], exact=True)
        countries.get_by_role("combobox").select_option(label=words.country["BR"])
        countries.get_by_role("button", name=words.add, exact=True).click()
        brazil = countries.get_by_role("listitem").filter(has_text=words.country["BR"])
        brazil.get_by_label(SOME_REGIONS[language]).check()
        brazil.get_by_label("Bahia").check()
        page.get_by_role("button", name=words.save, exact=True).click()
        Reader(staff).expect_message(COVERAGE_SAVED[language])
        expect(brazil).to_contain_text("Bahia")
        brazil.get_by_role("button", name=words.remove.format(words.country["BR"])).click()
        expect(brazil).to_have_count(0)
        page.get_by_role("button", name=words.save, exact=True).click()
        Reader(staff).expect_message(COVERAGE_SAVED[language])

    @pytest.mark.performs("findings-1", "findings-2", "findings-3", "findings-4", "accept-1", "accept-2")
    def test_mending_and_accepting_findings(self, staff: Staff) -> None:
        page, words, language = staff.page, staff.words, staff.words.language
        staff.open_list()
        menu = page.get_by_role("navigation", name=words.main_menu)
        menu.get_by_role("link", name=words.coverage).click()
        page.get_by_role("region", name=FINDINGS[language]).get_by_role("link").click()
        page.get_by_role("link", name=WITHOUT_PARTNER[language]).click()
        rows = page.locator(".findings > li")
        name = rows.first.get_by_role("heading").inner_text()
        rows.first.get_by_role("link").first.click()
        expect(page.locator("#name")).to_be_visible()
        expect(page.locator(".chips li")).to_have_count(1)
        page.go_back()
        rows.filter(has_text=name).get_by_role("link", name=re.compile(f"^{ACCEPT[language]}")).click()
        page.get_by_role("textbox").fill("Volontaire")
        page.get_by_role("button", name=ACCEPT[language], exact=True).click()
        Reader(staff).expect_message(ACCEPTED[language])
        page.locator(".accepted > summary").click()
        expect(page.locator(".accepted .findings")).to_contain_text(name)
        page.locator(".accepted button").first.click()
        expect(page.locator(".accepted")).to_have_count(0)

    @pytest.mark.performs("set-1", "set-2", "set-3")
    def test_changing_general_settings(self, staff: Staff) -> None:
        page, words, language = staff.page, staff.words, staff.words.language
        staff.open_list()
        Reader(staff).open(SETTINGS[language])
        page.get_by_label(TIME_ZONE[language]).select_option("America/Halifax")
        page.get_by_role("button", name=words.save, exact=True).click()
        Reader(staff).expect_message(SETTINGS_SAVED[language])
        expect(page.get_by_label(TIME_ZONE[language]).locator("option:checked")).to_contain_text(HALIFAX[language])
        page.get_by_label(TIME_ZONE[language]).select_option("America/Toronto")
        page.get_by_role("button", name=words.save, exact=True).click()
        Reader(staff).expect_message(SETTINGS_SAVED[language])


class TestInFrench(Chapters):
    """« Aide »."""


class TestInEnglish(Chapters):
    """“Help”."""

    @pytest.fixture
    def words(self) -> Words:
        """The words of the English console."""
        return ENGLISH
