"""« Aperçu pour les visiteurs » follows the form in a browser, with a script and without."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.people import Staff, StaffMaker
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser
CARD = ".preview iframe"


def test_preview_follows_the_form(staff: Staff, renvoi: RunningRenvoi) -> None:
    before = renvoi.run("ledger", "export", "--format", "jsonl").stdout
    page, id_ = (
        staff.page,
        staff.create("Aló Aperçu", countries=["WF"], description_fr="Elle répond.", description_en=""),
    )
    staff.open_settings(id_)
    card = page.frame_locator(CARD).locator(".card")
    expect(card).to_contain_text("Elle répond.")
    page.locator("#description_fr").fill("Elle répond jour et nuit.")
    expect(card).to_contain_text("Elle répond jour et nuit.")
    page.locator(".preview label", has_text="EN").click()
    expect(card).to_contain_text("The description is in French.")
    page.locator("#description_en").fill("She answers day and night.")
    expect(card).to_contain_text("She answers day and night.")
    expect(card).not_to_contain_text("The description is in French.")
    assert renvoi.run("ledger", "export", "--format", "jsonl").stdout == before
    staff.trash(id_)


def test_buttons_draw_the_preview_without_scripts(open_staff: StaffMaker) -> None:
    staff = open_staff(java_script_enabled=False)
    id_ = staff.create("Aló sans script", countries=["WF"], description_fr="Elle répond.")
    staff.open_settings(id_)
    page = staff.page
    page.locator("#description_fr").fill("Sans script.")
    page.get_by_role("button", name="Aperçu en français").click()
    expect(page.frame_locator(CARD).locator(".card")).to_contain_text("Sans script.")
    expect(page.locator("#description_fr")).to_have_value("Sans script.")
    staff.trash(id_)


def test_one_edit_sends_one_request(staff: Staff) -> None:
    """The frame is loaded again only if its page is another."""
    id_ = staff.create("Aló Une fois", countries=["WF"], description_fr="Elle répond.")
    staff.open_settings(id_)
    page = staff.page
    expect(page.frame_locator(CARD).locator(".card")).to_contain_text("Elle répond.")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(urlsplit(request.url).path))
    page.get_by_label("En pause").check()
    expect(page.locator("#foreseen")).to_contain_text("personne")
    page.wait_for_timeout(1_000)
    assert sent == [f"/console/partners/{id_}/"]
    sent.clear()
    page.locator("#description_fr").fill("Elle répond jour et nuit.")
    expect(page.frame_locator(CARD).locator(".card")).to_contain_text("jour et nuit")
    page.wait_for_timeout(1_000)
    assert sent == [f"/console/partners/{id_}/", "/console/partners/preview/"]
    sent.clear()
    page.locator(".preview label", has_text="EN").click()
    expect(page.frame_locator(CARD).locator("html")).to_have_attribute("lang", "en")
    assert sent == [f"/console/partners/{id_}/", "/console/partners/preview/"]
    staff.trash(id_)
