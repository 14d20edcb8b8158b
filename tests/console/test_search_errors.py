"""A search that can't be understood says beside its field what could be typed."""

import pytest

from tests.cast import ALO_BRASIL, stored
from tests.console.browsing import Browsing
from tests.console.confirming import LIST, NBSP

pytestmark = pytest.mark.django_db

SENT = f"Tapez un nombre{NBSP}: 5, >5, <=5 ou 2..9"


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("query", "field", "french", "english"),
    [
        ("sent=abc", "sent", SENT, "Type a number: 5, >5, <=5 or 2..9"),
        (
            "state=ferm%C3%A9",
            "state",
            f"Tapez un état ou un jour{NBSP}: Actif, En pause, Entente à venir, Entente échue, 2026\u201112\u201103",
            "Type a state or a day: Active, Paused, Agreement to come, Agreement ended, 2026\u201112\u201103",
        ),
        (
            "countries=Atlantide",
            "countries",
            "Aucun pays n’a ce nom ni ce code. Tapez, par exemple, Canada ou CA.",
            "No country has this name or code. Type, for example, Canada or CA.",
        ),
    ],
)
def test_hint_stands_beside_the_field(
    query: str,
    field: str,
    french: str,
    english: str,
    htmx: bool,  # noqa: FBT001 (both ways of asking)
    console: Browsing,
    english_console: Browsing,
) -> None:
    stored(ALO_BRASIL)
    for browsing, hint in ((console, french), (english_console, english)):
        page = browsing.open(f"{LIST}?{query}", htmx=htmx)
        box = page.one("input", id=f"search-{field}")
        assert (box["value"] != "", box["aria-invalid"]) == (True, "true")
        assert page.one("p", id=box["aria-describedby"]).text == hint


def test_each_field_has_its_own_hint(console: Browsing) -> None:
    stored(ALO_BRASIL)
    page = console.open(f"{LIST}?sent=abc&state=xyz&name=alo")
    assert [box["id"] for box in page.all("input") if box.get("aria-invalid")] == ["search-state", "search-sent"]


def test_search_that_is_understood_has_no_hint(console: Browsing) -> None:
    stored(ALO_BRASIL)
    page = console.open(f"{LIST}?sent=%3E5&state=actif&countries=br&name=personne")
    assert page.all("p", class_="error") == []


def test_folded_search_fields_of_narrow_screens_are_open(console: Browsing) -> None:
    stored(ALO_BRASIL)
    fold = ("div", {"class_": "list-bar"})
    for query, is_open in (("sent=abc", True), ("sent=5", False)):
        details = console.open(f"{LIST}?{query}").one(fold[0], **fold[1]).one("details")
        assert ("open" in details.attributes) is is_open


def test_hint_is_announced_when_the_rows_are_exchanged(console: Browsing) -> None:
    stored(ALO_BRASIL)
    page = console.open(f"{LIST}?sent=abc", htmx=True)
    assert page.one("p", id="announcement").text == f"0 partenaire sur 1 Redirections{NBSP}: {SENT}"
