"""Tests of the gateway's URLs over ASGI. Each class tests one rule."""

import logging
from collections import deque
from datetime import datetime
from pathlib import Path

import pytest

from renvoi.domain.table import Mode
from renvoi.gateway import answers
from renvoi.gateway.app import create_app
from renvoi.web import origins
from tests.gateway.client import Client, configured, running
from tests.gateway.conftest import Open
from tests.visitor.cast import SIGN_UP, operator, scope

PAGES = {
    "": "Dans quel pays êtes-vous?",
    "country=CA": "Où êtes-vous au Canada?",
    "country=BR": "Notre partenaire au Brésil",
    "country=MX": "Nos partenaires au Mexique",
    "country=FR": "Le service n’est pas offert en France pour le moment",
    "country=CA&region=CA-ZZ": "Notre partenaire au Canada",
}


class TestEntry:
    @pytest.mark.parametrize("query", PAGES)
    def test_each_decision_has_its_page(self, client: Client, query: str) -> None:
        reply = client.get(query=query)
        assert reply.status == 200
        assert PAGES[query] in reply.text

    @pytest.mark.parametrize("query", ["country=PM", "country=CA&region=CA-QC"])
    def test_covered_place_redirects_to_sign_up(self, client: Client, query: str) -> None:
        reply = client.get(query=query)
        assert (reply.status, reply.header("location")) == (302, SIGN_UP.fr)

    def test_mode_direct_redirects_to_the_only_partner(self, open_gateway: Open) -> None:
        reply = open_gateway(operator_=operator(mode="direct")).get(query="country=BR&lang=en")
        assert (reply.status, reply.header("location")) == (302, "https://partner7.example/en")

    def test_order_of_equal_partners_is_stable_per_visitor_only(self, client: Client) -> None:
        def order(peer: str) -> list[str]:
            return client.get(query="country=MX&all=1", peer=peer).text.split("<li class=card>")[1:]

        assert order("81.2.69.160") == order("81.2.69.160")
        assert len({order(f"81.2.69.{n}")[0] for n in range(60)}) > 10

    def test_visit_without_a_choice_sets_no_cookie(self, client: Client) -> None:
        assert client.get(query="country=BR&lang=en&region=CA-ON").header("set-cookie") is None


class TestHead:
    @pytest.mark.parametrize("query", ["", "country=BR", "country=PM"])
    def test_head_equals_get_without_the_body(self, client: Client, query: str) -> None:
        head, get = client.get(query=query, method="HEAD"), client.get(query=query)
        uncounted = [header for header in get.headers if header[0] != "renvoi-ref"]
        assert (head.status, head.headers, head.body) == (get.status, uncounted, b"")

    def test_head_of_a_click_redirects(self, client: Client) -> None:
        head = client.get("/go/7", query="country=BR", method="HEAD")
        assert (head.status, head.header("location")) == (302, "https://partner7.example/fr")


class TestPrefetch:
    @pytest.mark.parametrize("path", ["/", "/go/7"])
    @pytest.mark.parametrize("name", ["sec_purpose", "purpose", "x_purpose", "x_moz"])
    def test_prefetch_gets_503_that_is_not_cached(self, client: Client, path: str, name: str) -> None:
        reply = client.get(path, query="country=BR", **{name: "prefetch"})
        assert (reply.status, reply.header("cache-control")) == (503, "no-store")


class TestCrawler:
    """Declared crawlers get a page at "/" in both modes; /go/<id> redirects them there."""

    AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

    @pytest.mark.parametrize("mode", ["present", "direct"])
    @pytest.mark.parametrize("query", [*PAGES, "country=PM"])
    def test_crawler_gets_a_page_in_both_modes(self, open_gateway: Open, mode: Mode, query: str) -> None:
        reply = open_gateway(operator_=operator(mode=mode)).get(query=query, user_agent=self.AGENT)
        assert (reply.status, reply.header("location")) == (200, None)
        assert PAGES.get(query, "Dans quel pays êtes-vous?") in reply.text

    @pytest.mark.parametrize("path", ["/go/7", "/go/404", "/go/x"])
    def test_click_of_a_crawler_redirects_to_the_entry(self, client: Client, path: str) -> None:
        reply = client.get(path, query="country=BR&src=x", user_agent=self.AGENT)
        assert (reply.status, reply.header("location")) == (303, "/")

    def test_head_of_a_crawler_has_no_body(self, client: Client) -> None:
        head = client.get(query="country=PM", user_agent=self.AGENT, method="HEAD")
        assert (head.status, head.body) == (200, b"")

    def test_prefetch_by_a_crawler_is_a_prefetch(self, client: Client) -> None:
        assert client.get(user_agent=self.AGENT, purpose="prefetch").status == 503


