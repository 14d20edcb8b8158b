"""The page Help: its chapters, the links to them from every page, and the search."""

from itertools import pairwise

import pytest

from renvoi.console.guide import chapters_in, find_sections
from renvoi.partners.models import Partner
from tests.console.browsing import Browsing, Page

ADDRESSES = [
    "/console/help/",
    "/console/help/start/",
    "/console/help/partners/",
    "/console/help/import/",
    "/console/help/time/",
    "/console/help/coverage/",
    "/console/help/simulation/",
    "/console/help/why/",
    "/console/help/history/",
    "/console/help/trash/",
    "/console/help/settings/",
    "/console/help/accounts/",
    "/console/help/api/",
    "/console/help/website/",
    "/console/help/preferences/",
    "/console/help/password/",
]
TITLES = {
    "/console/help/": ("Aide", "Help"),
    "/console/help/start/": ("Mise en route", "Getting started"),
    "/console/help/partners/": ("Partenaires", "Partners"),
    "/console/help/import/": ("Importer", "Import"),
    "/console/help/time/": ("Gagner du temps", "Saving time"),
    "/console/help/coverage/": ("Zone de couverture", "Coverage area"),
    "/console/help/simulation/": ("Simulation de visite", "Visit simulation"),
    "/console/help/why/": ("Pourquoi?", "Why?"),
    "/console/help/history/": ("Historique", "History"),
    "/console/help/trash/": ("Corbeille", "Trash"),
    "/console/help/settings/": ("Réglages généraux", "General settings"),
    "/console/help/accounts/": ("Comptes", "Accounts"),
    "/console/help/api/": ("API", "API"),
    "/console/help/website/": ("Site Web", "Website"),
    "/console/help/preferences/": ("Préférences", "Preferences"),
    "/console/help/password/": ("Mot de passe et sessions", "Password and sessions"),
}
# Page → what its help link opens, and the name of the link.
OPENED = {
    "/console/history/": ("/console/help/history/", "Aide\u00a0: Historique"),
    "/console/partners/{id}/history/": ("/console/help/history/#of-partner", "Aide\u00a0: Historique"),
    "/console/partners/": ("/console/help/partners/", "Aide\u00a0: Partenaires"),
    "/console/partners/new/": ("/console/help/partners/#settings", "Aide\u00a0: Réglages du partenaire"),
    "/console/partners/{id}/": ("/console/help/partners/#settings", "Aide\u00a0: Réglages du partenaire"),
    "/console/partners/{id}/delete/": ("/console/help/partners/#delete", "Aide\u00a0: Supprimer un partenaire"),
    "/console/partners/pause/": (
        "/console/help/time/#bulk",
        "Aide\u00a0: Mettre en pause, réactiver ou supprimer plusieurs partenaires",
    ),
    "/console/partners/views/new/": ("/console/help/time/#views", "Aide\u00a0: Vues enregistrées"),
    "/console/coverage/findings/": ("/console/help/coverage/#findings", "Aide\u00a0: Constats de couverture"),
    "/console/coverage/": ("/console/help/coverage/", "Aide\u00a0: Zone de couverture"),
    "/console/simulation/grid/": ("/console/help/simulation/#grid", "Aide\u00a0: Grille"),
    "/console/simulation/visitors/": ("/console/help/simulation/#golden", "Aide\u00a0: Visites de référence"),
    "/console/simulation/": ("/console/help/simulation/", "Aide\u00a0: Simulation de visite"),
    "/console/accounts/": ("/console/help/accounts/", "Aide\u00a0: Comptes"),
    "/console/tokens/": ("/console/help/api/", "Aide\u00a0: API"),
    "/console/tokens/new/": ("/console/help/api/#token", "Aide\u00a0: Créer un jeton"),
    "/console/website/": ("/console/help/website/", "Aide\u00a0: Site Web"),
    "/console/getting-started/": ("/console/help/start/", "Aide\u00a0: Mise en route"),
    "/console/import/": ("/console/help/import/", "Aide\u00a0: Importer des partenaires"),
    "/console/history/why/": ("/console/help/why/", "Aide\u00a0: Pourquoi?"),
    "/console/history/then/": ("/console/help/why/#then", "Aide\u00a0: Ce jour-là et aujourd’hui"),
    "/console/partners/{id}/then/": ("/console/help/why/#then", "Aide\u00a0: Ce jour-là et aujourd’hui"),
    "/console/trash/": ("/console/help/trash/", "Aide\u00a0: Corbeille"),
    "/console/settings/": ("/console/help/settings/", "Aide\u00a0: Réglages généraux"),
    "/console/account/": ("/console/help/preferences/", "Aide\u00a0: Préférences"),
    "/console/account/security/": ("/console/help/password/", "Aide\u00a0: Mot de passe et sessions"),
    "/console/keys/": ("/console/help/preferences/#keys", "Aide\u00a0: Raccourcis clavier"),
}


