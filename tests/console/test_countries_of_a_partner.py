"""Add several countries at once from a list pasted from Excel, an e-mail or a form."""

import pytest

from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, stored
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
    assert page.errors == {"countries": "Aucun pays ne s’appelle «\u00a0Atlantide\u00a0» et «\u00a0Narnia\u00a0»."}
    assert page.one("textarea", name="country_list").raw_text.strip() == "Atlantide; Narnia"
    assert "open" in page.one("details", class_="paste").attributes


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


def test_htmx_gets_only_the_countries(console: Browsing) -> None:
    page = console.open(NEW)
    token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
    sent = {"csrfmiddlewaretoken": token, "country_list": "BR; PT", "add_countries": "1"}
    part = console.post(NEW, sent, htmx=True)
    assert chosen(part) == ["BR", "PT"]
    assert part.one("p", id="announcement").text == "Brésil et Portugal ajoutés, 2 pays."
