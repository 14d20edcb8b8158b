"""An address that hardly any visitor could reach is asked about once, and saved as it is if the user says so."""

from typing import Any, get_args

import pytest

from renvoi.domain.address_doubts import DoubtReason
from renvoi.partners.models import Partner
from renvoi.partners.parsing import ADDRESS_DOUBTS
from tests.cast import ALO_BRASIL, stored, typed
from tests.console.browsing import Browsing, Page

pytestmark = pytest.mark.django_db

NEW = "/console/partners/new/"
PRIVATE = "http://192.168.8."


def new_partner(console: Browsing, **fields: str) -> Page:
    values: dict[str, Any] = {**typed(ALO_BRASIL), "countries": ["BR"], **fields}
    return console.send(console.open(NEW), **values)


def stored_addresses() -> list[tuple[str, str]]:
    return list(Partner.objects.values_list("url_en", "url_fr"))


def test_every_doubt_has_its_sentence() -> None:
    assert set(ADDRESS_DOUBTS) == set(get_args(DoubtReason))


def test_doubtful_address_stops_the_save_and_keeps_what_was_typed(console: Browsing) -> None:
    page = new_partner(console, url_en=PRIVATE)
    assert (page.status, list(page.errors)) == (422, ["url_en"])
    assert page.one("input", id="url_en")["value"] == PRIVATE
    assert page.one("button", name="confirm_address", value="on").text == "Enregistrer quand même"
    assert stored_addresses() == []


def test_confirmed_address_is_saved_as_it_is(console: Browsing) -> None:
    page = console.send(new_partner(console, url_en=PRIVATE), press="confirm_address=on")
    assert page.notices[0] == "Partenaire Aló Brasil créé."
    assert stored_addresses() == [("http://192.168.0.8/", ALO_BRASIL.url_fr)]


def test_first_request_may_confirm_already(console: Browsing) -> None:
    assert new_partner(console, url_en=PRIVATE, confirm_address="on").notices[0] == "Partenaire Aló Brasil créé."


def test_what_was_probably_meant_is_offered(console: Browsing) -> None:
    page = new_partner(console, url_fr="https://https://x.example/fr")
    assert page.one("button", name="suggest", value="url_fr").text == "Vouliez-vous dire https://x.example/fr?"
    page = console.send(page, press="suggest=url_fr")
    assert page.errors == {}
    assert page.one("input", id="url_fr")["value"] == "https://x.example/fr"
    console.send(page)
    assert stored_addresses() == [(ALO_BRASIL.url_en, "https://x.example/fr")]


def test_stored_address_is_not_doubted_again(console: Browsing) -> None:
    console.send(new_partner(console, url_en=PRIVATE), press="confirm_address=on")
    partner = Partner.objects.get()
    page = console.send(console.open(f"/console/partners/{partner.id}/"), name="Aló")
    assert page.notices[0] == "Partenaire Aló enregistré."


def test_confirmation_outlives_another_error_but_not_another_address(console: Browsing) -> None:
    page = console.send(new_partner(console, url_en=PRIVATE), press="confirm_address=on", name="")
    assert list(page.errors) == ["name"]
    changed = console.send(page, name="Aló", url_en="http://10.1.1.1/")
    assert list(changed.errors) == ["url_en"]
    assert console.send(page, name="Aló").notices[0] == "Partenaire Aló créé."


def test_each_doubtful_address_has_its_own_question(console: Browsing) -> None:
    page = new_partner(console, url_en="https://intranet/", url_fr="https://x.example,")
    assert list(page.errors) == ["url_en", "url_fr"]
    assert [button["value"] for button in page.all("button", name="suggest")] == ["url_fr"]
    console.send(page, press="confirm_address=on")
    assert stored_addresses() == [("https://intranet/", "https://x.example,/")]


def test_invisible_characters_around_an_address_are_dropped(console: Browsing) -> None:
    new_partner(console, url_en="\u200b\u00a0https://x.example/en\ufeff\u2003")
    assert stored_addresses()[0][0] == "https://x.example/en"


def test_other_saves_are_not_asked(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = console.send(console.open(f"/console/partners/{partner.id}/"), name="Aló")
    assert page.notices[0] == "Partenaire Aló enregistré."
