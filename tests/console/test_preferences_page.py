"""The page Preferences, and the keyboard shortcuts: what they act on, and that they can be switched off."""

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
    """Return the fields of the form; an unticked box is absent."""
    tokens = {"csrfmiddlewaretoken", "filled_by"}
    return {name: values[0] for name, values in contents(page.form()).items() if name not in tokens}


def preferences_of(user: User) -> dict[str, Any]:
    """Return the preferences of the account."""
    return {**User.objects.filter(id=user.id).values(*ALL).get()}


def pressed(page: Page) -> dict[str, str]:
    """Return what each shortcut acts on, by key."""
    for element in page.all():
        assert element.get("data-shortcut") == element.get("aria-keyshortcuts")
    marked = [element for element in page.all() if element.get("data-shortcut")]
    targets = {element["data-shortcut"]: element.get("id") or element.text.removesuffix("?") for element in marked}
    assert len(targets) == len(marked), "a shortcut acts on two elements"
    return targets


class TestPage:
    """The form and its Save button."""

    def test_form_contains_the_stored_preferences(self, console: Browsing) -> None:
        page = console.open(ACCOUNT)
        assert (page.status, page.title) == (200, "Préférences")
        assert held(page) == {
            "language": "fr",
            "theme": "auto",
            "csv_separator": ",",
            "saves_pdf_copy": "on",
            "uses_keys": "on",
        }

    def test_preferences_are_saved_and_confirmed_in_the_chosen_language(self, console: Browsing, odile: User) -> None:
        page = console.send(console.open(ACCOUNT), **ALL)
        assert (page.path, page.language, page.notices) == (ACCOUNT, "en", ["Preferences saved."])
        assert page.one("html")["data-theme"] == "dark"
        assert preferences_of(odile) == ALL | {"saves_pdf_copy": False, "uses_keys": False}
        assert held(page) == {"language": "en", "theme": "dark", "csv_separator": ";"}
        assert console.cookie("renvoi_console_lang").value == "en"

    def test_saving_shows_one_message_in_french(self, console: Browsing) -> None:
        assert console.send(console.open(ACCOUNT)).notices == ["Préférences enregistrées."]
        assert console.open(ACCOUNT).notices == []

    def test_boxes_can_be_ticked_again(self, console: Browsing, odile: User) -> None:
        page = console.send(console.open(ACCOUNT), saves_pdf_copy=None, uses_keys=None)
        console.send(page, saves_pdf_copy="on", uses_keys="on")
        assert (preferences_of(odile)["saves_pdf_copy"], preferences_of(odile)["uses_keys"]) == (True, True)

    @pytest.mark.parametrize(
        "wrong", [{"language": "pt"}, {"theme": "pink"}, {"csv_separator": "\t"}, {"language": None}, {"theme": ""}]
    )
    def test_invalid_choice_is_refused_beside_its_field(
        self, wrong: dict[str, str | None], console: Browsing, odile: User
    ) -> None:
        before = preferences_of(odile)
        (name,) = wrong
        page = console.send(console.open(ACCOUNT), **(ALL | {"language": "fr"} | wrong))
        assert (page.status, page.language) == (422, "fr")
        assert page.errors == {name: "Choisissez une des valeurs proposées."}
        (link,) = page.one("div", class_="error-summary").all("a")
        assert page.one("input", id=link["href"].removeprefix("#"))["name"] == name
        typed = {key: value for key, value in ALL.items() if value and key != name} | {"language": "fr"}
        typed.pop(name, None)
        assert held(page) == typed
        assert preferences_of(odile) == before

    def test_expired_session_keeps_typed_values(self, console: Browsing, odile: User) -> None:
        page = console.open(ACCOUNT)
        del console.client.cookies["renvoi_session"]
        asked = console.send(page, **(ALL | {"language": "fr"}))
        assert asked.title == "Ouvrir une session"
        back = console.send(asked, email=odile.email, password=PASSWORD)
        assert (back.path, held(back)) == (ACCOUNT, {"language": "fr", "theme": "dark", "csv_separator": ";"})
        console.send(back)
        assert preferences_of(odile)["uses_keys"] is False

    def test_other_accounts_are_unchanged(self, console: Browsing) -> None:
        other = colleague("other@boreale.example")
        console.send(console.open(ACCOUNT), **ALL)
        assert preferences_of(other)["language"] == "fr"

    @pytest.mark.usefixtures("alo_brasil")
    def test_export_window_proposes_the_saved_separator(self, console: Browsing) -> None:
        console.send(console.open(ACCOUNT), csv_separator=";")
        window = console.open("/console/partners/export/csv/", htmx=True)
        assert contents(window.form())["separator"] == [";"]

    def test_pdf_copy_is_saved_only_if_preferred(self, console: Browsing, odile: User) -> None:
        made = Download.objects.create(account=odile, language="fr", total=1, stage=Download.Stage.READY)
        for ticked in ("on", None):
            console.send(console.open(ACCOUNT), saves_pdf_copy=ticked)
            ready = console.open(f"/console/partners/export/pdf/{made.id}/").one(id="pdf")
            assert ("data-copy" in ready.attributes) is (ticked is not None)


