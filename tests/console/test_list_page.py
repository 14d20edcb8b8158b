"""The list of partners: rows, search fields, order, pages, and the part that htmx replaces."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.partners import actions
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, a_partner, crowd, stored, stored_at_once, today, with_changes
from tests.console.browsing import Browsing, Element, Page, contents

LIST = "/console/partners/"
NBSP = "\u00a0"
MANY_COUNTRIES = a_partner("Panaméricaine", "BR", "CA", "CL", "MX", "US")
PAUSED = a_partner("Dormant", "JP", status="paused", url_en="", url_fr="https://dormant.example/fr?a=1&b=%3C2%3E")


def rows(page: Page) -> list[Element]:
    return page.one("tbody").all("tr")


def names(page: Page) -> list[str]:
    return [row.one("td", class_="col-name").all("a")[0].text for row in rows(page)]


def cell(row: Element, column: str) -> Element:
    return row.all("td", class_=f"col-{column}")[0]


@pytest.mark.django_db
class TestRows:
    """The row of a partner."""

    def test_row_shows_name_addresses_countries_and_state(self, alo_brasil: Partner, console: Browsing) -> None:
        (row,) = rows(console.open(LIST))
        english, french = (box.one("a") for box in row.all("td", class_="col-url"))
        assert (english["href"], french["href"]) == (ALO_BRASIL.url_en, ALO_BRASIL.url_fr)
        assert english["target"] == "_blank"
        assert "noopener" in english["rel"]
        assert english.text == "alobrasil.example/en/signup"
        assert cell(row, "countries").text == "Brésil, Portugal"
        assert cell(row, "state").text == "Actif"
        assert row.one("a", class_="danger")["href"].startswith(f"{LIST}{alo_brasil.id}/delete/")

    def test_name_and_countries_link_to_the_settings(self, alo_brasil: Partner, console: Browsing) -> None:
        (row,) = rows(console.open(LIST))
        links = [cell(row, column).one("a")["href"] for column in ("name", "countries")]
        assert [link.split("?")[0] for link in links] == [f"{LIST}{alo_brasil.id}/"] * 2
        assert [console.open(link).title for link in links] == ["Aló Brasil\u00a0– Réglages du partenaire"] * 2
        assert cell(row, "countries").one("a")["aria-label"] == f"Réglages d’Aló Brasil{NBSP}: Brésil et Portugal"

    def test_countries_beyond_the_third_are_counted(self, console: Browsing) -> None:
        stored(MANY_COUNTRIES)
        (row,) = rows(console.open(LIST))
        assert cell(row, "countries").one("a").text == "Brésil, Canada, Chili"
        assert cell(row, "countries").one("button").text == f"+2 autres pays de {MANY_COUNTRIES.name}"
        assert cell(row, "countries").one("div", popover="").text == "Brésil, Canada, Chili, États-Unis, Mexique"
        assert cell(row, "countries").one("a")["aria-label"].endswith("Brésil, Canada, Chili et 2 autres")

    @pytest.mark.parametrize(
        ("shift", "french", "english"),
        [
            ({"agreement_ends_on": 1}, "Actif jusqu’au {day}", "Active until {day}"),
            ({"agreement_starts_on": 1}, "Entente à venir à partir du {day}", "Agreement to come from {day}"),
            ({"agreement_ends_on": -1}, "Entente échue le {day}", "Agreement ended on {day}"),
        ],
    )
    def test_state_shows_its_date(
        self, shift: dict[str, int], french: str, english: str, console: Browsing, english_console: Browsing
    ) -> None:
        ((field, days),) = shift.items()
        day = today() + timedelta(days=days)
        stored(a_partner("Daté", "BR", **{field: day}))
        for browsing, words in ((console, french), (english_console, english)):
            (row,) = rows(browsing.open(LIST))
            assert cell(row, "state").text == words.format(day=day.isoformat())

    def test_partner_with_one_address_has_one_link(self, console: Browsing) -> None:
        stored(PAUSED)
        (row,) = rows(console.open(LIST))
        assert [len(box.all("a")) for box in row.all("td", class_="col-url")] == [0, 1]
        assert row.all("td", class_="col-url")[1].one("a")["href"] == "https://dormant.example/fr?a=1&b=%3C2%3E"
        assert cell(row, "state").text == "En pause"

    @pytest.mark.usefixtures("alo_brasil")
    def test_head_shows_the_counts(self, console: Browsing) -> None:
        assert console.open(LIST).one("div", class_="list-line").one("p").text == "1 partenaire · 2 pays"
        stored(PAUSED)
        assert console.open(LIST).one("div", class_="list-line").one("p").text == "2 partenaires · 3 pays"


@pytest.mark.django_db
def entered(page: Page, **typed: str) -> dict[str, Any]:
    """Return what Enter in a search field submits: the fields, and the form's first button in the document."""
    form = page.one("form", id="list-form")
    button = next(one for one in page.all("button") if one.get("form") == "list-form" or one in form.all("button"))
    return contents(form) | {button["name"]: button["value"]} | typed


