"""What the user's guide promises to the eye: tests/guide/promises names these tests."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.journeys import Reader, fill_new_partner
from tests.browser.pages import SIZES
from tests.browser.people import Staff, StaffMaker

pytestmark = pytest.mark.browser

_BACKGROUND = "row => getComputedStyle(row).backgroundColor"
_INK = "getComputedStyle(document.body).color"


def bottom_of(part: Locator) -> float:
    """Return the distance of the part's lower edge from the top of the window, in px."""
    box = part.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_arrow_beside_the_heading_shows_the_order(staff: Staff) -> None:
    reader, words, arrows = Reader(staff), staff.words, []
    staff.open_list(sort="-countries")
    for column, order in (
        (words.name, "ascending"),
        (words.name, "descending"),
        (words.countries, "ascending"),
        (words.countries, "descending"),
    ):
        reader.sort(column)
        reader.expect_order(column, order)
        arrow = reader.heading(column).locator("svg")
        expect(arrow).to_be_visible()
        expect(staff.page.locator(".heads svg:visible")).to_have_count(1)
        arrows.append(arrow.inner_html())
    up, down = arrows[:2]
    assert arrows[2:] == [up, down]
    assert up != down


def test_clear_all_brings_the_whole_list_back(staff: Staff) -> None:
    reader, words = Reader(staff), staff.words
    staff.open_list()
    before = reader.names()
    reader.search("Canada", column=words.countries)
    assert reader.names() != before
    staff.page.get_by_role("link", name="Tout effacer", exact=True).click()
    reader.expect_names(before)
    expect(reader.search_field(words.countries)).to_have_value("")


def test_number_of_selected_partners_stays_in_view_until_cleared(staff: Staff) -> None:
    page, boxes = staff.page, staff.page.locator("#rows [type=checkbox]")
    staff.open_list()
    for number in (0, 1):
        boxes.nth(number).check()
        expect(page.locator("#selection strong")).to_contain_text(f"{number + 1} partenaire")
    for to in ("0", "500", "document.documentElement.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {to})")
        expect(page.locator("#selection strong")).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Tout désélectionner", exact=True).click()
    expect(page.locator("#selection")).to_have_count(0)
    expect(page.locator("#listing [type=checkbox]:checked")).to_have_count(0)


def test_row_of_a_new_partner_is_marked_for_the_eye(staff: Staff) -> None:
    reader = fill_new_partner(staff, "Aló Marqué")
    reader.save(message=staff.words.created.format("Aló Marqué"))
    row = reader.row("Aló Marqué")
    expect(row).to_be_in_viewport()
    expect(row.get_by_text("Enregistré", exact=True)).to_be_visible()
    expect(staff.page.locator("#rows").get_by_text("Enregistré", exact=True)).to_have_count(1)
    staff.page.mouse.move(0, 0)
    others = staff.page.locator("#rows > tr:not(.saved)").evaluate_all(f"rows => rows.map({_BACKGROUND})")
    assert row.evaluate(_BACKGROUND) not in others


def test_rows_are_cards_on_a_phone(open_staff: StaffMaker) -> None:
    staff = open_staff(viewport=SIZES["narrow"], screen=SIZES["narrow"], is_mobile=True, has_touch=True)
    page, row = staff.page, staff.page.locator("#rows > tr").first
    staff.open_list()
    cells = [row.locator(column) for column in (".col-name", ".col-state", ".col-url >> nth=0", ".col-countries")]
    bottoms = [bottom_of(cell) for cell in cells]
    assert bottoms == sorted({*bottoms})
    for above in (page.locator("summary", has_text=staff.words.search), page.get_by_label(staff.words.sort_by)):
        expect(above).to_be_visible()
        assert bottom_of(above) < bottom_of(row.locator(".col-name"))
    expect(page.locator("tr.search")).to_be_hidden()


def test_theme_follows_the_system_or_stays(staff: Staff) -> None:
    page, inks = staff.page, {}
    page.goto("/console/account/")
    for theme in ("Clair", "Sombre", "Comme le système"):
        page.get_by_role("main").get_by_label(theme, exact=True).check()
        Reader(staff).save(message="Préférences enregistrées.")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            inks[theme, scheme] = page.evaluate(_INK)
    light, dark = inks["Clair", "light"], inks["Sombre", "dark"]
    assert light != dark
    assert inks == {
        ("Clair", "light"): light,
        ("Clair", "dark"): light,
        ("Sombre", "light"): dark,
        ("Sombre", "dark"): dark,
        ("Comme le système", "light"): light,
        ("Comme le système", "dark"): dark,
    }
