"""The line above the list of partners: what a prospect of one country, who reads one language, gets."""

from dataclasses import replace

import pytest

from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, BOREALE, a_partner, country, set_operator, stored, stored_at_once
from tests.console.browsing import Browsing, Page
from tests.console.explaining import plain

pytestmark = pytest.mark.django_db
LINE = "/console/simulation/line/"
LIST = "/console/partners/"


@pytest.fixture(autouse=True)
def _cast() -> None:
    """An operator that covers Saint-Pierre and Québec, and partners in several states."""
    set_operator(replace(BOREALE, areas=(*BOREALE.areas, (country("PM"), ""))))
    stored_at_once(
        ALO_BRASIL,
        a_partner("Dormant", "JP", status="paused"),
        a_partner("Éperlan", "CA"),
        *(a_partner(f"Nº {number}", "MX") for number in range(5)),
        a_partner("Un", "FR"),
        a_partner("Deux", "FR"),
    )


def ask(console: Browsing, code: str, language: str = "fr") -> Page:
    return console.open(f"{LINE}?country={code}&language={language}", htmx=True)


def words(page: Page) -> str:
    return plain(page).removesuffix(" · Voir le détail")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("BR", "obtient : Aló Brasil"),
        ("JP", "obtient : aucun partenaire"),
        ("AQ", "obtient : aucun partenaire"),
        ("PM", "obtient : votre entreprise"),
        ("CA", "obtient : la question de sa région"),
    ],
)
def test_line_says_what_the_prospect_gets(console: Browsing, code: str, expected: str) -> None:
    assert words(ask(console, code)) == expected


@pytest.mark.parametrize("code", ["", "QQ"])
def test_line_waits_for_a_country(console: Browsing, code: str) -> None:
    assert ask(console, code).html.strip() == "obtient\u00a0: …"


def test_line_counts_the_partners_of_a_choice_and_names_three_of_them(console: Browsing) -> None:
    two, five = ask(console, "FR"), ask(console, "MX")
    assert words(two) in {
        "obtient : le choix entre 2 partenaires : Un, Deux",
        "obtient : le choix entre 2 partenaires : Deux, Un",
    }
    assert words(five).startswith("obtient : le choix entre 5 partenaires : Nº ")
    assert words(five).endswith(" et 2 autres")
    assert len(five.all("a")) == 4


def test_names_lead_to_the_settings_and_the_details_to_the_same_visit(console: Browsing) -> None:
    page = ask(console, "BR", "en")
    name, details = page.all("a")
    assert name["href"] == f"{LIST}{Partner.objects.get(name='Aló Brasil').id}/"
    assert details["href"] == "/console/simulation/?country=BR&language=en"
    assert console.open(details["href"]).one("h2", id="answer").text == "Aló Brasil est proposé"


def test_line_is_english_in_the_english_console(console: Browsing) -> None:
    page = console.open(f"{LINE}?country=FR&language=fr", htmx=True, **{"Accept-Language": "en"})
    assert words(page).startswith("gets: the choice among 2 partners: ")


def test_line_is_at_once_that_of_a_partner_that_was_just_created(console: Browsing) -> None:
    stored(a_partner("Pôle", "AQ"))
    assert words(ask(console, "AQ")) == "obtient : Pôle"


def test_line_opened_as_a_page_leads_to_the_simulation(console: Browsing) -> None:
    assert console.open(f"{LINE}?country=BR&language=en").location == "/console/simulation/?country=BR&language=en"


def test_line_asked_for_after_the_session_has_ended_leads_nowhere(console: Browsing) -> None:
    console.client.session.flush()
    asked = console.open(f"{LINE}?country=BR", htmx=True, **{"Renvoi-Background": "yes"})
    assert (asked.status, asked.html, "HX-Redirect" in asked.response.headers) == (204, "", False)


class TestOnTheList:
    """The fields stand in the form of the list, and are those of another form."""

    def test_fields_belong_to_a_form_that_leads_to_the_simulation(self, console: Browsing) -> None:
        page = console.open(LIST)
        form, line = page.one("form", id="ask-form"), page.one("div", id="ask")
        fields = [*line.all("select"), *line.all("input"), *line.all("button")]
        assert form["action"] == "/console/simulation/"
        assert {field["form"] for field in fields} == {"ask-form"}
        assert [field.get("name") for field in fields] == ["country", "language", "language", ""]
        assert len(line.all("option")) == 251

    def test_language_of_the_console_is_chosen_at_first(self, console: Browsing) -> None:
        for language in ("fr", "en"):
            radios = console.open(f"{LIST}?lang={language}").one("div", id="ask").all("input")
            assert [radio["value"] for radio in radios if "checked" in radio.attributes] == [language]

    def test_countries_are_named_in_the_language_of_the_page(self, console: Browsing) -> None:
        for language, name in (("fr", "Allemagne"), ("en", "Germany"), ("fr", "Allemagne")):
            assert name in [option.text for option in console.open(f"{LIST}?lang={language}").all("option", value="DE")]

    def test_part_for_htmx_has_no_second_line(self, console: Browsing) -> None:
        part = console.open(f"{LIST}?name=a", htmx=True)
        assert part.one("div", id="ask").all() == []
        assert "hx-preserve" in part.one("div", id="ask").attributes

    def test_list_without_partners_has_no_line(self, console: Browsing) -> None:
        Partner.objects.all().delete()
        assert console.open(LIST).all(id="ask") == []
