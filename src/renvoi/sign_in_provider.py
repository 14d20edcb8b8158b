"""The settings of the OpenID Connect provider with which staff sign in. It is optional.

`renvoi.config` reads them with all others.
"""

import re
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from renvoi.hosts import canonical_origin

RoleName = Literal["reader", "manager", "administrator"]
_ROLE_NAMES: tuple[RoleName, ...] = get_args(RoleName)

# A column has the issuer of each account that has signed in.
_MAX_ISSUER = 200
_MAX_NAME = 60
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
_NEEDED = ("client_id", "client_secret")


class ProviderSettings(BaseModel):
    """The provider and this client of it. Without an issuer there is none.

    `oidc_roles` are pairs: a value of the claim, and the role that it gives. They are empty if roles are not managed
    by the provider.
    """

    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = Field("", repr=False)
    oidc_name: str = ""
    oidc_scopes: str = "openid email profile"
    oidc_role_claim: str = ""
    oidc_roles: tuple[tuple[str, RoleName], ...] = ()

    @field_validator("oidc_issuer")
    @classmethod
    def _check_issuer(cls, value: str) -> str:
        if value and not is_provider_url(value, allows_http=True):
            raise PydanticCustomError(
                "url",
                "it must be like https://login.example.com/realm, without a query (http only for this machine)",
            )
        if len(value) > _MAX_ISSUER:
            raise PydanticCustomError("length", "it may have at most {limit} characters", {"limit": _MAX_ISSUER})
        return value

    @field_validator("oidc_name")
    @classmethod
    def _check_name(cls, value: str) -> str:
        if len(value) > _MAX_NAME or not value.isprintable():
            sentence = "it may have at most {limit} characters, on one line"
            raise PydanticCustomError("name", sentence, {"limit": _MAX_NAME})
        return value.strip()

    @field_validator("oidc_scopes")
    @classmethod
    def _check_scopes(cls, value: str) -> str:
        scopes = value.replace(",", " ").split()
        if "openid" not in scopes or not all(_SCOPE.fullmatch(scope) for scope in scopes):
            raise PydanticCustomError("scopes", "it must be scopes separated by spaces, and openid one of them")
        return " ".join(scopes)

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _split_roles(cls, value: str | tuple[tuple[str, RoleName], ...]) -> tuple[tuple[str, RoleName], ...]:
        if not isinstance(value, str):
            return value
        # A file can have one pair a line: then a value may contain commas, as the name of a group in a directory does.
        parts = value.splitlines() if "\n" in value else value.split(",")
        return tuple(_role_pair(part) for part in parts if part.strip())

    def provider_problem(self, public_url: str) -> str:
        """Return a sentence that names the variable which is missing beside the others; empty if none is."""
        chosen = [name for name in ProviderSettings.model_fields if name in self.model_fields_set]
        if not self.oidc_issuer:
            return f"RENVOI_{chosen[0].upper()} is set, but RENVOI_OIDC_ISSUER is not." if chosen else ""
        for name in _NEEDED:
            if not getattr(self, f"oidc_{name}"):
                return f"RENVOI_OIDC_ISSUER is set, but RENVOI_OIDC_{name.upper()} is not."
        if not public_url:
            return "RENVOI_OIDC_ISSUER is set, but RENVOI_PUBLIC_URL is not: the provider sends people back to it."
        if bool(self.oidc_role_claim) != bool(self.oidc_roles):
            return "RENVOI_OIDC_ROLE_CLAIM and RENVOI_OIDC_ROLES belong together: set both, or neither."
        return ""

    @property
    def provider_name(self) -> str:
        """What pages call the provider."""
        return self.oidc_name or urlsplit(self.oidc_issuer).netloc


def is_provider_url(url: str, *, allows_http: bool) -> bool:
    """Return whether a URL can be one of a provider: https, or, if it is allowed, http to this machine."""
    try:
        parts = urlsplit(url)
        origin = canonical_origin(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return False
    if origin is None or "?" in url or "#" in url or not url.isascii() or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (allows_http and parts.hostname in _LOOPBACK)


def _role_pair(text: str) -> tuple[str, RoleName]:
    value, _, role_text = (part.strip() for part in text.rpartition("="))
    role = next((name for name in _ROLE_NAMES if name == role_text), None)
    if not value or role is None:
        raise PydanticCustomError(
            "roles",
            "it must be pairs such as renvoi-admins=administrator, separated by commas (roles: {roles})",
            {"roles": ", ".join(_ROLE_NAMES)},
        )
    return value, role
