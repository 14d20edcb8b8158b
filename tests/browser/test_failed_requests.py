"""A request that fails says so and can be tried again; what is shown goes back to what is true."""

import re
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff
from tests.browser.slow import Connection, answering, checked_ids, losing_answers
from tests.running import EMAIL, PASSWORD

pytestmark = pytest.mark.browser

CUT, REFUSED = "Le serveur ne répond pas.", "Le serveur a répondu par l’erreur 502."
FAULTS = {"connection cut": CUT, "proxy's 502": REFUSED}


@pytest.fixture
def page(staff: Staff, sixty: list[str]) -> Page:
    """The list of sixty partners."""
    assert len(sixty) == 60
    staff.open_list(name="Soixante")
    return staff.page


@pytest.fixture
def reader(staff: Staff) -> Reader:
    """The person who uses it."""
    return Reader(staff)


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest, staff: Staff, page: Page) -> AbstractContextManager[None]:
    """What goes wrong within its block, once the list is open."""
    assert page.url
    return Connection(staff).cut() if request.param == "connection cut" else answering(staff, 502)


def failure(page: Page) -> Locator:
    """The message of a request that has failed."""
    return page.locator("[data-failure]")


def expect_failure(page: Page) -> None:
    expect(failure(page)).to_contain_text(re.compile(f"{re.escape(CUT)}|{re.escape(REFUSED)}"))
    expect(failure(page)).to_contain_text("Ce que vous avez demandé n’a pas été fait.")


def try_again(page: Page) -> None:
    failure(page).get_by_role("button", name="Réessayer", exact=True).click()


class TestList:
    """Ticks, searches and orders."""

    def test_tick_is_taken_back_and_can_be_tried_again(self, page: Page, fault: AbstractContextManager[None]) -> None:
        address = page.url
        with fault:
            page.locator("#rows [name=selected]").nth(2).click()
            expect_failure(page)
            assert checked_ids(page) == []
            assert page.url == address
        try_again(page)
        expect(page.locator("#selection strong")).to_have_text(re.compile("^1 partenaire sélectionné"))
        assert len(checked_ids(page)) == 1
        expect(failure(page)).to_have_count(0)

    def test_all_is_taken_back_and_can_be_tried_again(self, page: Page, fault: AbstractContextManager[None]) -> None:
        page.locator("#rows [name=selected]").nth(2).click()
        expect(page.locator("#selection strong")).to_have_text(re.compile("^1 partenaire sélectionné"))
        with fault:
            page.locator("#pick-all").click()
            expect_failure(page)
            assert len(checked_ids(page)) == 1
            assert page.locator("#pick-all").evaluate("box => [box.checked, box.indeterminate]") == [False, True]
        try_again(page)
        expect(page.locator("#selection strong")).to_have_text(re.compile("^Les 60 partenaires"))

    def test_search_that_failed_keeps_its_text(
        self, page: Page, reader: Reader, fault: AbstractContextManager[None]
    ) -> None:
        field = reader.search_field(reader.words.countries)
        with fault:
            field.fill("islande")
            page.keyboard.press("Enter")
            expect_failure(page)
            expect(page.locator("#rows tr")).to_have_count(25)
        try_again(page)
        expect(page.locator(".list-line")).to_contain_text("islande")
        expect(field).to_have_value("islande")

    def test_order_that_failed_is_not_part_of_the_next_answer(
        self, page: Page, reader: Reader, fault: AbstractContextManager[None]
    ) -> None:
        with fault:
            page.locator("#per-page").select_option("50")
            expect_failure(page)
            expect(page.locator("#per-page")).to_have_value("25")
        with reader.expect_new_rows():
            page.locator("#rows [name=selected]").first.click()
        assert "per_page" not in page.url
        expect(failure(page)).to_have_count(0)

    def test_failure_can_be_dismissed(self, page: Page, staff: Staff) -> None:
        with answering(staff, 502):
            page.locator("#page-2").click()
            expect_failure(page)
            failure(page).get_by_role("button", name="Fermer ce message").click()
            expect(failure(page)).to_have_count(0)


