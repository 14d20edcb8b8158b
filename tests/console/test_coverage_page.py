"""The page Coverage area: the operator, and the countries and regions that it serves itself."""

from dataclasses import replace

import pytest

from renvoi.domain.places import RegionCode
from renvoi.partners.models import Change, Operator
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User
from tests.cast import BOREALE, PASSWORD, colleague, country, only, published, set_operator, typed
from tests.console.browsing import Browsing, Page, contents

COVERAGE = "/console/coverage/"
NBSP = "\u00a0"
CREDENTIALS = (
    f"Retirez de cette adresse le nom d’utilisateur ou le mot de passe{NBSP}: les clients potentiels le verraient."
)
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

    def test_form_contains_the_stored_values(self, page: Page) -> None:
        assert {name: value(page, name) for name in typed(BOREALE)} == typed(BOREALE)
        assert covered(page) == ["Canada: 1 région sur 13"]
        assert page.one("div", class_="page-title").one("p").text == "1 pays couvert"

    def test_saving_stores_publishes_and_shows_a_message(self, page: Page, console: Browsing) -> None:
        saved = console.send(
            page, name="Boréale", mode="direct", default_language="en", time_zone="Pacific/Auckland", signup_url_fr=""
        )
        assert (saved.path, saved.notices) == (COVERAGE, ["Zone de couverture enregistrée."])
        assert values() == replace(
            BOREALE,
            name="Boréale",
            mode="direct",
            default_language="en",
            time_zone="Pacific/Auckland",
            signup_url_fr="",
        )
        assert (published().operator.mode, published().operator.time_zone) == ("direct", "Pacific/Auckland")

    def test_saving_unchanged_values_writes_no_history(self, page: Page, console: Browsing) -> None:
        before = (Operator.objects.get().version, Change.objects.count())
        console.send(page)
        assert (Operator.objects.get().version, Change.objects.count()) == before

    def test_frames_show_the_operator_name(self, page: Page, console: Browsing, stranger: Browsing) -> None:
        assert page.one("span", class_="brand-operator").text == "Téléphonie Boréale"
        assert stranger.open("/console/sign-in/").one("span", class_="brand-operator").text == "Téléphonie Boréale"
        console.send(page, name="Boréale")
        assert stranger.open("/console/sign-in/").one("span", class_="brand-operator").text == "Boréale"


class TestAreas:
    """Countries that are covered entirely, and regions of others."""

    def test_added_country_is_covered_entirely(self, page: Page, console: Browsing) -> None:
        page = console.send(page, press="add_country=1", country="PM", name="Typed meanwhile")
        assert covered(page) == ["Canada: 1 région sur 13", "Saint-Pierre-et-Miquelon: Tout le pays"]
        assert value(page, "name") == "Typed meanwhile"
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


class TestErrors:
    """Refused values and where their errors appear."""

    @pytest.mark.parametrize(
        ("field", "text", "french", "english"),
        [
            ("name", " ", "Entrez un nom.", "Enter a name."),
            (
                "signup_url_en",
                "boreale.example",
                "Une adresse commence par https:// ou http://.",
                "An address begins with https:// or http://.",
            ),
            (
                "signup_url_fr",
                "https://a:b@boreale.example",
                CREDENTIALS,
                "Remove the user name or password from this address: prospects would see it.",
            ),
            ("mode", "both", "Sélectionnez un des choix.", "Select one of the choices."),
            ("default_language", "pt", "Sélectionnez un des choix.", "Select one of the choices."),
            ("time_zone", "Montréal", "Sélectionnez un fuseau horaire.", "Select a time zone."),
        ],
    )
    @pytest.mark.usefixtures("page")
    def test_error_is_beside_its_field_in_both_languages(
        self, field: str, text: str, french: str, english: str, console: Browsing, english_console: Browsing
    ) -> None:
        for browsing, sentence in ((console, french), (english_console, english)):
            refused = browsing.send(browsing.open(COVERAGE), **only(field, text))
            assert (refused.status, refused.errors) == (422, {field: sentence})
            assert [link["href"] for link in refused.one("div", class_="error-summary").all("a")] == [f"#{field}"]
        assert values() == BOREALE

    def test_refused_form_keeps_typed_values(self, page: Page, console: Browsing) -> None:
        refused = console.send(page, name="", signup_url_en="boreale.example")
        assert (value(refused, "name"), value(refused, "signup_url_en")) == ("", "boreale.example")
        assert covered(refused) == covered(page)

    def test_coverage_requires_a_sign_up_address(self, page: Page, console: Browsing) -> None:
        refused = console.send(page, signup_url_en="", signup_url_fr="")
        assert refused.errors == {
            "signup_url_en": f"Entrez une adresse d’abonnement{NBSP}: "
            "les clients potentiels de votre zone de couverture y sont redirigés."
        }
        emptied = console.send(page, signup_url_en="", signup_url_fr="", covered=None, regions=None)
        assert emptied.notices == ["Zone de couverture enregistrée."]


class TestConflict:
    """A colleague saved first, or the session has ended."""

    @pytest.fixture
    def conflict(self, page: Page, console: Browsing) -> Page:
        set_operator(replace(BOREALE, mode="direct", areas=ONTARIO_TOO))
        return console.send(page, name="Boréale")

    def test_conflict_shows_both_values_of_each_differing_field(self, conflict: Page) -> None:
        assert conflict.status == 409
        fields = [link["href"] for link in conflict.one("div", class_="error-summary").all("a")]
        assert fields == ["#conflict-name", "#conflict-mode", "#conflict-areas"]
        assert values().name == "Téléphonie Boréale"

    def test_their_values_can_be_kept(self, conflict: Page, console: Browsing) -> None:
        saved = console.send(conflict, keep_name="theirs", keep_mode="theirs", keep_areas="theirs")
        assert saved.path == COVERAGE
        assert values() == replace(BOREALE, mode="direct", areas=ONTARIO_TOO)

    def test_my_values_can_be_kept(self, conflict: Page, console: Browsing) -> None:
        saved = console.send(conflict, keep_name="mine", keep_mode="mine", keep_areas="mine")
        assert saved.path == COVERAGE
        assert values() == replace(BOREALE, name="Boréale")

    def test_signing_in_again_restores_the_filled_page(self, page: Page, odile: User, console: Browsing) -> None:
        del console.client.cookies["renvoi_session"]
        sign_in = console.send(page, name="Boréale", regions=["CA-QC", "CA-ON"])
        back = console.send(sign_in, email=odile.email, password=PASSWORD)
        assert (back.path, value(back, "name")) == (COVERAGE, "Boréale")
        assert covered(back) == ["Canada: 2 régions sur 13"]
        console.send(back)
        assert values() == replace(BOREALE, name="Boréale", areas=ONTARIO_TOO)
