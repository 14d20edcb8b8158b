"""The accounts, used as the guide describes: invite, help with a password, change a role, switch off and on."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.words import ENGLISH, FRENCH, Words

pytestmark = pytest.mark.browser

NEW = "neuf-renards-patients"


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels and messages of the pages."""

    accounts: str
    new: str
    email: str
    name: str
    manager: str
    reader: str
    create: str
    created: str
    link: str
    linked: str
    save: str
    saved: str
    off: str
    is_off: str
    on: str
    is_on: str
    log: str
    search_what: str
    word: str
    entry: str


LABELS = {
    "fr": Labels(
        accounts="Comptes",
        new="Nouveau compte",
        email="Courriel",
        name="Nom",
        manager="Gestion",
        reader="Consultation",
        create="Créer le compte",
        created="Compte d’Irène créé.",
        link="Créer un lien",
        linked="Lien pour le compte d’Irène",
        save="Enregistrer",
        saved="Compte d’Irène enregistré.",
        off="Désactiver le compte",
        is_off="Le compte d’Irène est désactivé, et ses sessions sont fermées.",
        on="Réactiver le compte",
        is_on="Le compte d’Irène est réactivé.",
        log="Journal de sécurité",
        search_what="Rechercher dans Quoi",
        word="Rôle",
        entry="Rôle changé Gestion → Consultation",
    ),
    "en": Labels(
        accounts="Accounts",
        new="New account",
        email="Email",
        name="Name",
        manager="Manager",
        reader="Reader",
        create="Create the account",
        created="Account of Irène created.",
        link="Make a link",
        linked="Link for the account of Irène",
        save="Save",
        saved="Account of Irène saved.",
        off="Switch the account off",
        is_off="The account of Irène is switched off, and its sessions have ended.",
        on="Switch the account on",
        is_on="The account of Irène is switched on again.",
        log="Security log",
        search_what="Search in What",
        word="Role",
        entry="Role changed Manager → Reader",
    ),
}


def open_account(staff: Staff, labels: Labels) -> None:
    staff.open_list()
    staff.page.get_by_role("navigation").get_by_role("link", name=labels.accounts, exact=True).click()
    staff.page.get_by_role("link", name="Irène", exact=True).click()


def choose_password(page: Page, link: str) -> None:
    page.goto("/" + link.split("/", 3)[3])
    page.locator("#new_password").fill(NEW)
    page.locator("#new_password_again").fill(NEW)
    page.locator("#new_password_again").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("mot de passe|password"))
    expect(page.locator("#new_password")).to_have_count(0)


def sign_in(page: Page, email: str) -> None:
    page.goto("/console/sign-in/")
    page.locator("#email").fill(email)
    page.locator("#password").fill(NEW)
    page.locator("#password").press("Enter")
    expect(page.locator("#password")).to_have_count(0)


def read_log(staff: Staff, labels: Labels, email: str) -> None:
    """Find the change of the role in the security log, and export it."""
    page = staff.page
    staff.open_list()
    page.get_by_role("navigation").get_by_role("link", name=labels.accounts, exact=True).click()
    page.get_by_role("link", name=labels.log, exact=True).click()
    page.get_by_label(labels.search_what).fill(labels.word)
    page.get_by_label(labels.search_what).press("Enter")
    row = page.locator("#rows tr", has_text=email).first
    expect(row.locator(".col-what")).to_have_text(labels.entry)
    page.get_by_role("button", name="CSV", exact=True).click()
    expect(page.locator("#file_name")).to_have_value("Security log.csv")


@pytest.fixture(params=[FRENCH, ENGLISH], ids=["fr", "en"])
def words(request: pytest.FixtureRequest) -> Words:
    """Each language of the console in turn."""
    language: Words = request.param
    return language


class TestJourneys:
    """One run in each language."""

    @pytest.mark.performs("invite-1", "invite-2", "invite-3", "forgotten-1", "forgotten-2")
    @pytest.mark.performs("role-1", "role-2", "switch-1", "switch-2", "log-1", "log-2", "log-3")
    @pytest.mark.parametrize("has_script", [True, False], ids=["scripts", "no scripts"])
    def test_an_account_from_its_invitation_to_its_end(
        self,
        has_script: bool,  # noqa: FBT001 (a case)
        open_staff: StaffMaker,
        words: Words,
    ) -> None:
        labels, email = LABELS[words.language], f"irene-{words.language}-{has_script}@renvoi.example"
        staff, stranger = (open_staff(java_script_enabled=has_script) for _ in range(2))
        stranger.page.context.clear_cookies()
        page = staff.page
        staff.open_list()
        page.get_by_role("navigation").get_by_role("link", name=labels.accounts, exact=True).click()
        page.get_by_role("link", name=labels.new, exact=True).click()
        expect(page.get_by_label(labels.email)).to_be_focused()
        page.keyboard.type(email)
        page.get_by_label(labels.name).fill("Irène")
        page.get_by_label(labels.manager).check()
        page.get_by_role("button", name=labels.create, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(labels.created)
        choose_password(stranger.page, page.locator("#link").input_value())
        sign_in(stranger.page, email)

        open_account(staff, labels)
        page.get_by_role("button", name=labels.link, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(labels.linked)
        choose_password(stranger.page, page.locator("#link").input_value())
        sign_in(stranger.page, email)
        stranger.page.goto("/console/partners/new/")
        expect(stranger.page.locator("#url_fr")).to_be_editable()

        open_account(staff, labels)
        page.get_by_label(labels.reader).check()
        page.get_by_role("button", name=labels.save, exact=True).click()
        Reader(staff).expect_message(labels.saved)
        stranger.watch.expected_statuses.add(403)
        stranger.page.goto("/console/partners/new/")
        expect(stranger.page.locator("#url_fr")).to_have_count(0)

        open_account(staff, labels)
        page.get_by_role("button", name=labels.off, exact=True).click()
        Reader(staff).expect_message(labels.is_off)
        stranger.page.goto("/console/partners/")
        expect(stranger.page.locator("#password")).to_be_visible()
        open_account(staff, labels)
        page.get_by_role("button", name=labels.on, exact=True).click()
        Reader(staff).expect_message(labels.is_on)
        read_log(staff, labels, email)
        # The next run creates an account of the same name.
        open_account(staff, labels)
        page.get_by_label(labels.name).fill(email)
        page.get_by_role("button", name=labels.save, exact=True).click()
