"""WCAG 2.2 AA beyond axe, over several steps: timing, focus order, undoing deletions, redundant entry."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader, Sample
from tests.browser.openings import PreparedPartners
from tests.browser.pages import EVERY, settle
from tests.browser.people import Staff, StaffMaker
from tests.running import EMAIL, PASSWORD

pytestmark = pytest.mark.browser

_HOURS_S = 3600
_UNTYPED = "/csrf|idempotency_key|version/"
_FORM = f"[...new FormData(document.querySelector('form.form'))].filter(([name]) => !{_UNTYPED}.test(name))"
_STOP = """selectors => {
  const one = document.activeElement;
  if (one === document.body) return null;
  // The place of a checkbox or radio button is that of its label.
  const box = (one.closest('label') ?? one).getBoundingClientRect();
  return {
    region: selectors.findIndex(selector => one.closest(selector) !== null),
    left: box.left, top: box.top, bottom: box.bottom, html: one.outerHTML.slice(0, 120),
  };
}"""
_FRAME = (".skip-link", ".side .brand", ".menu", ".side-foot", ".page-head", ".messages")
REGIONS = {
    "list, filtered": (*_FRAME, ".views", ".list-line", ".heads", ".search", "#rows", ".list-foot"),
    "list, selected": (*_FRAME, ".views", ".list-line", ".heads", ".search", "#rows", ".list-foot"),
    "list, tabs": (*_FRAME, ".views", ".list-line", ".heads", ".search", "#rows", ".list-foot"),
    "settings": (*_FRAME, "form.form", "aside.now"),
    "settings, list pasted": (*_FRAME, ".error-summary", "form.form", "aside.now"),
    "settings, errors": (*_FRAME, ".error-summary", "form.form", "aside.now"),
    "coverage": (*_FRAME, ".page-body"),
    "preferences": (*_FRAME, ".page-body"),
    "bulk page": (*_FRAME, ".page-body"),
    "view page": (*_FRAME, ".page-body"),
    "delete window": ("dialog",),
    "bulk window": ("dialog",),
    "view window": ("dialog",),
    "export window": ("dialog",),
    "keys window": ("dialog",),
}
"""Page → its regions in reading order."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the focus: the region of the page, and its place in px."""

    region: int
    left: float
    top: float
    bottom: float
    html: str

    def is_read_after(self, other: "Stop") -> bool:
        """Whether it is in a later region; in the same one, below or to the right on the same line."""
        if self.region != other.region:
            return self.region > other.region
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        is_one_line = shared > min(self.bottom - self.top, other.bottom - other.top) / 2
        return self.left >= other.left - 1 if is_one_line else self.top >= other.top


def stops(page: Page, regions: Sequence[str]) -> list[Stop]:
    """Press Tab from the page's beginning to its end; return the stops."""
    visited: list[Stop] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        place = page.evaluate(_STOP, regions)
        if place is None or (visited and place["html"] == visited[0].html and place["top"] == visited[0].top):
            return visited
        visited.append(Stop(**place))
    raise AssertionError("the focus never reaches the page's end")


def out_of_order(page: Page, regions: Sequence[str]) -> list[str]:
    """Return each stop that is not read after the one before it."""
    passed = stops(page, regions)
    assert len(passed) > 1
    strays = [stop.html for stop in passed if stop.region < 0]
    return strays + [
        f"{later.html} after {one.html}" for one, later in pairwise(passed) if not later.is_read_after(one)
    ]


def begin(staff: Staff, name: str, partners: PreparedPartners) -> None:
    """Open the page in a window so tall that nothing scrolls, and focus its beginning."""
    staff.page.set_viewport_size({"width": 1440, "height": 2600})
    EVERY[name](staff, partners)
    settle(staff.page)
    if staff.page.get_by_role("dialog").count():
        staff.page.get_by_role("dialog").focus()
    else:
        staff.page.locator(".skip-link").focus()
        staff.page.keyboard.press("Shift+Tab")


@pytest.mark.parametrize("name", REGIONS)
def test_2_4_3_focus_order_is_reading_order(name: str, staff: Staff, partners: PreparedPartners) -> None:
    begin(staff, name, partners)
    assert out_of_order(staff.page, REGIONS[name]) == []


