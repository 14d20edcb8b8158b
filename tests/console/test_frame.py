"""The frame of every page: language, theme, headers, errors, and the switches that are saved."""

from dataclasses import replace
from typing import Any, ClassVar

import ada_url
import pytest

from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import BOREALE, sample, set_operator
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.corpora import corpus

PREFERENCES = "/console/preferences/"
LANGUAGE_COOKIE = "renvoi_console_lang"
TITLES = {
    "/console/partners/": ("Partenaires", "Partners"),
    "/console/partners/new/": ("Réglages du partenaire", "Partner settings"),
    "/console/partners/{id}/": ("Aló Brasil\u00a0– Réglages du partenaire", "Aló Brasil\u00a0– Partner settings"),
    "/console/partners/{id}/delete/": ("Supprimer Aló Brasil?", "Delete Aló Brasil?"),
    "/console/import/": ("Importer des partenaires", "Import partners"),
    "/console/simulation/": ("Simulation de visite", "Visit simulation"),
    "/console/history/": ("Historique", "History"),
    "/console/trash/": ("Corbeille", "Trash"),
    "/console/coverage/": ("Zone de couverture", "Coverage area"),
    "/console/coverage/findings/": ("Constats de couverture", "Coverage findings"),
    "/console/settings/": ("Réglages généraux", "General settings"),
}
CURRENT = {
    room: f"/console/{room}/" for room in ("partners", "simulation", "history", "trash", "coverage", "settings")
} | {"import": "/console/partners/"}


@pytest.mark.parametrize("path", TITLES)
def test_page_is_in_the_language_of_the_account(
    path: str, alo_brasil: Partner, console: Browsing, english_console: Browsing
) -> None:
    for browsing, language, title in zip((console, english_console), ("fr", "en"), TITLES[path], strict=True):
        page = browsing.open(path.format(id=alo_brasil.id))
        assert (page.status, page.language, page.title) == (200, language, title)
        assert page.one("title").text == f"{title} · Renvoi"
        assert page.response.headers["Content-Language"] == language
        (current,) = page.one("nav", class_="menu").all("a", aria_current="page")
        assert current["href"] == CURRENT[path.split("/")[2]]


def test_menu_has_the_entries_of_the_manual(console: Browsing) -> None:
    menu = console.open("/console/partners/").one("nav", class_="menu")
    assert menu.one("p", id=menu["aria-labelledby"]).text == "Menu principal"
    assert [link.text for link in menu.all("a")] == [
        *("Partenaires", "Zone de couverture", "Simulation"),
        *("Historique", "Corbeille", "Comptes", "Réglages généraux", "Aide"),
    ]


@pytest.mark.usefixtures("alo_brasil")
def test_home_page_redirects_to_the_list(console: Browsing) -> None:
    assert console.follow(console.open("/console/")).title == "Partenaires"


SECURITY_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=()"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
CONTENT_SECURITY_POLICY = [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "require-trusted-types-for 'script'",
    "script-src 'self'",
    "style-src 'self'",
    "trusted-types default",
]


class TestHeaders:
    """Headers of every response."""

    @pytest.mark.parametrize(
        "path", ["/console/partners/", "/console/sign-in/", "/console/nothing/", "/console/inactive/"]
    )
    def test_security_headers(self, path: str, console: Browsing, stranger: Browsing) -> None:
        for browsing in (console, stranger):
            headers = dict(browsing.open(path).response.headers)
            assert "no-store" in headers["Cache-Control"]
            policy = headers.pop("Content-Security-Policy")
            assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
            assert sorted(directive.strip() for directive in policy.split(";")) == CONTENT_SECURITY_POLICY

    @pytest.mark.parametrize("path", TITLES)
    def test_pages_comply_with_their_content_security_policy(
        self, path: str, alo_brasil: Partner, console: Browsing
    ) -> None:
        page = console.open(path.format(id=alo_brasil.id))
        assert [script for script in page.all("script") if not script.get("src").startswith("/static/")] == []
        assert page.all("style") == []
        assert {
            name for element in page.all() for name in element.attributes if name == "style" or name[:2] == "on"
        } == set()

    def test_unknown_host_is_refused(self, console: Browsing) -> None:
        assert console.open("/console/partners/", Host="evil.example").status == 400


