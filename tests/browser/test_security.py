"""The page Password and sessions, used as the guide describes, with and without scripts."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.test_preferences import open_from_account_menu
from tests.browser.words import ENGLISH, FRENCH, Words
from tests.running import EMAIL, PASSWORD

pytestmark = pytest.mark.browser

NEW = "neuf-renards-patients"


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels and messages of the page."""

    page: str
    current: str
    new: str
    again: str
    change: str
    changed: str
    end_one: str
    ended: str
    end_all: str
    all_ended: str


LABELS = {
    "fr": Labels(
        page="Mot de passe et sessions",
        current="Mot de passe actuel",
        new="Nouveau mot de passe",
        again="Nouveau mot de passe, encore une fois",
        change="Changer le mot de passe",
        changed="Mot de passe changé. Vos autres sessions sont fermées.",
        end_one="Fermer la session",
        ended="Session fermée.",
        end_all="Fermer toutes les autres sessions",
        all_ended="Vos autres sessions sont fermées.",
    ),
    "en": Labels(
        page="Password and sessions",
        current="Current password",
        new="New password",
        again="New password, once more",
        change="Change the password",
        changed="Password changed. Your other sessions have ended.",
        end_one="End the session",
        ended="Session ended.",
        end_all="End all other sessions",
        all_ended="Your other sessions have ended.",
    ),
}
ACCOUNTS = {"fr": EMAIL, "en": "demo-en@renvoi.example"}


def sign_in(page: Page, email: str) -> None:
    page.goto("/console/sign-in/")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("#password")).to_have_count(0)


def open_page(staff: Staff, labels: Labels) -> None:
    staff.open_list()
    open_from_account_menu(staff, labels.page)
    expect(staff.page.get_by_role("heading", level=1)).to_have_text(labels.page)


@pytest.fixture(params=[FRENCH, ENGLISH], ids=["fr", "en"])
def words(request: pytest.FixtureRequest) -> Words:
    """Each language of the console in turn."""
    language: Words = request.param
    return language


class TestJourneys:
    """One run in each language, on accounts that the tests leave as they were."""

    @pytest.mark.performs("sessions-1", "sessions-2")
    @pytest.mark.parametrize("has_script", [True, False], ids=["scripts", "no scripts"])
    def test_ending_sessions(self, has_script: bool, open_staff: StaffMaker, words: Words) -> None:  # noqa: FBT001 (a case)
        labels, email = LABELS[words.language], ACCOUNTS[words.language]
        staff, *others = [open_staff(java_script_enabled=has_script) for _ in range(3)]
        for each in (staff, *others):
            each.page.context.clear_cookies()
            sign_in(each.page, email)
        open_page(staff, labels)
        main = staff.page.get_by_role("main")
        main.get_by_role("button", name=labels.end_one).first.click()
        Reader(staff).expect_message(labels.ended)
        main.get_by_role("button", name=labels.end_all, exact=True).click()
        Reader(staff).expect_message(labels.all_ended)
        expect(main.get_by_role("button", name=labels.end_one)).to_have_count(0)
        for each in others:
            each.page.goto("/console/partners/")
            expect(each.page.locator("#password")).to_be_visible()

    @pytest.mark.performs("password-1", "password-2", "password-3", "password-4")
    @pytest.mark.parametrize("has_script", [True, False], ids=["scripts", "no scripts"])
    def test_changing_the_password_by_keyboard(
        self,
        has_script: bool,  # noqa: FBT001 (a case)
        open_staff: StaffMaker,
        words: Words,
    ) -> None:
        labels = LABELS[words.language]
        staff = open_staff(java_script_enabled=has_script)
        staff.page.context.clear_cookies()
        sign_in(staff.page, ACCOUNTS[words.language])
        open_page(staff, labels)
        for current, new in ((PASSWORD, NEW), (NEW, PASSWORD)):
            staff.page.get_by_label(labels.current, exact=True).focus()
            for text in (current, new, new):
                staff.page.keyboard.type(text)
                staff.page.keyboard.press("Tab")
            button = staff.page.get_by_role("button", name=labels.change, exact=True)
            expect(button).to_be_focused()
            staff.page.keyboard.press("Enter")
            Reader(staff).expect_message(labels.changed)
