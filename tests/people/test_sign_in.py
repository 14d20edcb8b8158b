"""Opening and closing a session: who gets in, what a failure says, and how guessing is limited."""

import time
from collections.abc import Iterator

import ada_url
import pytest
from pytest_django import Settings

from renvoi.config import read_config
from renvoi.people.models import User
from tests.cast import PASSWORD, some
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.corpora import corpus

SIGN_IN, HOME = "/console/sign-in/", "/console/partners/"
SESSION, CSRF = "renvoi_session", "renvoi_csrf"
WRONG = "trois-loutres-calmes"
REFUSED = "Le courriel ou le mot de passe n’est pas le bon."
LIMITED = "Trop de tentatives. Attendez quelques minutes, puis réessayez."
LIMIT, WINDOW_S = 10, 15 * 60

pytestmark = pytest.mark.usefixtures("odile")


def sign_in(who: Browsing, *, email: str = "odile@boreale.example", password: str = PASSWORD, **more: str) -> Page:
    return who.send(who.open(SIGN_IN), follow=False, email=email, password=password, **more)


def from_address(address: str, **more: str) -> Browsing:
    who = Browsing()
    who.client.defaults |= {"REMOTE_ADDR": address, **more}
    return who


class TestSignIn:
    """With an account."""

    @pytest.mark.parametrize("email", ["odile@boreale.example", " Odile@BOREALE.example "])
    def test_the_right_password_opens_the_console(self, email: str, stranger: Browsing) -> None:
        page = stranger.follow(sign_in(stranger, email=email))
        assert (page.status, page.path, page.title) == (200, HOME, "Partenaires")

    def test_the_page_that_was_wanted_opens_then(self, odile: User, stranger: Browsing) -> None:
        wanted = "/console/coverage/?lang=en"
        asked = stranger.follow(stranger.open(wanted))
        assert asked.title == "Ouvrir une session"
        page = stranger.send(asked, email=odile.email, password=PASSWORD)
        assert (page.path, page.title) == (wanted, "Coverage area")

    @pytest.mark.parametrize(
        ("language", "sentence"), [("fr", REFUSED), ("en", "The email or the password is not right.")]
    )
    @pytest.mark.parametrize("email", ["odile@boreale.example", "nobody@boreale.example"])
    def test_a_wrong_password_is_said_and_the_address_stays(
        self, language: str, sentence: str, email: str, stranger: Browsing
    ) -> None:
        """Alike for an account and for none: the page tells nobody which addresses there are."""
        asked = stranger.open(f"{SIGN_IN}?lang={language}")
        stranger.client.cookies["renvoi_console_lang"] = language
        page = stranger.send(asked, email=email, password=WRONG)
        assert (page.status, page.language) == (200, language)
        assert page.one(role="alert").text == sentence
        assert page.one("input", name="email")["value"] == email
        assert page.one("input", name="password").get("value") == ""
        assert is_sign_in(stranger.open(HOME))

    def test_an_account_that_is_switched_off_is_told_so(self, odile: User, stranger: Browsing) -> None:
        odile.is_active = False
        odile.save()
        page = stranger.follow(sign_in(stranger))
        assert (page.status, page.title) == (403, "Ce compte est désactivé")
        assert is_sign_in(stranger.open(HOME))

    def test_an_empty_form_says_what_is_missing(self, stranger: Browsing) -> None:
        page = sign_in(stranger, email="", password="")
        assert page.one(role="alert").text.startswith("Courriel\u00a0: ")
        assert "Mot de passe\u00a0: " in page.one(role="alert").text

    def test_the_session_is_another_one_after_signing_in(self, stranger: Browsing) -> None:
        """Whoever planted or stole the one before has nothing."""
        stranger.post("/console/partners/new/", contents_of(stranger) | {"name": "Kept"})
        before = stranger.cookie(SESSION).value
        token = stranger.cookie(CSRF).value
        sign_in(stranger)
        assert stranger.cookie(SESSION).value != before
        assert stranger.cookie(CSRF).value != token
        thief = Browsing()
        thief.client.cookies[SESSION] = before
        assert is_sign_in(thief.open(HOME))

    def test_signing_out_ends_the_session_on_the_server(self, stranger: Browsing) -> None:
        sign_in(stranger)
        session = stranger.cookie(SESSION).value
        page = stranger.send(stranger.open(HOME), action="/console/sign-out/")
        assert page.title == "Ouvrir une session"
        thief = Browsing()
        thief.client.cookies[SESSION] = session
        assert is_sign_in(thief.open(HOME))

    def test_signing_out_is_asked_for_where_it_is_opened_as_a_page(self, console: Browsing) -> None:
        asked = console.open("/console/sign-out/")
        assert asked.title == "Fermer la session?"
        assert console.open(HOME).status == 200

    def test_a_session_cookie_is_not_for_scripts_or_other_sites(self, stranger: Browsing) -> None:
        sign_in(stranger)
        for name in (SESSION, CSRF):
            assert stranger.cookie(name)["httponly"], name
            assert stranger.cookie(name)["samesite"] == "Lax", name

    @pytest.mark.parametrize(
        "path", ["/console/sign-up/", "/console/signup/", "/accounts/signup/", "/console/password/reset/"]
    )
    def test_strangers_can_t_make_an_account(self, path: str, stranger: Browsing) -> None:
        assert stranger.open(path).status == 404


