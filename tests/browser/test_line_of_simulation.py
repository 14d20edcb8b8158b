"""The line of the simulation above the list of partners: live, by keyboard, without scripts, on a phone."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.keyboard import Keyboard
from tests.browser.people import Staff, StaffMaker
from tests.browser.test_geometry import FULL_ROWS
from tests.browser.words import ENGLISH, Words

pytestmark = pytest.mark.browser
LABELS = {
    "fr": ("Un client potentiel de", "Anglais", "Voir le détail", "obtient"),
    "en": ("A prospect from", "French", "See the details", "gets"),
}


class Chapter:
    """The steps of the guide."""

    @pytest.mark.performs("line-1", "line-2", "line-3")
    def test_answer_follows_the_country_and_the_language(self, staff: Staff) -> None:
        page = staff.page
        country, other, details, gets = LABELS[staff.words.language]
        staff.open_list(sort="-name")
        address = page.url
        expect(page.locator("#ask-answer")).to_contain_text(gets)
        page.get_by_label(country, exact=True).select_option("BR")
        expect(page.locator("#ask-answer")).to_contain_text("Aló Brasil")
        page.get_by_role("radio", name=other).check()
        read = "fr" if staff.words.language == "en" else "en"
        expect(page.locator("#ask-answer a").last).to_have_attribute("href", re.compile(f"language={read}"))
        assert page.url == address
        page.locator("#ask-answer").get_by_role("link", name=details).click()
        expect(page.locator("#answer")).to_be_visible()
        assert "country=BR" in page.url


class TestInFrench(Chapter):
    """The French console."""


class TestInEnglish(Chapter):
    """The English console."""

    @pytest.fixture
    def words(self) -> Words:
        return ENGLISH


def test_line_works_by_keyboard_alone_and_leaves_the_search_alone(staff: Staff) -> None:
    page, keyboard = staff.page, Keyboard(staff.page)
    staff.open_list()
    page.locator("#ask-country").focus()
    page.keyboard.type("Brés")
    expect(page.locator("#ask-answer")).to_contain_text("Aló Brasil")
    keyboard.press("Tab")
    assert keyboard.stop.name == "Français"
    keyboard.press("ArrowRight")
    assert keyboard.stop.name == "Anglais"
    assert keyboard.stop.ring or page.locator(".ask .segments label:focus-within").evaluate(
        "one => parseFloat(getComputedStyle(one).outlineWidth)"
    )
    expect(page.locator("#ask-answer a").last).to_have_attribute("href", re.compile("language=en"))
    page.keyboard.press("/")
    assert keyboard.stop.id == "search-name"
    page.keyboard.type("aló brasil")
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr")).to_have_count(1)
    # The line and its answer outlive the exchange of the list, whose address knows nothing of them.
    expect(page.locator("#ask-country")).to_have_value("BR")
    expect(page.locator("#ask-answer")).to_contain_text("Aló Brasil")
    assert page.url.partition("?")[2] in {"name=al%C3%B3+brasil", "name=al%C3%B3%20brasil"}
    page.locator("#ask-country").select_option("AQ")
    expect(page.locator("#ask-answer")).to_contain_text("aucun partenaire")
    expect(page.locator("#rows tr")).to_have_count(1)


def test_answer_that_does_not_come_leaves_none_of_an_earlier_question(staff: Staff) -> None:
    page = staff.page
    staff.open_list()
    page.locator("#ask-country").select_option("BR")
    expect(page.locator("#ask-answer")).to_contain_text("Aló Brasil")
    page.route("**/console/simulation/line/*", lambda route: route.abort("connectionreset"))
    page.locator("#ask-country").select_option("AQ")
    expect(page.locator("#ask-answer")).to_have_text("obtient\u00a0: …")
    expect(page.locator("[data-failure]")).to_have_count(0)
    page.unroute("**/console/simulation/line/*")
    staff.watch.faults[:] = [one for one in staff.watch.faults if not one.startswith(("failed: GET", "console:"))]


def test_last_question_is_answered_when_answers_overtake_each_other(staff: Staff) -> None:
    page = staff.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    staff.open_list()
    page.route("**/console/simulation/line/?country=BR*", hold)
    with page.expect_request("**/console/simulation/line/?country=BR*"):
        page.locator("#ask-country").select_option("BR")
    page.locator("#ask-country").select_option("AQ")
    expect(page.locator("#ask-answer")).to_contain_text("aucun partenaire")
    page.unroute("**/console/simulation/line/?country=BR*")
    staff.watch.faults[:] = [one for one in staff.watch.faults if not one.startswith("failed: GET")]
    expect(page.locator("#ask-answer")).to_contain_text("aucun partenaire")


def test_without_scripts_the_line_leads_to_the_simulation(open_staff: StaffMaker) -> None:
    staff = open_staff(java_script_enabled=False)
    staff.open_list(name="a")
    page = staff.page
    page.locator("#ask-country").select_option("BR")
    page.locator(".ask").get_by_role("radio", name="Anglais").check()
    page.locator(".ask").get_by_role("button", name="Simuler").click()
    expect(page.locator("#answer")).to_be_visible()
    assert page.url.endswith("/console/simulation/?country=BR&language=en")


def test_without_scripts_enter_in_a_search_field_still_searches(open_staff: StaffMaker) -> None:
    staff = open_staff(java_script_enabled=False)
    staff.open_list()
    staff.page.locator("#ask-country").select_option("BR")
    staff.page.locator("#search-name").fill("aló brasil")
    staff.page.locator("#search-name").press("Enter")
    expect(staff.page.locator("#rows tr")).to_have_count(1)
    assert "country=" not in staff.page.url


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 640)])
def test_line_is_folded_on_a_phone(width: int, height: int, open_staff: StaffMaker) -> None:
    staff = open_staff(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    staff.open_list()
    page = staff.page
    fold = page.locator(".ask-fold > summary")
    box = page.locator("#ask").bounding_box()
    assert box is not None
    assert 44 <= box["height"] <= 48
    expect(page.locator("#ask-country")).to_be_hidden()
    fold.click()
    page.locator("#ask-country").select_option("BR")
    expect(page.locator("#ask-answer")).to_contain_text("Aló Brasil")
    small = page.locator(".ask :is(select, .segments label, summary)").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height).filter(one => one < 44)"
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def with_answer(staff: Staff, sixty: list[str]) -> Page:
    """The list of sixty partners, at 1280 × 720."""
    assert len(sixty) == 60
    staff.page.set_viewport_size({"width": 1280, "height": 720})
    staff.open_list()
    return staff.page


def test_list_shows_ten_whole_rows_under_an_answer(with_answer: Page) -> None:
    assert with_answer.evaluate(FULL_ROWS) >= 10
    for code in ("BR", "CA", "AQ"):
        with_answer.locator("#ask-country").select_option(code)
        expect(with_answer.locator("#ask-answer a.details")).to_have_attribute("href", re.compile(f"country={code}"))
        assert with_answer.evaluate(FULL_ROWS) >= 10, code
