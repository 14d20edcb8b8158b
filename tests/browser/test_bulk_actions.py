"""The guide's chapter on saving time: pausing, resuming and deleting several partners at once."""

import re
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker
from tests.browser.saving_time import LABELS, Labels, click_bulk_button
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser

PAIR = ("Aló Ensemble 1", "Aló Ensemble 2")


@pytest.fixture
def labels(words: Words) -> Labels:
    """The labels in the language of the console."""
    return LABELS[words.language]


@pytest.fixture
def pair(staff: Staff) -> Iterator[Sequence[str]]:
    """Two partners, the only ones of a country that no other test changes; the list shows them."""
    ids = [staff.create(name, countries=["UY"]) for name in PAIR]
    staff.open_list(name="Ensemble")
    yield PAIR
    for partner in ids:
        staff.trash(partner)


def expect_state(page: Page, state: str) -> None:
    expect(page.locator(f"#rows .state[data-state={state}]")).to_have_count(2)


class Chapter:
    """One test for each section, run in each language and without scripts."""

    @pytest.mark.performs("bulk-1", "bulk-2", "bulk-3", "bulk-4", "bulk-undo-1")
    def test_several_partners_are_paused_and_resumed(self, reader: Reader, labels: Labels, pair: Sequence[str]) -> None:
        page, words = reader.page, reader.words
        for button, title, done, state, undo in (
            (labels.pause, labels.pause_2, labels.paused_2, "paused", labels.undo_pause),
            (labels.pause, labels.pause_2, labels.paused_2, "paused", ""),
            (labels.resume, labels.resume_2, labels.resumed_2, "active", labels.undo_resumption),
        ):
            reader.staff.open_list(name="Ensemble")
            reader.tick(*(reader.selection_box(name) for name in pair))
            window = click_bulk_button(reader, button, title)
            if state == "paused":
                expect(window).to_contain_text(f"{words.country['UY']} {labels.without_partner}")
            reader.click(window.get_by_role("button", name=words.ok, exact=True))
            reader.expect_message(done)
            # Nothing stays ticked.
            expect(page.locator("#selection")).to_have_count(0)
            expect(page.locator("#listing [type=checkbox]:checked")).to_have_count(0)
            assert reader.names() == [*pair]
            expect_state(page, state)
            if undo:
                reader.click(page.get_by_role("button", name=undo, exact=True))
                reader.expect_message(labels.as_before)
                expect_state(page, "active" if state == "paused" else "paused")

    def test_several_partners_are_deleted_and_restored(
        self, reader: Reader, labels: Labels, pair: Sequence[str]
    ) -> None:
        page, words = reader.page, reader.words
        reader.tick(*(reader.selection_box(name) for name in pair))
        window = click_bulk_button(reader, labels.delete, labels.delete_2)
        expect(window).to_contain_text(f"{words.country['UY']} {labels.without_partner}")
        reader.click(window.get_by_text(words.cancel, exact=True))
        assert reader.names() == [*pair]
        if not reader.staff.has_script:
            reader.staff.open_list(name="Ensemble")
            reader.tick(*(reader.selection_box(name) for name in pair))
        window = click_bulk_button(reader, labels.delete, labels.delete_2)
        reader.click(window.get_by_role("button", name=words.ok, exact=True))
        reader.expect_message(labels.deleted_2)
        expect(page.locator("#rows tr")).to_have_count(0)
        reader.click(page.get_by_role("button", name=labels.undo_deletion, exact=True))
        reader.expect_message(labels.as_before)
        assert reader.names() == [*pair]


class TestInFrench(Chapter):
    """« Gagner du temps »."""


class TestWithoutScripts(Chapter):
    """Pages take the place of windows."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)

    def test_help_links_open_their_sections(self, reader: Reader, labels: Labels, pair: Sequence[str]) -> None:
        page = reader.page
        reader.tick(*(reader.selection_box(name) for name in pair))
        click_bulk_button(reader, labels.pause, labels.pause_2)
        self._expect_help_section(reader, "bulk")
        reader.staff.open_list(countries="Canada")
        reader.click(page.get_by_role("link", name=labels.save_view, exact=True))
        self._expect_help_section(reader, "views")

    def _expect_help_section(self, reader: Reader, anchor: str) -> None:
        mark = reader.page.locator("main .title-line a.icon-button")
        expect(mark).to_have_accessible_name(re.compile(f"^{re.escape(LABELS['fr'].help.format(''))}"))
        reader.click(mark)
        expect(reader.page).to_have_url(re.compile(rf"/console/help/time/#{anchor}$"))
        expect(reader.page.locator(f"#{anchor}")).to_be_in_viewport()


class TestInEnglish(Chapter):
    """“Saving time”."""

    @pytest.fixture
    def words(self) -> Words:
        """The words of the English console."""
        return ENGLISH


def test_bulk_window_focuses_cancel_and_returns_focus(reader: Reader, labels: Labels, pair: Sequence[str]) -> None:
    page = reader.page
    reader.tick(*(reader.selection_box(name) for name in pair))
    button = page.locator("#selection").get_by_role("button", name=labels.delete, exact=True)
    button.focus()
    page.keyboard.press("Enter")
    window = reader.window(labels.delete_2)
    expect(window.get_by_role("button", name=reader.words.cancel, exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
    assert reader.names() == [*pair]
    expect(page.locator(".selection")).to_have_text(reader.words.selected[1].format(2))
