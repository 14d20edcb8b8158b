"""The page /privacy/ on the gateway: its language, its headers, and the links that lead to it."""

from tests.gateway.client import Client


def test_language_is_negotiated_and_can_be_changed(client: Client) -> None:
    french, english = client.get("/privacy/"), client.get("/privacy/", query="lang=en")
    assert (french.status, english.status) == (200, 200)
    assert (french.header("content-language"), english.header("content-language")) == ("fr", "en")
    assert "<h1>Ce que ce site conserve</h1>" in french.text
    assert "<h1>What this website keeps</h1>" in english.text
    assert 'href="?lang=en"' in french.text


def test_page_is_not_recorded(client: Client) -> None:
    reply = client.get("/privacy/")
    assert (reply.header("renvoi-ref"), reply.header("set-cookie")) == (None, None)
    assert reply.header("cache-control") == "no-store"


def test_head_and_other_methods(client: Client) -> None:
    head, get = client.get("/privacy/", method="HEAD"), client.get("/privacy/")
    assert (head.status, head.headers, head.body) == (200, get.headers, b"")
    assert client.get("/privacy/", method="POST").status == 405


def test_every_page_leads_to_it(client: Client) -> None:
    assert 'href="/privacy/?lang=fr"' in client.get(query="country=BR").text
