"""The tokens of programs, used as the guide describes: create one, send a request, take rights from it, revoke it."""

import json
import subprocess
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.words import ENGLISH, FRENCH, Words

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels and messages of the pages."""

    accounts: str
    tokens: str
    new: str
    name: str
    writes: str
    days: str
    create: str
    copy: str
    reads: str
    save: str
    saved: str
    revoke: str
    revoked: str


LABELS = {
    "fr": Labels(
        accounts="Comptes",
        tokens="Jetons",
        new="Nouveau jeton",
        name="Nom",
        writes="Lecture et écriture",
        days="30 jours",
        create="Créer le jeton",
        copy="Copier le jeton",
        reads="Lecture",
        save="Enregistrer",
        saved="Jeton {} enregistré.",
        revoke="Révoquer",
        revoked="Jeton {} révoqué.",
    ),
    "en": Labels(
        accounts="Accounts",
        tokens="Tokens",
        new="New token",
        name="Name",
        writes="Read and write",
        days="30 days",
        create="Create the token",
        copy="Copy the token",
        reads="Read",
        save="Save",
        saved="Token {} saved.",
        revoke="Revoke",
        revoked="Token {} revoked.",
    ),
}


def open_tokens(staff: Staff, labels: Labels) -> None:
    staff.open_list()
    staff.page.get_by_role("navigation").get_by_role("link", name=labels.accounts, exact=True).click()
    staff.page.get_by_role("link", name=labels.tokens, exact=True).click()


def create(staff: Staff, labels: Labels, name: str) -> str:
    """Create a token, and return the command to try it."""
    page = staff.page
    page.get_by_role("link", name=labels.new, exact=True).first.click()
    expect(page.get_by_label(labels.name)).to_be_focused()
    page.keyboard.type(name)
    page.get_by_label(labels.writes).check()
    page.get_by_label(labels.days).check()
    page.get_by_role("button", name=labels.create, exact=True).click()
    token = page.locator("#token").input_value()
    return page.locator("pre.command").inner_text().replace("…", token)


def status_of(command: str) -> tuple[int, list[str]]:
    """Run the command in a shell; return the status of the answer and the names in it."""
    written = ["sh", "-c", f"{command} --silent --write-out '\\n%{{http_code}}'"]
    output = subprocess.run(written, capture_output=True, text=True, check=True, timeout=60).stdout
    body, _, status = output.rpartition("\n")
    return int(status), [partner["name"] for partner in json.loads(body).get("partners", [])]


@pytest.fixture(params=[FRENCH, ENGLISH], ids=["fr", "en"])
def words(request: pytest.FixtureRequest) -> Words:
    """Each language of the console in turn."""
    language: Words = request.param
    return language


class TestJourneys:
    """One run in each language."""

    @pytest.mark.performs(
        "token-1", "token-2", "token-3", "first-1", "restrict-1", "restrict-2", "revoke-1", "revoke-2"
    )
    @pytest.mark.parametrize("has_script", [True, False], ids=["scripts", "no scripts"])
    def test_token_from_its_creation_to_its_end(
        self,
        has_script: bool,  # noqa: FBT001 (a case)
        open_staff: StaffMaker,
        words: Words,
    ) -> None:
        labels, name = LABELS[words.language], f"Import {words.language} {has_script}"
        staff = open_staff(java_script_enabled=has_script, permissions=["clipboard-read", "clipboard-write"])
        page = staff.page
        open_tokens(staff, labels)
        command = create(staff, labels, name)
        if has_script:
            page.get_by_role("button", name=labels.copy, exact=True).click()
            expect(page.locator("[data-copied]")).not_to_be_empty()
            assert page.evaluate("navigator.clipboard.readText()") == page.locator("#token").input_value()
        status, names = status_of(command)
        assert (status, "Aló Brasil" in names) == (200, True)

        open_tokens(staff, labels)
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_label(labels.reads, exact=True).check()
        page.get_by_role("button", name=labels.save, exact=True).click()
        Reader(staff).expect_message(labels.saved.format(name))
        row = page.get_by_role("row", name=name)
        expect(row).to_contain_text(labels.reads)
        expect(row).not_to_contain_text(labels.writes)

        page.get_by_role("link", name=f"{labels.revoke} {name}").click()
        page.get_by_role("button", name="OK", exact=True).click()
        Reader(staff).expect_message(labels.revoked.format(name))
        assert status_of(command) == (401, [])
