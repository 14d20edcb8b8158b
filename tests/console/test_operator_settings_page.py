"""The page General settings: the company and how its prospects are received."""

from dataclasses import replace

import pytest
from django.db.models import F

from renvoi.history.models import Change
from renvoi.partners.models import CoveredArea, Operator
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User
from tests.cast import BOREALE, PASSWORD, only, published, set_operator, typed
from tests.console.browsing import Browsing, Page, contents

SETTINGS = "/console/settings/"
NBSP = "\u00a0"
CREDENTIALS = (
    f"Retirez de cette adresse le nom d’utilisateur et le mot de passe{NBSP}: les clients potentiels les verraient."
)
SAVED = "Réglages généraux enregistrés."
COMPANY = {name: text for name, text in typed(BOREALE).items() if name != "areas"}


def values() -> OperatorValues:
    return OperatorValues.of(Operator.objects.get(id=1))


def value(page: Page, name: str) -> str:
    return contents(page.form())[name][0]


def both(page: Page, name: str) -> list[str]:
    """Return the two values of a field that differs: mine, then the one saved meanwhile."""
    labels = page.one("fieldset", id=f"conflict-{name}").all("label")
    return [label.text.removeprefix(label.one("strong").text).strip() for label in labels]


@pytest.fixture
def page(console: Browsing) -> Page:
    """The page as Odile sees it, with Québec covered."""
    set_operator(BOREALE)
    return console.open(SETTINGS)


class TestPage:
    """Showing and saving the values."""

    def test_form_contains_the_stored_values(self, page: Page) -> None:
        assert {name: value(page, name) for name in COMPANY} == COMPANY

    def test_saving_stores_publishes_and_shows_a_message(self, page: Page, console: Browsing) -> None:
        saved = console.send(
            page, name="Boréale", mode="direct", default_language="en", time_zone="Pacific/Auckland", signup_url_fr=""
        )
        assert (saved.path, saved.notices) == (SETTINGS, [SAVED])
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
                "Remove the user name and password from this address: prospects would see them.",
            ),
            ("mode", "both", "Choisissez une des valeurs proposées.", "Select one of the choices."),
            ("default_language", "pt", "Choisissez une des valeurs proposées.", "Select one of the choices."),
            ("time_zone", "Montréal", "Sélectionnez un fuseau horaire.", "Select a time zone."),
        ],
    )
    @pytest.mark.usefixtures("page")
    def test_error_is_beside_its_field_in_both_languages(
        self, field: str, text: str, french: str, english: str, console: Browsing, english_console: Browsing
    ) -> None:
        for browsing, sentence in ((console, french), (english_console, english)):
            refused = browsing.send(browsing.open(SETTINGS), **only(field, text))
            assert (refused.status, refused.errors) == (422, {field: sentence})
            assert [link["href"] for link in refused.one("div", class_="error-summary").all("a")] == [f"#{field}"]
        assert values() == BOREALE

    def test_refused_form_keeps_typed_values(self, page: Page, console: Browsing) -> None:
        refused = console.send(page, name="", signup_url_en="boreale.example")
        assert (value(refused, "name"), value(refused, "signup_url_en")) == ("", "boreale.example")

    def test_coverage_requires_a_sign_up_address(self, page: Page, console: Browsing) -> None:
        refused = console.send(page, signup_url_en="", signup_url_fr="")
        assert refused.errors == {
            "signup_url_en": f"Entrez une adresse d’abonnement{NBSP}: "
            "les clients potentiels de votre zone de couverture y sont redirigés."
        }
        set_operator(replace(BOREALE, areas=()))
        emptied = console.send(console.open(SETTINGS), signup_url_en="", signup_url_fr="")
        assert emptied.notices == [SAVED]


class TestConflict:
    """A colleague saved first, or the session has ended."""

    @pytest.fixture
    def conflict(self, page: Page, console: Browsing) -> Page:
        set_operator(replace(BOREALE, mode="direct", areas=()))
        return console.send(page, name="Boréale")

    def test_conflict_shows_both_values_of_each_differing_field(self, conflict: Page) -> None:
        assert conflict.status == 409
        fields = [link["href"] for link in conflict.one("div", class_="error-summary").all("a")]
        assert fields == ["#conflict-name", "#conflict-mode"]
        assert values().name == "Téléphonie Boréale"

    def test_conflict_shows_values_in_the_words_of_the_page(self, page: Page, console: Browsing) -> None:
        """Not America/Toronto, direct, fr or letter, which are how the values are stored."""
        changed = {"mode": "direct", "default_language": "en", "time_zone": "Europe/Paris", "paper": "a4"}
        Operator.objects.update(version=F("version") + 1, **changed)
        conflict = console.send(page, paper="letter")
        shown = {name: both(conflict, name) for name in changed}
        zones = shown.pop("time_zone")
        assert shown == {
            "mode": ["Présenter le partenaire", "Rediriger immédiatement"],
            "default_language": ["Français", "Anglais"],
            "paper": ["Lettre (8,5 × 11 po)", "A4 (210 × 297 mm)"],
        }
        assert [zone.partition(" · ")[0] for zone in zones] == [
            "Heure de l’Est (Toronto)",
            "Heure de l’Europe centrale (Paris)",
        ]

    def test_their_values_can_be_kept(self, conflict: Page, console: Browsing) -> None:
        saved = console.send(conflict, keep_name="theirs", keep_mode="theirs")
        assert saved.path == SETTINGS
        assert values() == replace(BOREALE, mode="direct", areas=())

    def test_my_values_can_be_kept(self, conflict: Page, console: Browsing) -> None:
        saved = console.send(conflict, keep_name="mine", keep_mode="mine")
        assert saved.path == SETTINGS
        assert values() == replace(BOREALE, name="Boréale", areas=())

    def test_coverage_saved_meanwhile_is_no_conflict(self, page: Page, console: Browsing) -> None:
        set_operator(replace(BOREALE, areas=()))
        assert console.send(page, name="Boréale").notices == [SAVED]
        assert values() == replace(BOREALE, name="Boréale", areas=())

    def test_signing_in_again_restores_the_filled_page(self, page: Page, odile: User, console: Browsing) -> None:
        del console.client.cookies["renvoi_session"]
        sign_in = console.send(page, name="Boréale")
        back = console.send(sign_in, email=odile.email, password=PASSWORD)
        assert (back.path, value(back, "name")) == (SETTINGS, "Boréale")
        console.send(back)
        assert values() == replace(BOREALE, name="Boréale")


