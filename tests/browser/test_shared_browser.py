"""Several accounts in one browser: what one of them typed is shown to no other, whatever button is pressed."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader, fill_new_partner
from tests.browser.people import Staff
from tests.browser.prepare import EDITOR
from tests.running import EMAIL, PASSWORD

pytestmark = pytest.mark.browser

NEW = "/console/partners/new/"
SECRET = "Aló Confidentiel"


def sign_in(page: Page, email: str) -> None:
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("#password")).to_have_count(0)


def sign_out(staff: Staff) -> None:
    """Sign out in another tab."""
    tab = staff.page.context.new_page()
    tab.goto("/console/sign-out/")
    tab.locator("form:not(.languages) button").last.click()
    expect(tab.locator("#password")).to_be_visible()
    tab.close()


def test_expired_session_keeps_a_country_that_is_being_added(staff: Staff) -> None:
    reader, page = fill_new_partner(staff, SECRET), staff.page
    page.context.clear_cookies(name="renvoi_session")
    reader.add_country("ZM")
    reader.country_select.select_option("AO")
    page.get_by_role("button", name=staff.words.save, exact=True).click()
    sign_in(page, EMAIL)
    expect(reader.field(staff.words.name)).to_have_value(SECRET)
    expect(reader.country_select).to_have_value("AO")
    expect(reader.chosen_countries).to_have_count(2)
    staff.watch.expect_dialog(accept=True)
    staff.open_list()


def expect_owner_gets_form_back(staff: Staff, reader: Reader) -> None:
    page = staff.page
    sign_out(staff)
    page.goto(NEW)
    sign_in(page, EMAIL)
    expect(reader.field(staff.words.name)).to_have_value(SECRET)
    staff.watch.expect_dialog(accept=True)
    staff.open_list()


def test_expired_form_is_not_shown_to_another_account(staff: Staff) -> None:
    reader, page = fill_new_partner(staff, SECRET), staff.page
    page.context.clear_cookies(name="renvoi_session")
    page.get_by_role("button", name=staff.words.save, exact=True).click()
    sign_in(page, EDITOR)
    expect(reader.field(staff.words.name)).to_have_value("")
    expect(reader.chosen_countries).to_have_count(0)
    expect_owner_gets_form_back(staff, reader)


def test_back_button_shows_nothing_typed_by_another_account(staff: Staff) -> None:
    reader, page = fill_new_partner(staff, SECRET), staff.page
    sign_out(staff)
    staff.watch.expect_dialog(accept=True)
    page.goto("/console/coverage/")
    sign_in(page, EDITOR)
    for _ in range(3):
        page.go_back()
        page.wait_for_load_state()
        assert SECRET not in page.content()
        if page.url.endswith(NEW) or "/new/" in page.url:
            assert reader.field(staff.words.name).input_value() == ""
            break
    else:
        pytest.fail("the form is not in the history")


def test_tab_of_another_account_neither_saves_nor_shows_its_form(staff: Staff) -> None:
    reader, page = fill_new_partner(staff, SECRET), staff.page
    sign_out(staff)
    tab = page.context.new_page()
    tab.goto("/console/coverage/")
    sign_in(tab, EDITOR)
    staff.watch.expected_statuses.add(409)
    page.get_by_role("button", name=staff.words.save, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cette page a été ouverte par un autre compte")
    assert SECRET not in page.content()
    tab.close()
    expect_owner_gets_form_back(staff, reader)
