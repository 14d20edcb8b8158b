"""The guide's chapter on the history, in each language and without scripts: find a change, its reason, the export."""

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.saving_time import unique_name
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser
LABELS = {
    "fr": {
        "history": "Historique",
        "what": "Quoi",
        "created": "{}\u00a0: créé",
        "after": "Après",
        "of_partner": "Historique de ce partenaire",
        "reason": "Motif",
        "save_reason": "Enregistrer le motif",
        "saved": "Motif enregistré.",
        "one": "Le seul changement de la liste sera exporté",
    },
    "en": {
        "history": "History",
        "what": "What",
        "created": "{}: created",
        "after": "After",
        "of_partner": "History of this partner",
        "reason": "Reason",
        "save_reason": "Save the reason",
        "saved": "Reason saved.",
        "one": "The only change of the list will be exported",
    },
}


class Chapter:
    """The steps of the chapter."""

    @pytest.mark.performs("find-1", "find-2", "find-3", "reason-1", "reason-2", "export-1", "export-2")
    def test_change_is_found_explained_and_exported(self, reader: Reader) -> None:
        page, words, labels = reader.page, reader.words, LABELS[reader.words.language]
        name = unique_name(reader, "Aló Trouvé")
        reader.staff.create(name)
        page.goto("/console/coverage/")
        reader.open(labels["history"])
        field = page.get_by_label(words.search_in.format(labels["what"]), exact=True)
        field.fill(name.lower())
        field.press("Enter")
        expect(page.locator("#rows tr")).to_have_count(1)
        reader.click(page.get_by_role("link", name=labels["created"].format(name), exact=True))
        expect(page.get_by_role("heading", level=1)).to_have_text(labels["created"].format(name))
        expect(page.get_by_role("columnheader", name=labels["after"], exact=True)).to_be_visible()
        page.get_by_label(labels["reason"], exact=True).fill("Entente signée")
        reader.click(page.get_by_role("button", name=labels["save_reason"], exact=True))
        reader.expect_message(labels["saved"])
        reader.click(page.locator(".breadcrumb a"))
        expect(page.locator("#rows .col-reason")).to_have_text("Entente signée")
        page.get_by_role("button", name="CSV", exact=True).click()
        expect(page.get_by_text(labels["one"])).to_be_visible()
        with page.expect_download() as downloading:
            page.get_by_role("button", name=words.save, exact=True).click()
        content = downloading.value.path().read_text(encoding="utf-8-sig")
        assert name in content
        assert "Entente signée" in content

    @pytest.mark.performs("of-partner-1", "of-partner-2")
    def test_partner_has_its_own_history(self, reader: Reader) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        name = unique_name(reader, "Aló Suivi")
        reader.staff.create(name)
        page.goto(f"/console/partners/?name={name}")
        reader.click(page.locator("#rows .col-name a"))
        reader.click(page.get_by_role("link", name=labels["of_partner"], exact=True))
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        expect(page.locator("#rows .changed-fields").first).to_contain_text(name)


class TestInFrench(Chapter):
    """« Historique »."""


class TestInEnglish(Chapter):
    """The same pages in English."""

    @pytest.fixture
    def words(self) -> Words:
        """English labels."""
        return ENGLISH


class TestWithoutScripts(Chapter):
    """The same pages."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)