class TestClick:
    """/go/<id> redirects to the partner if it serves the visitor's place, else back to "/"."""

    @pytest.mark.parametrize(
        ("path", "query", "location"),
        [
            ("/go/7", "country=BR&lang=fr", "https://partner7.example/fr"),
            ("/go/7", "country=BR&lang=en", "https://partner7.example/en"),
            ("/go/9", "country=BR", "https://partner9.example/fr"),
            ("/go/8", "country=PT&lang=fr", "https://azulejo.example/en"),
            ("/go/12", "country=CA&region=CA-ZZ", "https://partner12.example/fr"),
        ],
    )
    def test_click_redirects_to_the_partner(self, client: Client, path: str, query: str, location: str) -> None:
        reply = client.get(path, query=query)
        assert (reply.status, reply.header("location"), reply.body) == (302, location, b"")

    @pytest.mark.parametrize(
        ("path", "query", "location"),
        [
            ("/go/7", "country=PT", "/?country=PT"),
            ("/go/10", "country=FR", "/?country=FR"),
            ("/go/11", "country=IT", "/?country=IT"),
            ("/go/12", "country=PM", "/?country=PM"),
            ("/go/12", "country=CA", "/?country=CA"),
            ("/go/12", "country=CA&region=CA-QC", "/?country=CA"),
            ("/go/404", "country=br&lang=en&src=x", "/?country=BR"),
            ("/go/7", "", "/"),
            ("/go/7", "country=Narnia", "/"),
        ],
    )
    def test_click_on_an_unavailable_partner_redirects_to_the_entry(
        self, client: Client, path: str, query: str, location: str
    ) -> None:
        reply = client.get(path, query=query)
        assert (reply.status, reply.header("location")) == (303, location)

    @pytest.mark.parametrize(
        "junk",
        [
            "",
            "x",
            "7x",
            "07",
            "-7",
            "+7",
            "7.0",
            "7/",
            "7/8",
            " 7",
            "٧",
            "9" * 19,
            "9" * 5000,
            "0",
            "%37",
            "//evil.example",
            "7\n",
        ],
    )
    def test_click_with_a_malformed_id_redirects_to_the_entry(self, client: Client, junk: str) -> None:
        reply = client.get(f"/go/{junk}", query="country=BR")
        assert (reply.status, reply.header("location")) == (303, "/?country=BR")

    def test_click_accepts_a_country_from_the_cookie(self, client: Client) -> None:
        assert client.get("/go/7", cookie="renvoi_country=BR").status == 302


