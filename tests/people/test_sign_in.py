"""Signing in and out, error messages, and the limits on guessing passwords."""

import time
from collections.abc import Iterator

import ada_url
import pytest
from pytest_django import Settings

from renvoi.config import read_config
from renvoi.people.models import User
from tests.cast import PASSWORD, sample
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.corpora import corpus

SIGN_IN, HOME = "/console/sign-in/", "/console/partners/"
SESSION, CSRF = "renvoi_session", "renvoi_csrf"
WRONG = "trois-loutres-calmes"
REFUSED = "Le courriel ou le mot de passe n’est pas le bon."
LIMITED = "Trop de tentatives. Attendez quelques minutes, puis réessayez."
LIMIT, WINDOW_S = 10, 15 * 60

pytestmark = pytest.mark.usefixtures("odile")


def sign_in(browsing: Browsing, *, email: str = "odile@boreale.example", password: str = PASSWORD, **more: str) -> Page:
    return browsing.send(browsing.open(SIGN_IN), follow=False, email=email, password=password, **more)


def from_address(address: str, **more: str) -> Browsing:
    browsing = Browsing()
    browsing.client.defaults |= {"REMOTE_ADDR": address, **more}
    return browsing


class TestSignIn:
    """Sign in and out with an account."""

    @pytest.mark.parametrize("email", ["odile@boreale.example", " Odile@BOREALE.example "])
    def test_correct_password_opens_console(self, email: str, stranger: Browsing) -> None:
        page = stranger.follow(sign_in(stranger, email=email))
        assert (page.status, page.path, page.title) == (200, HOME, "Partenaires")

    def test_sign_in_redirects_to_requested_page(self, odile: User, stranger: Browsing) -> None:
        target = "/console/coverage/?lang=en"
        sign_in_page = stranger.follow(stranger.open(target))
        assert sign_in_page.title == "Ouvrir une session"
        page = stranger.send(sign_in_page, email=odile.email, password=PASSWORD)
        assert (page.path, page.title) == (target, "Coverage area")

    @pytest.mark.parametrize(
        ("language", "sentence"), [("fr", REFUSED), ("en", "The email or the password is not right.")]
    )
    @pytest.mark.parametrize("email", ["odile@boreale.example", "nobody@boreale.example"])
    def test_wrong_password_shows_error_and_preserves_email(
        self, language: str, sentence: str, email: str, stranger: Browsing
    ) -> None:
        """The page is the same with and without an account, so that it does not reveal which emails exist."""
        sign_in_page = stranger.open(f"{SIGN_IN}?lang={language}")
        stranger.client.cookies["renvoi_console_lang"] = language
        page = stranger.send(sign_in_page, email=email, password=WRONG)
        assert (page.status, page.language) == (200, language)
        assert page.one(role="alert").text == sentence
        assert page.one("input", name="email")["value"] == email
        assert page.one("input", name="password").get("value") == ""
        assert is_sign_in(stranger.open(HOME))

    def test_inactive_account_gets_403_page(self, odile: User, stranger: Browsing) -> None:
        odile.is_active = False
        odile.save()
        page = stranger.follow(sign_in(stranger))
        assert (page.status, page.title) == (403, "Ce compte est désactivé")
        assert is_sign_in(stranger.open(HOME))

    def test_empty_form_names_missing_fields(self, stranger: Browsing) -> None:
        page = sign_in(stranger, email="", password="")
        assert page.one(role="alert").text.startswith("Courriel\u00a0: ")
        assert "Mot de passe\u00a0: " in page.one(role="alert").text

    def test_sign_in_replaces_session_and_csrf_token(self, stranger: Browsing) -> None:
        """A session that was planted or stolen before does not get signed in."""
        stranger.post("/console/partners/new/", contents_of(stranger) | {"name": "Kept"})
        before = stranger.cookie(SESSION).value
        token = stranger.cookie(CSRF).value
        sign_in(stranger)
        assert stranger.cookie(SESSION).value != before
        assert stranger.cookie(CSRF).value != token
        thief = Browsing()
        thief.client.cookies[SESSION] = before
        assert is_sign_in(thief.open(HOME))

    def test_sign_out_ends_session_on_server(self, stranger: Browsing) -> None:
        sign_in(stranger)
        session = stranger.cookie(SESSION).value
        page = stranger.send(stranger.open(HOME), action="/console/sign-out/")
        assert page.title == "Ouvrir une session"
        thief = Browsing()
        thief.client.cookies[SESSION] = session
        assert is_sign_in(thief.open(HOME))

    def test_get_of_sign_out_asks_for_confirmation(self, console: Browsing) -> None:
        page = console.open("/console/sign-out/")
        assert page.title == "Fermer la session?"
        assert console.open(HOME).status == 200

    def test_cookies_are_httponly_and_samesite_lax(self, stranger: Browsing) -> None:
        sign_in(stranger)
        for name in (SESSION, CSRF):
            assert stranger.cookie(name)["httponly"], name
            assert stranger.cookie(name)["samesite"] == "Lax", name

    @pytest.mark.parametrize(
        "path", ["/console/sign-up/", "/console/signup/", "/accounts/signup/", "/console/password/reset/"]
    )
    def test_sign_up_and_password_reset_do_not_exist(self, path: str, stranger: Browsing) -> None:
        assert stranger.open(path).status == 404