def contents_of(who: Browsing) -> dict[str, str]:
    return {"csrfmiddlewaretoken": who.open(SIGN_IN).all("input", name="csrfmiddlewaretoken")[0]["value"]}


def test_nobody_is_led_elsewhere_after_signing_in(console: Browsing) -> None:
    for number, payload in enumerate(some(corpus("open_redirects"), 60)):
        pages = [Page(console.client.get(SIGN_IN, {"next": payload}))]
        if number % 20 == 0:
            pages.append(sign_in(from_address(f"198.51.100.{number % 256}"), next=payload))
        for page in pages:
            assert page.status == 302, payload
            target = ada_url.URL(page.location, base="http://testserver/console/sign-in/")
            assert target.host == "testserver", payload


class TestGuessing:
    """At most ten passwords are checked in a quarter of an hour, and the owner is never kept out."""

    GUESSER, OWNER = "203.0.113.9", "198.51.100.7"

    @pytest.fixture(autouse=True)
    def _clock(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.now = time.time()
        monkeypatch.setattr(time, "time", lambda: self.now)
        return iter(())

    @pytest.fixture
    def checked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The passwords that were compared with an account's."""
        compared: list[str] = []
        check = User.check_password

        def counting(user: User, raw_password: str) -> bool:
            compared.append(raw_password)
            return check(user, raw_password)

        monkeypatch.setattr(User, "check_password", counting)
        return compared

    def guess(self, address: str, *, times: int, every_s: float = 10, **more: str) -> Page:
        """The last of so many answers."""
        answers = []
        for number in range(times):
            self.now += every_s
            answers.append(sign_in(from_address(address, **more), password=f"{WRONG}-{number}"))
        return answers[-1]

    def test_ten_are_checked_and_then_none(self, checked: list[str]) -> None:
        page = self.guess(self.GUESSER, times=2 * LIMIT)
        assert page.one(role="alert").text == LIMITED
        assert len(checked) == LIMIT

    def test_the_right_password_is_not_found_by_going_on(self) -> None:
        self.guess(self.GUESSER, times=LIMIT)
        assert sign_in(from_address(self.GUESSER)).one(role="alert").text == LIMITED

    def test_the_owner_still_gets_in_from_elsewhere(self) -> None:
        self.guess(self.GUESSER, times=2 * LIMIT)
        assert sign_in(from_address(self.OWNER)).status == 302

    def test_a_quarter_of_an_hour_later_one_can_try_again(self) -> None:
        self.guess(self.GUESSER, times=LIMIT)
        self.now += WINDOW_S
        assert sign_in(from_address(self.GUESSER)).status == 302

    def test_signing_in_does_not_count_and_does_not_forgive(self, checked: list[str]) -> None:
        for _ in range(3):
            self.guess(self.GUESSER, times=3)
            self.now += 1
            assert sign_in(from_address(self.GUESSER)).status == 302
        self.guess(self.GUESSER, times=5)
        assert len([password for password in checked if password != PASSWORD]) == LIMIT

    def test_a_header_that_nobody_trusts_changes_nothing(self, checked: list[str]) -> None:
        for number in range(20):
            self.guess(self.GUESSER, times=1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
        assert len(checked) == LIMIT

    def test_a_whole_network_of_ipv6_is_one_address(self, checked: list[str]) -> None:
        for number in range(20):
            self.guess(f"2001:db8::{number:x}", times=1)
        assert len(checked) == LIMIT

    def test_behind_a_proxy_of_ours_the_guesser_is_not_everyone(self, checked: list[str], settings: Settings) -> None:
        proxy = "10.0.0.1"
        settings.CONFIG = read_config({"RENVOI_TRUSTED_PROXIES": proxy})
        for number in range(20):
            self.guess(proxy, times=1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, {self.GUESSER}")
        assert len(checked) == LIMIT
        assert sign_in(from_address(proxy, HTTP_X_FORWARDED_FOR=self.OWNER)).status == 302

    def test_a_flood_is_answered_in_the_page_s_own_words(self) -> None:
        page = self.guess(self.GUESSER, times=31, every_s=0.1)
        assert page.status == 429
        assert LIMITED in page.text
