"""Where things stand on the pages: rows, columns, and controls beside the text that they belong to."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.openings import PreparedPartners
from tests.browser.people import Staff, StaffMaker

pytestmark = pytest.mark.browser


FULL_ROWS = """() => {
  const [head, foot] = ['thead', '.list-foot'].map(one => document.querySelector(one).getBoundingClientRect());
  return [...document.querySelectorAll('#rows > tr')].map(row => row.getBoundingClientRect())
    .filter(row => row.top >= head.bottom - 1 && row.bottom <= foot.top + 1).length;
}"""


@pytest.mark.parametrize(
    ("width", "height", "rows"), [(1280, 720, (10, 8, 7)), (1440, 900, (14, 12, 11)), (911, 512, (5, 4, 4))]
)
def test_list_shows_enough_whole_rows(
    width: int, height: int, rows: tuple[int, int, int], staff: Staff, sixty: list[str]
) -> None:
    assert len(sixty) == 60
    staff.page.set_viewport_size({"width": width, "height": height})
    shown = []
    for query in ({}, {"name": "Soixante"}, {"name": "Soixante", "selected": "all"}):
        staff.open_list(**query)
        shown.append(staff.page.evaluate(FULL_ROWS))
    assert all(actual >= expected for actual, expected in zip(shown, rows, strict=True)), shown


_OFF_CENTRE = """() => {
  const centre = one => { const box = one.getClientRects()[0]; return box.top + box.height / 2; };
  return [...document.querySelectorAll('#rows > tr')].flatMap(row => {
    const name = document.createRange();
    name.selectNodeContents(row.querySelector('.col-name > a'));
    return ['.col-pick [type=checkbox]', '.state > .icon', '.col-do .icon'].map(one => row.querySelector(one))
      .filter(one => Math.abs(centre(one) - centre(name)) > 3).map(one => `${row.id}: ${one.outerHTML.slice(0, 60)}`);
  });
}"""


@pytest.mark.parametrize(("width", "has_touch"), [(1440, False), (1280, False), (1440, True), (390, True)])
def test_controls_of_a_row_are_level_with_its_name(width: int, has_touch: bool, open_staff: StaffMaker) -> None:  # noqa: FBT001 (pytest's argument)
    staff = open_staff(viewport={"width": width, "height": 900}, has_touch=has_touch, is_mobile=has_touch)
    staff.open_list()
    script = _OFF_CENTRE if width > 640 else _OFF_CENTRE.replace("'.state > .icon', ", "")
    assert staff.page.evaluate(script) == []


@pytest.mark.parametrize("width", [1440, 900])
def test_columns_stay_in_place_when_nothing_matches(width: int, staff: Staff) -> None:
    staff.page.set_viewport_size({"width": width, "height": 900})
    lefts = []
    for name in ("a", "zzzz"):
        staff.open_list(name=name)
        box = staff.page.locator("#search-name").bounding_box()
        assert box is not None
        lefts.append(box["x"])
    assert lefts[0] == lefts[1]


@pytest.mark.parametrize(("width", "has_touch", "height"), [(1440, False, 24), (900, True, 44), (390, True, 44)])
def test_clamped_names_and_countries_show_no_part_of_another_line(
    width: int,
    has_touch: bool,  # noqa: FBT001 (pytest's argument)
    height: int,
    open_staff: StaffMaker,
    partners: PreparedPartners,
) -> None:
    staff = open_staff(viewport={"width": width, "height": 844}, has_touch=has_touch, is_mobile=has_touch)
    staff.open_list(name="interminablement")
    row = staff.page.locator(f"#partner-{partners.longest}")
    for link in (row.locator(".col-name > a"), row.locator(".countries > a")):
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= height
        # The client height is that of the text that is painted, with its padding: lines of 20 px.
        assert link.evaluate("one => one.clientHeight % 20") == 0


def test_rest_of_countries_opens_beside_its_button(staff: Staff) -> None:
    staff.create("Aló Voisin", countries=["IS", "NO", "US", "ZM", "UY"])
    staff.open_list(name="Aló Voisin")
    more = staff.page.locator(".more > button")
    more.click()
    button, rest = more.bounding_box(), staff.page.locator(".rest-of-countries").bounding_box()
    assert button is not None
    assert rest is not None
    assert 0 <= rest["y"] - button["y"] - button["height"] <= 8
    assert rest["x"] <= button["x"] <= rest["x"] + rest["width"]


def test_address_without_a_path_stays_on_one_line_with_its_icon(staff: Staff) -> None:
    staff.create("Aló Racine", url_en="https://racine.example/", url_fr="https://" + "racine." * 20 + "example/")
    staff.open_list(name="Aló Racine")
    for address in staff.page.locator("#rows a.address").all():
        icon, box = address.locator(".icon").bounding_box(), address.bounding_box()
        assert icon is not None
        assert box is not None
        assert box["height"] <= 24
        assert icon["x"] + icon["width"] <= box["x"] + box["width"]


def test_end_of_a_long_path_is_whole(staff: Staff) -> None:
    staff.create("Aló Chemin", url_en="https://chemin.example/" + "a" * 1500 + "/la-fin")
    staff.open_list(name="Aló Chemin")
    assert staff.page.locator(".tail").evaluate("one => one.scrollWidth <= one.clientWidth")


def test_date_in_the_trash_is_on_one_line(staff: Staff) -> None:
    staff.trash(staff.create("Aló Daté"))
    for width in (1440, 900, 700):
        staff.page.set_viewport_size({"width": width, "height": 900})
        staff.page.goto("/console/trash/")
        assert staff.page.locator("time").first.evaluate("one => one.getClientRects().length") == 1


@pytest.mark.parametrize("has_touch", [False, True])
def test_controls_at_the_foot_of_the_narrow_menu_stay_inside_it(has_touch: bool, open_staff: StaffMaker) -> None:  # noqa: FBT001 (pytest's argument)
    staff = open_staff(viewport={"width": 1000, "height": 900}, has_touch=has_touch, is_mobile=has_touch)
    staff.open_list()
    side = staff.page.locator(".side").bounding_box()
    boxes = [one.bounding_box() for one in staff.page.locator(".side-foot .segments").all()]
    assert side is not None
    for box in boxes:
        assert box is not None
        assert side["x"] <= box["x"]
        assert box["x"] + box["width"] < side["x"] + side["width"]


@pytest.mark.parametrize("width", [390, 900])
def test_number_of_other_countries_is_as_high_as_a_finger(width: int, open_staff: StaffMaker) -> None:
    staff = open_staff(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    staff.create(f"Aló Doigt {width}", countries=["IS", "NO", "US", "ZM", "UY"])
    staff.open_list(name=f"Aló Doigt {width}")
    more = staff.page.locator(".more > button").bounding_box()
    first = staff.page.locator(".countries > a").bounding_box()
    assert more is not None
    assert first is not None
    assert min(more["width"], more["height"]) >= 44
    assert more["y"] == first["y"]


_SEEN = """error => {
  const actions = document.querySelector('.form-actions');
  const isOver = getComputedStyle(actions).position === 'sticky';
  const bottom = isOver ? Math.min(innerHeight, actions.getBoundingClientRect().top) : innerHeight;
  const box = error.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= bottom + 1;
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844), (911, 512)])
class TestErrorInSight:
    """The error under a field is seen with the field that has the focus, above the buttons that stay in view."""

    def test_pasted_list(self, width: int, height: int, staff: Staff) -> None:
        """The countries that it has added push the list down."""
        page = self.open(staff, width, height)
        page.locator("details.paste summary").click()
        page.locator("#country_list").fill("Atlantide; BR")
        page.locator("#add-countries").click()
        expect(page.locator("#country_list")).to_be_focused()
        expect(page.locator("#country_list")).to_have_value("Atlantide")
        assert page.locator("#countries-error").evaluate(_SEEN)

    @pytest.mark.parametrize(("field", "typed"), [("url_fr", "nowhere"), ("agreement_ends_on", "2020-01-01")])
    def test_refused_field(self, field: str, typed: str, width: int, height: int, staff: Staff) -> None:
        page = self.open(staff, width, height)
        page.locator("#agreement_starts_on").fill("2026-01-01")
        page.locator(f"#{field}").fill(typed)
        page.get_by_role("button", name=staff.words.save, exact=True).click()
        page.locator(f".error-summary a[href='#{field}']").click()
        expect(page.locator(f"#{field}")).to_be_focused()
        assert page.locator(f"#{field}-error").evaluate(_SEEN)

    def open(self, staff: Staff, width: int, height: int) -> Page:
        staff.page.set_viewport_size({"width": width, "height": height})
        staff.watch.expected_statuses.add(422)
        staff.page.goto("/console/partners/new/")
        return staff.page


def test_buttons_of_the_list_share_one_line_on_a_phone(open_staff: StaffMaker) -> None:
    staff = open_staff(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    staff.open_list()
    buttons = staff.page.locator(".page-actions .button")
    assert buttons.all_inner_texts() == ["CSV", "PDF", "Importer", "Nouveau"]
    boxes = buttons.evaluate_all("all => all.map(one => one.getBoundingClientRect()).map(box => [box.top, box.height])")
    assert len({top for top, _height in boxes}) == 1
    assert min(height for _top, height in boxes) >= 44
