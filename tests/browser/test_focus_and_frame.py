"""Where the focus is after an action, how links and icons look, and how the settings use the width."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff
from tests.browser.words import Words

pytestmark = pytest.mark.browser

_PLAIN_LINKS = """() => [...document.querySelectorAll('main a')].filter(link =>
  link.checkVisibility() && !link.matches('.button, .icon-button, .views a:first-child, .guide-contents a')
  && !link.closest('.visually-hidden')
).filter(link => {
  const style = getComputedStyle(link);
  return !style.textDecorationLine.includes('underline') || /[,/] 0\\)$/.test(style.textDecorationColor);
}).map(link => link.outerHTML.slice(0, 120))"""


def test_settings_carry_the_name_of_the_partner(staff: Staff) -> None:
    staff.open_settings(staff.create("Aló Titre"))
    expect(staff.page.get_by_role("heading", level=1)).to_have_text(f"Aló Titre – {staff.words.settings}")
    expect(staff.page).to_have_title(f"Aló Titre – {staff.words.settings} · Renvoi")


def test_new_partner_begins_in_name(staff: Staff) -> None:
    reader = Reader(staff)
    reader.open_partners()
    reader.click_new()
    expect(reader.field(staff.words.name)).to_be_focused()
    # Nothing is typed yet: leaving does not ask.
    reader.open_partners()
    assert staff.watch.dialogs == []


def test_focus_is_on_the_message_after_each_action(staff: Staff) -> None:
    reader, words = Reader(staff), staff.words
    partner = staff.create("Aló Message")
    staff.open_settings(partner)
    reader.field(words.description_fr).fill("Autre.")
    reader.save(message=words.saved.format("Aló Message"))
    message = staff.page.locator(".message")
    expect(message).to_be_focused()
    staff.open_list(name="Aló Message")
    reader.delete("Aló Message")
    expect(message).to_be_focused()
    # It stays, with its undo, but takes the focus once only.
    staff.page.reload()
    expect(message).to_contain_text(words.deleted.format("Aló Message"))
    expect(message).not_to_be_focused()
    reader.page.get_by_role("button", name=words.undo, exact=True).click()
    reader.expect_message(words.restored.format("Aló Message"))
    expect(message.last).to_be_focused()


@pytest.mark.parametrize(
    "path", ["/console/partners/", "/console/partners/{id}/", "/console/trash/", "/console/settings/"]
)
def test_links_look_like_links_at_rest(path: str, staff: Staff) -> None:
    path = path.format(id=staff.create("Aló Lien")) if "{id}" in path else path
    staff.page.goto(path)
    assert staff.page.evaluate(_PLAIN_LINKS) == []


def _tooltip(page: Page, button: str) -> str:
    return str(page.locator(button).first.locator(".visually-hidden").evaluate("one => getComputedStyle(one).clipPath"))


def test_icons_show_their_name_on_hover_and_on_focus(staff: Staff) -> None:
    page = staff.page
    staff.open_list()
    for button in ("#rows .icon-button", ".themes button", ".title-line .icon-button"):
        assert _tooltip(page, button) != "none"
        page.locator(button).first.hover()
        assert _tooltip(page, button) == "none"
        name = page.locator(button).first.locator(".visually-hidden")
        box, width = name.bounding_box(), page.viewport_size
        assert box is not None
        assert width is not None
        assert 0 <= box["x"] <= width["width"] - box["width"]
        page.keyboard.press("Escape")
        assert _tooltip(page, button) != "none"
        page.mouse.move(0, 0)
        page.locator(button).first.focus()
        page.keyboard.press("Shift")
        assert _tooltip(page, button) == "none"
        page.evaluate("document.activeElement.blur()")


def test_main_menu_has_its_heading(staff: Staff, words: Words) -> None:
    staff.open_list()
    expect(staff.page.get_by_role("navigation", name=words.main_menu)).to_contain_text(words.main_menu)
    expect(staff.page.locator("#menu-title")).to_be_visible()


def test_rest_of_countries_opens_by_keyboard(staff: Staff) -> None:
    staff.create("Aló Beaucoup", countries=["IS", "NO", "US", "ZM", "UY"])
    staff.open_list(name="Aló Beaucoup")
    more, rest = staff.page.locator(".more > button"), staff.page.locator(".rest-of-countries")
    expect(rest).to_be_hidden()
    more.focus()
    staff.page.keyboard.press("Enter")
    expect(rest).to_have_text("États-Unis, Islande, Norvège, Uruguay, Zambie")
    expect(rest).to_be_visible()
    staff.page.keyboard.press("Escape")
    expect(rest).to_be_hidden()


@pytest.mark.parametrize(("width", "is_beside"), [(1440, True), (1200, True), (1199, False), (390, False)])
def test_present_state_is_beside_the_form_where_there_is_room(width: int, is_beside: bool, staff: Staff) -> None:  # noqa: FBT001 (pytest's argument)
    staff.page.set_viewport_size({"width": width, "height": 900})
    staff.open_settings(staff.create(f"Aló Large {width}", countries=["IS"]))
    form, now = staff.page.locator("form.form").bounding_box(), staff.page.locator("aside.now").bounding_box()
    assert form is not None
    assert now is not None
    assert (now["x"] >= form["x"] + form["width"], now["y"] >= form["y"] + form["height"]) == (is_beside, not is_beside)
    with staff.page.context.expect_page() as opening:
        staff.page.locator("aside.now").get_by_role("link", name="Islande (nouvel onglet)").click()
    opening.value.wait_for_load_state()
    assert opening.value.url.endswith("/?country=IS")


_WEIGHT = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .reduce((sum, one) => sum + one.encodedBodySize, 0)"""


@pytest.mark.parametrize("path", ["/console/partners/", "/console/partners/new/", "/console/partners/{}/"])
def test_page_weighs_at_most_60_kilobytes_with_its_assets(path: str, staff: Staff) -> None:
    partner = staff.create(f"Aló Poids {len(path)}", countries=["IS", "NO", "US", "ZM", "UY"])
    staff.page.goto(path.format(partner), wait_until="networkidle")
    assert staff.page.evaluate(_WEIGHT) <= 60 * 1024
