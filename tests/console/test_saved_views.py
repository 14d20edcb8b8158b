"""Saved views: tabs above the list that belong to one account, and are renamed, replaced and deleted."""

import pytest

from renvoi.lists.saved_views import MAX_VIEWS
from renvoi.partners.models import SavedView
from tests.cast import ALO_BRASIL, AZULEJO, stored_many
from tests.console.browsing import Browsing, Page, contents

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


def delete(browsing: Browsing, name: str) -> Page:
    view = SavedView.objects.get(name=name)
    page = browsing.open(f"{LIST}views/{view.id}/")
    return browsing.follow(browsing.post(f"{LIST}views/{view.id}/delete/", contents(page.form())))


def undo_form(page: Page) -> str:
    """Return the action of the form that undoes the deletion."""
    (form,) = [form for form in page.all("form") if form.get("action").endswith("/restore/")]
    assert form.one("button").text == "Annuler la suppression de la vue"
    return form["action"]


class TestUndoOfADeletion:
    def test_view_comes_back_with_its_name_its_query_and_its_place(self, console: Browsing) -> None:
        save(console, "Lusophones")
        save(console, "Brésil", query="countries=br")
        views = list(SavedView.objects.order_by("id").values())
        deleted = delete(console, "Lusophones")
        back = console.send(deleted, action=undo_form(deleted))
        assert back.notices == ["Vue Lusophones restaurée."]
        assert back.path == f"{LIST}?{PORTUGAL}"
        assert tabs(back) == [("Tous", False), ("Lusophones", True), ("Brésil", False)]
        assert list(SavedView.objects.order_by("id").values()) == views

    def test_second_tab_undoes_its_own_deletion(self, console: Browsing) -> None:
        save(console, "Lusophones")
        save(console, "Brésil", query="countries=br")
        first, second = delete(console, "Lusophones"), delete(console, "Brésil")
        for page in (first, second):
            console.send(page, action=undo_form(page))
        assert [view.name for view in SavedView.objects.order_by("id")] == ["Lusophones", "Brésil"]

    def test_repeated_undo_changes_nothing(self, console: Browsing) -> None:
        save(console, "Lusophones")
        deleted = delete(console, "Lusophones")
        console.send(deleted, action=undo_form(deleted))
        SavedView.objects.update(name="Atlantique", name_key="atlantique")
        again = console.send(deleted, action=undo_form(deleted))
        assert again.notices == ["Vue Atlantique restaurée."]
        assert [view.name for view in SavedView.objects.all()] == ["Atlantique"]

    def test_nobody_else_can_restore_it(self, console: Browsing, english_console: Browsing) -> None:
        save(console, "Lusophones")
        action = undo_form(delete(console, "Lusophones"))
        page = english_console.open(LIST)
        token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
        fields = {"csrfmiddlewaretoken": token, "list": PORTUGAL}
        refused = english_console.follow(english_console.post(action, fields))
        assert refused.notices == ["This view can’t be restored any more."]
        assert (refused.path, SavedView.objects.count()) == (f"{LIST}?{PORTUGAL}", 0)

    def test_taken_name_opens_the_form_filled_in(self, console: Browsing) -> None:
        save(console, "Lusophones")
        deleted = delete(console, "Lusophones")
        save(console, "lusophones", query="countries=br")
        refused = console.send(deleted, action=undo_form(deleted))
        assert (refused.status, refused.title) == (422, "Enregistrer cette vue")
        assert refused.errors == {"name": "Vous avez déjà une vue nommée lusophones."}
        assert refused.one("input", name="name")["value"] == "Lusophones"
        saved = console.send(refused, name="Atlantique")
        assert saved.path == f"{LIST}?{PORTUGAL}"
        assert [view.name for view in SavedView.objects.order_by("id")] == ["lusophones", "Atlantique"]

    def test_view_without_room_can_be_restored_later(self, console: Browsing) -> None:
        save(console, "Lusophones")
        deleted = delete(console, "Lusophones")
        for number in range(MAX_VIEWS):
            save(console, f"Vue {number}", query=f"name={number}")
        refused = console.send(deleted, action=undo_form(deleted))
        assert (refused.status, "supprimez-en une" in refused.errors["name"]) == (422, True)
        delete(console, "Vue 7")
        console.send(deleted, action=undo_form(deleted))
        assert SavedView.objects.order_by("id")[0].name == "Lusophones"


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
