"""Read the forms of visitors, and remember the choice of `POST /` in cookies."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from renvoi.domain.places import RegionCode, country_of_region
from renvoi.visitor.cookies import COOKIE_DAYS, CookieNames, set_cookie
from renvoi.visitor.params import QueryParams, parse_params
from renvoi.visitor.responses import Header
from renvoi.web.headers import MAX_FIELDS, Headers, Scope, parse_urlencoded

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_FORM_BYTES = 8 * 1024
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
        cookies.append(set_cookie(names.country, country, days=COOKIE_DAYS))
    if region:
        cookies.append(set_cookie(names.region, region, days=COOKIE_DAYS))
    elif country and remembered_region and country_of_region(remembered_region) != country:
        cookies.append(set_cookie(names.region, "", days=0))
    if params.language:
        cookies.append(set_cookie(names.language, params.language, days=COOKIE_DAYS))
    return tuple(cookies)
