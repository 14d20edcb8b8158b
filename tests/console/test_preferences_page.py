"""The page Préférences, and the keys: what is kept on the account, what each key acts on, and that they can be off."""

from typing import Any

import pytest

from renvoi.downloads.models import Download
from renvoi.people.models import User
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing, Page, contents

ACCOUNT, KEYS = "/console/account/", "/console/keys/"
ALL: dict[str, Any] = {
    "language": "en",
    "theme": "dark",
    "csv_separator": ";",
    "saves_pdf_copy": None,
    "uses_keys": None,
}


def held(page: Page) -> dict[str, str]:
    """What the page's form holds; a box that is not ticked is absent."""
    return {name: values[0] for name, values in contents(page.form()).items() if name != "csrfmiddlewaretoken"}


def kept(user: User) -> dict[str, Any]:
    """What the account says."""
    return {**User.objects.filter(id=user.id).values(*ALL).get()}


def pressed(page: Page) -> dict[str, str]:
    """Key → what it acts on."""
    for element in page.all():
        assert element.get("data-shortcut") == element.get("aria-keyshortcuts")
    marked = [element for element in page.all() if element.get("data-shortcut")]
    found = {element["data-shortcut"]: element.get("id") or element.text.removesuffix("?") for element in marked}
    assert len(found) == len(marked), "a key acts on two elements"
    return found


class TestPage:
    """One form, one Save."""

    def test_it_shows_what_the_account_says(self, console: Browsing) -> None:
        page = console.open(ACCOUNT)
        assert (page.status, page.title) == (200, "Préférences")
        assert held(page) == {
            "language": "fr",
            "theme": "auto",
            "csv_separator": ",",
            "saves_pdf_copy": "on",
            "uses_keys": "on",
        }

    def test_everything_is_kept_and_said_in_the_language_that_was_chosen(self, console: Browsing, odile: User) -> None:
        page = console.send(console.open(ACCOUNT), **ALL)
        assert (page.path, page.language, page.notices) == (ACCOUNT, "en", ["Preferences saved."])
        assert page.one("html")["data-theme"] == "dark"
        assert kept(odile) == ALL | {"saves_pdf_copy": False, "uses_keys": False}
        assert held(page) == {"language": "en", "theme": "dark", "csv_separator": ";"}
        assert console.cookie("renvoi_console_lang").value == "en"

    def test_saving_in_french_is_said_in_french_once(self, console: Browsing) -> None:
        assert console.send(console.open(ACCOUNT)).notices == ["Préférences enregistrées."]
        assert console.open(ACCOUNT).notices == []

    def test_a_box_is_ticked_again(self, console: Browsing, odile: User) -> None:
        page = console.send(console.open(ACCOUNT), saves_pdf_copy=None, uses_keys=None)
        console.send(page, saves_pdf_copy="on", uses_keys="on")
        assert (kept(odile)["saves_pdf_copy"], kept(odile)["uses_keys"]) == (True, True)

    @pytest.mark.parametrize(
        "wrong", [{"language": "pt"}, {"theme": "pink"}, {"csv_separator": "\t"}, {"language": None}, {"theme": ""}]
    )
    def test_what_there_is_not_is_refused_beside_its_field(
        self, wrong: dict[str, str | None], console: Browsing, odile: User
    ) -> None:
        before = kept(odile)
        (name,) = wrong
        page = console.send(console.open(ACCOUNT), **(ALL | {"language": "fr"} | wrong))
        assert (page.status, page.language) == (422, "fr")
        assert page.errors == {name: "Sélectionnez un des choix."}
        (link,) = page.one("div", class_="error-summary").all("a")
        assert page.one("input", id=link["href"].removeprefix("#"))["name"] == name
        typed = {key: value for key, value in ALL.items() if value and key != name} | {"language": "fr"}
        typed.pop(name, None)
        assert held(page) == typed
        assert kept(odile) == before

    def test_the_session_s_end_loses_nothing(self, console: Browsing, odile: User) -> None:
        page = console.open(ACCOUNT)
        del console.client.cookies["renvoi_session"]
        asked = console.send(page, **(ALL | {"language": "fr"}))
        assert asked.title == "Ouvrir une session"
        back = console.send(asked, email=odile.email, password=PASSWORD)
        assert (back.path, held(back)) == (ACCOUNT, {"language": "fr", "theme": "dark", "csv_separator": ";"})
        console.send(back)
        assert kept(odile)["uses_keys"] is False

    def test_nobody_else_is_changed(self, console: Browsing) -> None:
        other = colleague("other@boreale.example")
        console.send(console.open(ACCOUNT), **ALL)
        assert kept(other)["language"] == "fr"

    @pytest.mark.usefixtures("alo_brasil")
    def test_the_export_window_proposes_the_separator(self, console: Browsing) -> None:
        console.send(console.open(ACCOUNT), csv_separator=";")
        window = console.open("/console/partners/export/csv/", htmx=True)
        assert contents(window.form())["separator"] == [";"]

    def test_the_pdf_is_saved_besides_being_opened_only_where_that_is_wanted(
        self, console: Browsing, odile: User
    ) -> None:
        made = Download.objects.create(account=odile, language="fr", total=1, stage=Download.Stage.READY)
        for ticked in ("on", None):
            console.send(console.open(ACCOUNT), saves_pdf_copy=ticked)
            ready = console.open(f"/console/partners/export/pdf/{made.id}/").one(id="pdf")
            assert ("data-copy" in ready.attributes) is (ticked is not None)