class TestOtherUrls:
    @pytest.mark.parametrize("path", ["/x", "/go", "//evil.example", "/index.html", "/%2e", "/Go/7", "", "/é"])
    def test_unknown_path_is_404(self, client: Client, path: str) -> None:
        reply = client.get(path, accept_language="en")
        assert reply.status == 404
        assert "Page not found" in reply.text

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            ("/", "GET, HEAD, POST"),
            ("/go/7", "GET, HEAD"),
            ("/robots.txt", "GET, HEAD"),
            ("/favicon.ico", "GET, HEAD"),
            ("/healthz", "GET, HEAD"),
            ("/partners/", "GET, HEAD"),
        ],
    )
    def test_other_method_is_405_with_allow(self, client: Client, method: str, path: str, allowed: str) -> None:
        reply = client.get(path, method=method)
        assert (reply.status, reply.header("allow")) == (405, allowed)

    def test_directory_lists_partners_and_is_not_counted(self, client: Client) -> None:
        reply = client.get("/partners/", query="lang=en")
        assert (reply.status, reply.header("content-language")) == (200, "en")
        assert "Aló Brasil" in reply.text
        assert reply.header("renvoi-ref") is None
        assert client.get("/partners/BR/", accept_language="fr").header("content-language") == "fr"
        assert client.get("/partners/", method="HEAD").body == b""

    def test_directory_without_its_slash_and_unknown_paths_below_it(self, client: Client) -> None:
        reply = client.get("/partners")
        assert (reply.status, reply.header("location")) == (303, "/partners/")
        assert client.get("/partners/nowhere/").status == 404
        assert "Disallow: /partners" not in client.get("/robots.txt").text

    def test_robots_txt_disallows_clicks_and_console(self, client: Client) -> None:
        reply = client.get("/robots.txt")
        assert reply.status == 200
        assert {"Disallow: /go/", "Disallow: /console/"} <= set(reply.text.splitlines())

    def test_icon_is_small_and_cacheable_and_not_decided(self, client: Client) -> None:
        reply = client.get("/favicon.ico", query="country=BR")
        assert (reply.status, reply.header("content-type")) == (200, "image/vnd.microsoft.icon")
        assert reply.header("cache-control") == "public, max-age=604800"
        assert len(reply.body) <= 200
        assert not [name for name, _ in reply.headers if name in {"vary", "set-cookie", "renvoi-ref"}]
        assert client.get("/favicon.ico", method="HEAD").body == b""

    @pytest.mark.parametrize("host", ["localhost", "10.0.0.5:8000", "anything"])
    def test_healthz_answers_for_any_host(self, client: Client, host: str) -> None:
        reply = client.get("/healthz", host=host)
        assert (reply.status, reply.text) == (200, "ok")


class TestHost:
    @pytest.mark.parametrize(
        "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]", "renvoi.example."]
    )
    def test_own_host_is_accepted(self, open_gateway: Open, host: str) -> None:
        assert open_gateway(public_url="https://renvoi.example").get(host=host).status == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "",
            "localhost.evil.example",
            "evil.example:80",
            "localhost@evil.example",
            "localhost:80:80",
            "[::2]",
            "localhost/",
            "localhost:x",
            " localhost",
            "localhost, evil.example",
        ],
    )
    def test_other_host_is_400(self, client: Client, host: str) -> None:
        reply = client.get(host=host)
        assert reply.status == 400
        assert "evil" not in reply.text

    def test_other_host_is_logged_without_its_value(
        self, client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(origins, "_logged_at", deque(maxlen=10))
        client.get(host="evil.example")
        assert caplog.messages == ["A request for a host that is none of this site's was refused."]

    @pytest.mark.parametrize(("allowed", "host"), [("*", "any.example"), (".boreale.example", "go.boreale.example")])
    def test_host_pattern_is_accepted(self, open_gateway: Open, allowed: str, host: str) -> None:
        assert open_gateway(allowed_hosts=allowed).get(host=host).status == 200


class TestFallback:
    """After an unexpected exception, visitors are asked for their country; the log line holds no personal data."""

    def test_exception_gets_the_fallback_and_logs_no_request_data(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("81.2.69.160 secret-cookie Mozilla")

        monkeypatch.setattr(answers, "decide_or_ask", fail)
        reply = client.get(query="src=fallback", cookie="renvoi_country=BR", user_agent="Mozilla")
        assert (reply.status, "Dans quel pays" in reply.text) == (200, True)
        [record] = caplog.records
        assert record.levelno == logging.ERROR
        assert "RuntimeError" in record.getMessage()
        assert not any(word in caplog.text for word in ("81.2.69.160", "secret-cookie", "Mozilla", "BR"))

    def test_failing_clock_gets_the_fallback(self, tmp_path: Path) -> None:
        def broken() -> datetime:
            raise OSError

        with running(create_app(configured(tmp_path), clock=broken)) as client:
            assert client.get(query="country=BR").status == 200

    @pytest.mark.parametrize("scope_part", [{"path": None}, {"headers": None}, {"query_string": "text"}, {"client": 7}])
    def test_malformed_scope_gets_the_fallback(self, client: Client, scope_part: dict[str, object]) -> None:
        assert client.send({**scope(), **scope_part}).status == 200


class TestWithoutTable:
    def test_every_visitor_is_asked_for_the_country(self, tmp_path: Path) -> None:
        with running(create_app(configured(tmp_path))) as client:
            for query in ("", "country=BR"):
                reply = client.get(query=query)
                assert reply.status == 200
                assert "Dans quel pays êtes-vous?" in reply.text
