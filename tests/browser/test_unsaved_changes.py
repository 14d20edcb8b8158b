"""The browser asks before a page with unsaved changes is left, and only then."""

import pytest
from playwright.sync_api import expect

from tests.browser.journeys import Reader, fill_new_partner
from tests.browser.people import Staff

pytestmark = pytest.mark.browser


def test_leaving_with_unsaved_changes_asks(staff: Staff) -> None:
    reader = Reader(staff)
    staff.open_settings(staff.create("Aló Quitter"))
    staff.watch.expect_dialog(accept=False)
    reader.field(staff.words.name).fill("Aló Quitté")
    reader.page.get_by_role("link", name=staff.words.trash, exact=True).click()
    reader.page.wait_for_timeout(300)
    assert staff.watch.dialogs == ["beforeunload"]
    expect(reader.field(staff.words.name)).to_have_value("Aló Quitté")
    staff.watch.expect_dialog(accept=True)
    reader.page.get_by_role("link", name=staff.words.trash, exact=True).click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(staff.words.trash)
    assert staff.watch.dialogs == ["beforeunload"] * 2


def test_added_country_is_an_unsaved_change(staff: Staff) -> None:
    reader = Reader(staff)
    staff.open_settings(staff.create("Aló Pays ajouté"))
    reader.add_country("IS")
    staff.watch.expect_dialog(accept=True)
    reader.open_partners()
    assert staff.watch.dialogs == ["beforeunload"]


def test_leaving_unchanged_does_not_ask(staff: Staff) -> None:
    reader = Reader(staff)
    staff.open_settings(staff.create("Aló Intact", description_fr="Une\r\nDeux"))
    reader.field(staff.words.name).fill("Autre")
    reader.field(staff.words.name).fill("Aló Intact")
    reader.open_partners()
    assert staff.watch.dialogs == []


def test_leaving_refused_form_asks_but_submitting_does_not(staff: Staff) -> None:
    reader = Reader(staff)
    reader.open_partners()
    reader.click_new()
    reader.field(staff.words.name).fill("Aló Refusé")
    staff.watch.expected_statuses.add(422)
    reader.page.get_by_role("button", name=staff.words.save, exact=True).click()
    expect(reader.page.get_by_role("alert")).to_be_focused()
    assert staff.watch.dialogs == []
    staff.watch.expect_dialog(accept=True)
    # A browser asks only after the user has interacted with the page.
    reader.field(staff.words.name).click()
    reader.open_partners()
    assert staff.watch.dialogs == ["beforeunload"]


def test_leaving_with_corrected_address_asks(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Réparé")
    reader.field(staff.words.url_fr).fill("partnername.com/signup_fr")
    staff.watch.expected_statuses.add(422)
    reader.page.get_by_role("button", name=staff.words.save, exact=True).click()
    reader.page.get_by_role("button", name="https://partnername.com/signup_fr").click()
    expect(reader.field(staff.words.url_fr)).to_have_value("https://partnername.com/signup_fr")
    staff.watch.expect_dialog(accept=True)
    reader.field(staff.words.name).click()
    reader.open_partners()
    assert staff.watch.dialogs == ["beforeunload"]