class TestLanguage:
    """What decides the language of a page."""

    def test_lang_parameter_applies_to_one_response(self, console: Browsing) -> None:
        assert console.open("/console/partners/?lang=en").language == "en"
        assert console.open("/console/partners/").language == "fr"

    def test_htmx_part_is_in_the_language_of_its_page(self, console: Browsing) -> None:
        def answered(language: str, *, htmx: bool) -> str:
            page = console.open("/console/partners/", htmx=htmx, **{"Accept-Language": language})
            return str(page.response.headers["Content-Language"])

        assert answered("en", htmx=True) == "en"
        assert answered("fr", htmx=True) == "fr"
        assert answered("pt", htmx=True) == "fr"
        assert answered("en", htmx=False) == "fr"

    @pytest.mark.parametrize("lang", ["pt", "", "EN", "fr-CA"])
    def test_unknown_lang_parameter_is_ignored(self, lang: str, english_console: Browsing) -> None:
        page = english_console.follow(english_console.open(f"/console/trash/?lang={lang}"))
        assert page.language == "en"

    def test_language_switch_is_saved_on_the_account(self, console: Browsing, odile: User) -> None:
        page = console.open("/console/coverage/?lang=fr")
        back = switch(console, page, "en")
        assert (back.path, back.language) == ("/console/coverage/", "en")
        assert User.objects.get(id=odile.id).language == "en"
        assert Browsing.signed_in(odile).open("/console/trash/").language == "en"

    def test_signed_out_language_switch_is_saved_in_a_cookie(self, stranger: Browsing) -> None:
        page = switch(stranger, stranger.open("/console/sign-in/"), "en")
        assert is_sign_in(stranger.open("/console/partners/"))
        assert stranger.open("/console/sign-in/").language == "en"
        assert page.status == 200
        cookie = stranger.cookie(LANGUAGE_COOKIE)
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")

    def test_account_language_precedes_the_cookie(self, console: Browsing) -> None:
        console.client.cookies[LANGUAGE_COOKIE] = "en"
        assert console.open("/console/partners/").language == "fr"

    def test_default_language_is_set_by_the_operator(self, stranger: Browsing) -> None:
        assert stranger.open("/console/sign-in/").language == "fr"
        set_operator(replace(BOREALE, default_language="en"))
        assert stranger.open("/console/sign-in/").language == "en"

    def test_saving_an_unknown_language_is_refused(self, console: Browsing, odile: User) -> None:
        token = console.open("/console/partners/").all("input", name="csrfmiddlewaretoken")[0]["value"]
        page = console.post(PREFERENCES, {"language": "pt", "csrfmiddlewaretoken": token})
        assert (page.status, page.title) == (400, "Cette requête est illisible")
        assert User.objects.get(id=odile.id).language == "fr"


def switch(browsing: Browsing, page: Page, value: str, *, name: str = "language", **more: str) -> Page:
    """Press one of the switches in the frame."""
    form = next(one for one in page.all("form", action=PREFERENCES) if one.all("button", name=name, value=value))
    fields = {field["name"]: field.get("value") for field in form.all("input")} | {name: value} | more
    return browsing.follow(browsing.post(PREFERENCES, fields))


def test_theme_is_saved_on_the_account(console: Browsing, odile: User) -> None:
    page = console.open("/console/partners/")
    assert page.one("html").get("data-theme") == ""
    page = switch(console, page, "dark", name="theme")
    assert page.one("html")["data-theme"] == "dark"
    assert User.objects.get(id=odile.id).theme == "dark"
    assert page.one("button", name="theme", value="dark")["aria-pressed"] == "true"
    assert switch(console, page, "auto", name="theme").one("html").get("data-theme") == ""


def test_switch_redirects_only_within_the_console(console: Browsing) -> None:
    page = console.open("/console/partners/")
    token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
    inside = ["/console/../go/7", "/console//evil.example", "/console/\\evil.example", "/console/%0d%0aSet-Cookie:a=b"]
    for payload in [
        "",
        "/",
        "https://evil.example/console/",
        "//evil.example/console/",
        *inside,
        *sample(corpus("open_redirects"), 60),
    ]:
        response = console.post(PREFERENCES, {"theme": "auto", "next": payload, "csrfmiddlewaretoken": token})
        assert response.status == 302, payload
        target = ada_url.URL(response.location, base="http://testserver/console/preferences/")
        assert target.host == "testserver", payload
        assert "\n" not in response.location, payload


class TestExpiredToken:
    """A form with an old CSRF token: sent again with one click, but only if it comes from our own page."""

    FIELDS: ClassVar = {
        "name": "Aló & <Brasil>",
        "countries": ["BR", "PT"],
        "description_fr": "\nUn\r\ndeux",
        "password": "p",
    }

    def test_own_form_is_shown_again_and_can_be_sent(self, console: Browsing) -> None:
        page = console.post("/console/partners/new/", self.FIELDS, Origin="http://testserver")
        assert (page.status, page.title) == (403, "Cette page avait expiré")
        fields: dict[str, list[str]] = {}
        for area in page.all("textarea"):
            fields.setdefault(area["name"], []).append(area.raw_text.removeprefix("\n"))
        assert fields == {
            "name": ["Aló & <Brasil>"],
            "countries": ["BR", "PT"],
            "description_fr": ["\nUn\r\ndeux"],
        }

    @pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://testserver.evil.example"])
    def test_form_of_another_site_is_not_shown(self, origin: str, console: Browsing) -> None:
        headers: dict[str, Any] = {"Origin": origin} if origin else {}
        page = console.post("/console/partners/new/", self.FIELDS, **headers)
        assert page.status == 403
        assert page.all("textarea") == []
        assert "Brasil" not in page.html
