"""What would change stands beside a partner's form while it is filled in, and a closed window says that nothing did."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Staff

pytestmark = pytest.mark.browser
NAME = "Olá Islândia"
ANSWER = re.compile(r"Islande.*Olá Islândia.*personne", re.DOTALL)


@pytest.fixture
def settings(staff: Staff) -> Iterator[Page]:
    """The settings of the only partner in Iceland."""
    partner_id = staff.create(NAME, countries=["IS"])
    staff.open_settings(partner_id)
    yield staff.page
    staff.trash(partner_id)


def test_consequences_follow_the_form_without_a_click(settings: Page) -> None:
    foreseen = settings.locator("#foreseen")
    expect(foreseen).to_contain_text("ne change pas")
    settings.get_by_label("En pause").check()
    expect(foreseen).to_contain_text(ANSWER)
    settings.get_by_label("Actif", exact=True).check()
    expect(foreseen).to_contain_text("ne change pas")
    settings.locator("#country").select_option("GL")
    settings.get_by_role("button", name="Ajouter", exact=True).click()
    expect(foreseen).to_contain_text("Groenland")
    settings.get_by_role("button", name="Retirer Groenland").click()
    expect(foreseen).not_to_contain_text("Groenland")


def test_closed_window_says_for_a_moment_that_nothing_was_changed(settings: Page) -> None:
    settings.get_by_role("link", name="Supprimer").click()
    window = settings.get_by_role("dialog")
    window.get_by_text("Ce qu’obtiendront les clients potentiels").click()
    expect(window.locator(".answers")).to_contain_text(ANSWER)
    window.get_by_role("button", name="Annuler").click()
    expect(settings.locator(".messages")).to_contain_text("Rien n’a été changé.")
    expect(settings.locator(".messages")).not_to_contain_text("Rien n’a été changé.", timeout=10_000)


def test_request_in_the_background_that_fails_is_not_reported(settings: Page, staff: Staff) -> None:
    settings.route("**/console/partners/*/", lambda route: route.abort("connectionreset"))
    with settings.expect_event("requestfailed"):
        settings.get_by_label("En pause").check()
    settings.wait_for_timeout(300)
    expect(settings.locator("[data-failure]")).to_have_count(0)
    settings.unroute("**/console/partners/*/")
    staff.watch.faults[:] = [one for one in staff.watch.faults if not one.startswith(("failed: POST", "console:"))]
    settings.get_by_label("Actif", exact=True).check()
    expect(settings.locator("#foreseen")).to_contain_text("ne change pas")
