"""The page Coverage findings: each kind is shown, mended by following its link, accepted, and shown again."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.domain.findings.finding import KINDS, Kind
from renvoi.domain.places import COUNTRIES, territories_of
from renvoi.partners.models import Partner
from renvoi.reports.models import VisitsOnDay
from tests.cast import (
    BOREALE,
    country,
    crowd,
    published,
    set_operator,
    stored_many,
    today,
)
from tests.console.browsing import Browsing
from tests.console.finding_cases import (
    CASES,
    FINDINGS,
    NBSP,
    accept,
    accept_links,
    accepted,
    both,
    change,
    is_open,
    prepare_ending,
    row_of,
    soon,
    titles,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _source_of_country(monkeypatch: pytest.MonkeyPatch) -> None:
    with_header = django_settings.CONFIG.model_copy(update={"country_header": "CF-IPCountry"})
    monkeypatch.setattr(django_settings, "CONFIG", with_header)


@pytest.mark.parametrize("kind", CASES)
class TestEachKind:
    """What produces it, what mends it, and what accepts it."""

    def test_finding_is_shown_and_mended_by_its_link(self, kind: Kind, console: Browsing) -> None:
        case, page = CASES[kind], f"{FINDINGS}?kind={kind}"
        assert not is_open(console.open(page), case) or kind == "no_partner"
        case.prepare()
        assert is_open(console.open(page), case)
        (title,) = [title for title in titles(console.open(page)) if title.startswith(case.title)]
        row = row_of(console.open(page), title)
        (link,) = [link for link in row.all("a") if link.text == case.link]
        path, _, anchor = link["href"].partition("#")
        settings = console.open(path)
        assert not anchor or settings.all(id=anchor)
        case.mend(settings, console)
        assert not is_open(console.open(page), case)

    def test_accepted_finding_comes_back_when_its_facts_change(self, kind: Kind, console: Browsing) -> None:
        case, page = CASES[kind], f"{FINDINGS}?kind={kind}"
        case.prepare()
        links = accept_links(console.open(page))
        after = accept(console, kind, case)
        assert after.notices == ["Constat accepté. Il reviendra de lui-même dès que les faits changeront."]
        assert not is_open(console.open(page), case)
        (title,) = accepted(console.open(page))
        row = row_of(console.open(page), title)
        assert row.one("q").text == "Voulu ainsi"
        assert "Accepté par Odile" in row.text
        case.change()
        assert not accepted(console.open(page))
        assert accept_links(console.open(page)) >= links


def test_facts_that_return_are_accepted_again(console: Browsing) -> None:
    prepare_ending()
    accept(console, "ending", CASES["ending"])
    change("Azur", agreement_ends_on=soon() + timedelta(days=1))
    assert titles(console.open(f"{FINDINGS}?kind=ending"))
    change("Azur", agreement_ends_on=soon())
    assert not titles(console.open(f"{FINDINGS}?kind=ending"))


class TestCoverageArea:
    """The findings about the operator itself."""

    def test_territories_are_added_by_the_link_and_saved(self, console: Browsing) -> None:
        set_operator(replace(BOREALE, areas=((country("US"), ""),)))
        page = console.open(f"{FINDINGS}?kind=territories")
        assert titles(page) == ["Votre zone de couverture comprend les États-Unis sans tous leurs territoires."]
        (link,) = [link for link in row_of(page, titles(page)[0]).all("a") if link.text == "Les ajouter"]
        form = console.open(link["href"].partition("#")[0])
        assert "Les 6 pays ont été ajoutés au formulaire" in form.one("main").text
        assert set(published().operator.covered_countries) == {"US"}
        console.send(form)
        assert set(published().operator.covered_countries) == {"US", *territories_of(country("US"))}
        assert not titles(console.open(f"{FINDINGS}?kind=territories"))

    @pytest.mark.parametrize("added", ["", "xx,,PM-PM", "CA", "PM" * 500])
    def test_what_is_no_new_country_is_not_added(self, added: str, console: Browsing) -> None:
        set_operator(BOREALE)
        assert "ajouté" not in console.open(f"/console/coverage/?add={added}").one("main").text

    def test_page_shows_the_findings_in_short(self, console: Browsing) -> None:
        stored_many(both("Azur", "BR"), both("Brun", "BR"))
        VisitsOnDay.objects.create(day=today(), country="BR", language="fr", decision="choice", visits=12)
        section = console.open("/console/coverage/").one("section", class_="in-short")
        assert section.all("li")[0].text == CASES["choice"].title
        (link,) = section.all("a")
        assert link["href"] == FINDINGS
        assert re.fullmatch(r"Voir les \d+ constats", link.text)


def test_no_source_of_the_country(console: Browsing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without = django_settings.CONFIG.model_copy(update={"country_header": "", "geoip_db": None, "data_dir": tmp_path})
    with monkeypatch.context() as patch:
        patch.setattr(django_settings, "CONFIG", without)
        VisitsOnDay.objects.create(day=today(), country="", language="fr", decision="unknown", visits=7)
        page = console.open(f"{FINDINGS}?kind=no_source")
        (title,) = titles(page)
        assert title == "Rien n’indique à Renvoi le pays d’un client potentiel."
        row = row_of(page, title)
        assert "7 clients potentiels en 30 jours" in row.text
        link = row.all("a")[0]
        path, _, anchor = link["href"].partition("#")
        assert console.open(path).all(id=anchor)
        console.send(console.open(row.all("a")[1]["href"]), reason="Réseau interne")
        assert accepted(console.open(f"{FINDINGS}?kind=no_source")) == [title]
    assert not titles(console.open(f"{FINDINGS}?kind=no_source"))
    assert not accepted(console.open(f"{FINDINGS}?kind=no_source"))


def test_most_prospects_come_first(console: Browsing) -> None:
    for code, visits in (("PT", 3), ("AO", 1200)):
        VisitsOnDay.objects.create(day=today(), country=code, language="fr", decision="none", visits=visits)
    page = console.open(FINDINGS)
    first, second, third = titles(page)[:3]
    assert (first, second) == ("L’Angola n’a pas de partenaire.", "Le Portugal n’a pas de partenaire.")
    assert third == "L’Afghanistan n’a pas de partenaire."
    assert f"1{NBSP}200 clients potentiels en 30 jours" in row_of(page, first).text


def test_nothing_to_report(console: Browsing) -> None:
    set_operator(replace(BOREALE, areas=tuple((code, "") for code in sorted(COUNTRIES))))
    page = console.open(FINDINGS)
    assert page.one("div", class_="empty").one("h2").text == "Rien à signaler"
    assert not console.open("/console/coverage/").all("section", class_="in-short")


def test_long_list_is_paged_and_costs_no_query_for_each_finding(console: Browsing) -> None:
    queries, page = [], console.open(FINDINGS)
    for count in (2, 400):
        crowd(count)
        console.open(FINDINGS)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page = console.open(FINDINGS)
        queries.append(len(captured))
        Partner.objects.all().delete()
    assert queries[0] == queries[1]
    assert len(titles(page)) == 50
    assert len(titles(console.open(f"{FINDINGS}?page=2"))) == 50
    assert len(titles(console.open(f"{FINDINGS}?page=999"))) > 0
    assert len(titles(console.open(f"{FINDINGS}?kind=nothing&page=x"))) == 50


def test_every_kind_is_tested() -> None:
    assert {*CASES, "no_source"} == {*KINDS}
