"""Run a provider, tell it what it knows of people, and sign in there as a person would in a browser."""

import subprocess
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx

from tests.console.browsing import Browsing, Page
from tests.running import free_port

START, CALLBACK = "/console/sign-in/provider/", "/console/sign-in/provider/callback/"
CLIENT_ID, CLIENT_SECRET = "renvoi-console", "a secret: of the tests & theirs"
PUBLIC_URL = "https://referral.example.com"
ROLES = (("renvoi-admins", "administrator"), ("renvoi-gestion", "manager"), ("staff", "reader"))


class Provider:
    """A provider at a port of this machine, for the duration of a `with` block."""

    def __init__(self) -> None:
        self._port = free_port()
        self.issuer = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ends_at = time.monotonic() + 60
        while time.monotonic() < ends_at and self._process.poll() is None:
            with suppress(httpx.TransportError):
                httpx.get(f"{self.issuer}/jwks", timeout=5)
                return self
            time.sleep(0.05)
        self.__exit__(None, None, None)
        raise AssertionError("the provider does not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Make it no longer answer. Safe to repeat."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def knows(self, subject: str, **claims: Any) -> None:
        """Replace what the provider says of a person."""
        httpx.put(f"{self.issuer}/users/{quote(subject)}", json=claims, timeout=10).raise_for_status()

    def authorize(self, url: str, subject: str) -> str:
        """Sign in at the provider, at the address to which the console has led. Returns that which it leads back to."""
        back = httpx.post(url, data={"sub": subject}, timeout=10)
        assert back.has_redirect_location, back.text
        return back.headers["Location"]


def path_of(url: str) -> str:
    """The path and the query of an address of the console."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def sign_in(browsing: Browsing, provider: Provider, subject: str, *, start: str = START) -> Page:
    """Sign in by the provider. Returns the console's answer to the way back, without following it."""
    there = browsing.open(start)
    assert there.status == 302, there.html
    return browsing.open(path_of(provider.authorize(there.location, subject)))
