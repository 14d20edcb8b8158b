"""How a visitor finds a country, and the shape of the visitors' pages: reflow, requests, keyboard, right to left."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import VisitorMaker
from tests.browser.visited import SITE

pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("stocked")
class TestFindingACountry:
    """By typing a part of its name; the native list remains for everybody else."""

    def found(self, page: Page) -> list[str]:
        return page.locator(".hits button").all_inner_texts()

    def search(self, open_visitor: VisitorMaker, text: str, **options: Any) -> Page:
        page: Page = open_visitor(**options).page
        page.goto("/")
        page.get_by_label("Trouver un pays").press_sequentially(text)
        return page

    @pytest.mark.parametrize(
        ("typed", "names"),
        [
            ("bres", ["Brésil"]),
            ("ETATS-U", ["États-Unis", "Îles mineures éloignées des États-Unis"]),
            ("guinee", ["Guinée", "Guinée-Bissau", "Guinée équatoriale", "Papouasie-Nouvelle-Guinée"]),
            ("cote d'iv", ["Côte d’Ivoire"]),
            ("du sud", ["Afrique du Sud", "Corée du Sud", "Géorgie du Sud et îles Sandwich du Sud", "Soudan du Sud"]),
            ("uni", ["Émirats arabes unis", "États-Unis", "Îles mineures éloignées des États-Unis", "Royaume-Uni"]),
            ("xyz", []),
        ],
    )
    def test_case_accents_and_marks_are_ignored(self, typed: str, names: list[str], open_visitor: VisitorMaker) -> None:
        page = self.search(open_visitor, typed)
        assert self.found(page) == names
        expect(page.locator("output")).to_have_text(f"Pays trouvés : {len(names)}")
        expect(page.get_by_label("Pays", exact=True)).to_be_visible(visible=not names)

    def test_enter_takes_the_only_match(self, open_visitor: VisitorMaker) -> None:
        page = self.search(open_visitor, "kiriba")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Notre partenaire à Kiribati")

    def test_enter_takes_the_whole_name_among_others(self, open_visitor: VisitorMaker) -> None:
        page = self.search(open_visitor, "Niger")
        assert self.found(page) == ["Niger", "Nigéria"]
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("au Niger")

    def test_enter_among_several_goes_to_the_first(self, open_visitor: VisitorMaker) -> None:
        page = self.search(open_visitor, "ki")
        page.keyboard.press("Enter")
        expect(page.locator(".hits button").first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("Congo")

    def test_enter_without_a_match_changes_nothing(self, open_visitor: VisitorMaker) -> None:
        page = self.search(open_visitor, "xyz")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Trouver un pays")).to_have_value("xyz")

    def test_finger_takes_a_match_of_at_least_44_pixels(self, open_visitor: VisitorMaker) -> None:
        phone = {"viewport": {"width": 320, "height": 700}, "has_touch": True, "is_mobile": True}
        page = self.search(open_visitor, "tuv", **phone)
        button = page.get_by_role("button", name="Tuvalu")
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        button.tap()
        expect(page.locator("h1")).to_have_text("Nos partenaires à Tuvalu")

    def test_country_is_corrected_on_a_page_of_its_own(self, open_visitor: VisitorMaker) -> None:
        page = open_visitor().page
        page.goto("/?country=TV&lang=fr")
        page.get_by_text("Vous n’êtes pas à Tuvalu?").click()
        page.get_by_label("Trouver un pays").fill("kiriba")
        page.get_by_role("button", name="Kiribati").click()
        expect(page.locator("h1")).to_have_text("Notre partenaire à Kiribati")

    def test_list_remains_without_a_script(self, open_visitor: VisitorMaker) -> None:
        page = open_visitor(java_script_enabled=False).page
        page.goto("/")
        expect(page.get_by_label("Trouver un pays")).to_be_hidden()
        page.get_by_label("Pays", exact=True).select_option("TV")
        page.get_by_role("button", name="Continuer").click()
        expect(page.locator("h1")).to_have_text("Nos partenaires à Tuvalu")

    def test_list_remains_where_the_script_fails_halfway(self, open_visitor: VisitorMaker) -> None:
        visitor = open_visitor()
        visitor.page.add_init_script("String.prototype.normalize = () => { throw new Error('planted') }")
        visitor.page.goto("/")
        visitor.page.get_by_label("Trouver un pays").press_sequentially("tu")
        visitor.page.get_by_label("Pays", exact=True).select_option("TV")
        visitor.page.get_by_role("button", name="Continuer").click()
        expect(visitor.page.locator("h1")).to_have_text("Nos partenaires à Tuvalu")
        assert visitor.watch.faults
        assert all("planted" in fault for fault in visitor.watch.faults)
        visitor.watch.faults.clear()


VIEWS = (
    "/",
    "/?country=CA",
    "/?country=KI",
    "/?country=TV",
    "/?country=AQ",
    "/?country=GS",
    "/countries/?country=CA",
    "/partners/",
)


@pytest.mark.usefixtures("stocked")
class TestShape:
    @pytest.mark.parametrize("path", VIEWS)
    def test_page_reflows_at_320_pixels_and_with_wide_text(self, path: str, open_visitor: VisitorMaker) -> None:
        page = open_visitor(viewport={"width": 320, "height": 640}, bypass_csp=True).page
        page.goto(path)
        wide = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
        for style in ("/* as it is */", wide + "p { margin-bottom: 2em !important }"):
            page.add_style_tag(content=style)
            assert page.evaluate("document.documentElement.scrollWidth") == 320
            assert page.evaluate(
                "[...document.querySelectorAll('a, button, h1, h2')].every(e => e.scrollWidth <= e.clientWidth + 1 ||"
                " getComputedStyle(e).display == 'inline')"
            )

    @pytest.mark.parametrize("path", VIEWS)
    def test_page_is_one_request(self, path: str, open_visitor: VisitorMaker) -> None:
        page = open_visitor().page
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path, wait_until="networkidle")
        assert [url for url in requests if not url.startswith("data:")] == [page.url]

    def test_keyboard_alone_reaches_the_button_with_a_visible_focus(self, open_visitor: VisitorMaker) -> None:
        page = open_visitor().page
        page.goto("/?country=KI&lang=fr")
        for _ in range(5):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.className") == "go":
                break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url(f"{SITE}/Seul/fr")

    def test_right_to_left_name_is_isolated(self, open_visitor: VisitorMaker) -> None:
        page = open_visitor().page
        page.goto("/?country=TO&lang=fr")
        expect(page.locator("h2")).to_have_css("direction", "rtl")
        expect(page.locator(".go bdi")).to_have_text("شركة (Aló)")
        assert re.fullmatch(r"Continuer chez شركة \(Aló\)", page.locator(".go").inner_text())
        name, verb = (page.locator(css).bounding_box() for css in (".go bdi", ".go"))
        assert name is not None
        assert verb is not None
        # The name stays behind the words before it.
        assert name["x"] > verb["x"] + verb["width"] / 2 - name["width"]
