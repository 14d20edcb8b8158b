"""Read the form of `POST /` and remember the visitor's choice in cookies."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from renvoi.domain.places import RegionCode, country_of_region
from renvoi.visitor.request import CookieNames, QueryParams, parse_params
from renvoi.visitor.responses import Header
from renvoi.web.headers import MAX_FIELDS, Headers, Scope, parse_urlencoded

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_FORM_BYTES = 8 * 1024
_COOKIE_MAX_AGE_S = 30 * 24 * 60 * 60
_FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"


class FormInvalid(Exception):
    """The body is not a readable form."""


class FormTooLarge(FormInvalid):
    """The body is larger than any form of this site."""


async def read_form(scope: Scope, receive: Receive) -> QueryParams:
    """Return the validated fields of the posted form. Raises FormInvalid or its subclass FormTooLarge."""
    headers = Headers(scope)
    if (headers.single(b"content-type") or "").partition(";")[0].strip().lower() != _FORM_CONTENT_TYPE:
        raise FormInvalid
    content_length = headers.single(b"content-length") or ""
    if content_length.isdecimal() and (len(content_length) > 9 or int(content_length) > MAX_FORM_BYTES):
        raise FormTooLarge
    body = await _read_body(receive)
    if body.count(b"&") >= MAX_FIELDS:
        raise FormInvalid
    return parse_params(parse_urlencoded(body))


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise FormInvalid  # the client has disconnected
        body += message.get("body", b"")
        if len(body) > MAX_FORM_BYTES:
            raise FormTooLarge
        if not message.get("more_body", False):
            return bytes(body)


def choice_cookies(
    params: QueryParams, *, remembered_region: RegionCode | None, names: CookieNames
) -> tuple[Header, ...]:
    """Return the Set-Cookie headers of a choice. `remembered_region` is the region of the request's cookie.

    A region outside the chosen country is ignored, and a remembered one is deleted.
    """
    country, region = params.country, params.region
    if region and country and country_of_region(region) != country:
        region = None
    cookies = []
    if country:
        cookies.append(_cookie(names.country, country))
    if region:
        cookies.append(_cookie(names.region, region))
    elif country and remembered_region and country_of_region(remembered_region) != country:
        cookies.append(_cookie(names.region, "", max_age_s=0))
    if params.language:
        cookies.append(_cookie(names.language, params.language))
    return tuple(cookies)


def _cookie(name: str, value: str, *, max_age_s: int = _COOKIE_MAX_AGE_S) -> Header:
    secure = "; Secure" if name.startswith("__Host-") else ""
    return b"set-cookie", f"{name}={value}; Max-Age={max_age_s}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()
