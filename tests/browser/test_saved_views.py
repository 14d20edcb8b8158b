"""The guide's chapter on saving time: views of the list that are saved under a name."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.saving_time import LABELS, Labels
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser


@pytest.fixture
def labels(words: Words) -> Labels:
    """The labels in the language of the console."""
    return LABELS[words.language]


class Chapter:
    """One test for each section, run in each language and without scripts."""

    @pytest.mark.performs("views-1", "views-2", "views-3", "open-view-1", "open-view-2")
    @pytest.mark.performs("edit-view-1", "edit-view-2")
    def test_view_is_saved_opened_renamed_and_deleted(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        reader.open_partners()
        reader.search("Canada", column=words.countries)
        reader.sort(words.url_en)
        names, address = reader.names(), page.url
        reader.click(page.get_by_role("link", name=labels.save_view, exact=True))
        window = reader.window(labels.save_view)
        reader.field(labels.view_name).fill("Nord")
        reader.click(window.get_by_role("button", name=words.save, exact=True))
        reader.expect_message(labels.view_saved.format("Nord"))
        self._expect_current_view(page, "Nord", [labels.all, "Nord"])
        assert page.url == address
        assert reader.names() == names
        reader.click(self._tabs(page).get_by_role("link", name=labels.all, exact=True))
        self._expect_current_view(page, labels.all, [labels.all, "Nord"])
        assert len(reader.names()) > len(names)
        reader.click(self._tabs(page).get_by_role("link", name="Nord", exact=True))
        self._expect_current_view(page, "Nord", [labels.all, "Nord"])
        for again in (page.reload, page.go_back, page.go_forward):
            again()
        self._expect_current_view(page, "Nord", [labels.all, "Nord"])
        assert reader.names() == names
        reader.click(page.get_by_role("link", name=labels.edit_view.format("Nord"), exact=True))
        window = reader.window(labels.edit_this_view)
        expect(reader.field(labels.view_name)).to_have_value("Nord")
        reader.field(labels.view_name).fill("Boréal")
        reader.click(window.get_by_role("button", name=words.save, exact=True))
        reader.expect_message(labels.view_saved.format("Boréal"))
        self._expect_current_view(page, "Boréal", [labels.all, "Boréal"])
        reader.click(page.get_by_role("link", name=labels.edit_view.format("Boréal"), exact=True))
        reader.click(reader.window(labels.edit_this_view).get_by_role("button", name=labels.delete_view, exact=True))
        reader.expect_message(labels.view_deleted.format("Boréal"))
        expect(self._tabs(page)).to_have_count(0)
        assert reader.names() == names
        reader.click(page.get_by_role("button", name=labels.undo_view_deletion, exact=True))
        self._expect_current_view(page, "Boréal", [labels.all, "Boréal"])
        assert reader.names() == names
        # The other tests of the account have no view but their own.
        reader.click(page.get_by_role("link", name=labels.edit_view.format("Boréal"), exact=True))
        reader.click(reader.window(labels.edit_this_view).get_by_role("button", name=labels.delete_view, exact=True))
        reader.expect_message(labels.view_deleted.format("Boréal"))

    def test_taken_view_name_is_changed_or_replaced(self, reader: Reader, labels: Labels) -> None:
        page, words = reader.page, reader.words
        for query in ({"countries": "Canada"}, {"name": "Éperlan"}):
            reader.staff.open_list(**query)
            reader.click(page.get_by_role("link", name=labels.save_view, exact=True))
            window = reader.window(labels.save_view)
            reader.field(labels.view_name).fill("Deux fois")
            reader.staff.watch.expected_statuses.add(422)
            reader.click(window.get_by_role("button", name=words.save, exact=True))
            if "name" in query:
                expect(reader.field(labels.view_name)).to_have_attribute("aria-invalid", "true")
                expect(reader.field(labels.view_name)).to_have_value("Deux fois")
                reader.click(page.get_by_role("button", name=labels.replace, exact=True))
            reader.expect_message(labels.view_saved.format("Deux fois"))
        self._expect_current_view(page, "Deux fois", [labels.all, "Deux fois"])
        assert reader.names() == ["Éperlan Téléphonie"]
        reader.click(page.get_by_role("link", name=labels.edit_view.format("Deux fois"), exact=True))
        reader.click(page.get_by_role("button", name=labels.delete_view, exact=True))
        reader.expect_message(labels.view_deleted.format("Deux fois"))

    def _tabs(self, page: Page) -> Locator:
        return page.locator(".views nav")

    def _expect_current_view(self, page: Page, name: str, names: Sequence[str]) -> None:
        expect(page.locator(".views [aria-current]")).to_have_text([name])
        expect(page.locator(".views li > a:first-child")).to_have_text([*names])


class TestInFrench(Chapter):
    """« Gagner du temps »."""


class TestWithoutScripts(Chapter):
    """Pages take the place of windows."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)


class TestInEnglish(Chapter):
    """“Saving time”."""

    @pytest.fixture
    def words(self) -> Words:
        """The words of the English console."""
        return ENGLISH
