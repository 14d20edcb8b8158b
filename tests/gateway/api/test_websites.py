"""Tests of `/embed.js` as a file: its size, its caching, its compressed form, and what it may contain."""

import gzip
import re
from pathlib import Path

import brotli
import pytest

from renvoi.domain.places import COUNTRIES
from renvoi.visitor import embed
from renvoi.visitor.embed.script import MAX_BYTES, script
from renvoi.visitor.html import texts
from tests.gateway.client import Client

SOURCES = Path(embed.__file__).parent
# What a host page's Content-Security-Policy or Trusted Types may forbid, or what would load something else.
FORBIDDEN = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "eval(",
    "Function(",
    ".style",
    "document.write",
    "import(",
)


def test_script_is_shorter_than_ten_kilobytes(capsys: pytest.CaptureFixture[str]) -> None:
    made = script()
    sizes = {coding: len(content) for coding, content in made.encoded.items()}
    with capsys.disabled():
        print(f"\nembed.js, bytes: {sizes}")  # noqa: T201 (the measure)
    assert 5_000 < len(made.content) < MAX_BYTES
    assert gzip.decompress(made.encoded["gzip"]) == brotli.decompress(made.encoded["br"]) == made.content


def test_script_builds_elements_only() -> None:
    content = script().content.decode()
    assert "createElement" in content
    assert not [word for word in FORBIDDEN if word in content]


def test_script_has_all_countries() -> None:
    match = re.search(r'COUNTRIES = "([A-Z]+)"', script().content.decode())
    assert match
    assert set(re.findall("..", match[1])) == COUNTRIES


def test_sentences_of_both_languages_have_the_same_keys_and_quebec_typography() -> None:
    english, french = (SOURCES / "texts.js").read_text(encoding="utf-8").split("  fr: {")
    keys = [re.findall(r"^    (\w+):", part, re.MULTILINE) for part in (english, french)]
    assert keys[0] == keys[1]
    assert len(keys[0]) > 15
    assert not re.search(r"[   ][;!?]|[^ ] [:%$»]|« |['.]{2}|[a-zà-ÿ]'", "".join(re.findall(r'"([^"]*)"', french)))


def test_sentences_that_the_pages_have_too_are_worded_alike() -> None:
    """The French of each English sentence that is in the visitor's catalogue is the catalogue's."""
    english, french = (SOURCES / "texts.js").read_text(encoding="utf-8").split("  fr: {")
    pairs = [dict(re.findall(r'^    (\w+): "([^"]*)"', part, re.MULTILINE)) for part in (english, french)]
    # Of what is in the other language: the French sentence says that it is in English.
    for key in ("foreignText", "foreignSite"):
        pairs[0][key] = pairs[0][key].replace("French", "English")
    catalogue = texts._translations("fr")
    shared = {key: catalogue.gettext(text.strip()) for key, text in pairs[0].items()}
    known = {key: text for key, text in shared.items() if text != pairs[0][key].strip()}
    assert len(known) >= 9
    assert {key: pairs[1][key].strip() for key in known} == known


def test_colours_are_those_of_the_pages() -> None:
    """Each pair of the element's style sheet is the light and the dark colour of that name on the pages."""
    pages = (SOURCES.parent / "html" / "page.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"(--[\w-]+): (#\w+);", part)) for part in pages.split("prefers-color-scheme: dark"))
    own = (SOURCES / "embed.css").read_text(encoding="utf-8")
    tokens = dict(re.findall(r"(--[\w-]+): light-dark\((.+)\);", own))
    assert len(tokens) >= 5
    assert tokens == {name: f"{light[name]}, {dark[name]}" for name in tokens}


class TestResponse:
    def test_script_is_served_to_any_website_and_cached_shortly(self, client: Client) -> None:
        reply = client.get("/embed.js")
        assert (reply.status, reply.body) == (200, script().content)
        assert reply.header("content-type") == "text/javascript; charset=utf-8"
        assert reply.header("cache-control") == "public, max-age=300"
        assert reply.header("cross-origin-resource-policy") == "cross-origin"
        assert reply.header("access-control-allow-origin") == "*"
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("renvoi-ref") is None

    @pytest.mark.parametrize("value", ["gzip", "br;q=0.2, gzip;q=0.5", "GZIP", "deflate,x-gzip", "gzip ;q=1.0"])
    def test_compressed_form_is_sent_to_whoever_accepts_it(self, client: Client, value: str) -> None:
        reply = client.get("/embed.js", accept_encoding=value)
        assert reply.header("content-encoding") == "gzip"
        assert reply.header("content-length") == str(len(reply.body))
        assert reply.header("vary") == "Accept-Encoding"
        assert gzip.decompress(reply.body) == script().content

    def test_browsers_get_brotli(self, client: Client) -> None:
        reply = client.get("/embed.js", accept_encoding="gzip, deflate, br, zstd")
        assert reply.header("content-encoding") == "br"
        assert brotli.decompress(reply.body) == script().content

    @pytest.mark.parametrize("value", ["", "zstd", "gzip;q=0", "gzip;q=0.000", "gzipped", "identity"])
    def test_plain_form_is_sent_to_whoever_does_not(self, client: Client, value: str) -> None:
        reply = client.get("/embed.js", accept_encoding=value)
        assert (reply.header("content-encoding"), reply.body) == (None, script().content)
        assert reply.header("vary") == "Accept-Encoding"

    @pytest.mark.parametrize("encoding", ["gzip", "br", ""])
    def test_entity_tag_saves_the_body(self, client: Client, encoding: str) -> None:
        etag = client.get("/embed.js", accept_encoding=encoding).header("etag")
        assert etag
        for asked in (etag, f'"other", W/{etag}', "*"):
            reply = client.get("/embed.js", accept_encoding=encoding, if_none_match=asked)
            assert (reply.status, reply.body, reply.header("etag")) == (304, b"", etag), asked
        assert client.get("/embed.js", accept_encoding=encoding, if_none_match='"other"').status == 200

    def test_forms_have_different_entity_tags(self, client: Client) -> None:
        tags = {client.get("/embed.js", accept_encoding=encoding).header("etag") for encoding in ("gzip", "br", "")}
        assert len(tags) == 3

    def test_head_equals_get_without_the_body(self, client: Client) -> None:
        head, get = client.get("/embed.js", method="HEAD"), client.get("/embed.js")
        assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")

    def test_other_methods_are_refused(self, client: Client) -> None:
        reply = client.get("/embed.js", method="POST")
        assert (reply.status, reply.header("allow")) == (405, "GET, HEAD")
