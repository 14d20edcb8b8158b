"""The grid of all cells: its outcomes, filters and exports; and that it equals `renvoi route` and a real gateway."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from renvoi.cli import cli
from renvoi.config import Config
from renvoi.domain.places import RegionCode
from renvoi.partners.models import Partner
from renvoi.partners.routing_table import publish
from renvoi.people.models import User
from renvoi.publication.models import Generation
from tests.cast import ALO_BRASIL, BOREALE, a_partner, country, crowd, generation, set_operator, stored_at_once
from tests.console.browsing import Browsing, Element, Page
from tests.console.explaining import plain
from tests.console.simulating import behind_proxy, gateway_beside
from tests.console.test_exporting import download, rows_of

pytestmark = pytest.mark.django_db
ADDRESS = "/console/simulation/grid/"
EXPORT = f"{ADDRESS}export/"
Key = tuple[str, str | None, str]


@pytest.fixture
def _cast() -> None:
    """An operator that covers two countries in part, and partners that lead to each outcome."""
    areas = ((country("CA"), RegionCode("CA-QC")), (country("CA"), RegionCode("CA-ON")))
    set_operator(replace(BOREALE, areas=(*areas, (country("BE"), RegionCode("BE-BRU")), (country("PM"), ""))))
    stored_at_once(
        ALO_BRASIL,
        a_partner("Samba", "BR", "CA", priority=9),
        a_partner("Un", "MX", "BE"),
        a_partner("Deux", "MX"),
        a_partner("Trois", "MX", url_en="", url_fr="https://trois.example/"),
        a_partner("Dormant", "JP", status="paused"),
    )


def cells_on(page: Page) -> dict[Key, Element]:
    """Return the links of the cells by (country, region, language), as their addresses have them."""
    links = {}
    for link in page.one("table", class_="grid").one("tbody").all("a"):
        query = {name: values[0] for name, values in parse_qs(urlsplit(link["href"]).query).items()}
        links[query["country"], query.get("region"), query["language"]] = link
    return links


def outcomes_on(page: Page) -> dict[str, str]:
    """Return the number of cells of each outcome."""
    links = page.one("nav", class_="outcomes").all("a", class_="outcome")
    return {link["data-outcome"]: plain(link.one("span")) for link in links}


@pytest.mark.usefixtures("_cast")
class TestGrid:
    """The page."""

    def test_all_places_are_there_in_both_languages(self, console: Browsing) -> None:
        page = console.open(ADDRESS)
        links = cells_on(page)
        assert page.title == "Grille"
        assert len({code for code, _region, _language in links}) == 250
        # Canada has two regions and "elsewhere", Belgium one and "elsewhere".
        assert len(links) == (250 + 3 + 2) * 2
        assert {plain(links["BR", None, "fr"]), plain(links["BR", None, "en"])} == {"Aló Brasil"}
        assert plain(links["CA", None, "fr"]) == "La question de la région"
        assert plain(links["CA", "CA-QC", "fr"]) == "Votre entreprise"
        assert plain(links["CA", "CA-ZZ", "fr"]) == "Samba"
        assert plain(links["MX", None, "en"]) == "Un, Deux et 1 autre"
        assert plain(links["JP", None, "en"]) == "Personne"
        assert {link["data-outcome"] for link in links.values()} == {"own", "region", "partner", "choice", "none"}
        assert all(link.all("svg") for link in links.values())

    def test_regions_stand_under_their_country(self, console: Browsing) -> None:
        rows = [
            plain(row.one("th")) for row in console.open(ADDRESS).one("table", class_="grid").one("tbody").all("tr")
        ]
        start = rows.index("Canada CA")
        assert rows[start : start + 4] == [
            "Canada CA",
            "Ontario (Canada) CA-ON",
            "Québec (Canada) CA-QC",
            "Ailleurs au Canada CA-ZZ",
        ]

    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            ("?place=bresil", {("BR", None, "fr"), ("BR", None, "en")}),
            ("?place=brazil&language=en", {("BR", None, "en")}),
            ("?place=CA-QC", {("CA", "CA-QC", "fr"), ("CA", "CA-QC", "en")}),
            ("?outcome=choice&language=fr", {("MX", None, "fr")}),
            ("?outcome=region", {(code, None, language) for code in ("CA", "BE") for language in ("fr", "en")}),
            ("?outcome=own&place=canada&language=fr", {("CA", "CA-QC", "fr"), ("CA", "CA-ON", "fr")}),
        ],
    )
    def test_filters(self, console: Browsing, query: str, keys: set[Key]) -> None:
        assert set(cells_on(console.open(ADDRESS + query))) == keys

    def test_filter_without_a_match_says_so(self, console: Browsing) -> None:
        page = console.open(ADDRESS + "?place=atlantide")
        assert not page.all("table", class_="grid")
        assert "Aucune cellule ne correspond à cette recherche." in page.one("main").text

    def test_what_is_not_understood_filters_nothing(self, console: Browsing) -> None:
        assert len(cells_on(console.open(ADDRESS + "?outcome=x&language=de&place=%00"))) == 510

    def test_outcomes_are_counted_and_lead_to_their_cells(self, console: Browsing) -> None:
        page = console.open(ADDRESS + "?place=canada&language=fr")
        assert outcomes_on(page) == {"own": "2", "partner": "1", "choice": "0", "none": "0", "region": "1"}
        link = page.one(
            "a", class_="outcome", data_outcome="partner", href=f"{ADDRESS}?outcome=partner&language=fr&place=canada"
        )
        assert set(cells_on(console.open(link["href"]))) == {("CA", "CA-ZZ", "fr")}


@pytest.mark.usefixtures("_cast")
class TestExports:
    """What is in the files."""

    def test_csv_has_the_cells_that_match(self, odile: User) -> None:
        response, content = download(odile, EXPORT, list="place=canada&language=fr")
        assert response.status_code == 200
        assert rows_of(content) == [
            ["Code", "Langue", "Lieu", "Réponse", "Partenaires", "Destination"],
            ["CA", "fr", "Canada", "La question de la région", "", ""],
            ["CA-ON", "fr", "Ontario (Canada)", "Votre entreprise", "", BOREALE.signup_url_fr],
            ["CA-QC", "fr", "Québec (Canada)", "Votre entreprise", "", BOREALE.signup_url_fr],
            ["CA-ZZ", "fr", "Ailleurs au Canada", "Un partenaire", "Samba", "https://samba.example/"],
        ]

    def test_workbook(self, odile: User) -> None:
        response, content = download(odile, EXPORT, list="", format="xlsx")
        assert response.status_code == 200
        assert content.startswith(b"PK")

    def test_nothing_to_export(self, console: Browsing) -> None:
        page = console.open(f"{EXPORT}?list=place%3Datlantide")
        assert "Il n’y a aucune cellule à exporter." in page.one("main").text


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    own = behind_proxy(tmp_path / "gateway")
    with override_settings(CONFIG=own):
        yield own


@pytest.mark.usefixtures("_cast")
def test_grid_equals_the_command_and_a_gateway_cell_for_cell(console: Browsing, config: Config) -> None:
    links = cells_on(console.open(ADDRESS))
    result = CliRunner().invoke(cli, ["route", "--grid", "--regions", "--json"])
    printed = {(cell["country"], cell["region"], cell["language"]): cell for cell in json.loads(result.stdout)}
    assert links.keys() == printed.keys()
    ids = dict(Partner.objects.values_list("id", "name"))
    with gateway_beside(config) as gateway:
        for (code, region, language), link in links.items():
            cell = printed[code, region, language]
            assert link["data-outcome"] == cell["decision"], link["href"]
            names = {ids[id_] for id_ in cell["partners"]}
            if len(names) == 1:
                assert plain(link) == names.pop()
            query = f"country={code}&lang={language}" + (f"&region={region}" if region else "")
            reply = gateway.get(query=query, host="renvoi.example")
            assert (reply.status == 302) == (cell["decision"] == "own"), query
            if reply.status == 302:
                assert reply.header("location") == cell["destination"]
                continue
            assert f"{generation()} · {region or code} · {language}</p>" in reply.text, query
            for id_ in ids:
                assert (f'href="/go/{id_}?' in reply.text) == (id_ in cell["partners"]), query


@pytest.mark.parametrize("query", ["", "?view=map"])
def test_ten_thousand_partners_take_no_more_queries_and_under_a_second(console: Browsing, query: str) -> None:
    counts, took_s = [], 0.0
    for number in (1, 10_000):
        if number > 1:
            crowd(number)
            Generation.objects.update(number=generation() + 1)
        publish()
        console.open(ADDRESS + query)
        began = time.process_time()
        with CaptureQueriesContext(connection) as queries:
            response = console.client.get(ADDRESS + query)
        took_s = time.process_time() - began
        assert response.status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert took_s < 1