class TestSearchRow:
    """The search fields."""

    @pytest.mark.usefixtures("alo_brasil")
    def test_search_field_is_labelled_by_its_column(self, console: Browsing) -> None:
        page = console.open(LIST)
        search = page.one("tr", class_="search")
        assert [label.text for label in search.all("label")] == [
            "Rechercher dans Nom",
            "Rechercher dans URL en anglais",
            "Rechercher dans URL en français",
            "Rechercher dans Pays",
            "Rechercher dans État",
            "Rechercher dans Redirections",
        ]
        assert [label["for"] for label in search.all("label")] == [field["id"] for field in search.all("input")]

    def test_enter_applies_a_keyword_and_an_empty_field_removes_it(self, console: Browsing) -> None:
        """The example of the manual: “Canada” in the column Pays."""
        stored_at_once(ALO_BRASIL, MANY_COUNTRIES)
        fields = entered(console.open(LIST), countries="« Canada »")
        page = console.follow(Page(console.client.get(LIST, fields)))
        assert names(page) == ["Panaméricaine"]
        assert page.path == f"{LIST}?countries=Canada"
        cleared = console.follow(Page(console.client.get(LIST, fields | {"countries": ""})))
        assert (cleared.path, len(rows(cleared))) == (LIST, 2)

    @pytest.mark.parametrize("pressed", ["page", "sort", "", "/console/partners/export/csv/"])
    def test_typed_keyword_waits_for_enter(self, pressed: str, console: Browsing) -> None:
        stored_at_once(ALO_BRASIL, MANY_COUNTRIES)
        fields = entered(console.open(f"{LIST}?name=a&selected=all"), name="alo")
        del fields["search"]
        if pressed.startswith("/"):
            assert "Les 2 partenaires sélectionnés" in console.open(f"{pressed}?{urlencode(fields, doseq=True)}").html
            return
        part = console.open(f"{LIST}?{urlencode(fields | ({pressed: '1'} if pressed else {}), doseq=True)}", htmx=True)
        assert len(rows(part)) == 2
        assert part.one("input", id="search-name")["value"] == "alo"
        assert part.one("input", name="for")["value"] == "name=a"
        assert len(part.all("div", id="selection")) == 1

    def test_matching_countries_are_marked_and_come_first(self, console: Browsing) -> None:
        stored(MANY_COUNTRIES)
        (row,) = rows(console.open(f"{LIST}?countries=etats"))
        assert [mark.text for mark in row.all("mark")] == ["États-Unis"]
        assert cell(row, "countries").text.startswith("États-Unis, Brésil")

    def test_active_filters_are_shown_and_can_be_cleared(self, console: Browsing) -> None:
        stored_at_once(ALO_BRASIL, MANY_COUNTRIES)
        page = console.open(f"{LIST}?countries=canada&name=pan")
        note = page.one("div", class_="list-line")
        assert note.one("p").text == (
            f"1 partenaire sur 2 · Nom contient «{NBSP}pan{NBSP}» · Pays contient «{NBSP}canada{NBSP}»"
        )
        assert note.all("a")[0]["href"] == LIST
        assert page.one("input", id="search-countries")["value"] == "canada"

    @pytest.mark.usefixtures("alo_brasil")
    def test_search_without_matches_offers_to_clear(self, console: Browsing) -> None:
        page = console.open(f"{LIST}?name=nobody")
        assert page.one("div", class_="empty").one("h2").text == "Aucun partenaire ne correspond"
        assert page.one("div", class_="empty").one("a")["href"] == LIST
        assert page.one("input", id="search-name")["value"] == "nobody"

    def test_empty_list_offers_to_add_a_partner(self, console: Browsing, english_console: Browsing) -> None:
        for browsing, words in ((console, "Aucun partenaire pour l’instant"), (english_console, "No partners yet")):
            page = browsing.open(LIST)
            assert page.one("div", class_="empty").one("h2").text == words
            add, imports, steps = page.one("div", class_="empty").all("a")
            assert add["href"].startswith("/console/partners/new/")
            assert imports["href"] == "/console/import/"
            assert steps["href"] == "/console/getting-started/"


