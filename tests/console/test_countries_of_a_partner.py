"""Add several countries at once from a list pasted from Excel, an e-mail or a form."""

import pytest

from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, stored, with_changes
from tests.console.browsing import Browsing, Page

pytestmark = pytest.mark.django_db

NEW = "/console/partners/new/"


def chosen(page: Page) -> list[str]:
    return [field["value"] for field in page.all("input", name="countries")]


def paste(browsing: Browsing, page: Page, text: str) -> Page:
    return browsing.send(page, press="add_countries=1", country_list=text)


@pytest.mark.parametrize(
    "text",
    ["Brésil; Portugal, AO", "BR PT AO", "brazil\r\nPortugal\r\nANGOLA\r\n", "Le Brésil, le Portugal et l’Angola"],
)
def test_pasted_list_adds_every_country(text: str, console: Browsing) -> None:
    page = paste(console, console.open(NEW), text)
    assert chosen(page) == ["AO", "BR", "PT"]
    assert page.errors == {}
    assert page.one("textarea", name="country_list").raw_text.strip() == ""


def test_unknown_names_are_reported_and_stay_in_the_field(console: Browsing) -> None:
    page = paste(console, console.open(NEW), "Brésil; Atlantide; PT; Narnia")
    assert chosen(page) == ["BR", "PT"]
    assert page.errors == {"countries": "Aucun pays ne s’appelle «\u00a0Atlantide\u00a0» ou «\u00a0Narnia\u00a0»."}
    assert page.one("textarea", name="country_list").raw_text.strip() == "Atlantide; Narnia"
    assert "open" in page.one("details", class_="paste").attributes


def test_ambiguous_name_is_asked_back(console: Browsing) -> None:
    page = paste(console, console.open(NEW), "Brésil; Congo; RDC")
    assert chosen(page) == ["BR", "CD"]
    assert page.errors == {
        "countries": "«\u00a0Congo\u00a0» désigne plusieurs pays\u00a0: "
        "Congo-Kinshasa ou Congo-Brazzaville. Précisez lequel."
    }
    assert page.one("textarea", name="country_list").raw_text.strip() == "Congo"


@pytest.mark.parametrize("text", ["Atlantide", " ;, ", "Congo", "Angola"])
def test_error_of_a_list_is_beside_the_list(text: str, console: Browsing) -> None:
    page = console.open(NEW)
    page = console.send(page, country_list=text) if text == "Angola" else paste(console, page, text)
    textarea, select = page.one("textarea", name="country_list"), page.one("select", name="country")
    assert textarea["aria-invalid"] == "true"
    assert "countries-error" in textarea["aria-describedby"]
    assert "open" in page.one("details", class_="paste").attributes
    assert ("aria-invalid" in select.attributes, select["aria-describedby"]) == (False, "country-hint")


def test_error_of_the_select_is_beside_the_select(console: Browsing) -> None:
    page = console.send(console.open(NEW), press="add_country=1")
    textarea, select = page.one("textarea", name="country_list"), page.one("select", name="country")
    assert ("aria-invalid" in textarea.attributes, select["aria-invalid"]) == (False, "true")