class TestWindows:
    """Windows that can't be opened, and messages."""

    def test_bulk_window(self, page: Page, fault: AbstractContextManager[None]) -> None:
        page.locator("#rows [name=selected]").first.click()
        expect(page.locator("#selection")).to_be_visible()
        with fault:
            page.locator("#pause-selected").click()
            expect_failure(page)
            expect(page.get_by_role("dialog")).to_have_count(0)
        try_again(page)
        expect(page.get_by_role("dialog")).to_contain_text("en pause?")

    def test_delete_window(self, page: Page, reader: Reader, fault: AbstractContextManager[None]) -> None:
        name = reader.names()[0]
        with fault:
            reader.row(name).locator(".col-do a").click()
            expect_failure(page)
        try_again(page)
        expect(page.get_by_role("dialog")).to_contain_text(name)

    def test_ok_that_failed_is_in_the_window_and_can_be_tried_again(
        self, page: Page, reader: Reader, fault: AbstractContextManager[None]
    ) -> None:
        for number in (0, 1):
            page.locator("#rows [name=selected]").nth(number).click()
        expect(page.locator("#selection strong")).to_have_text(re.compile("^2 partenaires"))
        page.locator("#pause-selected").click()
        window = page.get_by_role("dialog")
        ok, address = window.get_by_role("button", name="OK", exact=True), page.url
        with fault:
            ok.click()
            expect(window.locator("[data-failure]")).to_contain_text("Réessayez : rien ne sera fait deux fois.")
            expect(ok).to_be_focused()
            expect(window).not_to_contain_text("En cours")
            assert page.url == address
        try_again(page)
        reader.expect_message("2 partenaires mis en pause.")
        assert checked_ids(page) == []
        page.get_by_role("button", name="Annuler la mise en pause", exact=True).click()
        reader.expect_message("2 partenaires rétablis tels qu’ils étaient.")

    def test_window_whose_turn_did_not_come_says_what_is_being_written(self, page: Page, staff: Staff) -> None:
        page.locator("#rows [name=selected]").first.click()
        page.locator("#pause-selected").click()
        ok = page.get_by_role("dialog").get_by_role("button", name="OK", exact=True)
        reason = "Wendy modifie actuellement 10 000 partenaires"
        with answering(staff, 503, body=f"<main><h1>\n  {reason}\n</h1></main>"):
            ok.click()
            expect(failure(page).locator("p")).to_have_text(f"{reason}. Réessayez : rien ne sera fait deux fois.")
        with answering(staff, 503, body="<h1>Service Unavailable</h1>"):
            ok.click()
            expect(failure(page).locator("p")).to_contain_text("Le serveur a répondu par l’erreur 503.")

    def test_deletion_whose_answer_was_lost_is_done_once(self, page: Page, reader: Reader, staff: Staff) -> None:
        staff.create("Aló Perdu")
        staff.open_list(name="Aló Perdu")
        reader.row("Aló Perdu").locator(".col-do a").click()
        window = page.get_by_role("dialog")
        with losing_answers(staff):
            window.get_by_role("button", name="OK", exact=True).click()
            expect(failure(page)).to_contain_text(CUT)
        window.get_by_role("button", name="OK", exact=True).click()
        reader.expect_message("Partenaire Aló Perdu supprimé.")
        page.goto("/console/trash/")
        expect(page.get_by_role("button", name="Restaurer Aló Perdu", exact=True)).to_have_count(1)

    def test_name_of_a_view_is_still_there(self, page: Page, staff: Staff, fault: AbstractContextManager[None]) -> None:
        staff.open_list(name="Soixante 1")
        page.locator(".save-view").click()
        window = page.get_by_role("dialog")
        window.locator("#name").fill("Vue coupée")
        with fault:
            page.keyboard.press("Enter")
            expect(window.locator("[data-failure]")).to_be_visible()
            expect(window.locator("#name")).to_have_value("Vue coupée")
            window.get_by_role("button", name="Fermer ce message").click()
            expect(failure(page)).to_have_count(0)
            window.get_by_role("button", name="Annuler", exact=True).click()
            expect(window).to_have_count(0)

    def test_message_is_dismissed_with_a_token_from_before_the_last_sign_in(self, staff: Staff) -> None:
        page, reader = staff.page, Reader(staff)
        partner = staff.create("Aló Jeton")
        staff.open_settings(partner)
        reader.save(message=staff.words.saved.format("Aló Jeton"))
        page.evaluate(
            "document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach(f => { f.value = 'x'.repeat(64) })"
        )
        staff.watch.expected_statuses.add(403)
        staff.watch.expects_failures = True
        page.locator(".messages").get_by_role("button").click()
        expect(failure(page)).to_contain_text("Cette page avait expiré et vient d’être renouvelée.")
        expect(page.locator(".messages .message")).to_have_count(1)
        try_again(page)
        expect(page.locator(".messages .message")).to_have_count(0)
        expect(failure(page)).to_have_count(0)


