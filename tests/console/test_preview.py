"""« Aperçu pour les visiteurs »: the visitor's page of a partner while its form is filled."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import override_settings

from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, BOREALE, set_operator, stored, typed, with_changes
from tests.console.browsing import Browsing, Page
from tests.console.simulating import behind_proxy

pytestmark = pytest.mark.django_db
FRAME = "/console/partners/preview/"
NEW = "/console/partners/new/"


def framed(page: Page, console: Browsing) -> Page:
    """Return the page in the frame of the preview."""
    frame = page.one("section", class_="preview").one("iframe")
    assert frame["sandbox"] == "allow-scripts"
    return console.open(frame["src"])


def test_settings_begin_with_the_page_of_what_is_stored(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = framed(console.open(f"/console/partners/{partner.id}/"), console)
    assert (page.status, page.language) == (200, "fr")
    assert page.one(class_="card").one("h2").text == "Aló Brasil"
    assert page.title == "Notre partenaire au Brésil"


def test_what_is_typed_is_shown_and_not_saved(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = console.open(f"/console/partners/{partner.id}/")
    shown = console.send(page, description_fr="Une <b>nouvelle</b> description.", preview="fr")
    assert "Une <b>nouvelle</b> description." in framed(shown, console).one(class_="card").text
    assert Partner.objects.get(id=partner.id).description_fr == ALO_BRASIL.description_fr


def test_one_request_brings_the_consequences_and_the_preview(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = console.open(f"/console/partners/{partner.id}/")
    token = page.form().all("input", name="csrfmiddlewaretoken")[0]["value"]
    fields = typed(ALO_BRASIL) | {"csrfmiddlewaretoken": token, "countries": ["PT"], "preview": "en", "foresee": "1"}
    part = console.post(f"/console/partners/{partner.id}/", fields, htmx=True)
    assert (part.status, len(part.all("h1"))) == (200, 0)
    assert "Brésil" in part.one("ul", class_="answers").text
    assert part.one("div", id="preview")["hx-swap-oob"] == "innerHTML"
    page = console.open(part.one("iframe")["src"])
    assert (page.language, page.title) == ("en", "Our partner in Portugal")


def test_preview_that_stays_the_same_is_not_sent_again(console: Browsing) -> None:
    path = f"/console/partners/{stored(ALO_BRASIL).id}/"
    page = console.open(path)
    shown = page.one("section", class_="preview").one("input", name="previewed")["value"]
    token = page.form().all("input", name="csrfmiddlewaretoken")[0]["value"]
    fields = typed(ALO_BRASIL) | {"csrfmiddlewaretoken": token, "preview": "fr", "foresee": "1", "previewed": shown}
    part = console.post(path, fields | {"countries": ["BR", "PT"], "status": "paused"}, htmx=True)
    assert "personne" in part.text
    assert part.all("iframe") == []


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ("description_en", "The description is in French."),
        ("url_en", "The website is in French."),
    ],
)
def test_fallback_notice_where_a_language_is_missing(console: Browsing, lacking: str, sentence: str) -> None:
    full = {
        "description_en": "A",
        "description_fr": "B",
        "url_en": "https://a.example/",
        "url_fr": "https://b.example/",
    }
    query = {"language": "en", "country": "BR", "name": "Aló"} | full
    assert sentence not in console.open(f"{FRAME}?{urlencode(query)}").text
    assert sentence in console.open(f"{FRAME}?{urlencode(query | {lacking: ''})}").text


@pytest.mark.parametrize("missing", ["name", "address", "country"])
def test_page_awaits_what_it_needs(console: Browsing, missing: str) -> None:
    fields: dict[str, Any] = {"name": "Aló", "url_fr": "https://alo.example/", "countries": ["BR"]}
    del fields[{"address": "url_fr", "country": "countries"}.get(missing, missing)]
    page = console.send(console.open(NEW), **fields, preview="fr")
    section = page.one("section", class_="preview")
    assert not section.all("iframe")
    assert "dès qu’il y a un nom, une adresse et un pays" in section.text
    assert Partner.objects.count() == 0


def test_wrong_address_elsewhere_does_not_hold_up_the_preview(console: Browsing) -> None:
    fields: dict[str, Any] = {
        "name": "Aló",
        "url_fr": "https://alo.example/x",
        "url_en": "ftp://no",
        "countries": ["BR"],
    }
    shown = console.send(console.open(NEW), **fields, preview="en")
    assert "The website is in French." in framed(shown, console).text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "country=BR",
        "country=QQ&name=a&url_fr=https://a.example/",
        "country=BR&url_fr=x",
    ],
)
def test_frame_without_what_it_needs_is_not_found(console: Browsing, query: str) -> None:
    assert console.open(f"{FRAME}?{query}").status == 404


def test_page_frames_the_preview_and_nothing_else(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    page = console.open(f"/console/partners/{partner.id}/")
    policy = page.response.headers["Content-Security-Policy"]
    (sources,) = [part.split()[1:] for part in policy.split("; ") if part.startswith("frame-src")]
    assert sources == [f"http://testserver:*{FRAME}"]
    # A proxy may pass on the host with another port, or without one.
    page = console.open(f"/console/partners/{partner.id}/", Host="testserver:8443")
    assert f"frame-src http://testserver:*{FRAME}" in page.response.headers["Content-Security-Policy"]
    frame = framed(page, console)
    assert "form-action 'none'" in frame.response.headers["Content-Security-Policy"]
    assert '<base target="_blank">' in frame.html


def test_page_is_that_of_a_simulated_visit_apart_from_the_link(console: Browsing, tmp_path: Path) -> None:
    set_operator(BOREALE)
    partner = stored(with_changes(ALO_BRASIL, description_en=""))
    shown = framed(console.send(console.open(f"/console/partners/{partner.id}/"), preview="en"), console)
    with override_settings(CONFIG=behind_proxy(tmp_path / "gateway")):
        simulated = console.open("/console/simulation/page/?country=BR&language=en")
    assert shown.one("main").text == simulated.one("main").text
    assert shown.one(class_="go")["href"].startswith("/go/0?")
