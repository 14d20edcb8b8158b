"""Hostile text in every field of the console: no failure, and none of it runs."""

from collections.abc import Sequence
from typing import Any

import pytest
from ada_url import URL

from renvoi.partners.models import Operator, Partner
from tests.cast import ALO_BRASIL, BOREALE, sample, set_operator, stored, typed, with_changes
from tests.console.browsing import Browsing, Element, Page
from tests.corpora import Kind, corpus, sendable
from tests.corpora.addresses import AddressCase, address_cases

LIST, NEW, SETTINGS = "/console/partners/", "/console/partners/new/", "/console/settings/"
SEARCHES = ("name", "url_en", "url_fr", "countries", "state", "sort", "page", "per_page", "lang", "list")
HIDDEN = ("version", "idempotency_key", "list", "countries", "country", "remove_country", "suggest", "asked", "save")
REFUSED_BY_DJANGO = 400


def token(browsing: Browsing) -> dict[str, str]:
    return {"csrfmiddlewaretoken": browsing.open(NEW).all("input", name="csrfmiddlewaretoken")[0]["value"]}


EXAMPLES = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><a href=javascript:alert(1)>')
KINDS: Sequence[Kind] = ("naughty_strings", "xss", "ssti", "sql")
FOREIGN = {"iframe", "object", "embed", "video", "audio", "math", "style", "base", "meter"}


def is_own_frame(one: Element) -> bool:
    return one.tag == "iframe" and one["sandbox"] == "allow-scripts" and one["src"].startswith("/console/")


def is_inert(page: Page) -> bool:
    """Check that the page runs no script and has no element that our templates do not write.

    A frame shows a page of the console, of which it does not share the origin.
    """
    elements = [one for one in page.all() if not is_own_frame(one)]
    scripts = [one for one in elements if one.tag == "script" and not one.get("src").startswith("/static/")]
    handlers = [name for one in elements for name in one.attributes if name.startswith("on")]
    links = [one["href"] for one in elements if one.tag == "a" and one.get("href")]
    is_led_astray = any(not link.startswith(("/", "#", "?", "http")) for link in links)
    return not (scripts or handlers or is_led_astray or {one.tag for one in elements} & FOREIGN)


def texts(count: int) -> Sequence[str]:
    """Naughty strings, and strings that try to be run or evaluated."""
    return sample(sendable(text for kind in KINDS for text in corpus(kind)), count)


