"""The world map of the grid: each of 250 marks is seen, hit, reached and named, at each width, without scripts too."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.openings import PreparedPartners
from tests.browser.people import Staff, StaffMaker

pytestmark = pytest.mark.browser
ADDRESS = "/console/simulation/grid/?view=map"
# Saint-Martin and its neighbours, Rome, the Pearl River, the Channel Islands, the far Pacific.
CROWDED = ("MF", "SX", "AI", "BL", "VA", "IT", "SM", "HK", "MO", "GG", "JE", "TK", "UM", "AQ")
SIZES: dict[str, dict[str, Any]] = {
    "1440": {"viewport": {"width": 1440, "height": 900}},
    "1280": {"viewport": {"width": 1280, "height": 720}},
    "1280 at 200 %": {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}

_FAULTS = """least => {
  const faults = [];
  for (const mark of document.querySelectorAll(".map a.mark")) {
    mark.scrollIntoView({ block: "center", inline: "center" });
    const box = mark.querySelector("rect, circle").getBoundingClientRect();
    const [x, y, half] = [box.left + box.width / 2, box.top + box.height / 2, least / 2 - 1];
    // A circle: its centre and the ends of its two diameters.
    for (const [dx, dy] of [[0, 0], [half, 0], [-half, 0], [0, half], [0, -half]]) {
      const hit = document.elementFromPoint(x + dx, y + dy)?.closest("a");
      if (hit !== mark) faults.push(`${mark.textContent} at ${dx}, ${dy}: ${hit?.textContent}`);
    }
    if (Math.min(box.width, box.height) < least - 0.1) faults.push(`${mark.textContent}: ${box.width} × ${box.height}`);
  }
  return faults;
}"""


@pytest.mark.parametrize("size", SIZES)
def test_each_of_250_marks_is_a_target_that_nothing_hides(size: str, open_staff: StaffMaker) -> None:
    staff = open_staff(**SIZES[size])
    staff.page.goto(ADDRESS)
    expect(staff.page.locator(".map a.mark")).to_have_count(250)
    assert staff.page.evaluate(_FAULTS, 44 if size == "phone" else 24) == []
    # Only the map scrolls sideways.
    assert staff.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def _tab_through(page: Page) -> list[str]:
    """Press Tab from the map on until the focus leaves it; return the countries in order."""
    page.locator(".map").focus()
    countries: list[str] = []
    for _ in range(260):
        page.keyboard.press("Tab")
        address = page.evaluate("document.activeElement.closest('.map') && document.activeElement.getAttribute('href')")
        if not address:
            break
        countries += parse_qs(urlsplit(address).query)["country"]
    return countries


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_tab_reaches_250_countries_by_name(open_staff: StaffMaker, java_script_enabled: bool) -> None:  # noqa: FBT001 (pytest's argument)
    page = open_staff(java_script_enabled=java_script_enabled).page
    page.goto(ADDRESS)
    countries = _tab_through(page)
    assert len(countries) == len(set(countries)) == 250
    assert countries[:2] == ["AF", "ZA"]


def test_map_can_be_skipped(staff: Staff) -> None:
    page = staff.page
    page.goto(ADDRESS)
    skip = page.get_by_role("link", name="Passer la carte", exact=True)
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#after-map")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".map a.mark").last).to_be_focused()


def test_arrows_go_to_the_next_mark_which_is_named(staff: Staff) -> None:
    page = staff.page
    page.goto(ADDRESS)
    page.get_by_role("link", name="BR – Brésil").focus()
    expect(page.locator("[data-map-named]")).to_contain_text("BR – Brésil, en français")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-map-named]")).not_to_contain_text("Brésil")
    page.keyboard.press("ArrowRight")
    expect(page.locator("a.mark:focus")).to_have_count(1)
    page.get_by_role("link", name="NZ – Nouvelle-Zélande").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.mark:focus title")).to_contain_text("Nouvelle-Zélande")


def test_focus_is_never_under_what_names_it(staff: Staff) -> None:
    page = staff.page
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(ADDRESS)
    page.get_by_role("link", name="AR – Argentine").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        covered = page.evaluate(
            """() => {
              const box = document.activeElement.getBoundingClientRect();
              const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
              return hit?.closest("a") === document.activeElement ? "" : document.activeElement.textContent;
            }"""
        )
        assert covered == ""


@pytest.mark.parametrize("width", [1440, 390])
def test_long_names_stay_in_the_page_and_hide_no_focus(width: int, staff: Staff, partners: PreparedPartners) -> None:
    page = staff.page
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(f"/console/partners/{partners.longest}/")
    name = page.get_by_role("heading", level=1).inner_text()[:30]
    page.goto(ADDRESS)
    mark = page.locator(".map a.mark", has_text=name).first
    mark.focus()
    expect(page.locator("[data-map-named]")).to_contain_text(name)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    box, named = mark.bounding_box(), page.locator("[data-map-named]").bounding_box()
    assert box
    assert named
    assert box["y"] + box["height"] <= named["y"] or named["x"] + named["width"] < box["x"]


@pytest.mark.parametrize("code", CROWDED)
def test_a_click_simulates_the_country_in_the_language(code: str, staff: Staff) -> None:
    page = staff.page
    page.goto(f"{ADDRESS}&language=en")
    page.locator(f'.map a.mark[href*="country={code}&"]').click()
    expect(page.locator("#answer")).to_be_visible()
    assert page.url.endswith(f"/console/simulation/?country={code}&language=en")


def test_land_of_a_wide_country_can_be_clicked_too(staff: Staff) -> None:
    page = staff.page
    page.goto(ADDRESS)
    page.locator('.lands a[href*="country=AU&"]').click(position={"x": 20, "y": 70})
    expect(page.locator("#answer")).to_be_visible()
    assert "country=AU&language=fr" in page.url


def test_outcomes_differ_by_more_than_colour(staff: Staff) -> None:
    """In forced colours every mark is of one hue: the forms tell them apart."""
    page = staff.page
    page.emulate_media(forced_colors="active")
    page.goto(ADDRESS)
    forms = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".outcomes .mark")].map(mark => {
          const shapes = [...mark.querySelectorAll("rect, circle")].map(shape => {
            const style = getComputedStyle(shape);
            return [shape.tagName, style.stroke === "none", style.strokeDasharray].join();
          });
          return [mark.dataset.outcome, shapes.join(" ")];
        }))"""
    )
    assert len(forms) == len(set(forms.values())) == 5, forms
