"""Several countries at once: pasted as Excel, a mail or a form writes them."""

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
def test_a_pasted_list_is_added_whole(text: str, console: Browsing) -> None:
    page = paste(console, console.open(NEW), text)
    assert chosen(page) == ["AO", "BR", "PT"]
    assert page.errors == {}
    assert page.one("textarea", name="country_list").raw_text.strip() == ""


def test_what_names_no_country_is_named_and_stays(console: Browsing) -> None:
    page = paste(console, console.open(NEW), "Brésil; Atlantide; PT; Narnia")
    assert chosen(page) == ["BR", "PT"]
    assert page.errors == {"countries": "Aucun pays ne s’appelle «\u00a0Atlantide\u00a0» et «\u00a0Narnia\u00a0»."}
    assert page.one("textarea", name="country_list").raw_text.strip() == "Atlantide; Narnia"
    assert "open" in page.one("details", class_="paste").attributes


def test_one_that_is_there_already_stays_once(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = paste(console, console.open(f"/console/partners/{partner.id}/"), "Portugal, Angola")
    assert chosen(page) == ["AO", "BR", "PT"]


def test_nothing_pasted_is_said(console: Browsing) -> None:
    assert paste(console, console.open(NEW), " ;, ").errors == {
        "countries": "Collez ou tapez d’abord une liste de pays."
    }


def test_a_list_that_was_not_added_stops_save(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = console.open(f"/console/partners/{partner.id}/")
    refused = console.send(page, country_list="Angola", name="Aló Angola")
    assert refused.status == 422
    assert refused.errors == {"countries": "La liste de pays n’a pas été ajoutée. Ajoutez-la ou effacez-la."}
    assert refused.one("textarea", name="country_list").raw_text.strip() == "Angola"
    assert Partner.objects.get(id=partner.id).name == "Aló Brasil"
    console.send(refused, country_list="")
    assert Partner.objects.get(id=partner.id).name == "Aló Angola"


def test_with_javascript_only_the_countries_come_back(console: Browsing) -> None:
    page = console.open(NEW)
    token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
    sent = {"csrfmiddlewaretoken": token, "country_list": "BR; PT", "add_countries": "1"}
    part = console.post(NEW, sent, htmx=True)
    assert chosen(part) == ["BR", "PT"]
    assert part.one("p", id="announcement").text == "Brésil et Portugal ajoutés, 2 pays."
