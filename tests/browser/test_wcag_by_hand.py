"""WCAG 2.2 AA beyond axe, on one page: reflow, text spacing, target size, covered focus, errors, status messages."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader, Sample
from tests.browser.keyboard import Keyboard
from tests.browser.openings import PreparedPartners
from tests.browser.pages import EVERY, settle
from tests.browser.people import Staff, StaffMaker

pytestmark = pytest.mark.browser

_WINDOWS = ((320, 256), (390, 844), (900, 900), (1440, 900))
"""The first is a window of 1280 × 1024 at 400 %."""

# Elements that stick out of the page, unless they are inside one that scrolls or is hidden.
_STICKS_OUT = """() => {
  const width = document.documentElement.clientWidth, whole = document.documentElement.scrollWidth;
  const out = whole > width ? ['the page is ' + whole] : [];
  for (const one of document.querySelectorAll('body *')) {
    const box = one.getBoundingClientRect();
    if (box.width && box.right > width + 1 && !one.closest('.visually-hidden, svg, .skip-link, .address'))
      out.push(Math.round(box.right) + ' ' + one.outerHTML.slice(0, 120));
  }
  return out;
}"""
# An address is truncated by design, and a name or countries after two lines: all of it is shown on hover and on focus.
_CUT = """() => {
  const cut = [];
  for (const one of document.querySelectorAll('body *')) {
    if (one.closest('.visually-hidden, svg, select, .skip-link, .address, .col-name > a, .countries > a')) continue;
    if (!one.innerText?.trim()) continue;
    const style = getComputedStyle(one);
    if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
    if (style.position === 'absolute' && style.clipPath !== 'none') continue;
    // A long list that is scrolled up and down loses nothing.
    if (style.overflowY === 'auto' && one.scrollWidth <= one.clientWidth + 1) continue;
    if (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
      cut.push(one.outerHTML.slice(0, 160));
  }
  return cut;
}"""
_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
# The label is part of a target; a link within a sentence may be small.
_SMALL = """() => {
  const small = [];
  for (const one of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
    if (one.type === 'hidden' || one.matches('.visually-hidden, .skip-link') || !one.checkVisibility()) continue;
    const boxes = [one, ...(one.labels ?? [])].filter(part => !part.matches('.visually-hidden'))
      .map(part => part.getBoundingClientRect());
    if (boxes[0].width === 0) continue;
    const inSentence = one.localName === 'a' && one.parentElement.localName === 'p'
      && one.parentElement.innerText.trim() !== one.innerText.trim();
    if (!inSentence && !boxes.some(box => box.width >= 23.9 && box.height >= 23.9))
      small.push(boxes.map(box => `${box.width} × ${box.height}`) + ' ' + one.outerHTML.slice(0, 120));
  }
  return small;
}"""


def reflow_faults(page: Page) -> dict[tuple[str, int], list[str]]:
    """Return what sticks out, is cut or is too small at each width, also with more space in the text."""
    faults = {}
    for width, height in _WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        faults["reflow", width] = page.evaluate(_STICKS_OUT)
        faults["targets", width] = page.evaluate(_SMALL)
        cut = page.evaluate(_CUT)
        page.evaluate(_SPACED)
        settle(page)
        faults["spaced", width] = page.evaluate(_STICKS_OUT)
        faults["cut", width] = [one for one in page.evaluate(_CUT) if one not in cut]
        page.evaluate("document.adoptedStyleSheets = []")
    return {where: what for where, what in faults.items() if what}


@pytest.mark.parametrize("name", EVERY)
def test_1_4_10_1_4_12_2_5_8_reflow_text_spacing_and_target_size(
    name: str, staff: Staff, partners: PreparedPartners
) -> None:
    EVERY[name](staff, partners)
    assert reflow_faults(staff.page) == {}


def test_title_of_list_is_never_cut_in_a_word(staff: Staff) -> None:
    staff.open_list()
    heights = {}
    for width in (320, 470, 480, 490, 500, 640):
        staff.page.set_viewport_size({"width": width, "height": 844})
        heights[width] = staff.page.evaluate("document.querySelector('h1').getBoundingClientRect().height")
    assert {width: height for width, height in heights.items() if height > 1.5 * heights[320]} == {}


def test_planted_reflow_and_target_faults_are_reported(staff: Staff) -> None:
    staff.open_list()
    planted = "<a href='#x' class='planted'>x</a>"
    script = "html => { expectAnswer(html); document.querySelector('main').insertAdjacentHTML('beforeend', html) }"
    staff.page.evaluate(script, planted)
    place = "one => { Object.assign(one.style, {position: 'absolute', left: '1430px', width: '20px', height: '20px'}) }"
    staff.page.locator(".planted").evaluate(place)
    for script in (_STICKS_OUT, _SMALL):
        assert any("planted" in one for one in staff.page.evaluate(script))


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1440, 520), (700, 520), (700, 400)])
def test_2_4_11_focus_is_not_obscured_in_list(width: int, height: int, open_staff: StaffMaker) -> None:
    staff = open_staff(viewport={"width": width, "height": height})
    staff.open_list(per_page="50")
    keyboard = Keyboard(staff.page)
    staff.page.locator("#per-page").focus()
    for _ in range(45):
        keyboard.tab(back=True)
    for _ in range(25):
        keyboard.tab()


@pytest.mark.parametrize("height", [900, 400])
def test_2_4_11_focus_is_not_obscured_in_settings(
    height: int, open_staff: StaffMaker, partners: PreparedPartners
) -> None:
    staff = open_staff(viewport={"width": 700, "height": height})
    staff.open_settings(partners.longest)
    keyboard = Keyboard(staff.page)
    keyboard.tab_to(staff.words.delete.removesuffix(" {}"))
    keyboard.tab_to_id("name", back=True)


def test_3_3_1_each_error_is_linked_to_its_field(staff: Staff) -> None:
    reader, words, page = Reader(staff), staff.words, staff.page
    page.goto("/console/partners/new/")
    reader.field(words.url_fr).fill("partnername.com")
    reader.field(words.description_en).fill("x" * 256)
    staff.watch.expected_statuses.add(422)
    page.get_by_role("button", name=words.save, exact=True).click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    links = summary.get_by_role("link")
    expect(links).to_have_count(4)
    for index, id_ in enumerate(("name", "url_fr", "description_en", "country")):
        links.nth(index).click()
        field = page.locator(f"#{id_}")
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport()
        expect(field).to_have_attribute("aria-invalid", "true")
        described = (field.get_attribute("aria-describedby") or "").split()
        errors = [one for one in described if one.endswith("-error")]
        assert len(errors) == 1
        expect(page.locator(f"#{errors[0]}")).to_be_visible()


def test_3_3_1_each_conflict_is_linked_to_its_choice(staff: Staff, partners: PreparedPartners) -> None:
    EVERY["settings, conflict"](staff, partners)
    links = staff.page.get_by_role("alert").get_by_role("link")
    for index in range(links.count()):
        links.nth(index).click()
        target = str(links.nth(index).get_attribute("href")).removeprefix("#")
        expect(staff.page.locator(f"[id='{target}']")).to_be_in_viewport()


def test_4_1_3_messages_are_announced(staff: Staff) -> None:
    reader, words, page = Reader(staff), staff.words, staff.page
    announced = page.locator("#announcement")
    page.goto("/console/partners/new/")
    expect(announced).to_have_attribute("role", "status")
    reader.fill(Sample("Aló Annoncé", countries=["IS"]))
    expect(announced).to_contain_text(words.country["IS"])
    reader.remove_country("IS")
    expect(announced).to_contain_text(words.country["IS"])
    reader.add_country("ZM")
    expect(page.get_by_role("status").filter(has_text=words.left.split(" ", 1)[1])).to_have_count(2)
    reader.save(message=words.created.format("Aló Annoncé"))
    expect(page.get_by_role("status").filter(has_text="Aló Annoncé")).to_have_count(1)
    reader.search("Aló Annoncé", column=words.name)
    expect(announced).to_contain_text("1 partenaire")
    reader.search("zzzz", column=words.name)
    expect(announced).to_contain_text("0 partenaire")
    reader.search("", column=words.name)
    reader.delete("Aló Annoncé")
    expect(page.get_by_role("status").filter(has_text="Aló Annoncé")).to_have_count(1)
