"""The page Coverage area: the countries and regions that the operator serves itself."""

from dataclasses import replace

import pytest

from renvoi.domain.places import RegionCode
from renvoi.history.models import Change
from renvoi.partners.models import Operator
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User
from tests.cast import BOREALE, PASSWORD, colleague, country, published, set_operator
from tests.console.browsing import Browsing, Page, contents

COVERAGE = "/console/coverage/"
NBSP = "\u00a0"
QUEBEC_ALONE = BOREALE.areas
ONTARIO_TOO = ((country("CA"), RegionCode("CA-ON")), *QUEBEC_ALONE)


def values() -> OperatorValues:
    return OperatorValues.of(Operator.objects.get(id=1))


def covered(page: Page) -> list[str]:
    """Return the countries on the page, each with the extent of its coverage."""
    return [
        f"{area.one('h3').text}: {area.one('p', class_='meta').text}"
        for box in page.all("ul", class_="areas")
        for area in box.all("li")
    ]


def value(page: Page, name: str) -> str:
    return contents(page.form())[name][0]


@pytest.fixture
def page(console: Browsing) -> Page:
    """The page as Odile sees it, with Québec covered."""
    set_operator(BOREALE)
    return console.open(COVERAGE)


class TestPage:
    """Showing and saving the values."""

    def test_page_begins_with_the_coverage(self, page: Page) -> None:
        assert covered(page) == ["Canada: 1 région sur 13"]
        assert page.one("div", class_="page-title").one("p").text == "1 pays couvert"
        assert [heading.text for heading in page.one("form", class_="form").all("h2")] == [
            "Pays couverts",
            "Une fois enregistré",
        ]

    def test_saving_stores_publishes_and_shows_a_message(self, page: Page, console: Browsing) -> None:
        saved = console.send(page, extent_CA="whole")
        assert (saved.path, saved.notices) == (COVERAGE, ["Zone de couverture enregistrée."])
        assert values() == replace(BOREALE, areas=((country("CA"), ""),))
        assert published().operator.covered_countries == {"CA"}

    def test_saving_unchanged_values_writes_no_history(self, page: Page, console: Browsing) -> None:
        before = (Operator.objects.get().version, Change.objects.count())
        console.send(page)
        assert (Operator.objects.get().version, Change.objects.count()) == before

    def test_page_links_to_what_prospects_of_the_area_see(self, console: Browsing) -> None:
        set_operator(replace(BOREALE, areas=((country("CA"), ""), (country("AU"), ""))))
        links = console.open(COVERAGE).one("ul", class_="trials").all("a")
        assert [link["href"] for link in links] == [f"http://testserver/?country={code}" for code in ("AU", "CA")]
        set_operator(replace(BOREALE, areas=()))
        assert not console.open(COVERAGE).all("ul", class_="trials")


class TestAreas:
    """Countries that are covered entirely, and regions of others."""

    def test_added_country_is_covered_entirely(self, page: Page, console: Browsing) -> None:
        page = console.send(page, press="add_country=1", country="PM")
        assert covered(page) == ["Canada: 1 région sur 13", "Saint-Pierre-et-Miquelon: Tout le pays"]
        assert values().areas == QUEBEC_ALONE
        console.send(page)
        assert values().areas == (*QUEBEC_ALONE, (country("PM"), ""))
        assert published().operator.covered_countries == {"PM"}

    def test_removing_a_country_removes_its_regions(self, page: Page, console: Browsing) -> None:
        page = console.send(page, press="remove_country=CA")
        assert covered(page) == []
        console.send(page)
        assert values().areas == ()

    def test_ticked_regions_are_saved(self, page: Page, console: Browsing) -> None:
        console.send(page, regions=["CA-QC", "CA-ON"])
        assert values().areas == ONTARIO_TOO
        assert covered(console.open(COVERAGE)) == ["Canada: 2 régions sur 13"]
        labels = [label.text for label in page.one("div", class_="columns").all("label")]
        assert labels == sorted(labels, key=lambda label: label.replace("Î", "I").casefold())
        assert "Île-du-Prince-Édouard" in labels

    def test_whole_country_drops_its_regions(self, page: Page, console: Browsing) -> None:
        console.send(page, extent_CA="whole")
        assert values().areas == ((country("CA"), ""),)

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("fr", f"Canada{NBSP}: cochez au moins une région, ou choisissez tout le pays."),
            ("en", "Canada: tick at least one region, or choose the whole country."),
        ],
    )
    @pytest.mark.usefixtures("page")
    def test_partial_country_without_regions_is_refused(self, language: str, sentence: str) -> None:
        browsing = Browsing.signed_in(colleague("zoe@boreale.example", language=language))
        refused = browsing.send(browsing.open(COVERAGE), regions=None)
        assert (refused.status, refused.errors) == (422, {"areas": sentence})
        assert values().areas == QUEBEC_ALONE
        assert value(refused, "extent_CA") == "part"

    def test_adding_without_a_country_is_an_error(self, page: Page, console: Browsing) -> None:
        refused = console.send(page, press="add_country=1")
        assert refused.errors == {"areas": "Sélectionnez d’abord un pays dans la liste."}

    @pytest.mark.parametrize("region", ["CA-XX", "CA-ZZ", "CA-", "CA-QC'"])
    def test_unknown_region_is_refused(self, region: str, page: Page, console: Browsing) -> None:
        refused = console.send(page, regions=["CA-QC", region])
        assert refused.status == 422
        assert set(refused.errors) == {"areas"}
        assert values().areas == QUEBEC_ALONE


