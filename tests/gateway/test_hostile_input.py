"""Redirects never lead to an address taken from the request, whatever hostile text it contains."""

from collections.abc import Iterator
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpora import Kind, corpus
from tests.corpora.json_bodies import json_bodies
from tests.gateway.client import Client, Reply
from tests.visitor.cast import STORED, scope

OWN_LOCATIONS = {"/", "/?country=BR", "/?country=PT"}
PARAMETERS = ("country", "region", "lang", "src", "all", "next", "url", "to")
HEADERS = (
    "referer",
    "cookie",
    "x-forwarded-host",
    "x-forwarded-for",
    "accept-language",
    "origin",
    "forwarded",
    "x-original-url",
    "user-agent",
)


@pytest.fixture(autouse=True)
def _no_last_resort(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test in which an exception was hidden behind the page of last resort, which has status 200."""
    yield
    assert not [record for record in caplog.get_records("call") if "last resort" in record.getMessage()]


def replies(client: Client, payload: str) -> Iterator[Reply]:
    """Yield the replies to the payload in the path, each parameter, Host, each header and each cookie."""
    for path in (
        payload,
        f"/{payload}",
        unquote(payload),
        f"/go/{payload}",
        f"/go/7{payload}",
        f"/go/{unquote(payload)}",
    ):
        yield client.send(scope(path, query="country=BR"))
    for base in ("/", "/go/7"):
        for parameter in PARAMETERS:
            yield client.send(scope(base, query=f"country=BR&{parameter}={payload}"))
            yield client.send(scope(base, query=f"{parameter}={quote(payload, safe='')}&country=BR"))
        yield client.send(scope(base, query=payload))
        yield client.send(scope(base, query="country=BR", headers={"host": payload}))
        for header in HEADERS:
            yield client.send(scope(base, query="country=BR", headers={header: payload}))
        for cookie in ("renvoi_country", "renvoi_region", "renvoi_lang"):
            yield client.send(scope(base, query="country=BR", headers={"cookie": f"{cookie}={payload}"}))
    for field in PARAMETERS:
        yield client.post(f"country=BR&{field}={quote(payload, safe='')}".encode())


def assert_safe(reply: Reply) -> None:
    location = reply.header("location")
    assert reply.status in {200, 302, 303, 400, 404}
    assert (location is None) == (reply.status not in {302, 303})
    if reply.status == 302:
        assert location in STORED
    elif location is not None and not location.startswith("/?src="):
        assert location in OWN_LOCATIONS
    for name, value in reply.headers:
        assert value.isascii()
        assert value.isprintable(), name
        if name == "set-cookie":
            assert value.startswith(("renvoi_country=", "renvoi_region=", "renvoi_lang="))


@pytest.mark.parametrize("kind", ["open_redirects", "crlf"])
def test_location_is_always_a_stored_url_or_an_own_path(client: Client, kind: Kind) -> None:
    for payload in corpus(kind):
        for reply in replies(client, payload):
            assert_safe(reply)


@pytest.mark.parametrize("kind", ["naughty_strings", "xss", "ssti", "sql"])
def test_page_never_repeats_a_payload(client: Client, kind: Kind) -> None:
    for payload in corpus(kind):
        written = quote(payload, safe="", errors="replace")
        reply = client.get(query=f"country={written}&lang={written}&src={written}&region={written}")
        assert_safe(reply)
        if len(payload) > 12 and any(mark in payload for mark in "<>\"'"):
            assert payload not in reply.text


def test_json_bodies_are_refused_or_answered(client: Client) -> None:
    for body in json_bodies():
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            reply = client.post(body, content_type=kind)
            assert reply.status != 413 or len(body) > 10_000
            if reply.status != 413:
                assert_safe(reply)


@given(
    path=st.one_of(st.text(max_size=20), st.builds("/go/{}".format, st.text(max_size=8))),
    query=st.binary(max_size=60),
    headers=st.lists(
        st.tuples(
            st.sampled_from([b"cookie", b"host", b"origin", b"accept-language", b"content-type"]),
            st.binary(max_size=30),
        ),
        max_size=5,
    ),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", ""]),
    body=st.binary(max_size=80),
)
@settings(max_examples=150, deadline=None)
def test_any_request_gets_a_response(
    client: Client, path: str, query: bytes, headers: list[tuple[bytes, bytes]], method: str, body: bytes
) -> None:
    asgi_scope = {**scope(path, query=query, method=method), "headers": [(b"host", b"localhost"), *headers]}
    reply = client.send(asgi_scope, body=[body])
    assert reply.status in {200, 302, 303, 400, 404, 405}
    location = reply.header("location")
    assert location is None or location in STORED or location.startswith("/")
    assert location is None or not location.startswith("//")