class TestKeys:
    """Each key acts through an element of the page."""

    @pytest.mark.usefixtures("alo_brasil")
    def test_the_list_has_three(self, console: Browsing) -> None:
        assert pressed(console.open("/console/partners/")) == {
            "/": "search-name",
            "n": "Nouveau",
            "?": "Raccourcis clavier",
        }

    @pytest.mark.usefixtures("alo_brasil")
    def test_the_rows_that_are_exchanged_keep_theirs(self, console: Browsing) -> None:
        assert pressed(console.open("/console/partners/?name=a", htmx=True)) == {"/": "search-name"}

    def test_a_page_without_a_list_has_that_of_the_window(self, console: Browsing) -> None:
        assert pressed(console.open("/console/coverage/")) == {"?": "Raccourcis clavier"}
        assert pressed(console.open("/console/help/")) == {"/": "help-search", "?": "Raccourcis clavier"}

    @pytest.mark.usefixtures("alo_brasil")
    def test_switched_off_no_page_has_any(self, console: Browsing) -> None:
        page = console.send(console.open(ACCOUNT), uses_keys=None)
        for path in (ACCOUNT, KEYS, "/console/partners/", "/console/help/", "/console/coverage/"):
            assert pressed(page) == pressed(console.open(path)) == {}

    def test_a_stranger_s_page_has_none(self, stranger: Browsing) -> None:
        assert pressed(stranger.open("/console/sign-in/")) == {}

    def test_the_menu_leads_to_both_pages(self, console: Browsing) -> None:
        menu = console.open("/console/trash/").one("details", class_="account")
        assert [(link.text.removesuffix("?"), link["href"]) for link in menu.all("a")] == [
            ("Préférences", ACCOUNT),
            ("Raccourcis clavier", KEYS),
        ]

    def test_the_window_and_the_page_say_the_same(self, console: Browsing) -> None:
        page, window = console.open(KEYS), console.open(KEYS, htmx=True)
        assert (page.title, window.one("h2").text) == ("Raccourcis clavier", "Raccourcis clavier")
        assert window.all("html") == []
        said = [(line.one("kbd").text, line.one("dd").text) for line in page.one("dl", class_="shortcuts").all("div")]
        assert [key for key, _ in said] == ["/", "n", "?", "Entrée", "Échap"]
        assert said == [
            (line.one("kbd").text, line.one("dd").text) for line in window.one("dl", class_="shortcuts").all("div")
        ]

    def test_they_say_whether_the_keys_are_on(self, console: Browsing, english_console: Browsing) -> None:
        assert "n’agissent pas pendant que vous tapez" in console.open(KEYS).html
        english_console.send(english_console.open(ACCOUNT), uses_keys=None)
        assert "switched off for your account" in english_console.open(KEYS).html