@pytest.mark.parametrize(
    "planted",
    [
        "document.querySelector('#search-state').tabIndex = 5",
        "document.querySelector('.page-actions').style.flexDirection = 'row-reverse'",
        "document.querySelector('.page-head').before(document.querySelector('.list'))",
    ],
)
def test_2_4_3_planted_disorder_is_reported(planted: str, staff: Staff, partners: PreparedPartners) -> None:
    begin(staff, "list, filtered", partners)
    staff.page.evaluate(f"() => {{ {planted} }}")
    assert out_of_order(staff.page, REGIONS["list, filtered"]) != []


def test_2_2_1_messages_never_time_out(staff: Staff) -> None:
    reader, words, page = Reader(staff), staff.words, staff.page
    staff.create("Aló Patient", countries=["IS"])
    page.clock.install()
    staff.open_list(name="Aló Patient")
    reader.delete("Aló Patient")
    page.clock.fast_forward("20:00:00")
    reader.expect_message(words.deleted.format("Aló Patient"))
    page.goto("/console/coverage/")
    reader.expect_message(words.deleted.format("Aló Patient"))
    page.get_by_role("button", name=words.undo, exact=True).click()
    reader.expect_message(words.restored.format("Aló Patient"))
    page.clock.fast_forward("20:00:00")
    reader.expect_message(words.restored.format("Aló Patient"))


def test_2_2_1_session_lasts_over_twenty_hours(staff: Staff) -> None:
    page = staff.page
    page.context.clear_cookies()
    page.goto("/console/sign-in/")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(staff.words.partners)
    (session,) = (cookie for cookie in page.context.cookies() if cookie["name"] == "renvoi_session")
    assert session["expires"] - time.time() > 20 * _HOURS_S


def test_2_2_1_no_page_reloads_by_itself(staff: Staff, partners: PreparedPartners) -> None:
    page = staff.page
    page.clock.install()
    for path in ("/console/partners/", f"/console/partners/{partners.ordinary}/", "/console/account/"):
        page.goto(path)
        page.evaluate("window.stays = true")
        page.clock.fast_forward("20:00:00")
        assert page.evaluate("window.stays") is True
        assert page.locator("meta[http-equiv=refresh i]").count() == 0


def test_3_3_4_deletion_is_confirmed_and_undone_completely(staff: Staff, partners: PreparedPartners) -> None:
    reader, words, page = Reader(staff), staff.words, staff.page
    staff.open_settings(partners.longest)
    name, before = page.locator("#name").input_value(), page.evaluate(_FORM)
    staff.open_list(name="interminablement")
    window = reader.click_delete_icon(name)
    window.get_by_role("button", name=words.cancel, exact=True).click()
    expect(reader.row(name)).to_be_visible()
    reader.delete(name)
    page.get_by_role("button", name=words.undo, exact=True).click()
    reader.expect_message(words.restored.format(name))
    staff.open_settings(partners.longest)
    assert page.evaluate(_FORM) == before


def test_3_3_7_refused_form_keeps_typed_values(staff: Staff) -> None:
    reader, words, page = Reader(staff), staff.words, staff.page
    staff.watch.expected_statuses |= {422}
    page.goto("/console/partners/new/")
    reader.fill(Sample("Aló Redit", countries=["IS", "NO"], description_en="x" * 256))
    page.locator("#agreement_starts_on").fill("2026-01-31")
    page.locator("#priority").select_option("3")
    typed = page.evaluate(_FORM)
    page.get_by_role("button", name=words.save, exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert page.evaluate(_FORM) == typed
    reader.field(words.description_en).fill("x")
    reader.save(message=words.created.format("Aló Redit"))


def test_3_3_7_separator_is_remembered(open_staff: StaffMaker) -> None:
    staff = open_staff()
    page = staff.page
    for separator in (";", ","):
        staff.open_list()
        page.get_by_role("button", name="CSV", exact=True).click()
        page.locator(f"dialog [name=separator][value='{separator}']").check()
        with page.expect_download():
            page.locator("dialog .primary").click()
        staff.open_list()
        page.get_by_role("button", name="CSV", exact=True).click()
        expect(page.locator(f"dialog [name=separator][value='{separator}']")).to_be_checked()
        page.goto("/console/account/")
        expect(page.locator(f"main [name=csv_separator][value='{separator}']")).to_be_checked()
