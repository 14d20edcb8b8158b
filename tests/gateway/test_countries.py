"""The page /countries/ on the gateway: it asks for the country whatever is known, and nothing is decided or counted."""

import gzip

import pytest

from tests.gateway.client import Client


def test_page_asks_for_the_country_and_the_region(client: Client) -> None:
    reply = client.get("/countries/", query="country=CA&lang=en&src=spring")
    assert (reply.status, reply.header("content-language")) == (200, "en")
    assert "<h1>Which country are you in?</h1>" in reply.text
    assert "Where are you in Canada?" in reply.text
    assert 'name="src" value="spring"' in reply.text


def test_page_is_not_recorded_and_sets_no_cookie(client: Client) -> None:
    reply = client.get("/countries/", query="country=BR")
    assert (reply.header("renvoi-ref"), reply.header("set-cookie")) == (None, None)
    assert reply.header("cache-control") == "no-store"


def test_page_is_compressed(client: Client) -> None:
    plain, packed = client.get("/countries/"), client.get("/countries/", accept_encoding="gzip, br")
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body


@pytest.mark.parametrize("code", ["BR", "CA"])
def test_answer_leads_to_it_with_its_query(client: Client, code: str) -> None:
    assert f'href="/countries/?country={code}&amp;src=x"' in client.get(query=f"country={code}&src=x").text


def test_head_and_other_methods(client: Client) -> None:
    head, get = client.get("/countries/", method="HEAD"), client.get("/countries/")
    assert (head.status, head.headers, head.body) == (200, get.headers, b"")
    assert client.get("/countries/", method="POST").status == 405
