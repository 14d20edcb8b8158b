"""The page of preferences and the list of keyboard shortcuts, opened and used as the guide describes."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.words import ENGLISH, FRENCH, Words

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels and messages of these pages."""

    preferences: str
    keys: str
    close: str
    dark: str
    semicolon: str
    pdf_copy: str
    saved: str
    other_language: str
    in_other_language: str


LABELS = {
    "fr": Labels(
        preferences="Préférences",
        keys="Raccourcis clavier",
        close="Fermer",
        dark="Sombre",
        semicolon="Point-virgule",
        pdf_copy="Enregistrer aussi une copie du PDF",
        saved="Préférences enregistrées.",
        other_language="English",
        in_other_language="Preferences saved.",
    ),
    "en": Labels(
        preferences="Preferences",
        keys="Keyboard shortcuts",
        close="Close",
        dark="Dark",
        semicolon="Semicolon",
        pdf_copy="Also save a copy of the PDF",
        saved="Preferences saved.",
        other_language="Français",
        in_other_language="Préférences enregistrées.",
    ),
}


def open_from_account_menu(staff: Staff, label: str) -> None:
    """« Au bas du menu, cliquez sur votre courriel, puis sur … »."""
    menu = staff.page.locator("details.account")
    menu.locator("summary").click()
    menu.get_by_role("link", name=label, exact=True).click()


@pytest.fixture(params=[FRENCH, ENGLISH], ids=["fr", "en"])
def words(request: pytest.FixtureRequest) -> Words:
    """Each language of the console in turn."""
    language: Words = request.param
    return language


class TestJourneys:
    """One run in each language. The tests restore what they change, because other tests use the account."""

    @pytest.mark.performs("prefer-1", "prefer-2", "prefer-3")
    @pytest.mark.parametrize("has_script", [True, False], ids=["scripts", "no scripts"])
    def test_changing_preferences(self, has_script: bool, open_staff: StaffMaker, words: Words) -> None:  # noqa: FBT001 (a case)
        staff = open_staff(java_script_enabled=has_script)
        page, labels = staff.page, LABELS[words.language]
        staff.open_list()
        open_from_account_menu(staff, labels.preferences)
        expect(page.get_by_role("heading", level=1)).to_have_text(labels.preferences)
        main = page.get_by_role("main")
        copy = main.get_by_role("checkbox", name=labels.pdf_copy)
        for choose, dark, semicolon in (
            (copy.uncheck, labels.dark, labels.semicolon),
            (copy.check, {"fr": "Comme le système", "en": "Same as the system"}[words.language], None),
        ):
            choose()
            main.get_by_label(dark, exact=True).check()
            main.get_by_label(semicolon or {"fr": "Virgule", "en": "Comma"}[words.language], exact=True).check()
            Reader(staff).save(message=labels.saved)
            expect(page.locator("html[data-theme=dark]")).to_have_count(1 if semicolon else 0)
            expect(copy).to_be_checked(checked=semicolon is None)

    def test_language_change_is_confirmed_in_new_language(self, staff: Staff) -> None:
        page, words, labels = staff.page, staff.words, LABELS[staff.words.language]
        page.goto("/console/account/")
        page.get_by_role("main").get_by_label(labels.other_language, exact=True).check()
        Reader(staff).save(message=labels.in_other_language)
        page.get_by_role("main").get_by_label({"fr": "Français", "en": "English"}[words.language], exact=True).check()
        page.locator(".form-actions .primary").click()
        Reader(staff).expect_message(labels.saved)

    @pytest.mark.performs("keys-1", "keys-2")
    def test_keyboard_shortcuts_are_listed(self, staff: Staff) -> None:
        page, labels = staff.page, LABELS[staff.words.language]
        staff.open_list()
        window = page.get_by_role("dialog", name=labels.keys, exact=True)
        page.keyboard.press("?")
        expect(window).to_be_visible()
        page.keyboard.press("Escape")
        expect(window).to_have_count(0)
        open_from_account_menu(staff, labels.keys)
        expect(window.locator("kbd")).to_have_count(5)
        window.get_by_role("button", name=labels.close, exact=True).click()
        expect(window).to_have_count(0)
        expect(page.get_by_role("link", name=labels.keys, exact=True)).to_be_focused()

    def test_keyboard_shortcuts_are_a_page_without_scripts(self, open_staff: StaffMaker, words: Words) -> None:
        staff = open_staff(java_script_enabled=False)
        staff.open_list()
        open_from_account_menu(staff, LABELS[words.language].keys)
        expect(staff.page.get_by_role("heading", level=1)).to_have_text(LABELS[words.language].keys)
        expect(staff.page.get_by_role("main").locator("kbd")).to_have_count(5)