def contents_of(browsing: Browsing) -> dict[str, str]:
    return {"csrfmiddlewaretoken": browsing.open(SIGN_IN).all("input", name="csrfmiddlewaretoken")[0]["value"]}


def test_next_parameter_cannot_redirect_to_another_host(console: Browsing) -> None:
    for number, payload in enumerate(sample(corpus("open_redirects"), 60)):
        pages = [Page(console.client.get(SIGN_IN, {"next": payload}))]
        if number % 20 == 0:
            pages.append(sign_in(from_address(f"198.51.100.{number % 256}"), next=payload))
        for page in pages:
            assert page.status == 302, payload
            target = ada_url.URL(page.location, base="http://testserver/console/sign-in/")
            assert target.host == "testserver", payload


class TestPasswordGuessing:
    """At most ten passwords per address are checked in 15 minutes, and the owner is not locked out."""

    GUESSER, OWNER = "203.0.113.9", "198.51.100.7"

    @pytest.fixture(autouse=True)
    def _clock(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.now = time.time()
        monkeypatch.setattr(time, "time", lambda: self.now)
        return iter(())

    @pytest.fixture
    def checked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The passwords that were compared with an account's password."""
        compared: list[str] = []
        check = User.check_password

        def counting(user: User, raw_password: str) -> bool:
            compared.append(raw_password)
            return check(user, raw_password)

        monkeypatch.setattr(User, "check_password", counting)
        return compared

    def guess(self, address: str, *, times: int, every_s: float = 10, **more: str) -> Page:
        """Send wrong passwords, and return the last response."""
        responses = []
        for number in range(times):
            self.now += every_s
            responses.append(sign_in(from_address(address, **more), password=f"{WRONG}-{number}"))
        return responses[-1]

    def test_passwords_are_not_checked_after_ten_failures(self, checked: list[str]) -> None:
        page = self.guess(self.GUESSER, times=2 * LIMIT)
        assert page.one(role="alert").text == LIMITED
        assert len(checked) == LIMIT

    def test_correct_password_is_refused_after_ten_failures(self) -> None:
        self.guess(self.GUESSER, times=LIMIT)
        assert sign_in(from_address(self.GUESSER)).one(role="alert").text == LIMITED

    def test_owner_can_sign_in_from_another_address(self) -> None:
        self.guess(self.GUESSER, times=2 * LIMIT)
        assert sign_in(from_address(self.OWNER)).status == 302

    def test_limit_ends_after_15_minutes(self) -> None:
        self.guess(self.GUESSER, times=LIMIT)
        self.now += WINDOW_S
        assert sign_in(from_address(self.GUESSER)).status == 302

    def test_successful_sign_in_neither_counts_nor_resets_failures(self, checked: list[str]) -> None:
        for _ in range(3):
            self.guess(self.GUESSER, times=3)
            self.now += 1
            assert sign_in(from_address(self.GUESSER)).status == 302
        self.guess(self.GUESSER, times=5)
        assert len([password for password in checked if password != PASSWORD]) == LIMIT

    def test_forwarded_header_of_untrusted_client_is_ignored(self, checked: list[str]) -> None:
        for number in range(20):
            self.guess(self.GUESSER, times=1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
        assert len(checked) == LIMIT

    def test_ipv6_network_counts_as_one_address(self, checked: list[str]) -> None:
        for number in range(20):
            self.guess(f"2001:db8::{number:x}", times=1)
        assert len(checked) == LIMIT

    def test_attempts_behind_trusted_proxy_count_per_client(self, checked: list[str], settings: Settings) -> None:
        proxy = "10.0.0.1"
        settings.CONFIG = read_config({"RENVOI_TRUSTED_PROXIES": proxy})
        for number in range(20):
            self.guess(proxy, times=1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, {self.GUESSER}")
        assert len(checked) == LIMIT
        assert sign_in(from_address(proxy, HTTP_X_FORWARDED_FOR=self.OWNER)).status == 302

    def test_429_response_shows_sign_in_page_error(self) -> None:
        page = self.guess(self.GUESSER, times=31, every_s=0.1)
        assert page.status == 429
        assert LIMITED in page.text