class TestAddress:
    """The coverage area needs a sign-up address, which is on another page."""

    @pytest.fixture
    def homeless(self, console: Browsing) -> Page:
        set_operator(replace(BOREALE, signup_url_en="", signup_url_fr="", areas=()))
        return console.open(COVERAGE)

    def test_page_leads_to_the_address(self, homeless: Page, console: Browsing) -> None:
        link = homeless.one("div", class_="message").one("a")
        assert (link.text, link["href"]) == ("Ouvrir Réglages généraux", "/console/settings/#signup_url_fr")
        set_operator(BOREALE)
        assert not console.open(COVERAGE).all("div", class_="message")

    def test_coverage_without_address_is_refused(self, homeless: Page, console: Browsing) -> None:
        refused = console.send(console.send(homeless, press="add_country=1", country="PM"))
        assert (refused.status, refused.errors) == (
            422,
            {
                "areas": f"Entrez une adresse d’abonnement{NBSP}: "
                "les clients potentiels de votre zone de couverture y sont redirigés."
            },
        )
        assert covered(refused) == ["Saint-Pierre-et-Miquelon: Tout le pays"]
        assert values().areas == ()

    def test_address_removed_meanwhile_is_not_lost_from_sight(self, page: Page, console: Browsing) -> None:
        """Somebody empties the coverage area, then removes the addresses, while another adds a country."""
        added = console.send(page, press="add_country=1", country="PM")
        set_operator(replace(BOREALE, signup_url_en="", signup_url_fr="", areas=()))
        assert console.send(added).status == 422
        assert values().areas == ()


class TestConflict:
    """A colleague saved first, or the session has ended."""

    @pytest.fixture
    def conflict(self, page: Page, console: Browsing) -> Page:
        set_operator(replace(BOREALE, mode="direct", areas=ONTARIO_TOO))
        return console.send(page, extent_CA="whole")

    def test_conflict_shows_both_values(self, conflict: Page) -> None:
        assert conflict.status == 409
        fields = [link["href"] for link in conflict.one("div", class_="error-summary").all("a")]
        assert fields == ["#conflict-areas"]
        labels = conflict.one("fieldset", id="conflict-areas").all("label")
        shown = [label.text.removeprefix(label.one("strong").text).strip() for label in labels]
        assert shown == ["Canada", "Ontario (Canada), Québec (Canada)"]
        assert values().areas == ONTARIO_TOO

    def test_their_values_can_be_kept(self, conflict: Page, console: Browsing) -> None:
        assert console.send(conflict, keep_areas="theirs").path == COVERAGE
        assert values() == replace(BOREALE, mode="direct", areas=ONTARIO_TOO)

    def test_my_values_can_be_kept(self, conflict: Page, console: Browsing) -> None:
        assert console.send(conflict, keep_areas="mine").path == COVERAGE
        assert values() == replace(BOREALE, mode="direct", areas=((country("CA"), ""),))

    def test_general_settings_saved_meanwhile_are_no_conflict(self, page: Page, console: Browsing) -> None:
        set_operator(replace(BOREALE, mode="direct"))
        assert console.send(page, extent_CA="whole").notices == ["Zone de couverture enregistrée."]
        assert values() == replace(BOREALE, mode="direct", areas=((country("CA"), ""),))

    def test_signing_in_again_restores_the_filled_page(self, page: Page, odile: User, console: Browsing) -> None:
        del console.client.cookies["renvoi_session"]
        sign_in = console.send(page, regions=["CA-QC", "CA-ON"])
        back = console.send(sign_in, email=odile.email, password=PASSWORD)
        assert back.path == COVERAGE
        assert covered(back) == ["Canada: 2 régions sur 13"]
        console.send(back)
        assert values() == replace(BOREALE, areas=ONTARIO_TOO)
