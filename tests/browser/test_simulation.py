"""The guide's chapter « Simulation de visite », in each language and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import Reader
from tests.browser.people import Staff, StaffMaker, VisitorMaker
from tests.browser.words import ENGLISH, Words
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser
ADDRESS = "/console/simulation/"
LABELS = {
    "fr": {
        "simulation": "Simulation",
        "title": "Simulation de visite",
        "country": "Pays",
        "language": "Langue",
        "source": "Source",
        "simulate": "Simuler",
        "decided": "décidé ici",
        "evidence": "Une adresse IP et des entêtes",
        "address": "Adresse IP",
        "headers": "Entêtes HTTP",
        "accept": "l’entête Accept-Language",
        "answered": "Ce qui a été répondu",
        "first": "Premier jour compté",
        "last": "Dernier jour compté",
        "show": "Montrer cette période",
        "go_on": "Continuer chez Aló Brasil",
        "grid": "Grille",
        "nobody": "Personne",
        "place": "Pays ou région",
        "search": "Rechercher",
        "map": "Carte",
        "english": "Anglais",
    },
    "en": {
        "simulation": "Simulation",
        "title": "Visit simulation",
        "country": "Country",
        "language": "Language",
        "source": "Source",
        "simulate": "Simulate",
        "decided": "decided here",
        "evidence": "An IP address and headers",
        "address": "IP address",
        "headers": "HTTP headers",
        "accept": "the header Accept-Language",
        "answered": "What was answered",
        "first": "First day counted",
        "last": "Last day counted",
        "show": "Show this period",
        "go_on": "Continue to Aló Brasil",
        "grid": "Grid",
        "nobody": "Nobody",
        "place": "Country or region",
        "search": "Search",
        "map": "Map",
        "english": "English",
    },
}


def _wait_until_counted(page: Page) -> None:
    """Reload the page until the server has counted the visit, which it does every few seconds."""
    for _ in range(60):
        if page.locator(".sums tfoot td").count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError("the visit was not counted within half a minute")


class Chapter:
    """The steps of the chapter."""

    @pytest.mark.performs("simulate-1", "simulate-2", "simulate-3")
    def test_a_visit_is_simulated(self, reader: Reader, renvoi: RunningRenvoi) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        before = renvoi.run("ledger", "export", "--format", "jsonl").stdout
        page.goto("/console/coverage/")
        reader.open(labels["simulation"], title=labels["title"])
        page.get_by_label(labels["country"], exact=True).select_option("BR")
        page.get_by_role("combobox", name=labels["language"], exact=True).select_option(reader.words.language)
        page.get_by_label(labels["source"], exact=True).fill("accueil")
        reader.click(page.get_by_role("button", name=labels["simulate"], exact=True))
        expect(page.locator("#answer")).to_be_visible()
        expect(page.locator(".rungs .decisive")).to_contain_text(labels["decided"])
        expect(page.frame_locator("iframe").get_by_role("link", name=labels["go_on"])).to_be_visible()
        expect(page.locator(".http")).to_contain_text("HTTP/1.1 200 OK")
        assert "src=accueil" in page.url
        assert "src=accueil" in page.locator("#curl").input_value()
        assert renvoi.run("ledger", "export", "--format", "jsonl").stdout == before

    @pytest.mark.performs("evidence-1", "evidence-2", "evidence-3")
    def test_an_address_and_headers_are_simulated(self, reader: Reader) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        page.goto(ADDRESS)
        reader.click(page.get_by_text(labels["evidence"], exact=True))
        page.get_by_label(labels["address"], exact=True).fill("81.2.69.160")
        page.get_by_label(labels["headers"], exact=True).fill("Accept-Language: fr-CA\nUser-Agent: Mozilla/5.0")
        reader.click(page.get_by_role("button", name=labels["simulate"], exact=True))
        expect(page.locator(".rungs > li").nth(1)).to_contain_text(labels["accept"])
        expect(page.get_by_label(labels["address"], exact=True)).to_be_visible()

    @pytest.mark.performs("answered-1", "answered-2")
    def test_what_was_answered_is_counted(self, reader: Reader, open_visitor: VisitorMaker) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        open_visitor().page.goto("/?country=BR&lang=fr")
        page.goto(f"{ADDRESS}?country=BR&language=fr")
        reader.click(page.get_by_role("link", name=labels["answered"], exact=True))
        _wait_until_counted(page)
        page.get_by_label(labels["first"], exact=True).fill("2001-01-01")
        page.get_by_label(labels["last"], exact=True).fill("2001-01-02")
        reader.click(page.get_by_role("button", name=labels["show"], exact=True))
        expect(page.locator(".sums")).to_have_count(0)
        assert "country=BR" in page.url
        assert "first=2001-01-01" in page.url

    @pytest.mark.performs("grid-1", "grid-2", "grid-3")
    def test_a_cell_of_the_grid_is_found_and_simulated(self, reader: Reader) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        page.goto(ADDRESS)
        reader.click(page.get_by_role("link", name=labels["grid"], exact=True))
        expect(page.get_by_role("heading", level=1)).to_have_text(labels["grid"])
        expect(page.locator(".grid tbody tr")).not_to_have_count(0)
        reader.click(page.locator(".outcomes").get_by_role("link", name=labels["nobody"]))
        expect(page.locator(".grid [data-outcome]:not([data-outcome=none])")).to_have_count(0)
        page.get_by_label(labels["place"], exact=True).fill("antarctica")
        reader.click(page.get_by_role("button", name=labels["search"], exact=True))
        expect(page.locator(".grid tbody tr")).to_have_count(1)
        assert "place=antarctica" in page.url
        assert "outcome=none" in page.url
        reader.click(page.locator(".grid a").first)
        expect(page.locator("#answer")).to_be_visible()
        assert "country=AQ" in page.url

    @pytest.mark.performs("map-1", "map-2", "map-3")
    def test_a_country_on_the_map_is_simulated(self, reader: Reader) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        page.goto(f"{ADDRESS}grid/")
        reader.click(page.get_by_role("link", name=labels["map"], exact=True))
        page.locator("#language").select_option(label=labels["english"])
        reader.click(page.get_by_role("button", name=labels["search"], exact=True))
        reader.click(page.get_by_role("link", name="VA – "))
        expect(page.locator("#answer")).to_be_visible()
        assert "country=VA&language=en" in page.url


class TestInFrench(Chapter):
    """« Simulation de visite »."""

    def test_what_is_clicked_in_the_frame_leads_nowhere(self, reader: Reader, renvoi: RunningRenvoi) -> None:
        page, labels = reader.page, LABELS[reader.words.language]
        before = renvoi.run("ledger", "export", "--format", "jsonl").stdout
        page.goto(f"{ADDRESS}?country=BR&language=fr")
        link = page.frame_locator("iframe").get_by_role("link", name=labels["go_on"])
        link.click()
        page.wait_for_timeout(1_000)
        expect(link).to_be_visible()
        assert len(page.context.pages) == 1
        # Not even if the page in the frame tried to go there itself.
        page.frames[1].evaluate("address => { location.href = address }", link.get_attribute("href"))
        page.wait_for_timeout(1_000)
        assert renvoi.run("ledger", "export", "--format", "jsonl").stdout == before
        refused = [fault for fault in reader.staff.watch.faults if "frame" in fault or "/go/" in fault]
        assert refused == reader.staff.watch.faults
        reader.staff.watch.faults.clear()


class TestWithoutScripts(Chapter):
    """The same pages."""

    @pytest.fixture
    def staff(self, open_staff: StaffMaker) -> Staff:
        """A member of staff whose browser runs no scripts."""
        return open_staff(java_script_enabled=False)


class TestInEnglish(Chapter):
    """The English console."""

    @pytest.fixture
    def words(self) -> Words:
        return ENGLISH
