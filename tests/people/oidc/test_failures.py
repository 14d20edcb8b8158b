"""What goes wrong between the console, the browser and the provider: a clear page, the password form, and never 5xx
but 502 and 503 for the provider's own fault.
"""

import http.server
import json
import threading
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from pytest_django import Settings

from renvoi.people.models import User
from renvoi.people.oidc import documents, fetching, journey
from tests.cast import PASSWORD
from tests.console.browsing import Browsing, Page
from tests.people.guessing import Clock
from tests.people.oidc.answering import DISCOVERY, Answers, answering, come_back, discovery_of
from tests.people.oidc.conftest import configure
from tests.people.oidc.provider import CALLBACK, START, Provider, path_of
from tests.people.oidc.test_signing_in import SIGN_IN, alert, is_signed_in
from tests.running import free_port

HOSTILE = "<script>alert(1)</script>"


def is_clear(page: Page) -> bool:
    """Whether the page says what is wrong, and can be signed in on with a password."""
    return page.title == "Ouvrir une session" and bool(alert(page)) and bool(page.all("input", name="password"))


class TestBrowser:
    """An answer that does not belong to the sign-in of this browser."""

    @pytest.fixture(autouse=True)
    def known(self, odile: User, provider: Provider) -> None:
        provider.knows("s-1", email=odile.email, email_verified=True, groups=["renvoi-gestion"])

    @pytest.mark.parametrize("state", ["", "another", "é", "\x00", HOSTILE])
    def test_wrong_state_is_refused(self, stranger: Browsing, provider: Provider, state: str) -> None:
        back = urlsplit(provider.authorize(stranger.open(START).location, "s-1"))
        code = parse_qs(back.query)["code"][0]
        page = stranger.open(f"{CALLBACK}?{urlencode({'code': code, 'state': state})}")
        assert page.status == 400
        assert "script>alert" not in page.html
        assert not is_signed_in(stranger)

    def test_answer_in_another_browser_is_refused(self, stranger: Browsing, provider: Provider) -> None:
        """Login CSRF: an attacker's answer in the browser of somebody else."""
        back = path_of(provider.authorize(stranger.open(START).location, "s-1"))
        for other in (Browsing(), Browsing()):
            other.open(START)
            page = other.open(back)
            assert (page.status, is_clear(page), is_signed_in(other)) == (400, True, False)
        assert Browsing().open(back).status == 400

    def test_answer_after_ten_minutes_is_refused(self, stranger: Browsing, provider: Provider, clock: Clock) -> None:
        back = path_of(provider.authorize(stranger.open(START).location, "s-1"))
        clock.now += journey.MAX_AGE_S + 1
        assert stranger.open(back).status == 400

    def test_token_with_another_nonce_is_refused(self, stranger: Browsing, provider: Provider) -> None:
        there = urlsplit(stranger.open(START).location)
        query = {name: values[0] for name, values in parse_qs(there.query).items()} | {"nonce": "another"}
        back = path_of(provider.authorize(there._replace(query=urlencode(query)).geturl(), "s-1"))
        page = stranger.open(back)
        assert (page.status, is_clear(page), is_signed_in(stranger)) == (400, True, False)

    def test_cookie_that_somebody_else_made_is_refused(self, stranger: Browsing, provider: Provider) -> None:
        back = path_of(provider.authorize(stranger.open(START).location, "s-1"))
        stranger.client.cookies["renvoi_oidc"] = stranger.cookie("renvoi_oidc").value[:-2] + "AA"
        assert stranger.open(back).status == 400

    @pytest.mark.parametrize(("error", "status"), [("access_denied", 403), (HOSTILE, 400), ("server_error", 400)])
    def test_error_of_the_provider_is_said_but_not_repeated(self, stranger: Browsing, error: str, status: int) -> None:
        state = parse_qs(urlsplit(stranger.open(START).location).query)["state"][0]
        query = urlencode({"state": state, "error": error, "error_description": HOSTILE})
        page = stranger.open(f"{CALLBACK}?{query}")
        assert (page.status, is_clear(page)) == (status, True)
        assert "script>alert" not in page.html

    def test_code_of_nobody_is_refused(self, stranger: Browsing) -> None:
        state = parse_qs(urlsplit(stranger.open(START).location).query)["state"][0]
        page = stranger.open(f"{CALLBACK}?{urlencode({'state': state, 'code': 'x' * 3000})}")
        assert (page.status, is_clear(page)) == (400, True)

    def test_page_of_a_problem_keeps_the_requested_page_and_hides_the_code(self, stranger: Browsing) -> None:
        state = parse_qs(urlsplit(stranger.open(f"{START}?next=/console/coverage/").location).query)["state"][0]
        page = stranger.open(f"{CALLBACK}?{urlencode({'state': state, 'error': 'access_denied'})}")
        assert page.form().one("input", name="next")["value"] == "/console/coverage/"
        assert state not in page.html

    @pytest.mark.parametrize(("language", "start"), [("fr", "Cette ouverture de session"), ("en", "This sign-in")])
    def test_problem_is_said_in_the_language_of_the_browser(
        self, stranger: Browsing, language: str, start: str
    ) -> None:
        stranger.client.cookies["renvoi_console_lang"] = language
        assert alert(stranger.open(CALLBACK)).startswith(start)


