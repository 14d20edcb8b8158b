"""The guide's sections on undoing changes, in each language and without scripts."""

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
        "created": "{}\u00a0: créé",
        "undo": "Annuler ce changement",
        "undo several": "Annuler plusieurs changements",
        "put back": "Rétablir comme avant",
        "continue": "Continuer",
        "who": "Qui",
        "identical": "La table est identique à la version",
        "in trash": "Dans la corbeille depuis",
    },
    "en": {
        "history": "History",
        "created": "{}: created",
        "undo": "Undo this change",
        "undo several": "Undo several changes",
        "put back": "Put back as before",
        "continue": "Continue",
        "who": "Who",
        "identical": "The table is identical to version",
        "in trash": "In the trash since",
    },
}


class Chapter:
    """The steps of the sections."""

    @pytest.mark.performs("undo-1", "undo-2", "undo-3", "undo-4")
    def test_change_is_undone_and_proved(self, reader: Reader) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        name = unique_name(reader, "Aló Annulé")
        reader.staff.create(name, countries=["IS"])
        page.goto("/console/coverage/")
        reader.open(labels["history"])
        reader.click(page.get_by_role("link", name=labels["created"].format(name), exact=True))
        reader.click(page.get_by_role("link", name=labels["undo"], exact=True))
        expect(page.get_by_role("rowheader", name=labels["in trash"], exact=True)).to_be_visible()
        expect(page.locator(".answers, .prose").first).to_be_visible()
        reader.click(page.get_by_role("button", name=labels["put back"], exact=True))
        expect(page.get_by_role("heading", name=labels["identical"])).to_be_visible()
        reader.staff.open_list(name=name)
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)

    @pytest.mark.performs("undo-several-1", "undo-several-2", "undo-several-3")
    def test_changes_of_an_account_are_shown_before_they_are_undone(self, reader: Reader) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        name = unique_name(reader, "Aló Multiple")
        reader.staff.create(name)
        page.goto("/console/history/")
        reader.click(page.get_by_role("link", name=labels["undo several"], exact=True))
        expect(page.get_by_label(labels["who"], exact=True)).to_be_visible()
        reader.click(page.get_by_role("button", name=labels["continue"], exact=True))
        # What others of this module's tests did is not undone.
        expect(page.get_by_role("button", name=labels["put back"], exact=True)).to_be_visible()


class TestInFrench(Chapter):
    """« Annuler un changement »."""


class TestWithoutScripts(Chapter):
    """The same pages."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)


class TestInEnglish(Chapter):
    """“Undo a change”."""

    @pytest.fixture
    def words(self) -> Words:
        """The words of the English console."""
        return ENGLISH
