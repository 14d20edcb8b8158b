"""The limits on guessing passwords: per account over all addresses, per address, in all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from renvoi.config import read_config
from renvoi.people.models import Device, PasswordCheck, User
from renvoi.people.passwords import allowances
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing
from tests.people.guessing import GUESSER, LIMIT, OWNER, WINDOW_S, Clock, guess, guess_everywhere
from tests.people.test_sign_in import SIGN_IN, WRONG, from_address, sign_in

TOO_MANY = {
    "fr": "Trop de tentatives. Attendez quelques minutes, puis réessayez.",
    "en": "Too many attempts. Wait a few minutes, then try again.",
}


@pytest.mark.usefixtures("odile", "clock")
class TestAccount:
    """At most ten wrong passwords of one account are checked in 15 minutes, over all addresses."""

    @pytest.mark.parametrize("email", ["odile@boreale.example", "nobody@boreale.example"])
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_guesses_from_many_addresses_are_limited_with_and_without_an_account(
        self, email: str, language: str, checked: list[str]
    ) -> None:
        assert guess_everywhere(times=3 * LIMIT, email=email).status == 429
        assert len(checked) == LIMIT
        browsing = from_address(OWNER)
        browsing.client.cookies["renvoi_console_lang"] = language
        page = sign_in(browsing, email=email)
        assert (page.status, page.one(role="alert").text) == (429, TOO_MANY[language])
        assert page.response.headers["Retry-After"] == str(WINDOW_S)
        assert page.one("input", name="email")["value"] == email

    @pytest.mark.parametrize("email", ["ODILE@boreale.example", " odile@boreale.example ", "odile@BOREALE.example"])
    def test_spellings_of_one_email_share_an_allowance(self, email: str, checked: list[str]) -> None:
        guess_everywhere(times=LIMIT)
        assert guess(GUESSER, times=1, email=email).status == 429
        assert len(checked) == LIMIT

    @pytest.mark.parametrize("email", ["odıle@boreale.example", "odile@boreale.example.", "odile+1@boreale.example"])
    def test_look_alikes_are_other_emails(self, email: str) -> None:
        """None of them may sign in, or be limited, as the account of which a database may find them equal."""
        guess_everywhere(times=LIMIT)
        assert sign_in(from_address(OWNER), email=email).status == 200
        assert not Device.objects.exists()

    def test_other_accounts_are_not_limited(self) -> None:
        colleague("wendy@boreale.example")
        guess(GUESSER, times=2 * LIMIT)
        assert sign_in(from_address(GUESSER), email="wendy@boreale.example").status == 302

    def test_allowance_returns_check_by_check(self, clock: Clock, checked: list[str]) -> None:
        for _ in range(LIMIT):
            guess(GUESSER, times=1)
            clock.now += 60
        page = guess(GUESSER, times=1)
        assert (page.status, page.response.headers["Retry-After"]) == (429, str(WINDOW_S - 60 * LIMIT))
        clock.now += int(page.response.headers["Retry-After"])
        assert [guess(GUESSER, times=1).status for _ in range(2)] == [200, 429]
        assert len(checked) == LIMIT + 1

    def test_successful_sign_in_neither_counts_nor_resets_failures(self, checked: list[str]) -> None:
        for _ in range(3):
            guess(GUESSER, times=3)
            assert sign_in(from_address(GUESSER)).status == 302
        guess(GUESSER, times=5)
        assert len([password for password in checked if password != PASSWORD]) == LIMIT

    def test_correct_password_is_refused_like_a_wrong_one(self) -> None:
        guess(GUESSER, times=LIMIT)
        assert sign_in(from_address(GUESSER)).status == 429

    def test_disabled_account_is_limited_alike(self, odile: User, checked: list[str]) -> None:
        odile.is_active = False
        odile.save()
        assert guess_everywhere(times=2 * LIMIT).status == 429
        assert len(checked) == LIMIT


@pytest.mark.usefixtures("odile", "clock")
class TestAddress:
    """An address may fail for many accounts, but not without end."""

    def test_failures_of_one_colleague_do_not_lock_out_the_office(self) -> None:
        wendy = colleague("wendy@boreale.example")
        guess(OWNER, times=3 * LIMIT)
        assert sign_in(from_address(OWNER), email=wendy.email).status == 302

    def test_guesses_at_many_accounts_are_limited_by_address(self, checked: list[str]) -> None:
        for number in range(12):
            guess(GUESSER, times=LIMIT, email=f"person{number}@boreale.example")
        assert len(checked) == allowances.PER_ADDRESS
        assert sign_in(from_address(GUESSER)).status == 429
        assert sign_in(from_address(OWNER)).status == 302

    def test_ipv6_network_counts_as_one_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(allowances, "PER_ADDRESS", 3)
        statuses = [
            guess(f"2001:db8::{number:x}", times=1, email=f"p{number}@boreale.example").status for number in range(4)
        ]
        assert statuses == [200, 200, 200, 429]
        assert guess("2001:db8:0:1::1", times=1, email="other@boreale.example").status == 200

    def test_client_behind_a_trusted_proxy_is_told_from_others(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(allowances, "PER_ADDRESS", 3)
        proxy = "10.0.0.1"
        settings.CONFIG = read_config({"RENVOI_TRUSTED_PROXIES": proxy})
        pages = [
            guess(proxy, times=1, email=f"p{number}@boreale.example", forwarded_for=f"192.0.2.{number}, {GUESSER}")
            for number in range(4)
        ]
        assert pages[-1].status == 429
        assert sign_in(from_address(proxy, HTTP_X_FORWARDED_FOR=OWNER)).status == 302

    def test_header_of_an_untrusted_client_is_ignored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(allowances, "PER_ADDRESS", 3)
        pages = [
            guess(GUESSER, times=1, email=f"p{number}@boreale.example", forwarded_for=f"192.0.2.{number}")
            for number in range(4)
        ]
        assert pages[-1].status == 429


@pytest.mark.usefixtures("odile", "clock")
class TestTable:
    """The table of checks is bounded, and tells nothing about those who tried."""

    def test_table_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(allowances, "IN_ALL", 7)
        pages = [guess(f"192.0.2.{n}", times=1, email=f"p{n}@boreale.example") for n in range(9)]
        assert [page.status for page in pages] == [200] * 7 + [429] * 2
        assert PasswordCheck.objects.count() == 7

    def test_refused_guesses_store_nothing(self) -> None:
        guess_everywhere(times=5 * LIMIT)
        assert PasswordCheck.objects.count() == LIMIT

    def test_old_checks_are_deleted(self, clock: Clock) -> None:
        guess_everywhere(times=LIMIT)
        clock.now += WINDOW_S
        guess(GUESSER, times=1)
        assert PasswordCheck.objects.count() == 1

    def test_table_has_neither_email_nor_address(self) -> None:
        guess(GUESSER, times=1)
        row = str(PasswordCheck.objects.values().get())
        assert "odile" not in row
        assert GUESSER not in row


class TestConcurrency:
    """Simultaneous guesses can't exceed an allowance."""

    @pytest.fixture(autouse=True)
    def _odile(self, committed: None) -> Iterator[None]:  # noqa: ARG002 (its threads need real commits)
        colleague("odile@boreale.example")
        return iter(())

    def test_120_simultaneous_guesses_make_ten_checks(self, checked: list[str]) -> None:
        first = Browsing()
        token = first.open(SIGN_IN).all("input", name="csrfmiddlewaretoken")[0]["value"]

        def send(number: int) -> int:
            browsing = from_address(f"192.0.2.{number}")
            browsing.client.cookies["renvoi_csrf"] = first.cookie("renvoi_csrf").value
            fields = {"email": "odile@boreale.example", "password": WRONG, "csrfmiddlewaretoken": token}
            try:
                return browsing.post(SIGN_IN, fields).status
            finally:
                connection.close()

        with ThreadPoolExecutor(16) as executor:
            statuses = sorted(executor.map(send, range(120)))
        assert statuses == [200] * LIMIT + [429] * (120 - LIMIT)
        assert len(checked) == LIMIT
