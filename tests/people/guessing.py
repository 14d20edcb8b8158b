"""People who guess passwords, and the time, which goes on only where a test says so."""

import time
from typing import Any

from django.test import Client

from tests.console.browsing import Browsing, Page
from tests.people.test_sign_in import HOME, SIGN_IN, WRONG, from_address, sign_in

LIMIT, WINDOW_S = 10, 15 * 60
GUESSER, OWNER = "203.0.113.9", "198.51.100.7"


class Clock:
    """The time. It stands still unless a test moves it."""

    def __init__(self) -> None:
        self.now = time.time()


def guess(address: str, *, times: int, email: str = "odile@boreale.example", forwarded_for: str = "") -> Page:
    """Send wrong passwords without cookies, and without fetching the form first. Return the last response."""
    fields = {"email": email, "password": WRONG}
    more: dict[str, Any] = {"HTTP_X_FORWARDED_FOR": forwarded_for} if forwarded_for else {}
    return Page([Client(REMOTE_ADDR=address, **more).post(SIGN_IN, fields) for _ in range(times)][-1])


def guess_everywhere(*, times: int, email: str = "odile@boreale.example") -> Page:
    """Send each wrong password from an address of its own, and return the last response."""
    return [guess(f"192.0.2.{number}", times=1, email=email) for number in range(times)][-1]


def recognized() -> Browsing:
    """A browser in which Odile has signed in, and signed out again."""
    browsing = from_address(OWNER)
    assert sign_in(browsing).status == 302
    browsing.send(browsing.open(HOME), action="/console/sign-out/")
    return browsing
