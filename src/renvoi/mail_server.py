"""Parse the address of a mail server, smtp://user:password@host:587?from=renvoi@example.com, into one frozen value."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Security = Literal["none", "starttls", "tls"]
EXAMPLE = "smtp://user:password@mail.example.com:587?from=renvoi@example.com"

_PORTS = {"smtp": 587, "smtps": 465}
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server, and the address that messages come from. `starttls` is required where it is chosen.

    Without `user` there is no authentication.
    """

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def parse_mail_server(url: str) -> MailServer:
    """Return the server of a URL. Raises ValueError, with the reason, which never contains the password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        # The message of the library may contain the URL with its password.
        raise ValueError(f"it must be like {EXAMPLE}") from None
    if parts.scheme not in _PORTS:
        raise ValueError("it must begin with smtp:// or smtps://")
    if not parts.hostname or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(f"it must be like {EXAMPLE}")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise ValueError("its port must be a number up to 65535") from None
    options = dict(parse_qsl(parts.query))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(
        host=parts.hostname,
        port=port,
        security=_security(parts.scheme, options),
        sender=_sender(options, user),
        user=user,
        password=password,
    )


def _security(scheme: str, options: dict[str, str]) -> Security:
    if unknown := sorted(options.keys() - {"from", "starttls"}):
        raise ValueError(f"it has only the parameters from and starttls, not {unknown[0]}")
    starttls = options.get("starttls", "on")
    if starttls not in {"on", "off"}:
        raise ValueError("starttls must be on or off")
    if scheme == "smtps":
        return "tls"
    return "starttls" if starttls == "on" else "none"


def _sender(options: dict[str, str], user: str) -> str:
    sender = options.get("from", user)
    if not _ADDRESS.fullmatch(sender):
        raise ValueError("from must be the address that messages come from, such as renvoi@example.com")
    return sender
