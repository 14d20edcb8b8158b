"""Saved views: tabs above the list that belong to one account, and are renamed, replaced and deleted."""

import pytest

from renvoi.lists.saved_views import MAX_VIEWS
from renvoi.partners.models import SavedView
from tests.cast import ALO_BRASIL, AZULEJO, stored_many
from tests.console.browsing import Browsing, Page

pytestmark = pytest.mark.django_db

LIST, NEW = "/console/partners/", "/console/partners/views/new/"
PORTUGAL = "countries=portugal&sort=-name"


@pytest.fixture(autouse=True)
def partners() -> None:
    stored_many(ALO_BRASIL, AZULEJO)


def save(browsing: Browsing, name: str, *, query: str = PORTUGAL, **more: str) -> Page:
    page = browsing.open(f"{LIST}?{query}")
    (link,) = [link for link in page.all("a") if link.get("href").startswith(NEW)]
    press = "replaces=1" if more else ""
    return browsing.send(browsing.open(link["href"]), press=press, name=name)


def tabs(page: Page) -> list[tuple[str, bool]]:
    (views,) = page.all("div", class_="views") or [page]
    return [
        (link.text, "aria-current" in link.attributes)
        for link in views.all("a")
        if link.get("class") not in {"button small", "icon-button"} and link.get("href").startswith(LIST)
    ]


def test_saved_view_becomes_a_tab(console: Browsing) -> None:
    saved = save(console, "  Lusophones ")
    assert saved.notices == ["Vue Lusophones enregistrée."]
    assert saved.path == f"{LIST}?{PORTUGAL}"
    assert tabs(saved) == [("Tous", False), ("Lusophones", True)]
    plain = console.open(LIST)
    assert tabs(plain) == [("Tous", True), ("Lusophones", False)]
    (tab,) = [link for link in plain.all("a") if link.text == "Lusophones"]
    assert tab["href"] == f"{LIST}?{PORTUGAL}"


def test_address_of_a_view_works_for_a_colleague(console: Browsing, english_console: Browsing) -> None:
    save(console, "Lusophones")
    page = english_console.open(f"{LIST}?{PORTUGAL}")
    assert [cell.one("a").text for cell in page.all("td", class_="col-name") if cell.all("a")] == [
        "Azulejo Chamadas",
        "Aló Brasil",
    ]
    assert page.all("nav", aria_label="Saved views") == []  # no row of tabs for « All » alone


def test_view_stores_neither_page_nor_selection(console: Browsing) -> None:
    save(console, "Lusophones", query=f"{PORTUGAL}&page=1&selected=all")
    assert [view.query for view in SavedView.objects.all()] == [PORTUGAL]


def test_plain_list_has_no_save_button(console: Browsing) -> None:
    page = console.open(LIST)
    assert page.all("div", class_="views") == []
    save(console, "Lusophones")
    again = console.open(f"{LIST}?{PORTUGAL}")
    assert [link for link in again.all("a") if link.get("href").startswith(NEW)] == []


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Entrez un nom."),
        (" \u00a0", "Entrez un nom."),
        ("x" * 41, "Ce texte a 1 caractère de trop (la limite est de 40)."),
        ("a\0b", None),
        ("LUSOPHONES", "Vous avez déjà une vue nommée Lusophones."),
    ],
)
def test_invalid_name_is_refused_and_stays_in_the_field(name: str, error: str | None, console: Browsing) -> None:
    save(console, "Lusophones")
    refused = save(console, name, query="name=a")
    assert refused.status == 422
    assert set(refused.errors) == {"name"}
    if error:
        assert refused.errors["name"] == error
    assert SavedView.objects.count() == 1


def test_view_of_the_same_name_can_be_replaced(console: Browsing) -> None:
    save(console, "Lusophones")
    refused = save(console, "lusophones", query="countries=br")
    console.send(refused, press="replaces=1")
    assert [(view.name, view.query) for view in SavedView.objects.all()] == [("lusophones", "countries=br")]


def test_view_can_be_renamed_and_deleted(console: Browsing) -> None:
    saved = save(console, "Lusophones")
    view = SavedView.objects.get()
    (link,) = [link for link in saved.all("a") if link.get("href") == f"/console/partners/views/{view.id}/"]
    page = console.open(link["href"])
    renamed = console.send(page, name="Atlantique")
    assert tabs(renamed) == [("Tous", False), ("Atlantique", True)]
    page = console.open(link["href"])
    token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
    gone = console.follow(console.post(f"{link['href']}delete/", {"csrfmiddlewaretoken": token}))
    assert gone.notices == ["Vue Atlantique supprimée. Les partenaires sont toujours là."]
    assert (gone.path, SavedView.objects.count()) == (f"{LIST}?{PORTUGAL}", 0)


def test_view_of_a_colleague_is_not_found(console: Browsing, english_console: Browsing) -> None:
    save(console, "Lusophones")
    view = SavedView.objects.get()
    assert english_console.open(f"/console/partners/views/{view.id}/").status == 404


def test_number_of_views_is_limited(console: Browsing) -> None:
    for number in range(MAX_VIEWS):
        save(console, f"Vue {number}", query=f"name={number}")
    refused = save(console, "Une de trop", query="name=trop")
    assert "supprimez-en une" in refused.errors["name"]
    assert SavedView.objects.count() == MAX_VIEWS


def test_htmx_gets_a_window(console: Browsing) -> None:
    window = console.open(f"{NEW}?list=name%3Da", htmx=True).one("dialog")
    assert window.one("h2").text == "Enregistrer cette vue"
    assert window.one("input", name="list")["value"] == "name=a"
