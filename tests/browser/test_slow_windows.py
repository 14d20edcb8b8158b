"""Windows of the list over a slow connection, and leaving the list before an answer (answers after 800 ms)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff
from tests.browser.slow import Connection, checked_ids, expect_query, row_box

pytestmark = pytest.mark.browser


@pytest.fixture
def page(staff: Staff, sixty: list[str]) -> Iterator[Page]:
    """The list of sixty partners, on its first page, over a slow connection."""
    assert len(sixty) == 60
    staff.open_list(name="Soixante")
    with Connection(staff).slow():
        yield staff.page


@pytest.fixture
def reader(staff: Staff) -> Reader:
    """The person who uses it."""
    return Reader(staff)


class TestWindows:
    """A window is about what is ticked when it opens."""

    def expect_count(self, page: Page, count: int) -> None:
        window = page.get_by_role("dialog")
        expect(window).to_be_visible()
        expect(window.get_by_role("heading")).to_have_text(f"Mettre {count} partenaires en pause?")
        expect(page.locator("#selection strong")).to_have_text(
            re.compile(f"^{count} partenaires? sélectionnés? sur 60")
        )

    def test_bulk_window_opened_while_a_tick_is_under_way(self, page: Page) -> None:
        row_box(page, 0)
        row_box(page, 1)
        expect(page.locator("#selection strong")).to_have_text(re.compile("^2 partenaires"))
        row_box(page, 2)
        page.locator("#pause-selected").click()
        self.expect_count(page, 3)
        page.keyboard.press("Escape")
        expect(page.locator("#pause-selected")).to_be_focused()

    def test_tick_while_the_bulk_window_is_under_way(self, page: Page) -> None:
        for number in range(3):
            row_box(page, number)
        expect(page.locator("#selection strong")).to_have_text(re.compile("^3 partenaires"))
        page.locator("#pause-selected").click()
        page.wait_for_timeout(200)
        row_box(page, 1)
        self.expect_count(page, 2)

    def test_unticking_all_while_the_bulk_window_is_under_way(self, page: Page) -> None:
        row_box(page, 0)
        expect(page.locator("#selection")).to_be_visible()
        page.locator("#delete-selected").click()
        row_box(page, 0)
        expect(page.locator("#selection")).to_have_count(0)
        page.wait_for_timeout(1000)
        expect(page.get_by_role("dialog")).to_have_count(0)

    def test_csv_window_opened_while_ticks_are_under_way(self, page: Page) -> None:
        for number in range(3):
            row_box(page, number)
        page.get_by_role("button", name="CSV", exact=True).click()
        page.wait_for_timeout(200)
        row_box(page, 0)
        expect(page.get_by_role("dialog")).to_contain_text("Les 2 partenaires sélectionnés seront exportés")
        expect(page.locator("#selection strong")).to_have_text(re.compile("^2 partenaires"))

    def test_newest_window_opens(self, page: Page) -> None:
        row_box(page, 0)
        expect(page.locator("#selection")).to_be_visible()
        page.locator("#pause-selected").click()
        page.locator("#delete-selected").click()
        expect(page.get_by_role("dialog")).to_contain_text("Supprimer Soixante 01?")
        page.wait_for_timeout(1000)
        expect(page.get_by_role("dialog")).to_have_count(1)

    def test_delete_window_of_a_row_that_moves_to_another_page(self, page: Page, reader: Reader) -> None:
        name = reader.names()[0]
        reader.heading(reader.words.name).get_by_role("button").click()
        reader.row(name).locator(".col-do a").click()
        window = page.get_by_role("dialog")
        expect(window).to_contain_text(name)
        expect(reader.row(name)).to_have_count(0)
        assert "sort=-name" in window.locator("input[name=list]").input_value()

    def test_pdf_window_has_what_is_ticked(self, page: Page) -> None:
        row_box(page, 0)
        row_box(page, 1)
        with page.expect_popup() as opened:
            page.get_by_role("button", name="PDF", exact=True).click()
        expect(opened.value.locator(".page-body")).to_contain_text("2", timeout=10_000)
        assert "selected=" in opened.value.url or "/export/pdf/" in opened.value.url
        expect(page.locator("#selection strong")).to_have_text(re.compile("^2 partenaires"))

    def test_ok_is_not_cancelled_by_escape(self, page: Page, reader: Reader) -> None:
        row_box(page, 0)
        expect(page.locator("#selection")).to_be_visible()
        page.locator("#pause-selected").click()
        window = page.get_by_role("dialog")
        window.get_by_role("button", name="OK", exact=True).click()
        for _ in range(3):
            page.keyboard.press("Escape")
        expect(window).to_contain_text("En cours")
        expect(window).to_have_attribute("aria-busy", "true")
        expect(window.get_by_role("button", name=reader.words.cancel, exact=True)).to_be_disabled()
        expect(window).to_be_visible()
        reader.expect_message("1 partenaire mis en pause.")
        page.get_by_role("button", name="Annuler la mise en pause", exact=True).click()
        reader.expect_message("1 partenaire rétabli tel qu’il était.")


class TestLeaving:
    """What was asked for goes along where one leaves before the answer."""

    def test_language_switch(self, page: Page) -> None:
        row_box(page, 1)
        ticked = checked_ids(page)
        page.get_by_role("button", name="EN, English", exact=True).click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect_query(page, selected=ticked)
        page.get_by_role("button", name="FR, français", exact=True).click()
        expect(page.locator("html")).to_have_attribute("lang", "fr")

    def test_settings_and_back(self, page: Page, reader: Reader) -> None:
        reader.heading(reader.words.name).get_by_role("button").click()
        row_box(page, 1)
        ticked = checked_ids(page)
        page.locator("#rows .col-name a").first.click()
        page.get_by_role("link", name=reader.words.cancel, exact=True).click()
        expect_query(page, selected=ticked, sort=["-name"])
