"""Tests of the HTTP responses to visitors, and of the JSON summary of a decision."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from renvoi.domain.places import Language
from renvoi.domain.routing import Decision
from renvoi.domain.table import Mode
from renvoi.visitor.coding import NO_CODING, Codings
from renvoi.visitor.params import NO_PARAMS
from renvoi.visitor.request import RequestReader
from renvoi.visitor.responses import Response, Responses
from renvoi.visitor.summary import decision_as_dict
from tests.visitor.cast import SIGN_UP, config, decision, operator

READER = RequestReader(config(), country_of=lambda _: None)


def respond(outcome: Decision, *, mode: Mode = "present", codings: Codings = NO_CODING) -> Response:
    return Responses(operator(mode=mode), consulted=READER.consulted).to_visit(
        outcome, params=NO_PARAMS, codings=codings, is_crawler=False
    )


def header(response: Response, name: str) -> str:
    return dict(response.headers)[name.encode()].decode()


class TestStatus:
    """A page is 200, a redirect 302. Only `own` and, in mode direct, an only partner are redirects."""

    @pytest.mark.parametrize(
        ("code", "mode", "status"),
        [
            (None, "present", 200),
            ("PM", "present", 302),
            ("CA", "present", 200),
            ("BR", "present", 200),
            ("MX", "present", 200),
            ("VC", "present", 200),
            ("PM", "direct", 302),
            ("BR", "direct", 302),
            ("MX", "direct", 200),
            ("CA", "direct", 200),
            ("VC", "direct", 200),
            (None, "direct", 200),
        ],
    )
    def test_status_of_each_decision(self, code: str | None, mode: Mode, status: int) -> None:
        response = respond(decision(code), mode=mode)
        assert (response.status, response.act) == (status, "shown" if status == 200 else "sent")

    @pytest.mark.parametrize(("language", "url"), [("fr", SIGN_UP.fr), ("en", SIGN_UP.en)])
    def test_own_redirects_to_sign_up_in_the_visitors_language(self, language: Language, url: str) -> None:
        assert header(respond(decision("PM", language=language)), "location") == url

    def test_mode_direct_redirects_to_the_partner(self) -> None:
        assert header(respond(decision("BR"), mode="direct"), "location") == "https://partner7.example/fr"

    def test_mode_direct_redirects_to_the_address_in_the_other_language(self) -> None:
        assert header(respond(decision("PT"), mode="direct"), "location") == "https://azulejo.example/en"

    def test_own_without_a_sign_up_url_is_a_page(self) -> None:
        response = respond(replace(decision("PM"), destination=""))
        assert response.status == 200


class TestHeaders:
    @pytest.mark.parametrize("code", [None, "PM", "BR"])
    def test_common_headers_of_every_response(self, code: str | None) -> None:
        response = respond(decision(code))
        assert header(response, "cache-control") == "no-store"
        assert header(response, "referrer-policy") == "origin"
        assert header(response, "x-content-type-options") == "nosniff"
        assert header(response, "content-length") == str(len(response.body))
        assert not {b"set-cookie", b"etag", b"last-modified"} & {name for name, _ in response.headers}

    def test_pages_may_use_no_device_and_a_redirect_has_no_header_for_it(self) -> None:
        for response in (respond(decision("BR")), respond(decision(None))):
            assert "geolocation=()" in header(response, "permissions-policy").split(", ")
        assert b"permissions-policy" not in dict(respond(decision("PM")).headers)

    def test_redirect_is_not_indexed(self) -> None:
        assert header(respond(decision("PM")), "x-robots-tag") == "noindex"
        assert b"x-robots-tag" not in dict(respond(decision("BR")).headers)

    def test_page_has_content_language(self) -> None:
        assert header(respond(decision("BR", language="en")), "content-language") == "en"

    def test_content_security_policy_allows_only_the_pages_style_and_script(self) -> None:
        response = respond(decision(None))
        styles = re.findall(rb"<style>(.*?)</style>", response.body, flags=re.DOTALL)
        scripts = re.findall(rb"<script>(.*?)</script>", response.body, flags=re.DOTALL)
        style, script = (base64.b64encode(hashlib.sha256(content).digest()).decode() for content in (*styles, *scripts))
        assert header(response, "content-security-policy").split("; ") == [
            "default-src 'none'",
            f"style-src 'sha256-{style}'",
            f"script-src 'sha256-{script}'",
            "require-trusted-types-for 'script'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action http: https:",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
        assert b"style=" not in response.body

    def test_vary_names_every_header_that_is_read(self) -> None:
        always = "Accept-Language, Cookie, User-Agent, Sec-Purpose, Purpose, X-Purpose, X-Moz"
        assert header(respond(decision("BR")), "vary") == f"{always}, Accept-Encoding"
        assert header(respond(decision("PM")), "vary") == always
        proxied = config(trusted_proxies="10.0.0.1", country_header="CF-IPCountry")
        consulted = RequestReader(proxied, country_of=lambda _: None).consulted
        response = Responses(operator(), consulted=consulted).to_click("https://a.example/")
        assert header(response, "vary") == f"{always}, Cf-Ipcountry, X-Forwarded-For, Forwarded"

    def test_country_header_is_not_in_vary_without_a_trusted_proxy(self) -> None:
        consulted = RequestReader(config(country_header="CF-IPCountry"), country_of=lambda _: None).consulted
        assert b"cf-ipcountry" not in consulted


class TestDestination:
    """A URL that can't be sent in a header raises."""

    @pytest.mark.parametrize(
        "destination",
        [
            "",
            "/x",
            "//evil.example",
            "javascript:alert(1)",
            "https://",
            "https://a.example/\r\nSet-Cookie: a=b",
            "https://é.example",
            "https://a.example/a b",
            "data:text/html,x",
            "HTTPS://a.example",
            " https://a.example",
            "https://a.example\n",
        ],
    )
    def test_malformed_destination_raises(self, destination: str) -> None:
        with pytest.raises(ValueError, match="none that may be sent"):
            Responses(operator(), consulted=()).to_click(destination)


