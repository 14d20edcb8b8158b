"""The page Website: the HTML for the operator's site, the direct link, their options, and the preview's policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from renvoi.config import Config
from tests.console.browsing import Browsing, Page

ADDRESS = "/console/website/"
PUBLIC = "https://renvoi.example"


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> Iterator[None]:
    """A configuration with a public URL."""
    with override_settings(CONFIG=Config.model_validate({"data_dir": tmp_path, "public_url": PUBLIC})):
        yield


def snippet(page: Page) -> str:
    return page.one("textarea", id="site-html").text


def test_html_and_link_without_options(console: Browsing) -> None:
    page = console.open(ADDRESS)
    assert (page.status, page.title) == (200, "Site Web")
    assert " ".join(snippet(page).split()) == (
        f'<script src="{PUBLIC}/embed.js" async></script> '
        f'<renvoi-partners><a href="{PUBLIC}/">Voir qui offre le service</a></renvoi-partners>'
    )
    assert page.one("input", id="site-link")["value"] == f"{PUBLIC}/"
    assert page.one("textarea", id="site-policy").text == f"script-src {PUBLIC}; connect-src {PUBLIC}"
    assert page.one("iframe")["src"] == "/console/website/preview/"


def test_options_are_in_the_html_and_in_the_link(english_console: Browsing) -> None:
    page = english_console.open(f"{ADDRESS}?country=BR&language=fr&src=home.page")
    link = f"{PUBLIC}/?country=BR&lang=fr&src=home.page"
    assert page.one("input", id="site-link")["value"] == link
    assert '<renvoi-partners country="BR" lang="fr" src="home.page">' in snippet(page)
    assert f'<a href="{link.replace("&", "&amp;")}">See who offers the service</a>' in snippet(page)
    assert page.one("iframe")["src"] == "/console/website/preview/?country=BR&language=fr&src=home.page"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("src=a%20b", "src"),
        ("src=%22%3E%3Cscript%3E", "src"),
        ("src=" + "x" * 65, "src"),
        ("country=XX", "country"),
        ("country=%22onload=", "country"),
    ],
)
def test_option_that_cannot_be_used_is_refused_beside_its_field(console: Browsing, query: str, field: str) -> None:
    page = console.open(f"{ADDRESS}?{query}")
    assert page.status == 422
    assert page.one(id=field)["aria-invalid"] == "true"
    assert "<renvoi-partners>" in snippet(page)
    assert page.one("input", id="site-link")["value"] == f"{PUBLIC}/"


def test_typed_source_stays_in_its_field(console: Browsing) -> None:
    page = console.open(f"{ADDRESS}?src=%22%3E%3Cscript%3E")
    assert page.one("input", id="src")["value"] == '"><script>'


def test_frame_may_show_the_preview_only(console: Browsing) -> None:
    policy = console.client.get(ADDRESS).headers["Content-Security-Policy"]
    assert "frame-src http://testserver:*/console/website/preview/;" in policy + ";"
    assert "script-src 'self'" in policy


def test_preview_loads_from_the_gateway_only_and_stands_in_own_frames_only(console: Browsing) -> None:
    response = console.client.get(f"{ADDRESS}preview/?country=BR&src=a%20b")
    directives = sorted(directive.strip() for directive in response.headers["Content-Security-Policy"].split(";"))
    assert directives == [
        "base-uri 'none'",
        f"connect-src {PUBLIC}",
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "img-src 'self'",
        "require-trusted-types-for 'script'",
        f"script-src {PUBLIC}",
        "trusted-types default",
    ]
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<renvoi-partners country="BR">' in response.content.decode()


def test_without_a_public_url_the_page_names_the_setting(console: Browsing, tmp_path: Path) -> None:
    assert "RENVOI_PUBLIC_URL" not in console.open(ADDRESS).text
    with override_settings(CONFIG=Config.model_validate({"data_dir": tmp_path})):
        page = console.open(ADDRESS)
        assert "RENVOI_PUBLIC_URL" in page.text
        assert page.one("input", id="site-link")["value"] == "http://testserver/"


def test_page_is_reached_from_the_general_settings_and_from_getting_started(console: Browsing) -> None:
    for address in ("/console/settings/", "/console/getting-started/"):
        assert ADDRESS in [link["href"] for link in console.open(address).one("main").all("a")]
    current = console.open(ADDRESS).one("nav", class_="menu").one("a", **{"aria-current": "page"})
    assert current.text == "Réglages généraux"
