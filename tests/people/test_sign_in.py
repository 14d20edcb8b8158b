"""Signing in and out, error messages, and the limits on guessing passwords."""

import ada_url
import pytest

from renvoi.people.models import User
from tests.cast import PASSWORD, sample
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.corpora import corpus

SIGN_IN, HOME = "/console/sign-in/", "/console/partners/"
SESSION, CSRF = "renvoi_session", "renvoi_csrf"
WRONG = "trois-loutres-calmes"
REFUSED = "Le courriel ou le mot de passe est incorrect. Vérifiez-les, puis réessayez."
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

    @pytest.mark.usefixtures("alo_brasil")
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
        ("language", "sentence"),
        [("fr", REFUSED), ("en", "The email or password is incorrect. Check both, then try again.")],
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
        planted = stranger.client.session
        planted["planted"] = "yes"
        planted.save()
        stranger.open(SIGN_IN)
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
        assert stranger.open(path).status in {404, 410}


def test_next_parameter_cannot_redirect_to_another_host(console: Browsing) -> None:
    for number, payload in enumerate(sample(corpus("open_redirects"), 60)):
        pages = [Page(console.client.get(SIGN_IN, {"next": payload}))]
        if number % 20 == 0:
            pages.append(sign_in(from_address(f"198.51.100.{number % 256}"), next=payload))
        for page in pages:
            assert page.status == 302, payload
            target = ada_url.URL(page.location, base="http://testserver/console/sign-in/")
            assert target.host == "testserver", payload


@pytest.mark.parametrize(
    "target",
    [
        "/go/7?country=BR",
        "/go/",
        "/",
        "/partners/",
        "/console/../go/7",
        "/console/%2e%2e/go/7",
        "/console/..%2fgo/7",
        "//testserver/go/7",
        "http://testserver/go/7",
        "\\\\testserver\\go\\7",
        "http:go/7",
        "//evil.example/console/",
        "http://localhost/console/",
        "https://testserver/console/",
        " //evil.example/console/",
    ],
)
def test_sign_in_leads_to_pages_of_the_console_only(target: str, console: Browsing, stranger: Browsing) -> None:
    assert Page(console.client.get(SIGN_IN, {"next": target})).location == "/console/"
    assert Page(console.client.get(SIGN_IN, {"next": "/console/trash/"})).location == "/console/trash/"
    assert sign_in(stranger, next=target).location == "/console/"