class TestPrefetched:
    def test_prefetch_gets_an_uncacheable_503(self) -> None:
        response = Responses(operator(), consulted=READER.consulted).prefetched
        assert response.status == 503
        assert header(response, "cache-control") == "no-store"
        assert "Sec-Purpose" in header(response, "vary")
        assert response.act is None


class TestCrawler:
    """A crawler gets a page in both modes, whatever the decision, and is not counted."""

    @pytest.mark.parametrize("code", [None, "PM", "CA", "BR", "MX", "VC"])
    @pytest.mark.parametrize("mode", ["present", "direct"])
    def test_crawler_gets_an_uncounted_page(self, code: str | None, mode: Mode) -> None:
        responses = Responses(operator(mode=mode), consulted=READER.consulted)
        response = responses.to_visit(decision(code), params=NO_PARAMS, codings=NO_CODING, is_crawler=True)
        assert (response.status, response.act) == (200, None)
        assert not {b"location", b"x-robots-tag"} & {name for name, _ in response.headers}


class TestSummary:
    """The JSON keys and values are a public interface."""

    def test_summary_of_one_partner(self) -> None:
        assert decision_as_dict(decision("BR")) == {
            "decision": "partner",
            "reason": "best_priority",
            "country": "BR",
            "region": None,
            "language": "fr",
            "destination": "https://partner7.example/fr",
            "partners": [{"id": 7, "name": "Aló Brasil", "url": "https://partner7.example/fr", "url_language": "fr"}],
            "generation": 3,
        }

    def test_summary_names_the_language_of_the_url(self) -> None:
        [summary] = decision_as_dict(decision("PT"))["partners"]
        assert (summary["url"], summary["url_language"]) == ("https://azulejo.example/en", "en")

    def test_summary_of_several_partners_has_no_destination(self) -> None:
        summary = decision_as_dict(decision("MX"))
        assert summary["destination"] is None
        assert len(summary["partners"]) == 15

    def test_summary_without_a_partner(self) -> None:
        summary = decision_as_dict(decision(None))
        assert (summary["decision"], summary["country"], summary["partners"]) == ("unknown", None, [])
