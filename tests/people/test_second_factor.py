"""A second factor at sign-in: when it is asked for, right and wrong codes, guesses; how it is set up and removed."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.utils.crypto import get_random_string
from pytest_django import Settings

from renvoi.people import actions
from renvoi.people.factors.adapter import decrypt
from renvoi.people.models import Device, Draft, SecurityEvent, StaffSession, User
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.people.factors import CODE, RECOVERY, SECRET, SETUP, code_at, code_now, with_app
from tests.people.guessing import OWNER, Clock
from tests.people.test_sign_in import HOME, SESSION, SIGN_IN, from_address, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Kind = SecurityEvent.Kind
SECURITY = "/console/account/security/"


def kinds(account: User) -> list[str]:
    return [*SecurityEvent.objects.filter(account=account).order_by("id").values_list("kind", flat=True)]


def enter(browsing: Browsing, code: str, *, path: str = CODE) -> Page:
    """Type a code on the page of the second step."""
    return browsing.send(browsing.open(path), follow=False, code=code)


def recognized_by_code() -> Browsing:
    """A browser in which Odile has signed in with both factors, and signed out again."""
    browsing = from_address(OWNER)
    sign_in(browsing)
    assert enter(browsing, code_now()).location == "/console/"
    browsing.send(browsing.open(HOME), action="/console/sign-out/")
    return browsing


class TestSigningIn:
    """Nobody is signed in by the password alone."""

    def test_the_code_completes_the_sign_in(self, odile: User, stranger: Browsing) -> None:
        with_app(odile)
        assert sign_in(stranger).location == CODE
        page = stranger.open(CODE)
        field = page.one("input", name="code")
        assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
        assert stranger.send(page, follow=False, code=code_now()).location == "/console/"
        assert stranger.open(HOME).status == 200

    def test_before_the_code_there_is_no_session_no_device_and_no_entry(self, odile: User, stranger: Browsing) -> None:
        with_app(odile)
        before = len(kinds(odile))
        sign_in(stranger)
        assert is_sign_in(stranger.open(HOME))
        assert not StaffSession.objects.exists()
        assert not Device.objects.exists()
        assert "renvoi_device" not in stranger.client.cookies
        assert kinds(odile)[before:] == []
        key = stranger.cookie(SESSION).value
        enter(stranger, code_now())
        assert stranger.cookie(SESSION).value != key
        assert not Session.objects.filter(session_key=key).exists()
        assert kinds(odile)[before:] == [Kind.SIGNED_IN]
        assert Device.objects.get().account == odile

    def test_account_without_a_factor_signs_in_by_password(self, odile: User, stranger: Browsing) -> None:
        with_app(odile)
        wendy = colleague("wendy@boreale.example")
        assert sign_in(stranger, email=wendy.email).location == "/console/"

    def test_page_of_the_code_without_a_password_leads_to_sign_in(self, stranger: Browsing) -> None:
        assert is_sign_in(stranger.open(CODE))

    def test_sign_in_leads_to_the_requested_page_and_its_draft(self, odile: User, console: Browsing) -> None:
        with_app(odile)
        page = console.open("/console/account/")
        del console.client.cookies[SESSION]
        sent = console.send(page, follow=False, csv_separator=";")
        first = console.send(console.follow(sent), follow=False, email=odile.email, password=PASSWORD)
        assert first.location == CODE
        assert console.open(CODE).one(class_="message").text.startswith("Ce que vous aviez tapé est conservé")
        restored = console.follow(enter(console, code_now()))
        assert restored.path == "/console/account/"
        assert "checked" in restored.one("input", name="csv_separator", value=";").attributes

    def test_page_of_the_code_promises_no_draft_without_one(self, odile: User, stranger: Browsing) -> None:
        with_app(odile)
        stranger.send(stranger.follow(stranger.open(HOME)), email=odile.email, password=PASSWORD)
        assert not stranger.open(CODE).all(class_="message")

    def test_signing_out_after_the_session_has_ended_leaves_no_draft(self, console: Browsing) -> None:
        page = console.open(HOME)
        del console.client.cookies[SESSION]
        sent = console.send(page, action="/console/sign-out/", follow=False)
        assert is_sign_in(sent)
        assert not Draft.objects.exists()

    def test_code_that_comes_too_late_is_not_stored_as_a_draft(self, odile: User, clock: Clock) -> None:
        with_app(odile)
        browsing = recognized_by_code()
        clock.now += 60
        sign_in(browsing)
        page = browsing.open(CODE)
        clock.now += 1000
        assert is_sign_in(browsing.send(page, follow=False, code=code_now()))
        assert not Draft.objects.filter(path=CODE).exists()

    def test_another_account_can_be_chosen(self, odile: User, stranger: Browsing) -> None:
        with_app(odile)
        sign_in(stranger)
        assert stranger.open(SIGN_IN).location == CODE
        assert stranger.client.post(CODE, {"again": "on"}).status_code == 403  # without its token
        stranger.post(
            CODE,
            {
                "again": "on",
                "csrfmiddlewaretoken": stranger.open(CODE).all("input", name="csrfmiddlewaretoken")[0]["value"],
            },
        )
        assert stranger.open(SIGN_IN).title == "Ouvrir une session"

    @pytest.mark.parametrize("change", ["password", "switch"])
    def test_password_that_was_changed_meanwhile_is_not_enough(
        self, change: str, odile: User, stranger: Browsing
    ) -> None:
        with_app(odile)
        colleague("zoe@boreale.example")
        sign_in(stranger)
        page = stranger.open(CODE)
        if change == "password":
            actions.set_password(account=odile, password="neuf-renards-patients")
        else:
            actions.disable_account(account=odile)
        assert is_sign_in(stranger.send(page, follow=False, code=code_now()))
        assert is_sign_in(stranger.open(HOME))


class TestCodes:
    """Which codes are right."""

    def test_examples_of_the_standard(self) -> None:
        assert [code_at(moment) for moment in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]

    @pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 302), (0, 302), (1, 302), (2, 422)])
    def test_one_step_early_or_late_is_right(self, steps: int, status: int, odile: User, stranger: Browsing) -> None:
        with_app(odile)
        sign_in(stranger)
        page = enter(stranger, code_now(steps=steps))
        assert page.status == status
        assert status == 302 or page.errors["code"].startswith("Ce code n’est pas le bon")

    @pytest.mark.parametrize("later_s", [0, 29, 31, 59])
    def test_code_serves_once(self, later_s: int, odile: User, clock: Clock) -> None:
        """Its tolerance would make it right for 90 seconds."""
        with_app(odile)
        clock.now = clock.now // 30 * 30
        code = code_now()
        first, second = Browsing(), Browsing()
        sign_in(first)
        assert enter(first, code).status == 302
        clock.now += later_s
        sign_in(second)
        assert enter(second, code).status == 422
        assert enter(second, code_now(steps=1)).status == 302

    def test_code_that_confirmed_the_app_does_not_sign_in(self, console: Browsing) -> None:
        page = console.open(SETUP)
        code = code_now(page.one("input", id="secret")["value"])
        assert console.send(page, code=code, current_password=PASSWORD).title == "Votre application est configurée"
        browsing = Browsing()
        sign_in(browsing)
        assert enter(browsing, code).status == 422

    def test_code_with_spaces_is_right(self, odile: User, stranger: Browsing) -> None:
        with_app(odile)
        sign_in(stranger)
        code = code_now()
        assert enter(stranger, f" {code[:3]} {code[3:]} ").status == 302

    @pytest.mark.parametrize("code", ["", "abcdef", "0", "\0", "é" * 6, "٣٤٥٦٧٨", "1" * 5000])
    def test_anything_else_is_refused(self, code: str, odile: User, stranger: Browsing) -> None:
        with_app(odile)
        sign_in(stranger)
        assert enter(stranger, code).status in {400, 422}
        assert enter(stranger, code, path=RECOVERY).status in {400, 422}

    def test_recovery_code_serves_once_and_is_logged(self, odile: User) -> None:
        codes = with_app(odile)
        assert len({*codes}) == 10
        for shown, status in ((f"{codes[3][:4]} {codes[3][4:]}", 302), (codes[3], 422), (codes[4], 302)):
            browsing = Browsing()
            sign_in(browsing)
            assert enter(browsing, shown, path=RECOVERY).status == status
        assert kinds(odile).count(Kind.RECOVERY_CODE_USED) == 2
        assert kinds(odile).count(Kind.CODE_REFUSED) == 1

    def test_secrets_are_encrypted(self, odile: User) -> None:
        codes = with_app(odile)
        stored = json.dumps([*Authenticator.objects.values_list("data", flat=True)])
        assert SECRET not in stored
        assert not any(code in stored for code in codes)
        assert decrypt(Authenticator.objects.get(type="totp").data["secret"]) == SECRET

    def test_secret_of_another_secret_key_refuses_every_code(
        self, odile: User, stranger: Browsing, settings: Settings
    ) -> None:
        codes = with_app(odile)
        settings.SECRET_KEY = get_random_string(50)
        sign_in(stranger)
        assert enter(stranger, code_now()).status == 422
        assert enter(stranger, codes[0], path=RECOVERY).status == 422