class TestTimeZones:
    """Zones are chosen by place, in the user's words."""

    def test_zones_are_named_by_place_with_canada_first(self, page: Page, english_console: Browsing) -> None:
        for shown, label in (
            (page, "Heure de l’Est (Toronto)"),
            (english_console.open(SETTINGS), "Eastern Time (Toronto)"),
        ):
            groups = shown.one("select", id="time_zone").all("optgroup")
            assert groups[0]["label"] == "Canada"
            (chosen,) = [
                option for group in groups for option in group.all("option") if "selected" in option.attributes
            ]
            assert chosen["value"] == "America/Toronto"
            assert chosen.text.startswith(f"{label} · UTC\u22120")

    @pytest.mark.usefixtures("page")
    def test_former_name_is_shown_and_saved_as_the_present_one(self, console: Browsing) -> None:
        Operator.objects.update(time_zone="US/Eastern")
        shown = console.open(SETTINGS)
        assert value(shown, "time_zone") == "America/New_York"
        console.send(shown)
        assert values().time_zone == "America/New_York"
        console.send(console.open(SETTINGS), time_zone="Asia/Calcutta")
        assert values().time_zone == "Asia/Kolkata"

    @pytest.mark.parametrize("name", ["localtime", "Factory"])
    def test_zone_that_depends_on_the_machine_is_refused(self, name: str, page: Page, console: Browsing) -> None:
        refused = console.send(page, time_zone=name)
        assert refused.errors == {"time_zone": "Sélectionnez un fuseau horaire."}

    @pytest.mark.usefixtures("page")
    def test_stored_zone_without_a_place_is_kept(self, console: Browsing) -> None:
        Operator.objects.update(time_zone="Etc/GMT+5")
        shown = console.open(SETTINGS)
        assert value(shown, "time_zone") == "Etc/GMT+5"
        console.send(shown, name="Boréale")
        assert (values().name, values().time_zone) == ("Boréale", "Etc/GMT+5")

    @pytest.mark.usefixtures("page")
    def test_unknown_zone_is_said_with_the_place_that_replaces_it(self, console: Browsing) -> None:
        Operator.objects.update(time_zone="Mars/Olympus_Mons")
        warning = console.open(SETTINGS).one("p", id="time_zone-warning").text
        assert "Temps universel coordonné · UTC+00:00" in warning
        assert warning.endswith("Sélectionnez-en un autre.")


def test_page_links_to_what_prospects_see(page: Page) -> None:
    assert page.one("p", class_="seen").one("a")["href"] == "http://testserver/"


class TestPaper:
    """The paper of PDFs."""

    def test_choice_names_what_the_coverage_area_gives(self, page: Page, english_console: Browsing) -> None:
        assert page.one("select", name="paper").all("option")[0].text == f"Selon la zone de couverture{NBSP}: Lettre"
        CoveredArea.objects.update(country="FR", region="")
        options = english_console.open(SETTINGS).one("select", name="paper").all("option")
        assert [option.text for option in options] == [
            "According to the coverage area: A4",
            "Letter (8.5 × 11 in)",
            "A4 (210 × 297 mm)",
        ]

    def test_choice_is_stored_and_in_the_history(self, page: Page, console: Browsing) -> None:
        saved = console.send(page, paper="a4")
        assert (saved.notices, values().paper, value(saved, "paper")) == ([SAVED], "a4", "a4")
        assert (Change.objects.latest("id").after or {})["paper"] == "a4"
        console.send(console.open("/console/coverage/"))
        assert values().paper == "a4"
        assert console.send(console.open(SETTINGS), paper="").notices == [SAVED]
        assert values().paper == ""

    def test_unknown_paper_is_refused_beside_the_field(self, page: Page, console: Browsing) -> None:
        refused = console.send(page, paper="a5")
        assert (refused.status, refused.errors) == (422, {"paper": "Choisissez une des valeurs proposées."})

    def test_form_filled_before_the_field_existed_is_no_conflict(self, page: Page, console: Browsing) -> None:
        console.send(console.open("/console/coverage/"), covered="US")
        for change in Change.objects.filter(subject="operator"):
            change.before = {name: text for name, text in (change.before or {}).items() if name != "paper"}
            change.save()
        assert console.send(page, paper="letter").notices == [SAVED]