class TestProvider:
    """A provider that is down, slow, or broken."""

    def test_provider_that_is_down_is_said_and_the_password_still_signs_in(
        self, odile: User, stranger: Browsing, settings: Settings
    ) -> None:
        configure(settings, f"http://127.0.0.1:{free_port()}")
        assert stranger.open(SIGN_IN).status == 200
        page = stranger.open(f"{START}?next=/console/coverage/")
        assert (page.status, is_clear(page)) == (503, True)
        assert alert(page).startswith("Boréale ne répond pas.")
        signed_in = stranger.send(page, follow=False, email=odile.email, password=PASSWORD)
        assert signed_in.location == "/console/coverage/"

    def test_slow_provider_is_not_waited_for_for_long(
        self, stranger: Browsing, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "_PATIENCE_S", 0.2)
        left = threading.Event()
        with answering({DISCOVERY: lambda _handler: left.wait(30)}) as issuer:
            configure(settings, issuer)
            assert stranger.open(START).status == 503
            left.set()

    @pytest.mark.parametrize("head", [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\n\r\n{"])
    def test_provider_that_answers_in_drops_is_left(self, monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
        """In the status line, in the headers and in the body: each drop begins the patience for a read again."""
        now, drops, left = [0.0], [0], threading.Event()
        monkeypatch.setattr(time, "monotonic", lambda: now[0])

        def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.wfile.write(head)
            with suppress(OSError):
                while not left.wait(0.05) and drops[0] < 100:
                    now[0] += fetching.BUDGET_S / 4
                    drops[0] += 1
                    handler.wfile.write(b"x")

        with answering({DISCOVERY: drip}) as issuer:
            with pytest.raises(fetching.ProviderUnavailable):
                documents.fetch_discovery(issuer, fetching.Deadline())
            left.set()
        assert drops[0] < 10

    def test_provider_that_was_down_is_not_asked_again_at_once(self, stranger: Browsing, settings: Settings) -> None:
        asked: list[int] = []

        def fail(handler: http.server.BaseHTTPRequestHandler) -> None:
            asked.append(1)
            handler.send_error(503)

        with answering({DISCOVERY: fail}) as issuer:
            configure(settings, issuer)
            assert [stranger.open(START).status for _ in range(3)] == [503] * 3
        assert len(asked) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            (404, ""),
            (302, ""),
            (200, "not JSON"),
            (200, "[]"),
            (200, "[" * 100_000),
            (200, "{}"),
            (200, json.dumps(discovery_of("https://evil.example"))),
            (200, " " * 1_100_000),
        ],
    )
    def test_discovery_that_cannot_be_used_is_said(
        self, stranger: Browsing, settings: Settings, answer: tuple[int, str]
    ) -> None:
        with answering({DISCOVERY: answer}) as issuer:
            configure(settings, issuer)
            page = stranger.open(START)
        assert (page.status, is_clear(page)) == (502, True)

    @pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
    @pytest.mark.parametrize("address", ["http://login.example.com/x", "file:///etc/passwd", "javascript:x"])
    def test_discovery_with_an_unsafe_address_is_not_used(self, name: str, address: str) -> None:
        answers: Answers = {}
        with answering(answers) as issuer:
            answers[DISCOVERY] = (200, json.dumps(discovery_of(issuer, **{name: address})))
            with pytest.raises(fetching.ProviderError, match="not https"):
                documents.fetch_discovery(issuer, fetching.Deadline())

    @pytest.mark.parametrize(
        ("answer", "status"),
        [
            ((503, ""), 503),
            ((400, '{"error": "invalid_grant"}'), 400),
            ((302, ""), 400),
            ((200, "x"), 502),
            ((200, "{}"), 400),
            ((200, '{"id_token": 3}'), 400),
            ((200, '{"id_token": "a.b.c"}'), 400),
        ],
    )
    def test_token_endpoint_that_fails_signs_nobody_in(
        self, stranger: Browsing, settings: Settings, answer: tuple[int, str], status: int
    ) -> None:
        with answering({"/token": answer, "/elsewhere": (200, "{}")}) as issuer:
            configure(settings, issuer)
            page = come_back(stranger)
        assert (page.status, is_clear(page), is_signed_in(stranger)) == (status, True, False)

    @pytest.mark.parametrize("methods", [None, ["client_secret_basic", "client_secret_post"], ["client_secret_post"]])
    def test_code_is_redeemed_with_the_verifier_and_the_secret(
        self, stranger: Browsing, settings: Settings, methods: list[str] | None
    ) -> None:
        sent: list[tuple[str, dict[str, list[str]]]] = []

        def note(handler: http.server.BaseHTTPRequestHandler) -> None:
            body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
            sent.append((handler.headers.get("Authorization", ""), parse_qs(body)))
            handler.send_error(400)

        answers: Answers = {"/token": note}
        with answering(answers) as issuer:
            more = {} if methods is None else {"token_endpoint_auth_methods_supported": methods}
            answers[DISCOVERY] = (200, json.dumps(discovery_of(issuer, **more)))
            configure(settings, issuer)
            come_back(stranger)
        ((authorization, fields),) = sent
        is_basic = methods != ["client_secret_post"]
        assert (authorization.startswith("Basic "), "client_secret" in fields) == (is_basic, not is_basic)
        assert len(fields["code_verifier"][0]) >= 43
        assert fields["redirect_uri"] == [f"https://referral.example.com{CALLBACK}"]

    def test_keys_are_fetched_again_for_a_key_that_is_not_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now, key_id = [0.0], ["a"]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        answers: Answers = {}
        with answering(answers) as issuer:
            one = documents.ProviderDocuments(issuer)

            def known(name: str) -> bool:
                answers["/keys"] = (200, json.dumps({"keys": [{"kid": key_id[0]}, {"kid": "x", "use": "enc"}, 3]}))
                return bool(one.keys(fetching.Deadline(), key_id=name))

            assert known("a")
            key_id[0] = "b"
            assert not known("b")
            now[0] += 31
            assert [known("b"), known("a"), known("x")] == [True, False, False]
