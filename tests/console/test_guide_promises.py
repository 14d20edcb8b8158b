"""What the user's guide promises and no test of a page covers: tests/guide/promises names these tests."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from renvoi.downloads.models import Download
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import Device, StaffSession, User
from tests.cast import ALO_BRASIL, AZULEJO, a_partner, stored, stored_many, today
from tests.console.browsing import Browsing, Element, Page
from tests.console.confirming import DELETE, LIST, NBSP, PAUSE, TRASH, press_ok
from tests.console.filling import path_of, value
from tests.people.guessing import OWNER
from tests.people.test_sign_in import from_address, sign_in

pytestmark = pytest.mark.django_db

ACCOUNT = "/console/account/"


def row_of(page: Page, partner: Partner) -> Element:
    return page.one("tr", id=f"partner-{partner.id}")


def test_column_of_redirects_shows_the_number_of_thirty_days(alo_brasil: Partner, console: Browsing) -> None:
    Partner.objects.filter(id=alo_brasil.id).update(sent_30_days=1234)
    assert row_of(console.open(LIST), alo_brasil).one("td", class_="col-sent").text == f"1{NBSP}234 en 30 jours"


def test_bulk_window_names_each_language_that_loses_its_address(console: Browsing) -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    stored_many(a_partner("Samba", "BR"), a_partner("Saudade", "PT", url_en="", url_fr="https://saudade.example/"))
    window = console.open(f"{PAUSE}?selected={alo.id}&selected={azulejo.id}", htmx=True).one("dialog")
    assert window.one("h2").text == "Mettre 2 partenaires en pause?"
    for sentence in (
        "L’Angola n’aura plus de partenaire.",
        "Au Brésil, il ne restera plus d’adresse en français.",
        "Au Portugal, il ne restera plus d’adresse en anglais.",
    ):
        assert sentence in window.text


def test_partners_deleted_at_once_are_in_the_trash(console: Browsing) -> None:
    stored_many(ALO_BRASIL, AZULEJO)
    press_ok(console, console.open(f"{DELETE}?selected=all"))
    names = [row.one("td", class_="col-name").text.strip() for row in console.open(TRASH).one("tbody").all("tr")]
    assert sorted(names) == [ALO_BRASIL.name, AZULEJO.name]


def test_duplicating_creates_nothing_before_saving_and_leaves_the_model(alo_brasil: Partner, console: Browsing) -> None:
    copy = console.open(f"{LIST}new/?from={alo_brasil.id}")
    assert Partner.objects.count() == 1
    console.send(copy, name="Aló Portugal", priority="1")
    assert sorted(Partner.objects.values_list("name", flat=True)) == ["Aló Brasil", "Aló Portugal"]
    model = Partner.objects.get(id=alo_brasil.id)
    assert (PartnerValues.of(model), model.version) == (ALO_BRASIL, alo_brasil.version)


def test_window_counts_the_partners_that_the_pdf_has_so_far(console: Browsing, odile: User) -> None:
    making = Download.objects.create(account=odile, language="fr", total=300, done=120)
    page = console.open(f"{LIST}export/pdf/{making.id}/")
    assert page.one(id="pdf").all("p")[0].text == "120 sur 300"
    assert (page.one("progress")["value"], page.one("progress")["max"]) == ("120", "300")


def test_later_last_day_prolongs_an_agreement(console: Browsing) -> None:
    last = today() + timedelta(days=300)
    partner = stored(a_partner("Aló Lisboa", "PT", agreement_ends_on=today() - timedelta(days=1)))
    assert row_of(console.open(LIST), partner).one("td", class_="col-state").text.startswith("Entente échue")
    console.send(console.open(path_of(partner)), agreement_ends_on=last.isoformat())
    assert row_of(console.open(LIST), partner).one("td", class_="col-state").text == f"Actif jusqu’au {last}"


def test_preferences_follow_the_account_to_another_browser(console: Browsing, odile: User) -> None:
    chosen: dict[str, Any] = {"theme": "dark", "csv_separator": ";", "language": "en"}
    console.send(console.open(ACCOUNT), saves_pdf_copy=None, uses_keys=None, **chosen)
    page = Browsing.signed_in(odile).open(ACCOUNT)
    assert (page.language, page.one("html")["data-theme"]) == ("en", "dark")
    assert {name: value(page, name) for name in chosen} == chosen
    assert [box["name"] for box in page.form().all("input", type="checkbox") if "checked" in box.attributes] == []


def test_session_stores_no_page_that_was_opened(alo_brasil: Partner, odile: User) -> None:
    browsing = from_address(OWNER)
    assert sign_in(browsing, email=odile.email).status == 302
    for path in (f"{LIST}?name=secret", path_of(alo_brasil), TRASH, "/console/help/?q=secret"):
        assert browsing.open(path).status == 200
    rows = [*Session.objects.all(), *StaffSession.objects.values(), *Device.objects.values()]
    content = str([one.get_decoded() if isinstance(one, Session) else one for one in rows])
    assert str(odile.id) in content
    assert [text for text in (OWNER, "secret", "/partners", "/trash", "/help") if text in content] == []
