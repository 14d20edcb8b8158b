"""The address holds the state of the list: reloading, bookmarks, Back, and the way back from a saved form."""

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker

pytestmark = pytest.mark.browser


def test_address_restores_state_of_list(staff: Staff, open_staff: StaffMaker) -> None:
    reader, words, page = Reader(staff), staff.words, staff.page
    staff.open_list()
    plain = reader.names()
    reader.search(".example", column=words.url_en)
    reader.sort(words.countries)
    reader.sort(words.countries)
    sorted_once = reader.names()
    with reader.expect_new_rows():
        page.locator("#page-2").click()
    bookmark, listed = page.url, reader.names()
    assert listed != sorted_once
    page.reload()
    reader.expect_names(listed)
    assert page.url == bookmark
    other = Reader(open_staff())
    other.page.goto(bookmark)
    other.expect_names(listed)
    expect(other.heading(words.countries)).to_have_attribute("aria-sort", "descending")
    expect(other.search_field(words.url_en)).to_have_value(".example")
    for steps, names in ((-1, sorted_once), (-3, plain), (4, listed)):
        page.evaluate("steps => { setTimeout(() => history.go(steps)) }", steps)
        reader.expect_names(names)
    assert page.url == bookmark


def test_saving_returns_to_list_with_its_query(staff: Staff) -> None:
    reader, words = Reader(staff), staff.words
    staff.create("Aló Retrouvé")
    staff.open_list(name="Aló Retrouvé", sort="-countries", per_page="50")
    before = staff.page.url
    staff.page.get_by_role("link", name="Aló Retrouvé", exact=True).click()
    reader.field(words.description_fr).fill("Nouvelle.")
    reader.save(message=words.saved.format("Aló Retrouvé"))
    assert staff.page.url == before
    expect(staff.page.locator("tr.saved")).to_have_count(1)


def test_changing_page_size_keeps_sort_order(staff: Staff) -> None:
    reader, words = Reader(staff), staff.words
    staff.open_list(sort="-name")
    with reader.expect_new_rows():
        staff.page.locator("#per-page").select_option("50")
    assert "per_page=50" in staff.page.url
    assert "sort=-name" in staff.page.url
    expect(reader.heading(words.name)).to_have_attribute("aria-sort", "descending")
