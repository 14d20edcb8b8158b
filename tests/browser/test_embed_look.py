"""How <renvoi-partners> looks on a page that is not Renvoi's: styles, colours, sizes, and what axe finds."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.host_site import ELEMENT, HOSTILE, HostSite, embed, host_page, strict_policy
from tests.browser.people import HostPageMaker, VisitorMaker
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser

_COMPUTED = """(element, names) => {
  const style = getComputedStyle(element);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]));
}"""


def test_hostile_style_sheet_changes_nothing(open_page: HostPageMaker, renvoi: RunningRenvoi) -> None:
    """Every box, colour and font of the element is what it is on a page without a style sheet."""
    body = embed(renvoi, attributes='country="BR"')
    names = [
        "display",
        "color",
        "background-color",
        "font-family",
        "font-size",
        "direction",
        "width",
        "opacity",
        "float",
    ]
    measured = []
    for style in ("", HOSTILE):
        page = open_page(f"<div>{body}</div>", style=style)
        expect(page.locator(f"{ELEMENT} .go").first).to_be_visible()
        inner = [
            page.locator(f"{ELEMENT} {one}").first.evaluate(_COMPUTED, names[:-3]) for one in (".box", ".go", ".name")
        ]
        outer = page.locator(ELEMENT).evaluate(_COMPUTED, ["display", "direction", "opacity", "float"])
        measured.append((inner, outer))
    assert measured[0] == measured[1]
    assert measured[1][1] == {"display": "block", "direction": "ltr", "opacity": "1", "float": "none"}


class TestLook:
    def test_axe_finds_nothing_and_targets_are_large_at_320_pixels(
        self, open_page: HostPageMaker, renvoi: RunningRenvoi
    ) -> None:
        for attributes in ('country="BR"', "", 'country="FJ"', 'country="CA"'):
            page = open_page(embed(renvoi, attributes=attributes), policy="img-src 'none'")
            page.set_viewport_size({"width": 320, "height": 640})
            expect(page.locator(f"{ELEMENT} .box[aria-busy]")).to_have_count(0)
            for details in page.locator(f"{ELEMENT} summary").all():
                if details.locator("..").get_attribute("open") is None:
                    details.click()
            found = Axe().run(page).response["violations"]
            assert [violation["id"] for violation in found] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            controls = page.locator(f"{ELEMENT} :is(a, button, select, summary)").all()
            boxes = [control.bounding_box() for control in controls]
            assert boxes
            assert all(box and box["height"] >= 43.5 for box in boxes), boxes

    def test_colour_scheme_is_that_of_the_page(self, open_page: HostPageMaker, renvoi: RunningRenvoi) -> None:
        backgrounds = {}
        for scheme in ("light", "dark"):
            head = f'<meta name="color-scheme" content="{scheme}">'
            page = open_page(embed(renvoi, attributes='country="PT"'), head=head)
            box = page.locator(f"{ELEMENT} .box")
            expect(box.locator(".go")).to_be_visible()
            backgrounds[scheme] = box.evaluate("box => getComputedStyle(box).backgroundColor")
        assert backgrounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(27, 34, 35)"}

    def test_browser_without_light_dark_gets_the_light_colours(
        self, renvoi: RunningRenvoi, host: HostSite, open_visitor: VisitorMaker
    ) -> None:
        page = open_visitor(color_scheme="dark").page
        page.add_init_script("CSS.supports = () => false")
        head = '<meta name="color-scheme" content="dark">'
        html = host_page(embed(renvoi, attributes='country="PT"'), head=head)
        page.goto(host.publish(html, policy=strict_policy(renvoi.address)))
        link = page.locator(f"{ELEMENT} .go")
        expect(link).to_be_visible()
        assert link.evaluate("link => getComputedStyle(link).backgroundColor") == "rgb(0, 114, 114)"

    def test_hidden_element_is_hidden(self, open_page: HostPageMaker, renvoi: RunningRenvoi) -> None:
        page = open_page(embed(renvoi, attributes='country="PT" hidden'))
        expect(page.locator(f"{ELEMENT} .go")).to_have_count(1)
        expect(page.locator(ELEMENT)).to_be_hidden()
