"""Where a request or a command comes from, as the security log names it."""

from dataclasses import dataclass, field, replace

from django.http import HttpRequest

from renvoi.people.browsers import Browser, parse_browser
from renvoi.people.models import User
from renvoi.people.own_site import address_of


@dataclass(frozen=True, slots=True)
class Origin:
    """Who acts, through which channel, in which browser and from which address. What is not known is empty."""

    channel: str
    actor: User | None = None
    browser: Browser = field(default_factory=Browser)
    address: str = ""


COMMAND = Origin(channel="cli")


def provider_origin(request: HttpRequest) -> Origin:
    """Return the origin of what the OpenID Connect provider causes when a person signs in."""
    return replace(origin_of(request), channel="oidc", actor=None)


def origin_of(request: HttpRequest, *, actor: User | None = None) -> Origin:
    """Return the origin of a request of the console. The actor is by default the account that is signed in."""
    user = getattr(request, "user", None)
    return Origin(
        channel="console",
        actor=actor or (user if isinstance(user, User) else None),
        browser=parse_browser(request.headers.get("User-Agent", "")),
        address=str(address_of(request) or ""),
    )
