"""The guide's section on golden visitors, in each language and without scripts; and the live warning beside a form."""

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.saving_time import unique_name
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser
LABELS = {
    "fr": {"keep": "Garder cette visite", "save": "Enregistrer", "expected": "Comme prévu"},
    "en": {"keep": "Keep this visit", "save": "Save", "expected": "As expected"},
}
# Countries that no other test uses.
KEPT, LIVE = "NU", "TK"


class Chapter:
    """The steps of the section."""

    @pytest.mark.performs("golden-1", "golden-2", "golden-3")
    def test_a_visit_is_kept(self, reader: Reader) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        name = unique_name(reader, "Aló Noté")
        id_ = reader.staff.create(name, countries=[KEPT])
        page.goto(f"/console/simulation/?country={KEPT}&language=fr")
        reader.click(page.get_by_role("link", name=labels["keep"], exact=True))
        expect(page.locator("#decision")).to_have_value("partner")
        expect(page.locator("#partner")).to_have_value(name)
        reader.click(page.get_by_role("button", name=labels["save"], exact=True))
        row = page.locator(".golden tbody tr", has_text=name)
        expect(row.locator(".result")).to_have_text(labels["expected"])
        row.locator(".do button").click()
        expect(row).to_have_count(0)
        reader.staff.trash(id_)


class TestInFrench(Chapter):
    """« Visites de référence »."""

    def test_warning_follows_the_form_and_holds_up_nothing(self, staff: Staff) -> None:
        page, name = staff.page, "Aló en direct"
        id_ = staff.create(name, countries=[LIVE])
        rows = f"country,language,partner\n{LIVE},fr,{name}"
        staff.send("/console/simulation/visitors/paste/", {"pasted": rows})
        staff.open_settings(id_)
        expect(page.locator("#foreseen .broken")).to_have_count(0)
        page.locator("input[name=status][value=paused]").check()
        expect(page.locator("#foreseen .broken")).to_contain_text(f"attendu {name}, obtenu personne")
        page.locator(".form-actions .primary").click()
        expect(page.locator(".messages")).to_contain_text("1 visite de référence n’est plus comme prévu")
        staff.send("/console/simulation/visitors/remove/", {"of": f"{LIVE} - fr -"}, token_from="/console/coverage/")
        staff.trash(id_)


class TestWithoutScripts(Chapter):
    """The same pages."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)


class TestInEnglish(Chapter):
    """“Golden visitors”."""

    @pytest.fixture
    def words(self) -> Words:
        return ENGLISH