def test_country_already_chosen_is_not_added_twice(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = paste(console, console.open(f"/console/partners/{partner.id}/"), "Portugal, Angola")
    assert chosen(page) == ["AO", "BR", "PT"]


def test_empty_list_is_an_error(console: Browsing) -> None:
    assert paste(console, console.open(NEW), " ;, ").errors == {
        "countries": "Collez ou tapez d’abord une liste de pays."
    }


def test_list_not_added_prevents_saving(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = console.open(f"/console/partners/{partner.id}/")
    refused = console.send(page, country_list="Angola", name="Aló Angola")
    assert refused.status == 422
    assert refused.errors == {"countries": "La liste de pays n’a pas été ajoutée. Ajoutez-la ou effacez-la."}
    assert refused.one("textarea", name="country_list").raw_text.strip() == "Angola"
    assert Partner.objects.get(id=partner.id).name == "Aló Brasil"
    console.send(refused, country_list="")
    assert Partner.objects.get(id=partner.id).name == "Aló Angola"


def test_script_gets_the_page_with_what_it_announces(console: Browsing) -> None:
    page = console.open(NEW)
    token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
    sent = {"csrfmiddlewaretoken": token, "country_list": "BR; PT", "add_countries": "1"}
    answer = console.post(NEW, sent, htmx=True)
    assert chosen(answer) == ["BR", "PT"]
    assert answer.one("p", **{"data-announce": ""}).text == "Brésil et Portugal ajoutés, 2 pays."


AGREEING = {
    "BR": "Brésil ajouté",
    "FR": "France ajoutée",
    "US": "États-Unis ajoutés",
    "CK": "Îles Cook ajoutées",
    "FR IT": "France et Italie ajoutées",
    "FR BR": "France et Brésil ajoutés",
    "DE AT BE ES": "Allemagne, Autriche, Belgique et 1 autre ajoutées",
    "DE AT BE CA": "Allemagne, Autriche, Belgique et 1 autre ajoutés",
}


@pytest.mark.parametrize("codes", AGREEING)
def test_announcement_agrees_with_the_names_of_the_countries(codes: str, console: Browsing) -> None:
    added = console.send(console.open(NEW), press="add_countries=1", country_list=codes)
    assert added.one("p", **{"data-announce": ""}).text == f"{AGREEING[codes]}, {len(codes.split())} pays."


def test_removal_agrees_with_the_name_of_the_country(console: Browsing) -> None:
    page = console.send(console.open(NEW), press="add_countries=1", country_list="FR; US")
    for code, announced in (("FR", "France retirée, 1 pays."), ("US", "États-Unis retirés, 0 pays.")):
        page = console.send(page, press=f"remove_country={code}")
        assert page.one("p", **{"data-announce": ""}).text == announced


TYPED = {
    "Brésil": ["BR"],
    "  LE BRESIL ": ["BR"],
    "brés": ["BR"],
    "Holland; tahiti": ["NL", "PF"],
    "Birmanie, Zaïre": ["CD", "MM"],
}


@pytest.mark.parametrize("text", TYPED)
@pytest.mark.parametrize("press", ["add_country=1", "enter=1"])
def test_typed_country_is_added_by_the_button_and_by_enter(press: str, text: str, console: Browsing) -> None:
    page = console.send(console.open(NEW), press=press, country_name=text)
    assert sorted(chosen(page)) == TYPED[text]
    assert (page.status, page.errors, page.one("input", name="country_name")["value"]) == (200, {}, "")
    assert "autofocus" in page.one("input", name="country_name").attributes


REFUSED = {
    "Atlantide": "Aucun pays ne s’appelle «\u00a0Atlantide\u00a0».",
    "Corée": "«\u00a0Corée\u00a0» désigne plusieurs pays\u00a0: Corée du Nord ou Corée du Sud. Précisez lequel.",
    "corée d": "«\u00a0corée d\u00a0» désigne plusieurs pays\u00a0: Corée du Nord ou Corée du Sud. Précisez lequel.",
}


@pytest.mark.parametrize("text", REFUSED)
def test_typed_text_that_is_no_one_country_stays_with_the_reason(text: str, console: Browsing) -> None:
    page = console.send(console.open(NEW), press="add_country=1", country_name=text)
    assert (chosen(page), page.errors) == ([], {"countries": REFUSED[text]})
    assert page.one("input", name="country_name")["value"] == text


def test_selected_and_typed_countries_are_both_added(console: Browsing) -> None:
    assert chosen(console.send(console.open(NEW), press="add_country=1", country="AO", country_name="Brésil")) == [
        "AO",
        "BR",
    ]


def test_typed_country_that_is_not_added_prevents_saving(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    refused = console.send(console.open(f"/console/partners/{partner.id}/"), country_name="Angola", name="Aló Angola")
    assert refused.status == 422
    assert refused.errors == {
        "countries": "«\u00a0Angola\u00a0» a été tapé, mais pas ajouté. Ajoutez-le ou effacez-le."
    }
    assert refused.one("input", name="country_name")["value"] == "Angola"
    assert Partner.objects.get(id=partner.id).name == "Aló Brasil"


class TestTerritories:
    """A state whose territories have country codes of their own offers them."""

    @staticmethod
    def offered(page: Page) -> dict[str, list[str]]:
        """Return the territories that can be added, by state."""
        offers = [offer for offer in page.all("details", class_="territories") if "hidden" not in offer.attributes]
        return {
            offer["data-state"]: [
                button.text for button in offer.all("button", name="add_territory") if "hidden" not in button.attributes
            ]
            for offer in offers
        }

    @pytest.mark.parametrize(
        ("state", "count", "some"),
        [
            ("FR", 12, {"Guadeloupe", "Martinique", "La Réunion"}),
            ("US", 6, {"Porto Rico", "Guam"}),
            ("NL", 4, {"Aruba", "Curaçao"}),
            ("DK", 2, {"Groenland", "Îles Féroé"}),
            ("GB", 15, {"Bermudes", "Gibraltar", "Jersey"}),
        ],
    )
    def test_choosing_a_state_offers_each_of_its_territories(
        self, state: str, count: int, some: set[str], console: Browsing
    ) -> None:
        page = console.open(NEW)
        assert self.offered(page) == {}
        page = console.send(page, press="add_country=1", country=state)
        (names,) = self.offered(page).values()
        assert len(names) == count
        assert some <= {*names}
        assert "open" in page.one("details", **{"data-state": state}).attributes

    def test_one_territory_is_added(self, console: Browsing) -> None:
        page = console.send(console.open(NEW), press="add_country=1", country="FR")
        page = console.send(page, press="add_territory=GP")
        assert chosen(page) == ["FR", "GP"]
        assert "Guadeloupe" not in self.offered(page)["FR"]

    def test_all_territories_are_added_and_offered_no_longer(self, console: Browsing) -> None:
        page = console.send(console.open(NEW), press="add_country=1", country="DK")
        page = console.send(page, press="add_territories=DK")
        assert sorted(chosen(page)) == ["DK", "FO", "GL"]
        assert self.offered(page) == {}

    def test_saved_state_offers_them_without_being_open(self, console: Browsing) -> None:
        partner = stored(with_changes(ALO_BRASIL, countries=("FR", "GP")))
        page = console.open(f"/console/partners/{partner.id}/")
        assert len(self.offered(page)["FR"]) == 11
        assert "open" not in page.one("details", **{"data-state": "FR"}).attributes