@pytest.mark.django_db
class TestOrderAndPages:
    """Sorting by a heading, and pages."""

    @pytest.mark.usefixtures("alo_brasil")
    def test_sorted_heading_has_aria_sort(self, console: Browsing) -> None:
        for sort, column, order, after in (
            ("", "name", "ascending", "-name"),
            ("countries", "countries", "ascending", "-countries"),
            ("-countries", "countries", "descending", "countries"),
        ):
            page = console.follow(console.open(f"{LIST}?sort={sort}" if sort else LIST))
            (head,) = [head for head in page.all("th") if head.get("aria-sort")]
            assert (head["aria-sort"], "col-" + column in head["class"]) == (order, True)
            assert head.one("button")["value"] == after

    def test_pages_keep_filter_and_order(self, console: Browsing) -> None:
        crowd(60)
        page = console.open(f"{LIST}?name=partner&sort=-name")
        assert page.one("p", class_="range").text == "1–25 sur 60"
        following = page.one("button", id="page-next")
        assert (following["name"], following["value"], following["type"]) == ("page", "2", "submit")
        second = console.open(f"{LIST}?name=partner&sort=-name&page=2")
        assert names(second)[0] == "Partner 0035"
        assert second.one("nav", class_="pages").one("button", aria_current="page").text == "Page 2"
        assert console.open(f"{LIST}?page=99").one("p", class_="range").text == "51–60 sur 60"

    def test_list_state_survives_the_settings(self, console: Browsing) -> None:
        crowd(30)
        page = console.open(f"{LIST}?name=partner&page=2")
        settings = console.open(cell(rows(page)[0], "name").one("a")["href"])
        saved = console.send(settings, name="Partner renamed")
        assert saved.path == f"{LIST}?name=partner&page=2"
        assert saved.notices == ["Partenaire Partner renamed enregistré."]

    def test_figures_are_formatted_by_language(self, console: Browsing, english_console: Browsing) -> None:
        crowd(1001)
        assert console.open(LIST).one("p", class_="range").text == f"1–25 sur 1{NBSP}001"
        assert english_console.open(LIST).one("p", class_="range").text == "1–25 of 1,001"


@pytest.mark.django_db
class TestHtmx:
    """htmx replaces only the list."""

    def test_search_returns_the_list_and_pushes_its_address(self, console: Browsing) -> None:
        stored_at_once(ALO_BRASIL, MANY_COUNTRIES)
        part = console.open(f"{LIST}?name=&url_en=&countries=« canada »&sort=name", htmx=True)
        assert part.status == 200
        assert part.all("html") == []
        assert names(part) == ["Panaméricaine"]
        assert unquote(part.response.headers["HX-Push-Url"]) == f"{LIST}?countries=canada"
        announcement = part.one("p", id="announcement")
        assert (announcement.get("hx-swap-oob"), announcement.text) == ("innerHTML", "1 partenaire sur 2")

    @pytest.mark.usefixtures("alo_brasil")
    def test_search_does_not_query_the_counts(self, console: Browsing) -> None:
        queries = []
        for query in ("", "?name=a"):
            with CaptureQueriesContext(connection) as captured:
                console.open(f"{LIST}{query}", htmx=True)
            queries.append([query["sql"] for query in captured.captured_queries])
        unfiltered, filtered = queries
        assert len(filtered) == len(unfiltered) - 1
        assert [sql for sql in filtered if "COUNT(DISTINCT" in sql or "BETWEEN" in sql] == []
        assert [sql for sql in unfiltered if "COUNT(DISTINCT" in sql] != []

    @pytest.mark.usefixtures("alo_brasil")
    def test_same_address_without_htmx_is_a_full_page(self, console: Browsing) -> None:
        response = console.open(LIST)
        assert response.all("html") != []
        assert console.open(LIST, htmx=True, **{"HX-History-Restore-Request": "true"}).all("html") != []
        assert (
            "HX-Request" in response.response.headers.get("Vary", "")
            or "no-store" in (response.response.headers["Cache-Control"])
        )

    def test_script_says_that_a_search_has_emptied_the_selection(self, alo_brasil: Partner, console: Browsing) -> None:
        query = urlencode({"for": "name=alo", "emptied": "1", "selected": alo_brasil.id, "shown": alo_brasil.id})
        part = console.open(f"{LIST}?{query}", htmx=True)
        assert "Plus rien n’est sélectionné" in part.one("div", class_="list-line").text
        assert part.response.headers["HX-Push-Url"] == f"{LIST}?name=alo&selected={alo_brasil.id}"

    def test_redirect_is_opened_in_the_whole_window(self, alo_brasil: Partner, console: Browsing) -> None:
        actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        response = console.open(f"{LIST}{alo_brasil.id}/delete/", htmx=True)
        assert (response.status, response.html) == (204, "")
        assert response.response.headers["HX-Redirect"] == "/console/trash/"


def test_saved_row_is_marked_once(alo_brasil: Partner, console: Browsing) -> None:
    saved = console.send(console.open(f"{LIST}{alo_brasil.id}/"), name="Alô")
    assert [row["id"] for row in saved.all("tr", class_="saved")] == [f"partner-{alo_brasil.id}"]
    assert console.open(LIST).all("tr", class_="saved") == []


def test_partner_deleted_by_a_colleague_is_not_listed(alo_brasil: Partner, console: Browsing) -> None:
    stored(with_changes(PAUSED))
    actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
    assert names(console.open(LIST)) == ["Dormant"]