class TestPdf:
    """The page that follows the making of a PDF."""

    def test_progress_goes_on_after_a_failed_look(self, page: Page, staff: Staff) -> None:
        page.goto("/console/partners/export/pdf/")
        with answering(staff, 502, path="/export/pdf/"):
            page.locator("form[data-sends-itself] button, #pdf").first.wait_for(state="attached")
            expect(failure(page)).to_contain_text(REFUSED)
        expect(page.locator("#pdf[data-ready]")).to_have_count(1, timeout=30_000)


class TestEndedSession:
    """What was asked for is kept, and htmx puts no page into a part of another."""

    def sign_in(self, page: Page) -> None:
        expect(page.locator("dialog, .frame")).to_have_count(0)
        page.locator("#email").fill(EMAIL)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        expect(page.locator(".frame")).to_be_visible()

    def end(self, page: Page) -> None:
        page.context.clear_cookies(name="renvoi_session")

    def test_tick_and_order(self, page: Page, reader: Reader) -> None:
        self.end(page)
        page.locator("#rows [name=selected]").first.click()
        page.locator("#email").wait_for()
        self.sign_in(page)
        expect(page.locator("#selection strong")).to_have_text(re.compile("^1 partenaire sélectionné"))
        assert "name=Soixante" in page.url
        assert reader.names()[0].startswith("Soixante")

    def test_bulk_ok(self, page: Page, reader: Reader) -> None:
        for number in (0, 1):
            page.locator("#rows [name=selected]").nth(number).click()
        expect(page.locator("#selection strong")).to_have_text(re.compile("^2 partenaires"))
        page.locator("#pause-selected").click()
        window = page.get_by_role("dialog")
        expect(window).to_be_visible()
        self.end(page)
        window.get_by_role("button", name="OK", exact=True).click()
        self.sign_in(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Mettre 2 partenaires en pause?")
        page.get_by_role("button", name="OK", exact=True).click()
        reader.expect_message("2 partenaires mis en pause.")
        page.get_by_role("button", name="Annuler la mise en pause", exact=True).click()
        reader.expect_message("2 partenaires rétablis tels qu’ils étaient.")

    def test_saved_view(self, page: Page, reader: Reader) -> None:
        page.locator(".save-view").click()
        window = page.get_by_role("dialog")
        window.locator("#name").fill("Les soixante")
        self.end(page)
        window.get_by_role("button", name="Enregistrer", exact=True).click()
        self.sign_in(page)
        expect(page.locator("#name")).to_have_value("Les soixante")
        page.get_by_role("button", name="Enregistrer", exact=True).click()
        reader.expect_message("Vue Les soixante enregistrée.")
        assert "name=Soixante" in page.url
        expect(page.locator("#rows tr")).to_have_count(25)

    def test_restore(self, staff: Staff) -> None:
        partner, page, reader = staff.create("Aló Corbeille"), staff.page, Reader(staff)
        staff.trash(partner)
        page.goto("/console/trash/")
        self.end(page)
        page.get_by_role("button", name="Restaurer Aló Corbeille", exact=True).click()
        self.sign_in_plain(page)
        page.get_by_role("button", name="Envoyer de nouveau", exact=True).click()
        reader.expect_message("Partenaire Aló Corbeille restauré.")

    def sign_in_plain(self, page: Page) -> None:
        page.locator("#email").fill(EMAIL)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
