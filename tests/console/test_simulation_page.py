"""The page « Simulation de visite »: the decision and its rungs, and the gateway's answer to the byte."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from renvoi.config import Config
from tests.cast import ALO_BRASIL, BOREALE, a_partner, country, set_operator, stored, stored_at_once, today
from tests.console.browsing import Browsing, Page
from tests.console.explaining import answer, plain, standings
from tests.console.simulating import (
    ADDRESS,
    BRAZILIAN,
    ask_as_curl,
    behind_proxy,
    gateway_beside,
    head_of,
    head_on,
    simulate,
)

pytestmark = pytest.mark.django_db
DECISIVE = " décidé ici"


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> Iterator[Config]:
    own = behind_proxy(tmp_path / "gateway")
    with override_settings(CONFIG=own):
        yield own


@pytest.fixture(autouse=True)
def _cast() -> None:
    """An operator that covers Saint-Pierre and Québec, and partners in every state."""
    set_operator(replace(BOREALE, areas=(*BOREALE.areas, (country("PM"), ""))))
    stored_at_once(
        ALO_BRASIL,
        a_partner("Samba", "BR", priority=9),
        a_partner("Dormant", "BR", "JP", status="paused"),
        a_partner("Passé", "BR", agreement_ends_on=today() - timedelta(days=1)),
        a_partner("Un", "MX"),
        a_partner("Deux", "MX"),
        a_partner("Prairie", "CA"),
    )


def rungs(page: Page) -> dict[str, str]:
    """Return the words of each rung by its label."""
    rows = page.one("ol", class_="rungs").all("li")
    return {plain(row.one(class_="rung-label")): plain(row.one(class_="rung-words")) for row in rows}


def test_partner_is_proposed_and_each_rung_says_why(console: Browsing) -> None:
    page = simulate(console, country="BR", language="fr", src="accueil")
    assert (page.status, answer(page)) == (200, "Aló Brasil est proposé")
    assert rungs(page) == {
        "Pays": "Brésil Pays déterminé par : le lien (paramètre)",
        "Langue": "Français Langue déterminée par : le lien (paramètre)",
        "Zone de couverture": "Hors de votre zone de couverture",
        "Partenaires": "Qui desservent ce pays : 4; retenus : 1" + DECISIVE,
        "Réponse": "Une page 200 OK; comptée",
    }
    ended = today() - timedelta(days=1)
    assert standings(page) == {
        "Aló Brasil": "Retenu Priorité 5",
        "Dormant": "Refusé : en pause",
        "Passé": f"Refusé : entente échue Fin : {ended}; jour de la décision : {today()}.",
        "Samba": "Refusé : d’autres passaient avant Priorité 9; la meilleure : 5.",
    }
    assert "?country=BR&lang=fr&src=accueil" in page.one("textarea", id="curl").text


@pytest.mark.parametrize(
    ("question", "words", "decisive"),
    [
        ({"country": ""}, "La page demande le pays", "Pays"),
        ({"country": "PM"}, "Le client potentiel est envoyé à votre adresse d’inscription", "Zone de couverture"),
        ({"country": "CA"}, "La page demande la région", "Zone de couverture"),
        (
            {"country": "CA", "region": "CA-QC"},
            "Le client potentiel est envoyé à votre adresse d’inscription",
            "Zone de couverture",
        ),
        ({"country": "CA", "region": "CA-ZZ"}, "Prairie est proposé", "Partenaires"),
        ({"country": "MX"}, "La page laisse le client potentiel choisir", "Partenaires"),
        ({"country": "JP"}, "Personne n’est proposé", "Partenaires"),
        ({"country": "AQ"}, "Personne n’est proposé", "Partenaires"),
    ],
)
def test_each_decision(console: Browsing, question: dict[str, str], words: str, decisive: str) -> None:
    page = simulate(console, **question)
    assert answer(page) == words
    assert [label for label, text in rungs(page).items() if text.endswith(DECISIVE)] == [decisive]


@pytest.mark.parametrize(
    ("question", "country_words", "language_words"),
    [
        (
            {"address": BRAZILIAN, "headers": "Accept-Language: en-CA"},
            "Brésil Pays déterminé par : l’adresse IP",
            "Anglais Langue déterminée par : l’entête Accept-Language",
        ),
        (
            {"address": BRAZILIAN, "headers": "X-Country: PT\nX-Forwarded-For: 132.204.0.1"},
            "Portugal Pays déterminé par : l’entête HTTP d’un serveur mandataire",
            "Français Langue déterminée par : votre langue par défaut",
        ),
        (
            {"headers": "Cookie: __Host-renvoi_country=MX; __Host-renvoi_lang=en"},
            "Mexique Pays déterminé par : le choix du client potentiel (témoin)",
            "Anglais Langue déterminée par : le choix du client potentiel (témoin)",
        ),
        (
            {"headers": "X-Forwarded-For: 200.160.0.1", "country": ""},
            "Brésil Pays déterminé par : l’adresse IP",
            "Français Langue déterminée par : votre langue par défaut",
        ),
    ],
)
def test_country_and_language_from_address_and_headers(
    console: Browsing, question: dict[str, str], country_words: str, language_words: str
) -> None:
    found = rungs(simulate(console, **question))
    assert (found["Pays"], found["Langue"]) == (country_words, language_words)


AS_BROWSER = "User-Agent: Mozilla/5.0"
VISITS = [
    {"country": "BR", "language": "fr"},
    {"country": "BR", "language": "en", "src": "accueil", "headers": "Accept-Encoding: gzip\nAccept-Language: fr"},
    {"country": "BR", "headers": f"{AS_BROWSER}\nAccept-Encoding: br, gzip"},
    {"country": "MX", "headers": "Accept-Language: en;q=0.8, fr;q=0.2"},
    {"country": "PM", "language": "en"},
    {"country": "PM", "headers": "User-Agent: Googlebot/2.1 (+http://www.google.com/bot.html)"},
    {"country": "BR", "headers": "Sec-Purpose: prefetch;prerender"},
    {"country": "CA", "region": "CA-AB"},
    {"country": "CA"},
    {"country": "AQ", "headers": "Cookie: __Host-renvoi_wish=AQ"},
    {"headers": "X-Country: PT\nX-Region: PT-11"},
    {"headers": "Cookie: __Host-renvoi_country=CA; __Host-renvoi_region=CA-QC"},
    {"headers": "X-Quote: it's \"$HOME\" `id`; \\\nUser-Agent: Mozilla/5.0 (l'été)"},
    {"country": ""},
]


@pytest.mark.parametrize("mode", ["present", "direct"])
def test_answer_is_that_of_a_gateway_to_the_byte(console: Browsing, config: Config, mode: str) -> None:
    set_operator(replace(BOREALE, mode=mode, areas=(*BOREALE.areas, (country("PM"), ""))))
    with gateway_beside(config) as gateway:
        for visit in VISITS:
            page = simulate(console, **visit)
            reply = ask_as_curl(page, gateway)
            status_line, _, headers = head_on(page).partition("\n")
            assert status_line.startswith(f"HTTP/1.1 {reply.status} "), visit
            assert headers == head_of(reply), visit
            is_counted = reply.header("renvoi-ref") is not None
            assert rungs(page)["Réponse"].endswith("; comptée") == is_counted, visit


def test_frame_has_the_page_of_a_gateway(console: Browsing, config: Config) -> None:
    with gateway_beside(config) as gateway:
        for visit in VISITS[:4]:
            page = simulate(console, **visit)
            frame = page.one("iframe")
            body = console.client.get(frame["src"]).content
            plain_visit = visit | {"headers": visit.get("headers", "").replace("Accept-Encoding", "X-Other")}
            sent = ask_as_curl(simulate(console, **plain_visit), gateway).body
            assert body.replace(b'\n<base target="_blank">', b"", 1) == sent, visit


def test_frame_may_show_the_page_and_nothing_else(console: Browsing) -> None:
    page = simulate(console, country="BR")
    assert page.one("iframe")["sandbox"] == "allow-scripts"
    assert "frame-src http://testserver:*/console/simulation/page/;" in (
        page.response.headers["Content-Security-Policy"] + ";"
    )
    headers = console.client.get(f"{ADDRESS}page/?country=BR").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert (policy["frame-ancestors"], policy["form-action"]) == ("'self'", "'none'")
    assert policy["script-src"].startswith("'sha256-")
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert not simulate(console, country="PM").all("iframe")
    assert console.client.get(f"{ADDRESS}page/?country=PM").status_code == 404
    assert console.client.get(f"{ADDRESS}page/?country=QQ").status_code == 404


def test_another_day_is_decided_by_the_present_table(console: Browsing) -> None:
    stored(a_partner("Bientôt", "AQ", agreement_starts_on=today() + timedelta(days=30)))
    assert answer(simulate(console, country="AQ")) == "Personne n’est proposé"
    page = simulate(console, country="AQ", day=(today() + timedelta(days=30)).isoformat())
    assert answer(page) == "Bientôt est proposé"
    assert "Le jour est celui où elle s’exécute." in page.one("p", id="curl-hint").text


def test_nothing_is_answered_before_something_is_asked(console: Browsing) -> None:
    page = console.open(ADDRESS)
    assert (page.status, page.all("h2", id="answer"), page.all("iframe")) == (200, [], [])


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("country", "QQ"),
        ("region", "CA-QQ"),
        ("region", "US-TX"),
        ("day", "hier"),
        ("day", "9999-12-31"),
        ("src", "a b"),
        ("address", "200.160.0"),
        ("address", "localhost"),
        ("headers", "no colon"),
        ("headers", "Acc ept: x"),
        ("headers", "Accept-Language: \x01"),
        ("headers", "X: " + "x" * 8_000),
    ],
)
def test_question_that_cannot_be_asked_is_refused_beside_its_field(console: Browsing, field: str, text: str) -> None:
    page = simulate(console, **({"country": "CA"} | {field: text}))
    assert page.status == 422
    assert list(page.errors) == [field]
    assert not page.all("h2", id="answer")


def test_partners_are_in_pages(console: Browsing) -> None:
    stored_at_once(*(a_partner(f"Andes {number}", "PE") for number in range(30)))
    page = simulate(console, country="PE", src="accueil")
    assert len(standings(page)) == 25
    last = page.one("nav", class_="pages").all("a")[-1]
    assert len(standings(console.open(ADDRESS + last["href"]))) == 5
    assert "src=accueil" in last["href"]


def test_queries_do_not_grow_with_the_partners(console: Browsing) -> None:
    counts = []
    for number in range(2):
        stored_at_once(*(a_partner(f"Andes {number} {one}", "PE") for one in range(2 + 40 * number)))
        simulate(console, country="PE")
        with CaptureQueriesContext(connection) as queries:
            simulate(console, country="PE")
        counts.append(len(queries))
    assert counts[0] == counts[1]
