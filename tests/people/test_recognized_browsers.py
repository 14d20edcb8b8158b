"""Browsers in which an account has signed in: they are recognized by a cookie, and have their own allowance."""

import pytest
from django.core import signing

from renvoi.people.models import Device, User
from renvoi.people.passwords import allowances
from tests.cast import colleague
from tests.people.guessing import GUESSER, LIMIT, OWNER, WINDOW_S, Clock, guess, guess_everywhere, recognized
from tests.people.test_sign_in import HOME, WRONG, from_address, sign_in

DEVICE = "renvoi_device"


@pytest.mark.usefixtures("odile", "clock")
class TestRecognizedBrowser:
    """A browser in which the account has signed in has an allowance of its own."""

    def test_owner_can_sign_in_while_strangers_guess(self) -> None:
        browsing = recognized()
        guess_everywhere(times=2 * LIMIT)
        guess(OWNER, times=2 * LIMIT)
        assert sign_in(browsing).status == 302

    def test_owner_can_sign_in_when_the_table_is_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        browsing = recognized()
        monkeypatch.setattr(allowances, "IN_ALL", LIMIT)
        guess_everywhere(times=LIMIT)
        assert sign_in(browsing).status == 302

    def test_its_allowance_is_limited_too(self, clock: Clock, checked: list[str]) -> None:
        browsing = recognized()
        checked.clear()
        pages = [sign_in(browsing, password=WRONG) for _ in range(2 * LIMIT)]
        assert [page.status for page in pages] == [200] * LIMIT + [429] * LIMIT
        assert len(checked) == LIMIT
        clock.now += WINDOW_S
        assert sign_in(browsing).status == 302

    def test_its_failures_do_not_limit_others(self) -> None:
        browsing = recognized()
        for _ in range(2 * LIMIT):
            sign_in(browsing, password=WRONG)
        assert sign_in(from_address(GUESSER)).status == 302

    def test_cookie_of_one_account_does_not_help_with_another(self) -> None:
        wendy = colleague("wendy@boreale.example")
        browsing = recognized()
        guess_everywhere(times=LIMIT, email=wendy.email)
        assert sign_in(browsing, email=wendy.email).status == 429

    def test_two_people_can_share_a_browser(self) -> None:
        wendy = colleague("wendy@boreale.example")
        browsing = recognized()
        sign_in(browsing, email=wendy.email)
        browsing.send(browsing.open(HOME), action="/console/sign-out/")
        for email in ("odile@boreale.example", wendy.email):
            guess_everywhere(times=LIMIT, email=email)
            assert sign_in(browsing, email=email).status == 302
            browsing.send(browsing.open(HOME), action="/console/sign-out/")

    @pytest.mark.parametrize("content", [["00" * 16], ["not hex"], [5], {"a": 1}, 5, None])
    def test_signed_nonsense_is_ignored(self, content: object) -> None:
        guess_everywhere(times=LIMIT)
        browsing = from_address(OWNER)
        browsing.client.cookies[DEVICE] = signing.dumps(content, salt="renvoi.people.devices")
        assert sign_in(browsing).status == 429

    @pytest.mark.parametrize("forged", ["", "x", "W10", "a:b:c", "::", "é:b:c"])
    def test_forged_cookie_is_ignored(self, forged: str) -> None:
        guess_everywhere(times=LIMIT)
        browsing = from_address(OWNER)
        browsing.client.cookies[DEVICE] = forged
        assert sign_in(browsing).status == 429

    def test_id_without_signature_is_ignored(self) -> None:
        cookie = recognized().cookie(DEVICE).value
        guess_everywhere(times=LIMIT)
        for value in (Device.objects.get().id.hex, cookie[:-1], cookie.replace(cookie[3], "_", 1)):
            browsing = from_address(OWNER)
            browsing.client.cookies[DEVICE] = value
            assert sign_in(browsing).status == 429

    def test_revoked_cookie_is_ignored(self) -> None:
        browsing = recognized()
        Device.objects.all().delete()
        guess_everywhere(times=LIMIT)
        assert sign_in(browsing).status == 429

    def test_cookie_expires_180_days_after_the_last_sign_in(self, clock: Clock) -> None:
        browsing = recognized()
        clock.now += 179 * 86_400
        sign_in(browsing)
        browsing.send(browsing.open(HOME), action="/console/sign-out/")
        clock.now += 179 * 86_400
        guess_everywhere(times=LIMIT)
        assert sign_in(browsing).status == 302
        browsing.send(browsing.open(HOME), action="/console/sign-out/")
        clock.now += 180 * 86_400
        guess_everywhere(times=LIMIT)
        assert sign_in(browsing).status == 429

    def test_account_has_at_most_20_recognized_browsers(self, odile: User, clock: Clock) -> None:
        browsings = []
        for _ in range(22):
            clock.now += 1
            browsings.append(recognized())
        assert odile.devices.count() == 20
        guess_everywhere(times=LIMIT)
        assert [sign_in(browsing).status for browsing in (browsings[0], browsings[-1])] == [429, 302]

    def test_cookie_is_httponly_lax_and_the_same_for_a_browser(self, odile: User) -> None:
        browsing = recognized()
        sign_in(browsing)
        cookie = browsing.cookie(DEVICE)
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["max-age"] == 180 * 86_400
        assert odile.devices.count() == 1

    def test_failed_sign_in_sets_no_cookie(self) -> None:
        browsing = from_address(GUESSER)
        sign_in(browsing, password=WRONG)
        assert DEVICE not in browsing.client.cookies