def test_hostile_text_in_partner_settings_is_saved_or_refused(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    hidden = token(console)
    for text in texts(15):
        every = dict.fromkeys([*typed(ALO_BRASIL), *HIDDEN], text)
        for fields in (every, every | {"countries": "BR"}):
            page = console.post(f"{LIST}{partner.id}/", fields | hidden)
            assert page.status in {200, 302, 409, 422}, text
            assert page.status == 302 or is_inert(page), text


def test_hostile_name_and_description_are_displayed_as_text(console: Browsing) -> None:
    hidden = token(console)
    for text in (*EXAMPLES, *sample(corpus("xss"), 6)):
        name = text[:100].strip()
        fields: dict[str, Any] = typed(with_changes(ALO_BRASIL, name=name, description_fr=name)) | {"countries": ["BR"]}
        saved = console.follow(console.post(NEW, fields | hidden))
        assert is_inert(saved), text
        if saved.path == LIST:
            partner = Partner.objects.latest("id")
            assert (partner.name, partner.description_fr) == (name, name)
            for path in (f"{LIST}{partner.id}/", f"{LIST}{partner.id}/delete/"):
                assert is_inert(console.open(path)), text


@pytest.mark.parametrize("press", ["add_country", "remove_country", "suggest", "save"])
@pytest.mark.parametrize("text", ["alobrasil", "https://", "http://[::1", "https://a b/", "https://аlо.example"])
def test_invalid_address_blocks_no_other_button(text: str, press: str, console: Browsing) -> None:
    page = console.post(NEW, {"url_en": text, "country": "BR", press: "1"} | token(console))
    assert page.status in {200, 422}
    assert page.one("input", id="url_en")["value"] == text


def test_hostile_text_about_the_operator_is_saved_or_refused(console: Browsing) -> None:
    set_operator(BOREALE)
    hidden = token(console)
    hidden_here = ("version", "idempotency_key", "covered", "regions", "country", "extent_CA")
    for text in texts(6):
        every = dict.fromkeys([*typed(BOREALE), *hidden_here], text)
        for fields in (every, every | {"covered": "CA", "regions": "CA-QC", "time_zone": "UTC", "mode": "direct"}):
            for path in (SETTINGS, "/console/coverage/"):
                page = console.post(path, fields | hidden)
                assert page.status in {200, 302, 409, 422}, text
                assert page.status == 302 or is_inert(page), text
    assert Operator.objects.count() == 1


@pytest.mark.parametrize("htmx", [False, True])
def test_hostile_keywords_get_a_page(htmx: bool, console: Browsing) -> None:  # noqa: FBT001 (pytest's argument)
    stored(ALO_BRASIL)
    headers = {"HX-Request": "true"} if htmx else {}
    for text in [*texts(20), "a" * 100_000, "é" * 50_000, "%" * 1000, "\0"]:
        page = Page(console.client.get(LIST, dict.fromkeys(SEARCHES, text), headers=headers))
        assert page.status in {200, 302}, text[:80]
        assert page.status == 302 or is_inert(page), text[:80]


@pytest.mark.parametrize("column", ["name", "url_en", "url_fr", "countries", "state"])
def test_keyword_of_a_hundred_thousand_characters_gets_a_page(column: str, console: Browsing) -> None:
    stored(ALO_BRASIL)
    assert console.open(f"{LIST}?{column}={'a' * 100_000}").status == 200


def test_hostile_sign_in_gets_a_page(stranger: Browsing) -> None:
    for number, text in enumerate(texts(20)):
        stranger.client.defaults["REMOTE_ADDR"] = f"198.51.100.{number % 256}"
        page = stranger.send(
            stranger.open("/console/sign-in/"), email=text, password=text or "x", next=text, follow=False
        )
        assert page.status == 200, text
        assert is_inert(page), text


def test_undecodable_bytes_get_a_page(console: Browsing) -> None:
    stored(ALO_BRASIL)
    for query in (
        "name=%ff%fe",
        "name=%ed%a0%80",
        "%00=%00",
        "name[]=a&name[$ne]=1",
        "name=a&name=b",
        "&&==&",
        "page=%F0%9F%A5%90",
    ):
        assert console.follow(console.open(f"{LIST}?{query}")).status == 200, query
    body = b"name=%ed%a0%80&csrfmiddlewaretoken=x"
    response = console.client.generic("POST", NEW, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 403


def test_oversized_body_is_refused(console: Browsing) -> None:
    page = console.post(NEW, {"name": "a" * 2_000_000} | token(console))
    assert page.status == 413
    page = console.post(NEW, {f"field{number}": "1" for number in range(2000)} | token(console))
    assert page.status == REFUSED_BY_DJANGO


def test_address_is_stored_as_a_browser_parses_it_or_refused(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    hidden = token(console)
    for case in sample(address_cases(), 40):
        text: str = case["input"]
        partner.refresh_from_db()
        fields: dict[str, Any] = typed(ALO_BRASIL, url_en=text, version=str(partner.version))
        # Some of these addresses are asked about before they are saved.
        confirmed = {"countries": ["BR", "PT"], "confirm_address": "on"}
        response = console.post(f"{LIST}{partner.id}/", fields | hidden | confirmed)
        partner.refresh_from_db()
        expected = _accepted(case)
        if expected is None:
            assert response.status == 422, text
            assert set(response.errors) == {"url_en"}, text
        else:
            assert (response.status, partner.url_en) == (302, expected), text


def _accepted(case: AddressCase) -> str | None:
    """Return what must be stored: the href of an http or https address without credentials; "" for blanks."""
    if not case["input"].strip():
        return ""
    if case.get("failure") or case["protocol"] not in {"http:", "https:"} or case["username"] or case["password"]:
        return None
    return URL(case["href"]).href
