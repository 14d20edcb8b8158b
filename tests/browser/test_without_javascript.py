"""The manual in a browser that runs no scripts: pages replace windows and exchanged rows."""

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader, Sample
from tests.browser.manual import ManualChapters
from tests.browser.manual_exports import ExportChapters
from tests.browser.people import Staff, StaffMaker

pytestmark = pytest.mark.browser


@pytest.fixture
def staff(open_staff: StaffMaker) -> Staff:
    """A member of staff whose browser runs no scripts."""
    return open_staff(java_script_enabled=False)


class TestManual(ManualChapters, ExportChapters):
    """In French, without scripts."""


def test_selected_country_that_was_not_added_is_confirmed(staff: Staff) -> None:
    reader, words = Reader(staff), staff.words
    reader.open_partners()
    reader.click_new()
    reader.fill(Sample("Aló Oublié", countries=["ZM"]))
    reader.country_select.select_option(label=words.country["IS"])
    staff.watch.expected_statuses.add(422)
    reader.page.get_by_role("button", name=words.save, exact=True).click()
    expect(reader.page.get_by_role("alert")).to_contain_text(words.country["IS"])
    reader.page.locator("button[name=save][value=with]").click()
    reader.expect_message(words.created.format("Aló Oublié"))
    expect(reader.row("Aló Oublié")).to_contain_text(words.country["IS"])


def test_paging_and_page_size(staff: Staff) -> None:
    reader = Reader(staff)
    staff.open_list(sort="-name")
    first = reader.names()
    reader.page.locator("#page-2").click()
    assert not set(first) & set(reader.names())
    reader.page.locator("#per-page").select_option("100")
    reader.page.locator(".per-page button").click()
    assert reader.names()[: len(first)] == first
    assert len(reader.names()) > len(first)