class TestShortcuts:
    """Each shortcut acts on an element of the page."""

    @pytest.mark.usefixtures("alo_brasil")
    def test_list_page_has_three_shortcuts(self, console: Browsing) -> None:
        assert pressed(console.open("/console/partners/")) == {
            "/": "search-name",
            "n": "Nouveau",
            "?": "Raccourcis clavier",
        }

    @pytest.mark.usefixtures("alo_brasil")
    def test_htmx_list_keeps_its_shortcut(self, console: Browsing) -> None:
        assert pressed(console.open("/console/partners/?name=a", htmx=True)) == {"/": "search-name"}

    def test_page_without_a_list_has_only_the_window_shortcut(self, console: Browsing) -> None:
        assert pressed(console.open("/console/coverage/")) == {"?": "Raccourcis clavier"}
        assert pressed(console.open("/console/help/")) == {"/": "help-search", "?": "Raccourcis clavier"}

    @pytest.mark.usefixtures("alo_brasil")
    def test_switched_off_shortcuts_are_on_no_page(self, console: Browsing) -> None:
        page = console.send(console.open(ACCOUNT), uses_keys=None)
        for path in (ACCOUNT, KEYS, "/console/partners/", "/console/help/", "/console/coverage/"):
            assert pressed(page) == pressed(console.open(path)) == {}

    def test_signed_out_page_has_no_shortcuts(self, stranger: Browsing) -> None:
        assert pressed(stranger.open("/console/sign-in/")) == {}

    def test_menu_links_to_preferences_and_shortcuts(self, console: Browsing) -> None:
        menu = console.open("/console/trash/").one("details", class_="account")
        assert [(link.text.removesuffix("?"), link["href"]) for link in menu.all("a")] == [
            ("Préférences", ACCOUNT),
            ("Mot de passe et sessions", "/console/account/security/"),
            ("Raccourcis clavier", KEYS),
        ]

    def test_window_and_page_list_the_same_shortcuts(self, console: Browsing) -> None:
        page, window = console.open(KEYS), console.open(KEYS, htmx=True)
        assert (page.title, window.one("h2").text) == ("Raccourcis clavier", "Raccourcis clavier")
        assert window.all("html") == []
        shortcuts = [
            (line.one("kbd").text, line.one("dd").text) for line in page.one("dl", class_="shortcuts").all("div")
        ]
        assert [key for key, _ in shortcuts] == ["/", "n", "?", "Entrée", "Échap"]
        assert shortcuts == [
            (line.one("kbd").text, line.one("dd").text) for line in window.one("dl", class_="shortcuts").all("div")
        ]

    def test_window_states_whether_shortcuts_are_on(self, console: Browsing, english_console: Browsing) -> None:
        assert "n’agissent pas pendant que vous tapez" in console.open(KEYS).html
        english_console.send(english_console.open(ACCOUNT), uses_keys=None)
        assert "switched off for your account" in english_console.open(KEYS).html
