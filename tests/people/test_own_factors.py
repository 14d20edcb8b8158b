"""Second factors: guesses at their codes, one's own pages to set them up, and what helps who has lost them."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from renvoi.people.factors import checking, totp
from renvoi.people.factors.actions import remove_factors
from renvoi.people.models import PasswordCheck, SecurityEvent, User
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing, Page
from tests.people.factors import CODE, RECOVERY, SETUP, code_now, with_app
from tests.people.guessing import LIMIT, WINDOW_S, Clock
from tests.people.test_second_factor import enter, kinds, recognized_by_code
from tests.people.test_sign_in import SIGN_IN, from_address, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Kind = SecurityEvent.Kind
SECURITY = "/console/account/security/"


def guess_code(number: int, *, path: str) -> Page:
    """Know the password, and guess one code from an address of its own."""
    client = Client(REMOTE_ADDR=f"10.{number // 250}.{number % 250}.9")
    client.post(SIGN_IN, {"email": "odile@boreale.example", "password": PASSWORD})
    return Page(client.post(path, {"code": f"{number:08}" if path == RECOVERY else f"{number:06}"}))


class TestGuessing:
    """Guesses at the codes of one account are limited, from however many addresses, and its owner gets in."""

    @pytest.mark.parametrize("path", [CODE, RECOVERY])
    def test_guesses_of_a_thousand_addresses(
        self, path: str, odile: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        codes = with_app(odile)
        owner = recognized_by_code()
        clock.now += 60
        checked: list[str] = []
        name = "use_code" if path == CODE else "use_recovery_code"
        use = getattr(checking, name)

        def counted(account: User, code: str, **more: Any) -> bool:
            checked.append(code)
            return bool(use(account, code, **more))

        monkeypatch.setattr(checking, name, counted)
        # Whoever guesses codes knows the password: comparing it a thousand times would take a minute.
        monkeypatch.setattr("renvoi.people.adapter.check_sign_in", lambda **_: odile)
        pages = [guess_code(number, path=path) for number in range(1000)]
        assert len(checked) == LIMIT
        assert [page.status for page in pages] == [422] * LIMIT + [429] * (1000 - LIMIT)
        assert pages[-1].response.headers["Retry-After"] == str(WINDOW_S)
        assert pages[-1].errors["code"] == "Trop de tentatives. Attendez quelques minutes, puis réessayez."
        sign_in(owner)
        assert enter(owner, code_now() if path == CODE else codes[0], path=path).status == 302

    def test_right_code_beyond_the_limit_is_refused_and_not_used(self, odile: User, clock: Clock) -> None:
        codes = with_app(odile)
        for number in range(LIMIT):
            guess_code(number, path=CODE)
        browsing = from_address("203.0.113.77")
        sign_in(browsing)
        assert enter(browsing, codes[0], path=RECOVERY).status == 429
        clock.now += WINDOW_S
        browsing = from_address("203.0.113.77")
        sign_in(browsing)
        assert enter(browsing, codes[0], path=RECOVERY).status == 302

    def test_wrong_codes_do_not_use_up_the_password(self, odile: User) -> None:
        with_app(odile)
        for number in range(2 * LIMIT):
            guess_code(number, path=CODE)
        assert sign_in(from_address("203.0.113.77")).location == CODE

    def test_right_code_is_not_counted(self, odile: User) -> None:
        with_app(odile)
        recognized_by_code()
        assert not PasswordCheck.objects.exists()

    def test_wrong_codes_are_in_the_log(self, odile: User) -> None:
        with_app(odile)
        for _ in range(3):
            guess_code(1, path=CODE)
        assert SecurityEvent.objects.get(kind=Kind.CODE_REFUSED).count == 3


class TestOwnPages:
    """Set up, new recovery codes, switch off."""

    def test_set_up(self, odile: User, console: Browsing) -> None:
        page = console.open(SETUP)
        secret = page.one("input", id="secret")["value"]
        assert re.fullmatch(r"[A-Z2-7]{32}", secret)
        assert page.one("svg", class_="qr").one("path")["d"].startswith("M4 4h1v1h-1z")
        assert "style" not in page.one("svg", class_="qr").attributes
        assert not Authenticator.objects.exists()
        wrong = console.send(page, code="000000", current_password="x")
        assert (wrong.status, {*wrong.errors}) == (422, {"code", "current_password"})
        assert wrong.one("input", id="secret")["value"] == secret
        done = console.send(wrong, code=code_now(secret), current_password=PASSWORD)
        shown = done.one("textarea", id="codes").raw_text.split()
        assert len(shown) == 20
        assert kinds(odile)[-2:] == [Kind.FACTOR_SET_UP, Kind.RECOVERY_CODES_MADE]
        state = console.open(SECURITY)
        assert "10 codes restants" in state.html
        assert not any(code in state.html for code in shown)
        assert console.open(SETUP).location == SECURITY

    def test_form_sent_twice_leaves_the_first_secret(self, odile: User, console: Browsing) -> None:
        page = console.open(SETUP)
        secret = page.one("input", id="secret")["value"]
        pages = [console.send(page, follow=False, code=code_now(secret), current_password=PASSWORD) for _ in range(2)]
        assert (pages[0].status, pages[1].location) == (200, SECURITY)
        assert kinds(odile)[-2:] == [Kind.FACTOR_SET_UP, Kind.RECOVERY_CODES_MADE]

    def test_secret_that_another_account_was_shown_is_not_accepted(self, console: Browsing) -> None:
        wendy = Browsing.signed_in(colleague("wendy@boreale.example"))
        theirs = wendy.open(SETUP)
        secret = theirs.one("input", id="secret")["value"]
        setup = theirs.one("input", name="setup")["value"]
        sent = console.send(console.open(SETUP), setup=setup, code=code_now(secret), current_password=PASSWORD)
        assert sent.status == 422
        assert sent.one("input", id="secret")["value"] != secret

    def test_page_that_is_too_old_shows_another_secret(self, console: Browsing, clock: Clock) -> None:
        page = console.open(SETUP)
        secret = page.one("input", id="secret")["value"]
        clock.now += totp.SETUP_MAX_AGE_S + 1
        sent = console.send(page, code=code_now(secret), current_password=PASSWORD)
        assert (sent.status, sent.one("input", id="secret")["value"] != secret) == (422, True)

    def test_new_recovery_codes_replace_the_old_ones(self, odile: User, console: Browsing) -> None:
        old = with_app(odile)
        page = console.open("/console/account/security/recovery-codes/")
        assert console.send(page, current_password="x").errors["current_password"]
        shown = console.send(page, current_password=PASSWORD).one("textarea", id="codes").raw_text.split("\n")
        new = [line for line in shown if line]
        for code, status in ((old[0], 422), (new[0], 302)):
            browsing = Browsing()
            sign_in(browsing)
            assert enter(browsing, code, path=RECOVERY).status == status

    def test_switching_off_asks_for_the_password(self, odile: User, console: Browsing) -> None:
        with_app(odile)
        page = console.open("/console/account/security/app/remove/")
        assert console.send(page, current_password="x").status == 422
        assert Authenticator.objects.count() == 2
        assert console.send(page, current_password=PASSWORD).notices == [
            "L’application d’authentification est désactivée."
        ]
        assert not Authenticator.objects.exists()
        assert kinds(odile)[-1] == Kind.FACTOR_REMOVED
        assert sign_in(Browsing()).location == "/console/"

    def test_guesses_of_the_password_are_limited(self, odile: User, console: Browsing) -> None:
        with_app(odile)
        page = console.open("/console/account/security/app/remove/")
        pages = [console.send(page, current_password=f"x{number}") for number in range(LIMIT + 1)]
        assert (pages[-1].status, "Retry-After" in pages[-1].response.headers) == (429, True)


class TestLostFactor:
    """An administrator, or a command, removes the second factor of an account that lost it."""

    def test_administrator_removes_it(self, odile: User, console: Browsing) -> None:
        wendy = colleague("wendy@boreale.example", name="Wendy")
        with_app(wendy)
        link = f"/console/accounts/{wendy.id}/second-factor/"
        account = console.open(f"/console/accounts/{wendy.id}/")
        assert account.one("a", href=link).text == "Retirer le second facteur"
        page = console.open(link)
        assert page.title == "Retirer le second facteur du compte de Wendy?"
        assert Authenticator.objects.exists()
        form = page.one("form", class_="question")
        token = form.one("input", name="csrfmiddlewaretoken")["value"]
        console.post(link, {"csrfmiddlewaretoken": token})
        assert not Authenticator.objects.exists()
        event = SecurityEvent.objects.order_by("-id")[0]
        assert (event.kind, event.account, event.actor) == (Kind.FACTOR_REMOVED, wendy, odile)
        assert not console.open(f"/console/accounts/{wendy.id}/").all("a", href=link)

    def test_removing_twice_is_safe(self, odile: User) -> None:
        with_app(odile)
        assert [remove_factors(account=odile), remove_factors(account=odile)] == [True, False]
        assert kinds(odile).count(Kind.FACTOR_REMOVED) == 1
