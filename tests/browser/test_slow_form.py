"""The settings of a partner on a slow connection: what is done while an answer is under way is never lost.

Every answer takes 800 ms longer, is held back until something is done, or never comes.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import CDPSession, Locator, Route, expect

from tests.browser.journeys import Reader, fill_new_partner
from tests.browser.people import Staff, StaffMaker
from tests.browser.prepare import EDITOR
from tests.browser.slow import holding

pytestmark = pytest.mark.browser

DELAY_MS = 800
# For what must be done before the answer comes, however busy the machine of the tests is.
LONG_MS = 4_000
NEW = "/console/partners/new/"

_TYPES_AFTER_THE_ANSWER = """() => {
  const sending = window.fetch;
  window.fetch = async (...how) => {
    const answer = await sending(...how);
    window.fetch = sending;
    setTimeout(() => {
      const field = document.getElementById('description_en');
      field.value = 'Typed afterwards.';
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }, 200);
    return answer;
  };
}"""


def slow_down(staff: Staff, *, by_ms: int = DELAY_MS) -> CDPSession:
    """Delay every answer from now on."""
    session = staff.page.context.new_cdp_session(staff.page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": by_ms, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", conditions)
    return session


def saves_only(handle: Callable[[Route], None]) -> Callable[[Route], None]:
    """Return a handler that lets through what the page asks for by itself."""
    return lambda route: route.continue_() if "renvoi-background" in route.request.headers else handle(route)


def save_button(reader: Reader) -> Locator:
    return reader.page.get_by_role("button", name=reader.words.save, exact=True)


def message(staff: Staff, when: str) -> Locator:
    """What the page says beside the buttons: sending, failed or stale."""
    return staff.page.locator(f".sending [data-when={when}]")


@contextmanager
def no_requests(staff: Staff) -> Iterator[None]:
    """Fail if the page requests anything within the block."""
    requests: list[str] = []
    staff.page.on("request", lambda request: requests.append(request.url))
    yield
    assert requests == []


def choose(reader: Reader, code: str) -> None:
    """Select a country and add it, without waiting for anything."""
    reader.country_select.select_option(code)
    reader.countries.get_by_role("button", name=reader.words.add, exact=True).click()


def expect_countries(staff: Staff, partner_id: int, *names: str) -> None:
    staff.open_settings(partner_id)
    expect(Reader(staff).chosen_countries).to_have_text([re.compile(name) for name in names])


def test_countries_are_added_and_removed_without_a_request(staff: Staff) -> None:
    reader, partner = Reader(staff), staff.create("Aló Lent", countries=["US"])
    staff.open_settings(partner)
    staff.page.wait_for_load_state("networkidle")
    slow_down(staff)
    announcement = staff.page.locator("#announcement")
    with no_requests(staff):
        choose(reader, "CA")
        choose(reader, "BR")
        expect(announcement).to_have_text("Brésil ajouté, 3 pays.")
        expect(reader.country_select).to_be_focused()
        reader.remove_country("US")
        expect(announcement).to_have_text("États-Unis retirés, 2 pays.")
        expect(reader.country_select).to_be_focused()
        choose(reader, "US")
        expect(announcement).to_have_text("États-Unis ajoutés, 3 pays.")
    expect(reader.chosen_countries).to_have_text([re.compile(name) for name in ("Brésil", "Canada", "États-Unis")])
    reader.save(message=staff.words.saved.format("Aló Lent"))
    expect_countries(staff, partner, "Brésil", "Canada", "États-Unis")


def test_removed_country_returns_to_its_place_in_the_list(staff: Staff) -> None:
    reader = Reader(staff)
    staff.open_settings(staff.create("Aló Retour", countries=["EG", "RE"]))
    before = reader.country_select.locator("option").all_inner_texts()
    reader.chosen_countries.filter(has_text="Réunion").get_by_role("button").click()
    reader.chosen_countries.filter(has_text="Égypte").get_by_role("button").click()
    options = reader.country_select.locator("option").all_inner_texts()
    assert sorted({*options} - {*before}) == ["La Réunion", "Égypte"]
    assert options.index("Danemark") < options.index("Égypte") < options.index("Espagne")
    assert options.index("Qatar") < options.index("La Réunion") < options.index("Roumanie")


def test_removal_just_before_saving_is_saved(staff: Staff) -> None:
    reader, partner = Reader(staff), staff.create("Aló Retiré", countries=["BR", "CA"])
    staff.open_settings(partner)
    slow_down(staff)
    reader.chosen_countries.filter(has_text="Brésil").get_by_role("button").click()
    save_button(reader).click()
    reader.expect_message(staff.words.saved.format("Aló Retiré"))
    expect_countries(staff, partner, "Canada")


@pytest.mark.parametrize("is_new", [True, False])
def test_second_save_with_other_content_is_saved(is_new: bool, staff: Staff) -> None:  # noqa: FBT001 (pytest's)
    name = f"Aló Deux contenus {is_new}"
    if is_new:
        reader = fill_new_partner(staff, name)
    else:
        reader = Reader(staff)
        staff.open_settings(staff.create(name))
    with holding(staff):
        save_button(reader).click()
        staff.page.locator("#agreement_ends_on").fill("2098-07-06")
        choose(reader, "ZM")
        save_button(reader).click()
    reader.expect_message(staff.words.saved.format(name))
    assert staff.watch.dialogs == []
    staff.open_list(name=name)
    assert reader.names() == [name]
    reader.page.get_by_role("link", name=name, exact=True).click()
    expect(staff.page.locator("#agreement_ends_on")).to_have_value("2098-07-06")
    expect(reader.chosen_countries.filter(has_text="Zambie")).to_have_count(1)


def test_content_typed_after_save_stays_and_is_said_to_be_unsaved(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Tapé après")
    with holding(staff):
        save_button(reader).click()
        expect(message(staff, "sending")).to_be_visible()
        reader.field(staff.words.description_en).fill("Typed afterwards.")
    expect(message(staff, "stale")).to_be_visible()
    staff.watch.expect_dialog(accept=False)
    staff.page.get_by_role("link", name=staff.words.trash, exact=True).click()
    staff.page.wait_for_timeout(300)
    assert staff.watch.dialogs == ["beforeunload"]
    reader.save(message=staff.words.saved.format("Aló Tapé après"))
    staff.open_list(name="Aló Tapé après")
    reader.page.get_by_role("link", name="Aló Tapé après", exact=True).click()
    expect(reader.field(staff.words.description_en)).to_have_value("Typed afterwards.")


def test_content_typed_while_the_list_opens_stays(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Ouverture")
    slow_down(staff, by_ms=LONG_MS)
    # Playwright's own actions wait until the next page is there: the page itself types, once the answer has come.
    staff.page.evaluate(_TYPES_AFTER_THE_ANSWER)
    save_button(reader).click(no_wait_after=True)
    expect(message(staff, "stale")).to_be_visible()
    staff.page.wait_for_timeout(LONG_MS)
    expect(reader.field(staff.words.description_en)).to_have_value("Typed afterwards.")
    reader.save(message=staff.words.saved.format("Aló Ouverture"))


def test_content_typed_while_an_error_comes_is_put_into_its_page(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Erreur")
    reader.field(staff.words.url_fr).fill("partnername.com/fr")
    staff.watch.expected_statuses.add(422)
    description = reader.field(staff.words.description_en)
    with holding(staff):
        save_button(reader).click()
        description.click()
        description.fill("Typed meanwhile.")
        reader.remove_country("IS")
        choose(reader, "ZM")
        staff.page.locator("input[name=status][value=paused]").check()
    expect(reader.page.get_by_role("alert").first).to_contain_text(staff.words.url_fr)
    expect(description).to_have_value("Typed meanwhile.")
    expect(staff.page.locator("#description_en-count")).to_have_text(staff.words.left.format(255 - 16))
    expect(reader.chosen_countries).to_have_text([re.compile("Zambie")])
    expect(staff.page.locator("input[name=status][value=paused]")).to_be_checked()
    reader.field(staff.words.url_fr).fill("https://partnername.com/fr")
    reader.save(message=staff.words.created.format("Aló Erreur"))


def test_list_pasted_while_the_connection_is_slow_loses_nothing(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Collée")
    slow_down(staff)
    staff.page.locator(".paste > summary").click()
    staff.page.locator("#country_list").fill("Brésil; AO")
    staff.page.locator("#add-countries").click()
    reader.remove_country("IS")
    choose(reader, "ZM")
    expect(reader.chosen_countries).to_have_text([re.compile(name) for name in ("Angola", "Brésil", "Zambie")])
    expect(staff.page.locator("#country_list")).to_have_value("")
    reader.save(message=staff.words.created.format("Aló Collée"))


def test_conflict_shows_what_was_typed_meanwhile(staff: Staff, open_staff: StaffMaker) -> None:
    reader, partner = Reader(staff), staff.create("Aló Différend", description_fr="Au début.")
    staff.open_settings(partner)
    theirs = Reader(open_staff(account=EDITOR))
    theirs.staff.open_settings(partner)
    theirs.field(staff.words.description_fr).fill("La leur.")
    theirs.save(message=staff.words.saved.format("Aló Différend"))
    staff.watch.expected_statuses.add(409)
    reader.field(staff.words.description_fr).fill("La mienne.")
    with holding(staff):
        save_button(reader).click()
        reader.field(staff.words.description_fr).fill("La mienne, mieux.")
    both = staff.page.locator("#conflict-description_fr label")
    expect(both).to_have_text([re.compile(r"La mienne, mieux\.$"), re.compile(r"La leur\.$")])
    reader.save(message=staff.words.saved.format("Aló Différend"))
    staff.open_settings(partner)
    expect(reader.field(staff.words.description_fr)).to_have_value("La mienne, mieux.")


def test_saving_again_after_stop_works(staff: Staff) -> None:
    reader, partner = Reader(staff), staff.create("Aló Arrêté")
    staff.open_settings(partner)
    session = slow_down(staff, by_ms=LONG_MS)
    reader.field(staff.words.description_en).fill("First.")
    save_button(reader).click()
    expect(message(staff, "sending")).to_be_visible()
    staff.page.evaluate("window.stop()")
    expect(message(staff, "failed")).to_be_visible()
    staff.watch.expect_dialog(accept=False)
    staff.page.get_by_role("link", name=staff.words.trash, exact=True).click()
    staff.page.wait_for_timeout(300)
    assert staff.watch.dialogs == ["beforeunload"]
    session.detach()
    reader.field(staff.words.description_en).fill("Second.")
    reader.save(message=staff.words.saved.format("Aló Arrêté"))
    staff.open_settings(partner)
    expect(reader.field(staff.words.description_en)).to_have_value("Second.")


@pytest.mark.parametrize("fault", ["cut", "502"])
def test_failure_is_said_and_can_be_tried_again(fault: str, staff: Staff) -> None:
    name = f"Aló Panne {fault}"
    reader = fill_new_partner(staff, name)
    path = re.compile(re.escape(NEW))
    if fault == "cut":
        staff.page.route(path, saves_only(lambda route: route.abort("connectionreset")))
    else:
        staff.watch.expected_statuses.add(502)
        staff.page.route(path, saves_only(lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>")))
    save_button(reader).click()
    expect(message(staff, "failed")).to_be_visible()
    staff.watch.faults[:] = [
        fault for fault in staff.watch.faults if not fault.startswith(("failed: POST", "console:"))
    ]
    expect(reader.field(staff.words.name)).to_have_value(name)
    staff.page.unroute(path)
    staff.page.get_by_role("button", name="Réessayer", exact=True).click()
    reader.expect_message(staff.words.created.format(name))
    staff.open_list(name=name)
    assert reader.names() == [name]


def test_token_that_is_too_old_is_replaced(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Jeton")
    staff.watch.expected_statuses.add(403)
    staff.page.context.clear_cookies(name=re.compile("csrf"))
    reader.save(message=staff.words.created.format("Aló Jeton"))
    # What the page asks for by itself may have been refused meanwhile.
    staff.watch.faults[:] = [fault for fault in staff.watch.faults if "Response Status Error Code 403" not in fault]


def test_answer_that_was_lost_after_saving_makes_no_second_partner(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Réponse perdue")
    path = re.compile(re.escape(NEW))

    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    staff.page.route(path, saves_only(lose))
    save_button(reader).click()
    expect(message(staff, "failed")).to_be_visible()
    staff.watch.faults[:] = [
        fault for fault in staff.watch.faults if not fault.startswith(("failed: POST", "console:"))
    ]
    staff.page.unroute(path)
    reader.field(staff.words.name).fill("Aló Réponse retrouvée")
    reader.save(message=staff.words.saved.format("Aló Réponse retrouvée"))
    staff.open_list(name="Aló Réponse")
    assert reader.names() == ["Aló Réponse retrouvée"]
