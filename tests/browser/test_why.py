"""The guide's chapter « Pourquoi? », in each language and without scripts: from a visitor's page to its explanation."""

import pytest
from playwright.sync_api import expect

from tests.browser.clocks import present_moment
from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker, VisitorMaker
from tests.browser.saving_time import unique_name
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser
LABELS = {
    "fr": {
        "history": "Historique",
        "why": "Pourquoi?",
        "reference": "Référence, ou bas de la page",
        "explain": "Expliquer",
        "proposed": "{} a été proposé",
        "taken": "Retenu",
        "paused": "Refusé\u00a0: en pause",
        "today": "Personne n’a été proposé.",
        "then": "Ce jour-là et aujourd’hui",
        "day": "Jour",
        "hour": "Heure",
        "show": "Montrer ce jour",
        "added": "Ajouté depuis",
    },
    "en": {
        "history": "History",
        "why": "Why?",
        "reference": "Reference, or footer of the page",
        "explain": "Explain",
        "proposed": "{} was proposed",
        "taken": "Taken",
        "paused": "Refused: paused",
        "today": "Nobody was proposed.",
        "then": "That day and today",
        "day": "Day",
        "hour": "Time of day",
        "show": "Show that day",
        "added": "Added since",
    },
}
# Countries that no other test uses.
SERVED, OTHER = "TV", "NR"


class Chapter:
    """The steps of the chapter."""

    @pytest.mark.performs("explain-1", "explain-2", "explain-3", "explain-4")
    def test_footer_of_a_page_is_explained(self, reader: Reader, open_visitor: VisitorMaker) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        taken, refused = unique_name(reader, "Aló Retenu"), unique_name(reader, "Aló Pausé")
        ids = [
            reader.staff.create(taken, countries=[SERVED]),
            reader.staff.create(refused, countries=[SERVED], status="paused"),
        ]
        visitor = open_visitor()
        visitor.arrive(SERVED, sees=taken)
        footer = visitor.page.locator(".mark").inner_text()
        reader.staff.trash(ids[0])
        page.goto("/console/coverage/")
        reader.open(labels["history"])
        reader.click(page.get_by_role("link", name=labels["why"], exact=True))
        page.get_by_label(labels["reference"], exact=True).fill(f"« {footer} »")
        reader.click(page.get_by_role("button", name=labels["explain"], exact=True))
        expect(page.locator("#answer")).to_have_text(labels["proposed"].format(taken))
        expect(page.locator(".standings > li", has_text=taken)).to_contain_text(labels["taken"])
        expect(page.locator(".standings > li", has_text=refused)).to_contain_text(labels["paused"])
        expect(page.locator(".answer")).to_contain_text(labels["today"])
        reader.click(page.locator(".standings .changes a").first)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Aló")
        reader.staff.trash(ids[1])

    @pytest.mark.performs("then-1", "then-2", "then-3")
    def test_a_moment_stands_beside_today(self, reader: Reader) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        reader.staff.create(unique_name(reader, "Aló Avant"), countries=[OTHER])
        # The clock goes on before the next save: moments are to the microsecond, the field's are to the second.
        page.wait_for_timeout(1_100)
        moment = present_moment()
        added = unique_name(reader, "Aló Après")
        reader.staff.create(added, countries=[OTHER])
        page.goto("/console/coverage/")
        reader.open(labels["history"])
        reader.click(page.get_by_role("link", name=labels["then"], exact=True))
        page.get_by_label(labels["day"], exact=True).fill(moment["day"])
        page.get_by_label(labels["hour"], exact=True).fill(moment["hour"])
        reader.click(page.get_by_role("button", name=labels["show"], exact=True))
        row = page.get_by_role("heading", level=3).filter(has_text=added)
        expect(row).to_contain_text(labels["added"])
        reader.click(row.get_by_role("link", name=added, exact=True))
        expect(page.get_by_role("heading", level=1)).to_contain_text(labels["then"])


class TestInFrench(Chapter):
    """« Pourquoi? »."""


class TestWithoutScripts(Chapter):
    """The same pages."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)


class TestInEnglish(Chapter):
    """“Why?”."""

    @pytest.fixture
    def words(self) -> Words:
        """The words of the English console."""
        return ENGLISH
