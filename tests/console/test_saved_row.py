"""The row of a partner that was created, saved or restored is shown and marked, wherever it sorts."""

from urllib.parse import quote

import pytest

from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, a_partner, crowd, stored, typed, with_changes
from tests.console.browsing import Browsing, Page
from tests.console.confirming import LIST, TRASH
from tests.partners.acting import trash

pytestmark = pytest.mark.django_db

NEW = f"{LIST}new/"
ZENITH = a_partner("Zénith", "BR")


def marked(page: Page) -> list[str]:
    """Return the names in the marked rows."""
    return [row.one("td", class_="col-name").all("a")[0].text for row in page.all("tr", class_="saved")]


def create(browsing: Browsing, *, query: str = "") -> Page:
    page = browsing.open(f"{NEW}?list={quote(query)}" if query else NEW)
    return browsing.send(page, press="", follow=True, **typed(ZENITH), countries=["BR"])


def test_page_of_a_new_partner_is_opened(console: Browsing) -> None:
    crowd(60)
    page = create(console)
    assert (page.path, marked(page)) == (f"{LIST}?page=3", ["Zénith"])


def test_page_follows_search_order_and_length_of_the_list(console: Browsing) -> None:
    crowd(60)
    page = create(console, query="countries=br&sort=-name&page=2")
    assert (page.path, marked(page)) == (f"{LIST}?countries=br&sort=-name", ["Zénith"])
    stored(a_partner("Zzz", "BR"))
    Partner.objects.filter(name="Zénith").delete()
    page = create(console, query="per_page=50")
    assert (page.path, marked(page)) == (f"{LIST}?page=2&per_page=50", ["Zénith"])


def test_page_of_a_renamed_partner_is_opened(console: Browsing) -> None:
    crowd(60)
    alo = stored(ALO_BRASIL)
    page = console.send(console.open(f"{LIST}{alo.id}/"), name="Zulu")
    assert (page.path, marked(page)) == (f"{LIST}?page=3", ["Zulu"])


def test_page_of_a_restored_partner_is_opened(console: Browsing) -> None:
    crowd(60)
    zenith = trash(stored(ZENITH))
    page = console.send(console.open(TRASH), action=f"{LIST}{zenith.id}/restore/")
    assert (page.path, marked(page)) == (f"{LIST}?page=3", ["Zénith"])


def test_page_of_a_partner_restored_by_undo_is_opened(console: Browsing) -> None:
    crowd(60)
    zenith = stored(ZENITH)
    asked = console.open(f"{LIST}{zenith.id}/delete/?list=page%3D3")
    done = console.send(asked, action=f"{LIST}{zenith.id}/delete/")
    page = console.send(done, action=f"{LIST}{zenith.id}/restore/")
    assert (page.path, marked(page)) == (f"{LIST}?page=3", ["Zénith"])


def test_page_of_a_partner_restored_by_its_settings_is_opened(console: Browsing) -> None:
    crowd(60)
    zenith = trash(stored(with_changes(ALO_BRASIL, name="Zénith")))
    stored(ZENITH)
    page = console.send(console.open(f"{LIST}{zenith.id}/"), name="Zénith 2")
    assert (page.path, marked(page)) == (f"{LIST}?page=3", ["Zénith 2"])


def test_bulk_undo_of_one_deletion_shows_its_row(console: Browsing) -> None:
    crowd(60)
    zenith = stored(ZENITH)
    done = console.send(console.open(f"{LIST}delete/?selected={zenith.id}"), action=f"{LIST}delete/")
    (form,) = [form for form in done.all("form") if "/undo/" in form.get("action")]
    page = console.send(done, action=form["action"])
    assert (page.path, marked(page)) == (f"{LIST}?page=3", ["Zénith"])


def test_message_says_that_the_search_hides_the_row(console: Browsing, english_console: Browsing) -> None:
    crowd(3)
    page = create(console, query="name=partner")
    assert (page.path, marked(page)) == (f"{LIST}?name=partner", [])
    assert page.notices == ["Partenaire Zénith créé. La recherche actuelle masque sa rangée. Voir ses réglages"]
    zenith = Partner.objects.get(name="Zénith")
    assert page.one("div", class_="messages").one("a")["href"] == f"{LIST}{zenith.id}/"
    trash(zenith)
    page = create(english_console, query="name=partner")
    assert page.notices == ["Partner Zénith created. The present search hides its row. See its settings"]


def test_message_about_a_row_of_another_page_claims_no_search(console: Browsing) -> None:
    crowd(60)
    zenith = stored(ZENITH)
    console.send(console.open(f"{LIST}{zenith.id}/"), status="paused")
    page = console.open(LIST)
    assert marked(page) == []
    assert page.notices == ["Partenaire Zénith enregistré. Voir ses réglages"]
