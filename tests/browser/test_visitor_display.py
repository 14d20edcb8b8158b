"""Visitors' pages with enlarged text, with forced colours, and on paper."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import VisitorMaker
from tests.browser.test_finding_a_country import VIEWS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stocked")]

PATHS = (*VIEWS, "/?country=WS&lang=fr", "/?country=XX", "/partners/KI/", "/privacy/")

# What is cut, lies outside of the window, or covers another text.
_FAULTS = """() => {
  const faults = [], seen = [];
  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) faults.push('scrolls to ' + width);
  for (const one of document.querySelectorAll('h1, h2, p, dt, dd, li, label, a, button, select')) {
    const box = one.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const text = one.tagName + ' ' + one.textContent.trim().slice(0, 40);
    if (box.left < 0 || box.right > innerWidth + .5) faults.push('outside: ' + text);
    if (getComputedStyle(one).display != 'inline' && one.scrollWidth > one.clientWidth + 1) faults.push('cut: ' + text);
    if (one.querySelector('a, p, h2, li')) continue;
    const over = seen.find(([other, at]) => !other.contains(one) && at.left < box.right - 1 && box.left < at.right - 1
      && at.top < box.bottom - 1 && box.top < at.bottom - 1);
    if (over && getComputedStyle(one).display != 'inline') faults.push('over another: ' + text);
    seen.push([one, box]);
  }
  return faults;
}"""


def zoom_text(page: Page) -> None:
    """Make the text twice as large, as a browser's text-only zoom does."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")


@pytest.mark.parametrize("path", PATHS)
def test_page_at_twice_the_size(path: str, open_visitor: VisitorMaker) -> None:
    """WCAG 1.4.4: a window of 1280 × 1024 pixels zoomed to 200 %, then its text alone once more."""
    page = open_visitor(viewport={"width": 640, "height": 512}, device_scale_factor=2).page
    page.goto(path)
    assert page.evaluate(_FAULTS) == []
    size = "getComputedStyle(document.querySelector('h1')).fontSize"
    before = float(page.evaluate(size).removesuffix("px"))
    zoom_text(page)
    assert page.evaluate(_FAULTS) == []
    assert float(page.evaluate(size).removesuffix("px")) >= 1.7 * before
    page.set_viewport_size({"width": 320, "height": 512})
    assert page.evaluate(_FAULTS) == []


def test_text_that_is_cut_is_noticed(open_visitor: VisitorMaker) -> None:
    page = open_visitor(viewport={"width": 320, "height": 512}, bypass_csp=True).page
    page.goto("/?country=KI")
    page.add_style_tag(content=".go { white-space: nowrap; overflow: hidden } main { min-width: 400px }")
    zoom_text(page)
    faults = page.evaluate(_FAULTS)
    assert {fault.partition(" ")[0] for fault in faults} >= {"scrolls", "outside:"}


def test_facts_stand_in_one_column_where_it_is_narrow(open_visitor: VisitorMaker) -> None:
    page = open_visitor(viewport={"width": 320, "height": 640}).page
    page.goto("/privacy/")
    label, fact = (page.locator(tag).first.bounding_box() for tag in ("dt", "dd"))
    assert label is not None
    assert fact is not None
    assert (fact["x"], fact["width"]) == (label["x"], label["width"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_leave_borders_and_the_paper_of_the_logo(scheme: str, open_visitor: VisitorMaker) -> None:
    page = open_visitor(forced_colors="active", color_scheme=scheme, bypass_csp=True).page
    for path in ("/?country=KI", "/?country=AQ", "/?country=XX"):
        page.goto(path)
        for control in page.locator(".go, button, select, .card, .notice").all():
            if control.is_visible():
                assert control.evaluate("e => parseFloat(getComputedStyle(e).borderInlineStartWidth)") >= 1
    page.locator("header").evaluate("header => header.append(document.createElement('img'))")
    if scheme == "dark":
        expect(page.locator("img")).to_have_css("background-color", "rgb(255, 255, 255)")


@pytest.mark.parametrize("path", PATHS)
def test_paper_has_no_control(path: str, open_visitor: VisitorMaker) -> None:
    page = open_visitor(color_scheme="dark").page
    page.goto(path)
    page.emulate_media(media="print")
    for control in page.locator("button, input, select, .go, .tap").all():
        expect(control).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    # Black on white, whatever the screen has.
    expect(page.locator("body")).to_have_css("color", "rgb(25, 34, 37)")
