"""The list over a slow connection: what is done while an answer is under way is never lost (answers after 800 ms)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff
from tests.browser.slow import Connection, answering, checked_ids, expect_query, query, row_box

pytestmark = pytest.mark.browser


@pytest.fixture
def page(staff: Staff, sixty: list[str]) -> Iterator[Page]:
    """The list of sixty partners, on its first page, over a slow connection."""
    assert len(sixty) == 60
    staff.open_list(name="Soixante")
    with Connection(staff).slow():
        yield staff.page


@pytest.fixture
def reader(staff: Staff) -> Reader:
    """The person who uses it."""
    return Reader(staff)


class TestSelection:
    """Ticks while another answer is under way."""

    def test_sort_then_tick(self, page: Page, reader: Reader) -> None:
        reader.heading(reader.words.countries).get_by_role("button").click()
        row_box(page, 3)
        ticked = checked_ids(page)
        expect_query(page, sort=["countries"], selected=ticked)
        expect(reader.heading(reader.words.countries)).to_have_attribute("aria-sort", "ascending")
        expect(page.locator("#selection strong")).to_have_text(re.compile("^1 partenaire sélectionné"))

    def test_next_page_then_ticks_on_the_rows_still_shown(self, page: Page) -> None:
        page.locator("#page-next").click()
        row_box(page, 0)
        row_box(page, 1)
        ticked = checked_ids(page)
        expect_query(page, page=["2"], selected=ticked)
        assert checked_ids(page) == []
        expect(page.locator("#selection strong")).to_have_text(re.compile("^2 partenaires sélectionnés sur 60"))

    def test_tick_then_sort_then_page(self, page: Page, reader: Reader) -> None:
        row_box(page, 2)
        ticked = checked_ids(page)
        reader.heading(reader.words.name).get_by_role("button").click()
        page.locator("#page-3").click()
        expect_query(page, selected=ticked, sort=["-name"], page=["3"])

    def test_all_then_one_less(self, page: Page) -> None:
        page.locator("#pick-all").click()
        assert len(checked_ids(page)) == 25
        first = checked_ids(page)[0]
        row_box(page, 0)
        expect_query(page, selected=["all"], **{"except": [first]})
        assert len(checked_ids(page)) == 24
        expect(page.locator("#selection strong")).to_have_text(re.compile("^59 partenaires sélectionnés sur 60"))

    def test_all_then_none(self, page: Page) -> None:
        page.locator("#pick-all").click()
        page.locator("#pick-all").click()
        expect_query(page)
        assert checked_ids(page) == []

    def test_selection_elsewhere_then_all_then_one_less(self, page: Page) -> None:
        row_box(page, 0)
        page.locator("#page-2").click()
        expect(page.locator("#page-2[aria-current]")).to_have_count(1)
        page.locator("#pick-all").click()
        row_box(page, 4)
        expect(page.locator("#selection strong")).to_have_text(re.compile("^59 partenaires sélectionnés sur 60"))
        assert query(page)["page"] == ["2"]

    def test_clearing_the_selection_then_a_tick_then_a_sort(self, page: Page, reader: Reader) -> None:
        page.locator("#pick-all").click()
        page.locator("#select-none").click()
        row_box(page, 1)
        ticked = checked_ids(page)
        reader.heading(reader.words.name).get_by_role("button").click()
        expect_query(page, selected=ticked, sort=["-name"])

    def test_only_this_page_then_one_less(self, page: Page) -> None:
        page.locator("#pick-all").click()
        page.locator("#select-page").click()
        row_box(page, 0)
        ticked = checked_ids(page)
        assert len(ticked) == 24
        expect_query(page, selected=ticked)

    def test_press_that_lasts_while_the_answer_arrives(self, page: Page) -> None:
        box = page.locator("#rows [name=selected]").nth(5).bounding_box()
        assert box is not None
        row_box(page, 0)
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        page.wait_for_timeout(1500)
        page.mouse.up()
        ticked = checked_ids(page)
        assert len(ticked) == 2
        expect_query(page, selected=ticked)

    def test_tick_on_second_page_stays_there(self, page: Page) -> None:
        page.locator("#page-2").click()
        expect(page.locator("#page-2[aria-current]")).to_have_count(1)
        row_box(page, 0)
        ticked = checked_ids(page)
        expect_query(page, page=["2"], selected=ticked)


class TestOrder:
    """Clicks in quick succession on what sorts and turns pages."""

    def test_two_clicks_on_a_heading_reverse(self, page: Page, reader: Reader) -> None:
        button = reader.heading(reader.words.countries).get_by_role("button")
        button.click()
        button.click()
        expect_query(page, sort=["-countries"])

    def test_two_clicks_on_next_turn_two_pages(self, page: Page) -> None:
        page.locator("#page-next").click()
        page.locator("#page-next").click()
        expect_query(page, page=["3"])

    def test_page_length_then_order(self, page: Page, reader: Reader) -> None:
        page.locator("#per-page").select_option("50")
        reader.heading(reader.words.name).get_by_role("button").click()
        expect_query(page, per_page=["50"], sort=["-name"])


class TestSearch:
    """Searches, and what is typed meanwhile."""

    def test_search_then_sort_then_tick(self, page: Page, reader: Reader) -> None:
        reader.search_field(reader.words.name).fill("Soixante 1")
        page.keyboard.press("Enter")
        reader.heading(reader.words.name).get_by_role("button").click()
        expect(page.locator(".list-line")).to_contain_text("« Soixante 1 »".replace(" ", "\u00a0", 1), timeout=5000)
        assert query(page)["name"] == ["Soixante 1"]
        assert query(page)["sort"] == ["-name"]

    def test_typing_on_after_enter(self, page: Page, reader: Reader) -> None:
        name, countries = (reader.search_field(label) for label in (reader.words.name, reader.words.countries))
        name.fill("Soixante 0")
        page.keyboard.press("Enter")
        page.keyboard.type("12")
        countries.click()
        page.keyboard.type("can", delay=400)
        expect_query(page)
        assert query(page)["name"] == ["Soixante 0"]
        expect(countries).to_be_focused()
        page.keyboard.type("ada")
        expect(countries).to_have_value("canada")
        expect(name).to_have_value("Soixante 012")

    def test_typing_outlives_a_tick(self, page: Page, reader: Reader) -> None:
        row_box(page, 0)
        countries = reader.search_field(reader.words.countries)
        countries.click()
        page.keyboard.type("abc")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#selection")).to_be_visible()
        page.keyboard.type("X")
        expect(countries).to_have_value("abXc")

    def test_new_search_empties_the_selection_and_says_so(self, page: Page, reader: Reader) -> None:
        row_box(page, 0)
        reader.search_field(reader.words.name).fill("« Soixante 1 »")
        page.keyboard.press("Enter")
        assert checked_ids(page) == []
        expect(page.locator(".list-line")).to_contain_text("Plus rien n’est sélectionné")
        expect(page.locator("#selection")).to_have_count(0)
        expect(reader.search_field(reader.words.name)).to_have_value("Soixante 1")

    def test_search_then_tick(self, page: Page, reader: Reader) -> None:
        reader.search_field(reader.words.name).fill("Soixante")
        reader.search_field(reader.words.url_en).fill("/en/")
        page.keyboard.press("Enter")
        row_box(page, 0)
        ticked = checked_ids(page)
        expect(page.locator("#selection strong")).to_have_text(re.compile("^1 partenaire sélectionné"))
        assert query(page)["selected"] == ticked
        assert query(page)["url_en"] == ["/en/"]


class TestProgress:
    """What takes longer than 300 ms shows progress, and not before."""

    def test_progress_is_shown_until_the_newest_answer(self, page: Page) -> None:
        row_box(page, 0)
        assert page.locator("#list-form[data-waiting]").count() == 0
        expect(page.locator("#list-form[data-waiting]")).to_have_count(1)
        row_box(page, 1)
        expect(page.locator("#selection strong")).to_have_text(re.compile("^2 partenaires"))
        expect(page.locator("#list-form[data-waiting]")).to_have_count(0)

    def test_progress_ends_with_a_failure(self, page: Page, staff: Staff) -> None:
        with answering(staff, 502):
            row_box(page, 0)
            expect(page.locator("[data-failure]")).to_be_visible()
        page.wait_for_timeout(400)
        assert page.locator("#list-form[data-waiting]").count() == 0
