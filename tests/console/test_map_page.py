"""The grid as a world map: every country once, each cell as in the table, and what the filter leaves out."""

import re
from dataclasses import replace
from math import hypot

import pytest

from renvoi.console.views.simulation.world_map import world
from renvoi.domain.places import COUNTRIES, RegionCode
from tests.cast import ALO_BRASIL, BOREALE, a_partner, country, set_operator, stored_at_once
from tests.console.browsing import Browsing, Element, Page
from tests.console.explaining import plain
from tests.console.test_grid_page import ADDRESS, Key, cells_on, outcomes_on

MAP = f"{ADDRESS}?view=map"
MARK = 24
_CODE = re.compile(r"([A-Z]{2}) – .+, en (?:français|anglais) : ")


@pytest.fixture
def _cast() -> None:
    """An operator that covers two countries in part, and partners that lead to each outcome."""
    areas = ((country("CA"), RegionCode("CA-QC")), (country("BE"), RegionCode("BE-BRU")), (country("PM"), ""))
    set_operator(replace(BOREALE, areas=areas))
    stored_at_once(
        ALO_BRASIL,
        a_partner("Samba", "BR", "CA", priority=9),
        a_partner("Un", "MX", "BE"),
        a_partner("Deux", "MX", url_fr="https://deux.example/", url_en=""),
        a_partner("Dormant", "JP", status="paused"),
    )


def marks_on(page: Page) -> dict[str, Element]:
    """Return the links of the map by the country that their names say."""
    links = page.one("div", class_="map").all("a", class_="mark")
    marks = {}
    for link in links:
        match = _CODE.search(plain(link.one("title")))
        assert match, plain(link)
        marks[match[1]] = link
    assert len(marks) == len(links)
    return marks


def regions_on(page: Page) -> dict[Key, Element]:
    """Return the links of the cells in the table under the map, if there is one."""
    return cells_on(page) if page.all("table", class_="grid") else {}


class TestWorld:
    """The map without outcomes, as it is built."""

    def test_every_country_has_a_spot(self) -> None:
        assert world().spots.keys() == COUNTRIES

    def test_marks_are_in_the_box_and_apart(self) -> None:
        left, top, width, height = map(float, world().box.split())
        at = {code: tuple(map(float, spot.at.split())) for code, spot in world().spots.items()}
        half = MARK / 2
        for code, (x, y) in at.items():
            assert left + half <= x <= width - half, code
            assert top + half <= y <= height - half, code
        close = [(a, b) for a in at for b in at if a < b and hypot(at[a][0] - at[b][0], at[a][1] - at[b][1]) < MARK + 2]
        assert close == []

    @pytest.mark.parametrize(
        ("west", "east"),
        [
            ("US", "FR"),
            ("PT", "ES"),
            ("IE", "GB"),
            ("BE", "DE"),
            ("IN", "CN"),
            ("PR", "AG"),
            ("CL", "AR"),
            ("CN", "JP"),
        ],
    )
    def test_neighbours_stay_in_order(self, west: str, east: str) -> None:
        assert float(world().spots[country(west)].at.split()[0]) < float(world().spots[country(east)].at.split()[0])

    @pytest.mark.parametrize(("north", "south"), [("CA", "US"), ("NO", "DE"), ("DE", "IT"), ("FR", "DZ"), ("MX", "CL")])
    def test_countries_stay_north_of_others(self, north: str, south: str) -> None:
        assert float(world().spots[country(north)].at.split()[1]) < float(world().spots[country(south)].at.split()[1])


@pytest.mark.django_db
@pytest.mark.usefixtures("_cast")
class TestMap:
    """The page with `view=map`."""

    def test_map_has_the_250_countries_by_name(self, console: Browsing) -> None:
        page = console.open(MAP)
        marks = marks_on(page)
        assert marks.keys() == COUNTRIES
        assert plain(marks["BR"].one("title")) == "BR – Brésil, en français : Aló Brasil"
        assert list(marks)[:3] == ["AF", "ZA", "AL"]
        assert "250 pays sur 250 correspondent." in page.one("main").text

    @pytest.mark.parametrize("language", ["fr", "en"])
    @pytest.mark.parametrize("query", ["", "&outcome=none", "&outcome=region", "&outcome=own", "&place=canada"])
    def test_map_equals_the_grid_cell_for_cell(self, console: Browsing, language: str, query: str) -> None:
        query = f"language={language}{query}"
        table = cells_on(console.open(f"{ADDRESS}?{query}"))
        page = console.open(f"{MAP}&{query}")
        on_map: dict[Key, Element] = {(code, None, language): link for code, link in marks_on(page).items()}
        assert not on_map.keys() & regions_on(page).keys()
        on_map |= regions_on(page)
        assert on_map.keys() == table.keys()
        for key, link in table.items():
            assert (on_map[key]["href"], on_map[key]["data-outcome"]) == (link["href"], link["data-outcome"]), key
            assert plain(link) in plain(on_map[key]), key

    def test_countries_left_out_stay_on_the_map_without_a_link(self, console: Browsing) -> None:
        page = console.open(f"{MAP}&place=bresil")
        assert marks_on(page).keys() == {"BR"}
        assert len(page.all("text", class_="left-out")) == 249
        assert "1 pays sur 250 correspond." in page.one("main").text

    def test_nothing_matches(self, console: Browsing) -> None:
        page = console.open(f"{MAP}&place=atlantide")
        assert not marks_on(page)
        assert not page.all("table")
        assert "0 pays sur 250 correspond." in page.one("main").text

    def test_language_of_the_page_unless_chosen(self, console: Browsing) -> None:
        assert outcomes_on(console.open(MAP)) == outcomes_on(console.open(f"{ADDRESS}?language=fr"))
        assert marks_on(console.open(MAP))["MX"]["href"].endswith("?country=MX&language=fr")
        assert marks_on(console.open(f"{MAP}&language=en"))["MX"]["href"].endswith("?country=MX&language=en")

    def test_land_that_is_wide_leads_where_its_mark_leads(self, console: Browsing) -> None:
        page = console.open(MAP)
        addresses = {link["href"] for link in marks_on(page).values()}
        lands = {link["href"] for link in page.one("g", class_="lands").all("a")}
        assert lands < addresses
        assert any("country=BR&" in address for address in lands)

    def test_views_keep_the_filter(self, console: Browsing) -> None:
        page = console.open(f"{MAP}&place=canada&outcome=none")
        tabs = [link["href"] for link in page.one("div", class_="grid-views").all("a")]
        assert tabs == [f"{ADDRESS}?outcome=none&place=canada", f"{MAP}&outcome=none&place=canada"]
        outcome = page.one("nav", class_="outcomes").one("a", class_="outcome", data_outcome="own")["href"]
        assert outcome == f"{MAP}&outcome=own&language=fr&place=canada"

    def test_export_has_the_language_of_the_map(self, console: Browsing) -> None:
        page = console.open(MAP)
        assert page.one("div", class_="page-actions").one("input")["value"] == "view=map&language=fr"
        page = console.open(f"{ADDRESS}export/?list=view%3Dmap%26language%3Dfr")
        assert "254" in page.one("main").text
