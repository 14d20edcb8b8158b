"""The public directory: only what a visitor could be shown, for people and search engines."""

import re
from datetime import timedelta

import pytest

from renvoi.domain.places import LANGUAGES, Language
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.visitor.html.directory import MAX_PARTNERS, PATH, Directory
from renvoi.visitor.html.pages import Pages
from tests.visitor.cast import EQUALS, NOON, operator, partner, table, table_bytes
from tests.visitor.html.read import links, words

CROWD = tuple(partner(number, f"Partner {number:04}") for number in range(1, 2 * MAX_PARTNERS + 2))


def directory(of: RoutingTable | None = None) -> Directory:
    return Directory(of or table(), Pages(operator(), public_url="https://renvoi.boreale.example"))


def page(path: str = PATH, *, language: Language = "fr", of: RoutingTable | None = None) -> str:
    html = directory(of).page(path, language=language, at=NOON)
    assert html is not None, path
    return html.decode()


def crowded() -> RoutingTable:
    return RoutingTable(table_bytes(partners=[(one, ("BR",)) for one in CROWD]))


class _Tomorrow(dict[tuple[str, Language], bytes | None]):
    """The pages of a day that ends, in another thread, once one of them has been stored."""

    def __init__(self, pages: Directory) -> None:
        super().__init__()
        self._pages = pages

    def __setitem__(self, key: tuple[str, Language], page: bytes | None) -> None:
        super().__setitem__(key, page)
        self._pages._rendered = {}


def test_page_is_returned_while_another_thread_begins_the_day() -> None:
    pages = directory()
    expected = pages.page(PATH, language="fr", at=NOON)
    pages._rendered = _Tomorrow(pages)
    assert pages.page(PATH, language="fr", at=NOON) == expected


class TestFirstPage:
    def test_partners_are_listed_by_country_with_their_hosts(self) -> None:
        read = words(page())
        assert "Angola Azulejo azulejo.example Brésil Aló Brasil partner7.example Canada" in read
        assert "Mexico Equal 100 partner100.example Equal 101" in words(page(language="en"))

    def test_countries_lead_to_their_visitors_page(self) -> None:
        assert "/?country=BR&lang=fr" in links(page())
        assert "/?country=BR&lang=en" in links(page(language="en"))

    @pytest.mark.parametrize("absent", ["Tarde", "Dormant", "Past"])
    def test_partner_that_no_visitor_would_be_shown_is_absent(self, absent: str) -> None:
        assert absent not in page()
        assert f"/?country={ {'Tarde': 'IT', 'Dormant': 'FR', 'Past': 'DE'}[absent] }&lang=fr" not in links(page())

    def test_agreement_that_begins_tomorrow_is_listed_tomorrow(self) -> None:
        pages = directory()
        assert b"Past" not in (pages.page(PATH, language="fr", at=NOON) or b"")
        assert b"Past" in (pages.page(PATH, language="fr", at=NOON - timedelta(days=1)) or b"")

    def test_operators_own_countries_are_named_as_such(self) -> None:
        read = words(page())
        assert "Canada Nous offrons nous-mêmes le service dans une partie de ce pays. Prairie" in read
        assert "Saint-Pierre-et-Miquelon Nous y offrons nous-mêmes le service." in read
        # Its partner gets no visitor from there.
        assert not re.search(r"Miquelon Nous y offrons nous-mêmes le service\. Prairie", read)

    def test_table_without_partners_says_so(self) -> None:
        empty = RoutingTable(table_bytes(operator_=operator(), partners=[]))
        assert "Canada" in words(page(of=empty))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_search_engines_get_its_address_in_both_languages(self, language: Language) -> None:
        other = {"fr": "en", "en": "fr"}[language]
        html = page(language=language)
        site = "https://renvoi.boreale.example/partners/?lang="
        assert f'<link rel="canonical" href="{site}{language}">' in html
        assert f'<link rel="alternate" hreflang="{other}" href="{site}{other}">' in html
        assert "noindex" not in html
        assert "<script" not in html
        assert f"?lang={other}" in links(html)


class TestLargeDirectory:
    def test_first_page_has_countries_and_their_number_of_partners(self) -> None:
        html = page(of=crowded())
        assert f"Brésil {len(CROWD)} entreprises" in words(html)
        assert "/partners/BR/?lang=fr" in links(html)
        assert "Partner 0001" not in html

    def test_pages_of_a_country_list_each_partner_once(self) -> None:
        names: list[str] = []
        path, html = "/partners/BR/", ""
        for _ in range(10):
            html = page(path, of=crowded())
            names += re.findall(r"Partner \d{4}", html)
            following: list[str] = re.findall(r'href="([^"]*)" rel="next"', html)
            if not following:
                break
            path = following[0].partition("?")[0]
        assert names == [one.name for one in CROWD]
        assert 'rel="prev"' in html

    @pytest.mark.parametrize("path", ["/partners/", "/partners/BR/", "/partners/BR/3/"])
    def test_no_page_is_large(self, path: str) -> None:
        assert len(page(path, of=crowded())) < 100_000


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "/partners/br/",
            "/partners/FR/",
            "/partners/QQ/",
            "/partners/BR",
            "/partners/BR/0/",
            "/partners/BR/2/",
            "/partners/BR/99999/",
            "/partners//",
            "/partners/BR/1/1/",
            "/partners/../",
            "/partners/BR/\n",
        ],
    )
    def test_other_paths_have_no_page(self, path: str) -> None:
        assert directory().page(path, language="fr", at=NOON) is None

    def test_country_has_a_page_in_a_small_directory_as_well(self) -> None:
        html = page("/partners/MX/", language="en")
        assert html.count("<li>") == len(EQUALS)
        assert "Our partners in Mexico" in html
        assert "/?country=MX&lang=en" in links(html)

    def test_names_are_escaped_and_isolated(self) -> None:
        hostile = RoutingTable(table_bytes(partners=[(partner(1, "<b>شركة</b>"), ("BR",))]))
        assert "<bdi>&lt;b&gt;شركة&lt;/b&gt;</bdi>" in page(of=hostile)
