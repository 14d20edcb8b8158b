"""Messages after an action: with several tabs open, each undo is shown, and none is lost."""

from collections.abc import Callable

import pytest

from renvoi.partners.lists.listing import PartnerListing
from renvoi.people.models import User
from tests.cast import a_partner, stored
from tests.console.browsing import Browsing, Page

pytestmark = pytest.mark.django_db

LIST = "/console/partners/"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Returns a function that has an action done once while another tab's list is being made."""

    def arrange(action: Callable[[], object]) -> None:
        actions, page = [action], PartnerListing.page

        def page_after_action(listing: PartnerListing) -> object:
            while actions:
                actions.pop()()
            return page(listing)

        monkeypatch.setattr(PartnerListing, "page", page_after_action)

    return arrange


def delete(console: Browsing, name: str, *, follow: bool = True) -> Page:
    partner = stored(a_partner(name=name))
    path = f"{LIST}{partner.id}/delete/"
    return console.send(console.open(path), action=path, follow=follow)


def undo_count(page: Page) -> int:
    return sum(1 for form in page.all("form") if form.get("action").endswith("/restore/"))


def test_undo_outlives_another_tab_that_takes_its_message_meanwhile(
    console: Browsing, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    console.send(
        console.open(f"{LIST}new/"), name="Aló Neuf", url_en="https://a.example/", countries=["BR"], follow=False
    )
    meanwhile(lambda: delete(console, "Aló Parti", follow=False))
    other = console.open(LIST)
    assert other.notices == ["Partenaire Aló Neuf créé."]
    mine = console.open(LIST)
    assert undo_count(mine) == 1
    assert any("Aló Parti" in notice for notice in mine.notices)


def test_undo_that_no_page_has_shown_outlives_another_message(console: Browsing) -> None:
    delete(console, "Aló Un", follow=False)
    delete(console, "Aló Deux", follow=False)
    page = console.open(LIST)
    assert undo_count(page) == 2


def test_undo_that_was_shown_is_replaced_by_the_next_message(console: Browsing) -> None:
    delete(console, "Aló Un")
    assert undo_count(delete(console, "Aló Deux")) == 1


def test_message_of_a_page_that_is_sent_twice_is_shown_once(console: Browsing) -> None:
    partner = stored(a_partner(name="Aló Un"))
    path = f"{LIST}{partner.id}/delete/"
    page = console.open(path)
    for _ in range(2):
        console.send(page, action=path, follow=False)
    assert undo_count(console.open(LIST)) == 1


def test_dismissed_undo_does_not_come_back_from_another_tab(
    odile: User, console: Browsing, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    assert odile.is_active
    shown = delete(console, "Aló Un")
    dismiss = next(form["action"] for form in shown.all("form") if "/dismiss/" in form.get("action"))
    token = shown.all("input", name="csrfmiddlewaretoken")[0]["value"]
    meanwhile(lambda: console.post(dismiss, {"csrfmiddlewaretoken": token}))
    console.open(LIST)
    assert undo_count(console.open(LIST)) == 0
