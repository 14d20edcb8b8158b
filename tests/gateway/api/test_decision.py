"""Tests of `/api/v1/decision`. The property at the end compares it with `decide` for random visitors."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.routing import Visitor, decide
from renvoi.gateway.api import decision as module
from renvoi.gateway.api.decision import DECISION_PATH, DecisionApi
from renvoi.gateway.app import create_app
from renvoi.visitor.request import RequestReader, draw_for
from renvoi.web.origins import OwnSite
from tests.gateway.client import Client, Reply, configured, running
from tests.gateway.conftest import Open
from tests.visitor.cast import NOON, PROXY, SECRET, STRANGER, country, operator, scope, table
from tests.visitor.reading import CONFIGURED, HOMES, country_of

ALLOWED = "GET, HEAD, OPTIONS"


def ask(client: Client, query: str | bytes = "", **options: Any) -> Reply:
    return client.get(DECISION_PATH, query=query, **options)


def partner_ids(answer: dict[str, Any]) -> list[int]:
    return [partner["id"] for partner in answer["partners"]]


class TestAnswer:
    def test_partner_with_all_its_public_fields(self, client: Client) -> None:
        reply = ask(client, "country=pt&lang=fr&src=home.page")
        assert reply.status == 200
        assert json.loads(reply.text) == {
            "decision": "partner",
            "reason": "only_candidate",
            "country": "PT",
            "region": None,
            "language": "fr",
            "generation": 3,
            "partners": [
                {
                    "id": 8,
                    "name": "Azulejo",
                    "description": "Lisbon.",
                    "url": "https://azulejo.example/en",
                    "url_language": "en",
                    "go": "http://localhost/go/8?country=PT&lang=fr&src=home.page",
                }
            ],
        }

    def test_language_of_descriptions_is_an_extra_field_for_those_who_ask(self, client: Client) -> None:
        (plain,) = json.loads(ask(client, "country=pt&lang=fr&with=description").text)["partners"]
        (with_language,) = json.loads(ask(client, "country=pt&lang=fr&with=description_language").text)["partners"]
        assert with_language == plain | {"description_language": "en"}
        assert "description_language" not in plain

    @pytest.mark.parametrize(
        ("query", "decision", "reason", "ids"),
        [
            ("", "unknown", "no_country", []),
            ("country=Narnia", "unknown", "no_country", []),
            ("country=PM", "own", "in_coverage", []),
            ("country=CA&region=CA-QC", "own", "in_coverage", []),
            ("country=CA", "region", "no_region", []),
            ("country=CA&region=CA-ZZ", "partner", "only_candidate", [12]),
            ("country=BR", "partner", "best_priority", [7]),
            ("country=FR", "none", "all_paused", []),
            ("country=IT", "none", "outside_agreement", []),
            ("country=AQ", "none", "no_partner", []),
        ],
    )
    @pytest.mark.parametrize("mode", ["present", "direct"])
    def test_each_decision(
        self, open_gateway: Open, mode: Any, query: str, decision: str, reason: str, ids: list[int]
    ) -> None:
        answer = json.loads(ask(open_gateway(operator_=operator(mode=mode)), query).text)
        assert (answer["decision"], answer["reason"], partner_ids(answer)) == (decision, reason, ids)

    def test_choice_has_all_partners_in_the_order_of_the_page(self, client: Client) -> None:
        ids = partner_ids(json.loads(ask(client, "country=MX").text))
        page = client.get(query="country=MX&all=1").text
        assert sorted(ids) == list(range(100, 115))
        assert ids == [int(part.split("?")[0]) for part in page.split('href="/go/')[1:]]

    def test_link_repeats_the_region_and_is_the_pages_own(self, client: Client) -> None:
        query = "country=CA&region=CA-ZZ&lang=en&src=x"
        (partner,) = json.loads(ask(client, query).text)["partners"]
        assert partner["go"] == "http://localhost/go/12?country=CA&lang=en&region=CA-ZZ&src=x"
        path = partner["go"].removeprefix("http://localhost").replace("&", "&amp;")
        assert f'href="{path}"' in client.get(query=query).text
        click = client.get("/go/12", query=partner["go"].partition("?")[2])
        assert (click.status, click.header("location")) == (302, "https://partner12.example/en")

    @pytest.mark.parametrize(
        ("host", "origin"),
        [
            ("localhost:8391", "http://localhost:8391"),
            ("LOCALHOST.", "http://localhost"),
            ("[::1]:8000", "http://[::1]:8000"),
        ],
    )
    def test_link_without_public_url_has_the_origin_of_the_request(
        self, client: Client, host: str, origin: str
    ) -> None:
        (partner,) = json.loads(ask(client, "country=BR", host=host).text)["partners"]
        assert partner["go"].startswith(f"{origin}/go/7?")

    def test_link_with_public_url_has_its_origin(self, open_gateway: Open) -> None:
        gateway = open_gateway(public_url="https://referral.example.com")
        (partner,) = json.loads(ask(gateway, "country=BR", host="localhost:9").text)["partners"]
        assert partner["go"].startswith("https://referral.example.com/go/7?")

    def test_cookie_and_language_header_count_as_at_the_entry(self, client: Client) -> None:
        reply = ask(client, cookie="renvoi_country=BR", accept_language="en")
        answer = json.loads(reply.text)
        assert (answer["country"], answer["language"], partner_ids(answer)) == ("BR", "en", [7])
        assert reply.header("content-language") == "en"

    @pytest.mark.parametrize("headers", [{"user_agent": "Googlebot/2.1"}, {"sec_purpose": "prefetch;prerender"}])
    def test_crawlers_and_prerendered_pages_get_the_decision(self, client: Client, headers: dict[str, str]) -> None:
        reply = ask(client, "country=BR", **headers)
        assert (reply.status, partner_ids(json.loads(reply.text))) == (200, [7])

    def test_without_a_table_every_country_is_unknown(self, tmp_path: Path) -> None:
        with running(create_app(configured(tmp_path))) as client:
            answer = json.loads(ask(client, "country=BR").text)
        assert (answer["decision"], answer["country"], answer["generation"]) == ("unknown", None, 0)

    def test_answer_may_not_be_stored_and_varies_as_the_pages_do(self, client: Client) -> None:
        reply, page = ask(client, "country=BR"), client.get(query="country=BR")
        assert reply.header("cache-control") == "no-store"
        assert f"{reply.header('vary')}, Accept-Encoding" == page.header("vary")
        assert reply.header("content-type") == "application/json"
        assert reply.header("x-content-type-options") == "nosniff"


class TestMethods:
    def test_any_website_may_ask(self, client: Client) -> None:
        for reply in (ask(client, origin="https://elsewhere.example"), ask(client, method="POST")):
            assert reply.header("access-control-allow-origin") == "*"
            assert reply.header("access-control-allow-credentials") is None

    def test_preflight(self, client: Client) -> None:
        reply = ask(client, method="OPTIONS", origin="https://a.example", access_control_request_method="GET")
        assert (reply.status, reply.body) == (204, b"")
        assert reply.header("access-control-allow-methods") == ALLOWED
        assert reply.header("access-control-allow-origin") == "*"

    def test_head_equals_get_without_the_body(self, client: Client) -> None:
        head, get = ask(client, "country=BR", method="HEAD"), ask(client, "country=BR")
        assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", ""])
    def test_other_methods_are_refused_as_a_problem(self, client: Client, method: str) -> None:
        reply = ask(client, method=method)
        assert (reply.status, reply.header("allow")) == (405, ALLOWED)
        assert_problem(reply)

    def test_foreign_host_is_refused_as_a_problem(self, client: Client) -> None:
        reply = ask(client, "country=BR", host="evil.example")
        assert reply.status == 400
        assert_problem(reply)


def assert_problem(reply: Reply) -> None:
    assert reply.header("content-type") == "application/problem+json"
    assert reply.header("cache-control") == "no-store"
    problem = json.loads(reply.text)
    assert sorted(problem) == ["detail", "status", "title", "type"]
    assert problem["status"] == reply.status


class TestLimit:
    def test_request_beyond_the_burst_gets_429_and_says_when_to_ask_again(self, open_gateway: Open) -> None:
        gateway = open_gateway()
        statuses = [ask(gateway, "country=BR").status for _ in range(1_000)]
        assert set(statuses) == {200}
        refused = next(reply for reply in (ask(gateway, "country=BR") for _ in range(200)) if reply.status != 200)
        assert (refused.status, refused.header("retry-after")) == (429, "1")
        assert refused.header("access-control-allow-origin") == "*"
        assert_problem(refused)
        assert ask(gateway, peer="81.2.69.161").status == 200
        assert gateway.get(query="country=BR").status == 200


class TestFailure:
    def test_unexpected_exception_asks_for_the_country_and_logs_no_value(
        self, open_gateway: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        gateway = open_gateway()

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError(STRANGER)

        monkeypatch.setattr(module, "draw_for", broken)
        reply = ask(gateway, "country=BR")
        assert (reply.status, json.loads(reply.text)["decision"]) == (200, "unknown")
        assert "RuntimeError" in caplog.text
        assert STRANGER not in caplog.text

    @pytest.mark.parametrize("scope_part", [{"headers": None}, {"query_string": "text"}, {"client": 7}])
    def test_malformed_scope_is_answered(self, client: Client, scope_part: dict[str, object]) -> None:
        reply = client.send({**scope(DECISION_PATH), **scope_part})
        assert reply.status == 200
        assert json.loads(reply.text)["decision"] == "unknown"

    @given(
        query=st.binary(max_size=60),
        headers=st.lists(st.tuples(st.sampled_from([b"cookie", b"host", b"origin"]), st.binary(max_size=30))),
        method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", ""]),
    )
    @settings(max_examples=100, deadline=None)
    def test_any_request_gets_a_response(
        self, client: Client, query: bytes, headers: list[tuple[bytes, bytes]], method: str
    ) -> None:
        asgi_scope = scope(DECISION_PATH, query=query, method=method)
        reply = client.send({**asgi_scope, "headers": [(b"host", b"localhost"), *headers]})
        assert reply.status in {200, 204, 400, 405, 429}


class TestProperty:
    """The API decides as `decide` for the visitor that the order of the sources describes."""

    CODES = ("BR", "PT", "AO", "FR", "DE", "IT", "CA", "PM", "MX", "AQ")
    REGIONS = ("CA-ON", "CA-QC", "CA-ZZ", "CA-BC", "BR-SP")

    @given(
        parameter=st.sampled_from([*CODES, "", "XX", "Narnia"]),
        cookie=st.sampled_from([*CODES, "", "T1"]),
        header=st.sampled_from([*CODES, "", "ZZ"]),
        address=st.sampled_from([*HOMES, "192.0.2.1", "2001:db8::7"]),
        regions=st.tuples(*[st.sampled_from([*REGIONS, ""])] * 3),
        language=st.sampled_from(["fr", "en", ""]),
        at=st.datetimes(min_value=datetime(2026, 11, 20), max_value=datetime(2026, 11, 25)),  # noqa: DTZ001 (made aware)
    )
    @settings(max_examples=400, deadline=None)
    def test_api_decides_as_decide_does(
        self, parameter: str, cookie: str, header: str, address: str, regions: tuple[str, ...], language: str, at: Any
    ) -> None:
        at = at.replace(tzinfo=NOON.tzinfo)
        api = DecisionApi(
            CONFIGURED,
            reader=RequestReader(CONFIGURED, country_of=country_of),
            site=OwnSite(CONFIGURED),
            clock=lambda: at,
        )
        headers = {
            "cookie": f"renvoi_country={cookie}; renvoi_region={regions[1]}",
            "cf-ipcountry": header,
            "x-region": regions[2],
            "x-forwarded-for": address,
            "accept-language": "en" if language == "" else "fr",
        }
        query = f"country={parameter}&region={regions[0]}&lang={language}"
        routing = table()
        asked = scope(DECISION_PATH, query=query, headers=headers, peer=PROXY)
        answer = json.loads(api.respond(routing, asked).body)

        code = _first(
            one for one in (parameter, cookie, header, HOMES.get(address, "")) if one in {*self.CODES, *HOMES.values()}
        )
        region = _first(one for one in regions if code and one.startswith(f"{code}-"))
        visitor = Visitor(country(code) if code else None, "unknown", region, "en" if language in {"en", ""} else "fr")  # type: ignore[arg-type]  # of the regions above
        draw = draw_for(address, secret=SECRET.encode(), at=at)
        expected = decide(routing, visitor, at=at, draw=draw)
        assert (answer["decision"], answer["reason"]) == (expected.kind, expected.reason)
        assert (answer["country"], answer["region"], answer["language"]) == (code, region, expected.language)
        assert partner_ids(answer) == [partner.id for partner in expected.partners]


def _first(values: Iterable[str]) -> str | None:
    return next(iter(values), None)
