"""The page « Pourquoi? »: a decision from a day and a place, and partners on several pages."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from renvoi.history.models import ChangeSet
from renvoi.publication.models import ArchivedTable
from tests.cast import (
    ALO_BRASIL,
    BOREALE,
    TUNDRA,
    a_partner,
    country,
    generation,
    set_operator,
    stored,
    stored_at_once,
    with_changes,
)
from tests.console.browsing import Browsing, Element, Page
from tests.console.explaining import (
    ADDRESS,
    FIRST_AT,
    answer,
    click,
    facts,
    plain,
    published,
    standings,
)
from tests.partners.acting import update

pytestmark = pytest.mark.django_db


class TestMoment:
    def ask(self, console: Browsing, **fields: str) -> Page:
        query = {"country": "BR", "region": "", "language": "fr"} | fields
        return console.open(f"{ADDRESS}?" + "&".join(f"{name}={text}" for name, text in query.items()))

    def test_moment_finds_its_version_and_who_made_it_so(self, console: Browsing) -> None:
        set_operator()
        published()
        partner = stored(ALO_BRASIL)
        published(FIRST_AT + timedelta(hours=1))
        update(partner, with_changes(ALO_BRASIL, status="paused"))
        number = published(FIRST_AT + timedelta(hours=2))
        set_operator(replace(BOREALE, areas=((country("BR"), ""),)))
        published(FIRST_AT + timedelta(hours=3))
        page = self.ask(console, day="2026-03-03", hour="16 h 30")
        assert (page.status, answer(page)) == (200, "Personne n’a été proposé")
        assert facts(page)["Version"] == f"Version {number}, du 3 mars 2026 à 16 h 05"
        assert standings(page) == {"Aló Brasil": "Refusé : en pause"}
        changes = page.one("ul", class_="standings").one("ul", class_="changes").all("li")
        assert [plain(change) for change in changes] == [
            "2026-03-03 à 16 h 05, Console État Actif → puis En pause",
            "2026-03-03 à 15 h 05, Console créé",
        ]
        step = ChangeSet.objects.get(generation=number)
        assert changes[0].one("a")["href"] == f"/console/history/{step.id}/"
        assert "Le client potentiel a été envoyé à votre adresse" in plain(page.one("section", class_="answer"))
        assert answer(self.ask(console)) == "Le client potentiel a été envoyé à votre adresse d’inscription"

    @pytest.mark.parametrize(
        ("fields", "field", "error"),
        [
            ({"day": "2026-02-30"}, "day", "Entrez le jour sous la forme"),
            ({"day": "hier"}, "day", "Entrez le jour sous la forme"),
            ({"day": "2999-01-01"}, "day", "n’est pas encore venu"),
            ({"day": "0001-01-01"}, "day", "de ce siècle"),
            ({"day": "9999-12-31"}, "day", "de ce siècle"),
            ({"day": "2026-03-04", "hour": "25:00"}, "hour", "Entrez l’heure"),
            ({"day": "2026-03-04", "hour": "midi"}, "hour", "Entrez l’heure"),
            ({"day": "2026-03-08", "hour": "2:30"}, "hour", "2 h 00 devenant 3 h 00"),
            ({"country": ""}, "country", "Choisissez un pays"),
            ({"country": "ZZ"}, "country", "Choisissez un pays"),
            ({"region": "CA-QC"}, "region", "dans un autre pays"),
            ({"region": "XX-YY"}, "region", "n’est pas une région"),
        ],
    )
    def test_bad_fields_get_a_sentence(self, console: Browsing, fields: dict[str, str], field: str, error: str) -> None:
        page = self.ask(console, **fields)
        assert page.status == 422
        assert error in page.errors[field].replace("\u00a0", " ")

    def test_time_that_clocks_showed_twice_leads_to_the_other(self, console: Browsing) -> None:
        """On 2025-11-02 in Toronto, 01:30 was at 05:30 and at 06:30 UTC."""
        set_operator()
        ArchivedTable.objects.filter(generation__lt=generation()).delete()
        published(datetime(2025, 11, 1, tzinfo=UTC))
        stored(ALO_BRASIL)
        published(datetime(2025, 11, 2, 6, tzinfo=UTC))
        first = self.ask(console, day="2025-11-02", hour="1:30")
        assert answer(first) == "Personne n’a été proposé"
        second = click(console, first, _link(first, "Voir la seconde"))
        assert answer(second) == "Aló Brasil a été proposé"
        assert answer(click(console, second, _link(second, "Voir la première"))) == "Personne n’a été proposé"

    def test_before_the_first_version_gets_a_sentence(self, console: Browsing) -> None:
        page = self.ask(console, day="2001-01-01")
        assert page.status == 404
        assert "aucune version aussi ancienne" in plain(page.one("div", role="alert"))

    def test_unknown_country_is_explained(self, console: Browsing) -> None:
        stored(TUNDRA)
        page = self.ask(console, country="unknown")
        assert answer(page) == "La page a demandé le pays"
        assert facts(page)["Lieu"] == "Inconnu"


def _link(page: Page, text: str) -> Element:
    (link,) = (link for link in page.all("a") if plain(link) == text)
    return link


def test_many_partners_are_paged_with_few_queries(console: Browsing, django_assert_max_num_queries: Any) -> None:
    set_operator()

    stored_at_once(*(a_partner(f"Partenaire {number:03}", "BR") for number in range(60)))
    with django_assert_max_num_queries(40):
        page = console.open(f"{ADDRESS}?country=BR&language=fr&region=")
    assert answer(page) == "La page a laissé le client potentiel choisir"
    assert len(standings(page)) == 25
    assert re.search("60 partenaires", plain(page.one("main")))
    page = console.open(f"{ADDRESS}?country=BR&language=fr&region=&page=3")
    assert len(standings(page)) == 10


def test_form_is_shown_without_an_answer(console: Browsing) -> None:
    page = console.open(ADDRESS)
    assert (page.status, page.title) == (200, "Pourquoi?")
    assert page.all("section", class_="answer") == []
