"""The tab « Ce qui a été répondu »: the counts of the same country and language over a period."""

from datetime import date, timedelta

import pytest

from renvoi.reports.models import VisitsOnDay
from tests.cast import today
from tests.console.browsing import Browsing, Page
from tests.console.explaining import plain
from tests.console.simulating import simulate

pytestmark = pytest.mark.django_db


def count(day: date, country: str, language: str, decision: str, *, visits: int, clicks: int = 0) -> None:
    VisitsOnDay.objects.create(
        day=day, country=country, language=language, decision=decision, visits=visits, clicks=clicks
    )


@pytest.fixture(autouse=True)
def _counts() -> None:
    now = today()
    count(now, "BR", "fr", "partner", visits=3, clicks=2)
    count(now - timedelta(days=29), "BR", "fr", "partner", visits=1_000)
    count(now, "BR", "fr", "none", visits=4)
    count(now - timedelta(days=30), "BR", "fr", "choice", visits=50)
    count(now, "BR", "en", "partner", visits=600)
    count(now, "PT", "fr", "partner", visits=7_000)
    count(now, "", "fr", "unknown", visits=8)


def sums(page: Page) -> dict[str, tuple[str, ...]]:
    rows = [row for part in ("tbody", "tfoot") for row in page.one("table", class_="sums").one(part).all("tr")]
    return {plain(row.one("th")): tuple(plain(cell) for cell in row.all("td")) for row in rows}


def test_thirty_days_of_a_country_and_a_language(console: Browsing) -> None:
    page = simulate(console, country="BR", language="fr", tab="answered")
    assert page.one("h2", id="was").text.replace("\u00a0", " ") == "Clients potentiels qui lisent le français : Brésil"
    assert sums(page) == {"Un partenaire": ("1 003", "2"), "Personne": ("4", "0"), "Toutes": ("1 007", "2")}
    assert not page.all("pre")


def test_period_that_is_typed(console: Browsing) -> None:
    day = (today() - timedelta(days=30)).isoformat()
    page = simulate(console, country="BR", language="fr", tab="answered", first=day, last=day)
    assert sums(page) == {"Un choix de partenaires": ("50", "0"), "Toutes": ("50", "0")}
    assert (page.one("input", id="first")["value"], page.one("input", id="last")["value"]) == (day, day)


def test_country_that_is_not_known(console: Browsing) -> None:
    page = simulate(console, country="", language="fr", tab="answered")
    assert sums(page) == {"La question du pays": ("8", "0"), "Toutes": ("8", "0")}


def test_nobody_came(console: Browsing) -> None:
    page = simulate(console, country="JP", language="fr", tab="answered")
    assert not page.all("table", class_="sums")
    assert (
        "Aucun client potentiel de ce genre n’est venu pendant cette période." in page.one("section", class_="was").text
    )


def test_both_tabs_and_the_form_of_the_period_have_the_question(console: Browsing) -> None:
    page = simulate(console, country="BR", language="en", src="accueil", tab="answered")
    question = "?country=BR&language=en&src=accueil"
    assert [link["href"] for link in page.one("div", class_="tabs").all("a")] == [question, f"{question}&tab=answered"]
    hidden = {field["name"]: field["value"] for field in page.one("section", class_="was").all("input", type="hidden")}
    assert hidden == {"tab": "answered", "country": "BR", "language": "en", "src": "accueil"}


@pytest.mark.parametrize(
    ("period", "field"),
    [
        ({"first": "hier"}, "first"),
        ({"last": "2026-02-30"}, "last"),
        ({"first": "2026-02-02", "last": "2026-02-01"}, "first"),
    ],
)
def test_period_that_is_none(console: Browsing, period: dict[str, str], field: str) -> None:
    page = simulate(console, country="BR", tab="answered", **period)
    assert (page.status, list(page.errors)) == (422, [field])
    assert not page.all("table", class_="sums")


def test_period_that_ends_on_the_first_day_of_all(console: Browsing) -> None:
    page = simulate(console, country="BR", tab="answered", last="0001-01-02")
    assert page.one("input", id="first")["value"] == "0001-01-01"
