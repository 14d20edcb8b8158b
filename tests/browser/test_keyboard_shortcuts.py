"""Single-character shortcuts (WCAG 2.1.4): they act like their element, but not while typing or once switched off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import Keyboard
from tests.browser.people import Staff, StaffMaker
from tests.browser.prepare import EDITOR

pytestmark = pytest.mark.browser

KEYS = ("/", "n", "?")


@pytest.fixture
def page(staff: Staff) -> Page:
    """The list of partners."""
    staff.open_list()
    return staff.page


def assert_keys_do_nothing(page: Page, *keys: str) -> None:
    """Assert that these keys change neither the page, the focus nor the windows."""
    before = page.evaluate("[location.href, document.activeElement.outerHTML]")
    requests: list[str] = []
    # Chromium may request the page's icon at any time.
    page.on("request", lambda request: requests.append(request.url) if "/static/" not in request.url else None)
    for key in keys:
        page.keyboard.press(key)
    # A shortcut acts at once; a response would arrive within this time.
    page.wait_for_timeout(150)
    assert requests == []
    assert page.evaluate("[location.href, document.activeElement.outerHTML]") == before
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_slash_focuses_first_search_field_and_selects_its_text(staff: Staff) -> None:
    staff.open_list(name="Aló")
    staff.page.keyboard.press("/")
    expect(staff.page.locator("#search-name")).to_be_focused()
    expect(staff.page.locator("#search-name")).to_have_value("Aló")
    staff.page.keyboard.type("a/b")
    expect(staff.page.locator("#search-name")).to_have_value("a/b")


def test_slash_acts_after_rows_were_exchanged(page: Page) -> None:
    page.locator("#sort-name").click()
    expect(page.locator("[aria-sort=descending]")).to_have_count(1)
    page.keyboard.press("/")
    expect(page.locator("#search-name")).to_be_focused()


def test_slash_opens_search_fields_above_cards(open_staff: StaffMaker) -> None:
    staff = open_staff(viewport={"width": 390, "height": 844})
    staff.open_list()
    field = staff.page.locator("#search-name")
    expect(field).to_be_hidden()
    for _ in range(2):
        staff.page.keyboard.press("/")
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport()
        expect(staff.page.locator(".list-bar details")).to_have_attribute("open", "")
        field.blur()


def test_slash_focuses_search_field_of_guide(staff: Staff) -> None:
    staff.page.goto("/console/help/")
    staff.page.keyboard.press("/")
    expect(staff.page.locator("#help-search")).to_be_focused()


@pytest.mark.parametrize("capitals", [False, True])
def test_n_opens_settings_of_new_partner(capitals: bool, staff: Staff) -> None:  # noqa: FBT001 (a case)
    staff.open_list(sort="-name")
    with staff.page.expect_navigation():
        if capitals:
            staff.page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'N', bubbles: true}))")
        else:
            staff.page.keyboard.press("n")
    expect(staff.page.get_by_role("heading", level=1)).to_have_text(staff.words.settings)
    assert "/console/partners/new/" in staff.page.url
    # As after a click, the way back leads to the same state of the list.
    expect(staff.page.locator("[name=list]")).to_have_value("sort=-name")


def test_question_mark_opens_window_and_escape_closes_it(page: Page) -> None:
    page.locator("#sort-name").focus()
    page.keyboard.press("?")
    window = page.get_by_role("dialog")
    expect(window).to_be_visible()
    expect(window.get_by_role("button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(page.locator("#sort-name")).to_be_focused()


def test_shortcuts_do_nothing_while_window_is_open(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    url = page.url
    for key in KEYS:
        page.keyboard.press(key)
    page.wait_for_timeout(150)
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("dialog").get_by_role("button")).to_be_focused()
    assert page.url == url


@pytest.mark.parametrize("field", ["#search-name", "#per-page"])
def test_shortcuts_do_nothing_in_fields_of_list(field: str, page: Page) -> None:
    page.locator(field).focus()
    keys = KEYS if field == "#search-name" else ("/", "?")
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(150)
    expect(page.locator(field)).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    if field == "#search-name":
        expect(page.locator(field)).to_have_value("/n?")


@pytest.mark.parametrize("field", ["#name", "#description_fr", "#agreement_starts_on", "#country"])
def test_shortcuts_do_nothing_in_fields_of_settings(field: str, staff: Staff) -> None:
    staff.page.goto("/console/partners/new/")
    staff.page.locator(field).focus()
    staff.page.keyboard.press("?")
    staff.page.wait_for_timeout(150)
    expect(staff.page.locator(field)).to_be_focused()
    expect(staff.page.get_by_role("dialog")).to_have_count(0)


def test_shortcuts_do_nothing_in_editable_element(page: Page) -> None:
    page.evaluate(
        "html => { expectAnswer(html); document.querySelector('main').insertAdjacentHTML('afterbegin', html) }",
        "<div contenteditable id=free><b tabindex=0>x</b></div>",
    )
    page.locator("#free").focus()
    for key in KEYS:
        page.keyboard.press(key)
    page.wait_for_timeout(150)
    expect(page.locator("#free")).to_be_focused()
    expect(page.locator("#free")).to_contain_text("n?")


def test_shortcuts_act_on_checkbox(page: Page) -> None:
    page.locator("#rows [type=checkbox]").first.focus()
    page.keyboard.press("/")
    expect(page.locator("#search-name")).to_be_focused()


@pytest.mark.parametrize("held", ["Control", "Alt", "Meta"])
def test_shortcuts_do_nothing_with_modifier_key(held: str, page: Page) -> None:
    for key in KEYS:
        options = f"key: '{key}', bubbles: true, cancelable: true, {held.lower().replace('control', 'ctrl')}Key: true"
        assert page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{{options}}}))"), key
    assert_keys_do_nothing(page)


@pytest.mark.parametrize("how", ["repeat", "isComposing"])
def test_repeated_or_composed_key_does_nothing(how: str, page: Page) -> None:
    for key in KEYS:
        options = f"key: '{key}', bubbles: true, cancelable: true, {how}: true"
        assert page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{{options}}}))"), key
    assert_keys_do_nothing(page)


def test_other_keys_do_nothing(page: Page) -> None:
    assert_keys_do_nothing(page, "j", "k", "x", "ArrowDown", "Escape", "Enter", "Shift+N")


def test_escape_closes_account_menu(page: Page) -> None:
    keyboard = Keyboard(page)
    keyboard.tab_to("demo@renvoi.example", tag="summary")
    keyboard.press("Enter")
    expect(page.locator("details.account")).to_have_attribute("open", "")
    assert keyboard.tab().tag == "a"
    keyboard.press("Escape")
    expect(page.locator("details.account")).not_to_have_attribute("open", "")
    assert keyboard.stop.tag == "summary"


class TestSwitchedOff:
    """On an account of its own: the other tests need their shortcuts."""

    @pytest.fixture
    def quiet(self, open_staff: StaffMaker) -> Iterator[Staff]:
        """A member of staff who has switched the shortcuts off."""
        staff = open_staff(account=EDITOR)
        staff.page.goto("/console/account/")
        staff.page.get_by_role("checkbox", name="Raccourcis clavier").uncheck()
        staff.page.locator(".form-actions .primary").click()
        expect(staff.page.locator(".message")).to_be_visible()
        yield staff
        staff.page.goto("/console/account/")
        staff.page.get_by_role("checkbox", name="Raccourcis clavier").check()
        staff.page.locator(".form-actions .primary").click()
        expect(staff.page.locator(".message")).to_be_visible()

    def test_shortcuts_do_nothing_but_their_window_opens_from_menu(self, quiet: Staff) -> None:
        page = quiet.page
        for path in ("/console/account/", "/console/partners/", "/console/help/"):
            page.goto(path)
            assert_keys_do_nothing(page, *KEYS)
        page.locator("details.account > summary").click()
        page.get_by_role("link", name="Raccourcis clavier", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("désactivés pour votre compte")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_acting_shortcut_is_detected(page: Page) -> None:
    """Shows that `assert_keys_do_nothing` can fail."""
    for key in KEYS:
        # A new page for each key, because a shortcut may act on it.
        pressed = page.context.new_page()
        pressed.goto("/console/partners/")
        # The request is made, and the page stays: while Chromium opens another one, it may never confirm the key.
        pressed.route("**/partners/new/**", lambda route: route.fulfill(status=204))
        with pytest.raises(AssertionError):
            assert_keys_do_nothing(pressed, key)
        pressed.close()
