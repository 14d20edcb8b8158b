"""Hides how a visitor's choice is remembered: the form that `POST /` takes, and the cookies that it sets."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from renvoi.domain.places import RegionCode, country_of_region
from renvoi.visitor.request import CookieNames, Given, parse_given
from renvoi.visitor.responses import Header
from renvoi.web.headers import Headers, Scope, parse_fields

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

LARGEST_FORM = 8 * 1024
_REMEMBERED_S = 30 * 24 * 60 * 60
_FORM_TYPE = "application/x-www-form-urlencoded"


class FormRefused(Exception):
    """The body is no form that can be read."""


class FormTooLarge(FormRefused):
    """The body is larger than any form of ours."""


async def read_form(scope: Scope, receive: Receive) -> Given:
    """What the form of a request says. Raises FormRefused, or its kind FormTooLarge."""
    headers = Headers(scope)
    if (headers.only(b"content-type") or "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise FormRefused
    announced = headers.only(b"content-length") or ""
    if announced.isdecimal() and (len(announced) > 9 or int(announced) > LARGEST_FORM):
        raise FormTooLarge
    return parse_given(parse_fields(await _read_body(receive)))


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise FormRefused  # the client is gone
        body += message.get("body", b"")
        if len(body) > LARGEST_FORM:
            raise FormTooLarge
        if not message.get("more_body", False):
            return bytes(body)


def remember(chosen: Given, *, forgotten: RegionCode | None, names: CookieNames) -> tuple[Header, ...]:
    """The Set-Cookie headers of a choice. `forgotten` is the region remembered so far.

    A region of another country than the one chosen is not taken, and one remembered is forgotten.
    """
    country, region = chosen.country, chosen.region
    if region and country and country_of_region(region) != country:
        region = None
    cookies = []
    if country:
        cookies.append(_cookie(names.country, country))
    if region:
        cookies.append(_cookie(names.region, region))
    elif country and forgotten and country_of_region(forgotten) != country:
        cookies.append(_cookie(names.region, "", lasting=0))
    if chosen.language:
        cookies.append(_cookie(names.language, chosen.language))
    return tuple(cookies)


def _cookie(name: str, value: str, *, lasting: int = _REMEMBERED_S) -> Header:
    secure = "; Secure" if name.startswith("__Host-") else ""
    return b"set-cookie", f"{name}={value}; Max-Age={lasting}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()