@pytest.mark.parametrize("path", TITLES)
def test_chapter_is_in_the_language_of_the_account(path: str, console: Browsing, english_console: Browsing) -> None:
    for browsing, title in zip((console, english_console), TITLES[path], strict=True):
        page = browsing.open(path)
        assert (page.status, page.title) == (200, title)
        (current,) = page.one("nav", class_="menu").all("a", aria_current="page")
        assert current["href"] == "/console/help/"
        (shown,) = page.one("nav", class_="guide-contents").all("a", aria_current="page")
        assert (shown.text, shown["href"]) == (title, path)


@pytest.mark.parametrize("path", ADDRESSES)
def test_links_of_a_chapter_resolve(path: str, console: Browsing) -> None:
    page = console.open(path)
    for link in page.one("div", class_="guide").all("a"):
        target, _, anchor = link["href"].partition("#")
        there = page if not target else console.open(target)
        assert there.status == 200, link["href"]
        assert not anchor or there.all(id=anchor), link["href"]


def test_contents_list_the_headings(console: Browsing) -> None:
    page = console.open("/console/help/partners/")
    headings = [(part["id"], part.text) for part in page.one("article").all() if part.tag in {"h2", "h3"}]
    listed = [link for link in page.one("nav", class_="guide-contents").all("a") if link["href"].startswith("#")]
    assert [(link["href"][1:], link.text) for link in listed] == headings
    assert len(headings) > 10


def test_heading_ids_are_unique_and_complete(console: Browsing) -> None:
    for path in ADDRESSES:
        page = console.open(path)
        ids = [element["id"] for element in page.all() if element.get("id")]
        assert sorted(ids) == sorted(set(ids))
        levels = [int(element.tag[1]) for element in page.all() if element.tag in {"h1", "h2", "h3"}]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_chapters_link_to_previous_and_next(console: Browsing) -> None:
    page = console.open(ADDRESSES[0])
    assert page.all("a", rel="prev") == []
    for before, path in pairwise(ADDRESSES):
        page = console.open(page.one("a", rel="next")["href"])
        assert (page.path, page.one("a", rel="prev")["href"]) == (path, before)
    assert page.all("a", rel="next") == []


@pytest.mark.parametrize("address", ["nothing", "index", "partenaires", "..", "fr"])
def test_unknown_chapter_is_not_found(address: str, console: Browsing) -> None:
    assert console.open(f"/console/help/{address}/").status == 404


@pytest.mark.parametrize("path", OPENED)
def test_help_link_opens_the_chapter_of_the_page(path: str, console: Browsing, alo_brasil: Partner) -> None:
    line = console.open(path.format(id=alo_brasil.id)).one("div", class_="title-line")
    assert [part.tag for part in line.parts if not isinstance(part, str)] == ["h1", "a"]
    link = line.one("a", class_="icon-button")
    assert (link["href"], link.text) == OPENED[path]
    target, _, anchor = link["href"].partition("#")
    assert not anchor or console.open(target).all(id=anchor)


def search(browsing: Browsing, query: str) -> Page:
    """Return the page of results."""
    form = browsing.open("/console/help/").one("form", class_="guide-search")
    assert (form["method"], form.one("input")["name"]) == ("get", "q")
    return browsing.open(f"{form['action']}?q={query}")


class TestSearch:
    """Sections that contain every word, ignoring case and accents; titles first."""

    def test_result_links_to_its_section(self, console: Browsing) -> None:
        page = search(console, "EXPORTER csv")
        assert page.title == "Aide sur «\u00a0EXPORTER csv\u00a0»"
        first = page.one("ol", class_="guide-found").all("a")[0]
        assert (first["href"], first.text) == ("/console/help/partners/#export-csv", "Exporter vers un fichier CSV")
        assert {mark.text.lower() for mark in page.all("mark")} == {"exporter", "csv"}

    @pytest.mark.parametrize("query", ["reglages", "Réglages", "RÉGLAGES"])
    def test_search_ignores_accents_and_case(self, query: str) -> None:
        assert find_sections(query, language="fr") == find_sections("réglages", language="fr") != []

    def test_search_covers_only_the_active_language(self, english_console: Browsing) -> None:
        assert search(english_console, "spreadsheet").all("ol", class_="guide-found") != []
        assert search(english_console, "tableur").all("ol", class_="guide-found") == []

    def test_search_without_results_shows_a_message(self, console: Browsing) -> None:
        page = search(console, "xyzzy exporter")
        assert "Rien dans le guide ne correspond" in page.html
        assert page.one("input", id="help-search")["value"] == "xyzzy exporter"

    @pytest.mark.parametrize("query", ["", "%20", "%00", "%00%20x", "<script>alert(1)</script>", "x" * 5000, "%F0"])
    def test_any_query_gets_a_page(self, query: str, console: Browsing) -> None:
        page = search(console, query)
        assert page.status == 200
        assert "<script>alert" not in page.html

    def test_excerpt_is_cut_around_the_match(self) -> None:
        (result,) = find_sections("apostrophe", language="fr")
        excerpt = "".join(word for word, _ in result.excerpt)
        assert "apostrophe" in excerpt
        assert (excerpt[0], len(excerpt) < 300) == ("…", True)

    def test_chapter_matches_by_its_title(self) -> None:
        (trash,) = (chapter for chapter in chapters_in("fr") if chapter.address == "trash")
        assert find_sections("corbeille", language="fr")[0].path == trash.path
