"""What must be remembered while a person is at the provider: in a signed cookie of that browser, for ten minutes.

A session would be a row in the database for each stranger who follows the link.
"""

import hmac
import secrets
from dataclasses import asdict, dataclass, field
from hashlib import sha256

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlsafe_base64_encode

MAX_AGE_S = 600
MAX_TARGET = 1_500
"""The length of an address of the console that is returned to. A cookie has 4 kB."""

_SALT = "renvoi.people.oidc.journey"


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One way to the provider and back. `target` is the page of the console that it ends at; empty: the first one."""

    target: str = ""
    state: str = field(default_factory=_random)
    nonce: str = field(default_factory=_random)
    verifier: str = field(default_factory=_random)

    def challenge(self) -> str:
        """Return the PKCE challenge (RFC 7636, S256)."""
        return urlsafe_base64_encode(sha256(self.verifier.encode()).digest())

    def is_for(self, state: str) -> bool:
        """Return whether the provider's answer with this state belongs to this journey."""
        return hmac.compare_digest(self.state.encode(), state.encode("utf-8", "replace"))


def begin(response: HttpResponse, journey: Journey) -> None:
    """Have the browser remember the journey, in place of an earlier one."""
    response.set_cookie(
        settings.OIDC_COOKIE_NAME,
        signing.dumps(asdict(journey), salt=_SALT),
        max_age=MAX_AGE_S,
        httponly=True,
        # The provider leads back with a link of its site.
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def current(request: HttpRequest) -> Journey | None:
    """Return the journey of this browser; None without one, or if it began too long ago."""
    try:
        content = signing.loads(request.COOKIES.get(settings.OIDC_COOKIE_NAME, ""), salt=_SALT, max_age=MAX_AGE_S)
        return Journey(**content)
    except (signing.BadSignature, TypeError):
        return None


def end(response: HttpResponse) -> None:
    """Have the browser forget the journey: an answer of the provider serves once."""
    response.delete_cookie(settings.OIDC_COOKIE_NAME, samesite="Lax")
