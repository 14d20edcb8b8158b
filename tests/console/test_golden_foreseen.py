"""Golden visitors that a change would break are named beside the form, and in the message after the save."""

from datetime import timedelta

import pytest

from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, BOREALE, set_operator, stored, today
from tests.console.browsing import Browsing
from tests.partners.golden.lists import golden, list_golden

pytestmark = pytest.mark.django_db
NBSP = "\u00a0"
BRAZIL = f"Brésil, français{NBSP}: attendu Aló Brasil, obtenu"


@pytest.fixture
def alo() -> Partner:
    """A partner that one golden visitor expects."""
    set_operator(BOREALE)
    partner = stored(ALO_BRASIL)
    list_golden(golden("BR", partner=partner.id), golden("JP", decision="none"))
    return partner


def test_partner_that_would_break_one_is_told_beside_the_form_and_after_saving(console: Browsing, alo: Partner) -> None:
    path = f"/console/partners/{alo.id}/"
    page = console.open(path)
    assert not page.all("p", class_="broken")
    shown = console.send(page, status="paused", foresee="1")
    sentence = f"1 visite de référence ne serait plus comme prévu{NBSP}: {BRAZIL} personne."
    assert shown.one("p", class_="broken").text.startswith(sentence)
    saved = console.send(page, status="paused")
    assert Partner.objects.get(id=alo.id).status == "paused"
    assert f"1 visite de référence n’est plus comme prévu{NBSP}: {BRAZIL} personne." in saved.what_follows[0]


def test_change_that_breaks_none_says_nothing(console: Browsing, alo: Partner) -> None:
    page = console.open(f"/console/partners/{alo.id}/")
    shown = console.send(page, url_fr="https://alo.example/autre", foresee="1")
    assert not shown.all("p", class_="broken")


@pytest.mark.usefixtures("alo")
def test_coverage_that_would_break_one_is_told_beside_the_form_and_after_saving(console: Browsing) -> None:
    page = console.open("/console/coverage/")
    added = console.send(page, country="BR", add_country="1")
    shown = console.send(added, foresee="1")
    sentence = f"1 visite de référence ne serait plus comme prévu{NBSP}: {BRAZIL} votre entreprise."
    assert shown.one("p", class_="broken").text.startswith(sentence)
    saved = console.send(added)
    assert f"{BRAZIL} votre entreprise." in saved.what_follows[0]


def test_golden_visitor_of_a_later_day_is_told_although_nothing_changes_today(console: Browsing, alo: Partner) -> None:
    later = today() + timedelta(days=30)
    list_golden(golden("BR", day=later, partner=alo.id))
    page = console.open(f"/console/partners/{alo.id}/")
    ends_on = (today() + timedelta(days=7)).isoformat()
    shown = console.send(page, agreement_ends_on=ends_on, foresee="1")
    assert (
        f"français, {later.isoformat()}{NBSP}: attendu Aló Brasil, obtenu personne"
        in shown.one("p", class_="broken").text
    )
    saved = console.send(page, agreement_ends_on=ends_on)
    assert saved.what_follows[0].startswith("1 visite de référence n’est plus comme prévu")


def test_window_of_a_deletion_names_it(console: Browsing, alo: Partner) -> None:
    asked = console.open(f"/console/partners/{alo.id}/delete/")
    assert f"{BRAZIL} personne." in asked.one("p", class_="broken").text
