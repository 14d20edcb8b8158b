"""The scroll position of the list: selecting moves no row, a new page starts at its top, a saved row is in view."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff

pytestmark = pytest.mark.browser


def top_of(page: Page, row: int) -> float:
    """Return the distance of that row from the top of the window, in px."""
    y: float = page.locator("#rows tr").nth(row).evaluate("row => row.getBoundingClientRect().y")
    return y


def scroll(page: Page, to: int) -> None:
    page.evaluate(f"window.scrollTo(0, {to})")
    page.wait_for_function(f"window.scrollY === {to}")


@pytest.mark.parametrize(("scrolled", "row"), [(0, 0), (250, 6), (500, 12)])
def test_selecting_moves_no_row(scrolled: int, row: int, staff: Staff) -> None:
    page = staff.page
    staff.open_list()
    scroll(page, scrolled)
    before = top_of(page, row)
    for number, count in ((row, "1"), (row + 1, "2")):
        page.locator("#rows input[type=checkbox]").nth(number).check()
        expect(page.locator("#selection strong")).to_have_text(re.compile(rf"^{count} partenaire"))
        assert page.evaluate("window.scrollY") == scrolled
        assert abs(top_of(page, row) - before) < 1


def test_five_quick_clicks_select_five_rows(staff: Staff) -> None:
    """Clicks by mouse, at the rows' positions before the first click."""
    page = staff.page
    staff.open_list()
    boxes = [page.locator("#rows input[type=checkbox]").nth(number).bounding_box() for number in range(5)]
    for box in boxes:
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(60)
    expect(page.locator("#selection")).to_contain_text("5 partenaires sélectionnés")


def test_actions_on_selection_stay_in_view(staff: Staff) -> None:
    page = staff.page
    staff.open_list()
    page.locator("#pick-all").check()
    expect(page.locator("#selection")).to_be_visible()
    for to in (0, 500):
        scroll(page, to)
        expect(page.locator("#selection .actions button").first).to_be_in_viewport(ratio=1)


def test_next_page_starts_at_first_row(staff: Staff) -> None:
    page = staff.page
    staff.open_list()
    scroll(page, 500)
    with Reader(staff).expect_new_rows():
        page.locator("#page-2").click()
    expect(page.locator("#rows tr").first).to_be_in_viewport()


def test_saved_partner_is_in_view_or_linked(staff: Staff) -> None:
    page = staff.page
    last = staff.create("Zzz Dernier", countries=["IS"])
    staff.page.goto(f"/console/partners/{last}/?list=sort%3D-name%26per_page%3D100")
    page.locator("#name").fill("Aaaa Premier")
    page.locator(".form-actions .primary").click()
    expect(page.locator("tr.saved")).to_be_in_viewport()
    page.goto(f"/console/partners/{last}/?list=name%3DBrasil")
    page.locator("#name").fill("Aaaa Ailleurs")
    page.locator(".form-actions .primary").click()
    page.locator(".message").get_by_role("link").click()
    expect(page.locator("#name")).to_have_value("Aaaa Ailleurs")


def test_list_causes_no_csp_violations(staff: Staff) -> None:
    messages: list[str] = []
    staff.page.on("console", lambda message: messages.append(message.text))
    staff.open_list()
    for number in (0, 1):
        staff.page.locator("#rows input[type=checkbox]").nth(number).check()
        expect(staff.page.locator("#selection strong")).to_have_text(re.compile(rf"^{number + 1} partenaire"))
    Reader(staff).sort(staff.words.countries)
    assert [text for text in messages if "Content Security Policy" in text] == []


def test_lang_parameter_applies_to_whole_page(staff: Staff) -> None:
    page = staff.page
    page.goto("/console/partners/?lang=en")
    page.locator("#rows input[type=checkbox]").first.check()
    expect(page.locator("#selection")).to_contain_text("1 partner of")
    page.get_by_role("button", name="CSV").click()
    expect(page.get_by_role("dialog")).to_contain_text("Export to a CSV file")
    staff.open_list()
    expect(page.locator("h1")).to_contain_text("Partenaires")
