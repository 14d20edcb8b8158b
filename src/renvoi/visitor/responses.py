"""Build the HTTP response to a visitor: status, headers and body."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, NamedTuple

from renvoi.domain.ledger_entry import Act
from renvoi.domain.places import Language
from renvoi.domain.routing import Decision
from renvoi.domain.table import Operator
from renvoi.visitor.coding import NO_CODING, Coding, Codings, encode, encode_parts
from renvoi.visitor.cookies import CookieNames
from renvoi.visitor.html.icon import icon_file
from renvoi.visitor.html.pages import Pages, Refusal
from renvoi.visitor.html.privacy_page import render_page
from renvoi.visitor.html.texts import script_source, style_source
from renvoi.visitor.params import QueryParams
from renvoi.visitor.request import Request
from renvoi.web.headers import ANY_SITE, NO_CONTENT, OWN_SITE_ONLY, STRICT_TRANSPORT, Headers, Scope

Header = tuple[bytes, bytes]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
NO_STORE: Header = (b"cache-control", b"no-store")

SECURITY_HEADERS: tuple[Header, ...] = ((b"referrer-policy", b"origin"), (b"x-content-type-options", b"nosniff"))
_REDIRECT_HEADERS: tuple[Header, ...] = (
    *SECURITY_HEADERS,
    NO_STORE,
    (b"x-robots-tag", b"noindex"),
    (b"content-length", b"0"),
)
# Short for the page's weight: no page of a visitor can have a frame, and a hash allows its one script.
_PERMISSIONS_POLICY: Header = (b"permissions-policy", b"geolocation=()")
# Four have 24 orders, five 120.
_MAX_IN_ANY_ORDER = 4
# A tag without the sign of a weak one: If-None-Match compares weakly (RFC 9110, section 8.8.3.2).
_ENTITY_TAG = re.compile(r'"[^"]*"')
_OF_THE_BODY = frozenset({b"content-encoding", b"content-length", b"content-type"})
_ABSOLUTE_URL = re.compile(r"https?://[!-~]+")
_STATUSES: dict[Refusal, int] = {
    "bad_request": 400,
    "bad_host": 400,
    "not_found": 404,
    "not_allowed": 405,
    "too_large": 413,
}

_logger = logging.getLogger(__name__)


class Response(NamedTuple):
    """An HTTP response. `body` is that of a GET; the sender omits it for HEAD. `act` is None if it is not counted."""

    status: int
    headers: tuple[Header, ...]
    body: bytes = b""
    act: Act | None = None


class Responses:
    """The responses for one routing table and one configuration."""

    def __init__(self, operator: Operator, *, consulted: Iterable[bytes], public_url: str = "") -> None:
        """`consulted` are the request headers on which responses depend. They go into Vary. See `Pages`."""
        self._operator = operator
        self.pages = Pages(operator, public_url=public_url)
        self._vary: Header = (b"vary", b", ".join(name.title() for name in consulted))
        strict: tuple[Header, ...] = (STRICT_TRANSPORT,) if public_url.startswith("https:") else ()
        self._page_headers: tuple[Header, ...] = (
            *SECURITY_HEADERS,
            *strict,
            NO_STORE,
            (b"vary", self._vary[1] + b", Accept-Encoding"),
            _PERMISSIONS_POLICY,
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", _content_security_policy()),
        )
        self._redirects: dict[str, tuple[Header, ...]] = {}
        self._refusals: dict[tuple[Refusal, Language, Coding], Response] = {}
        self._privacy: dict[tuple[Language, Coding], Response] = {}
        self.prefetched = text_response(
            "Not fetched in advance.\n", status=503, extra_headers=(NO_STORE, self._vary, *strict)
        )
        """The response to a prefetch."""

    def to_visit(
        self, decision: Decision, *, params: QueryParams, codings: Codings, is_crawler: bool, has_wished: bool = False
    ) -> Response:
        """Return the response at "/": a page, or a redirect to the operator or, in mode direct, to the only partner.

        A crawler always gets a page and is not counted.
        """
        if is_crawler:
            return self.page(decision, params=params, codings=codings, has_wished=has_wished)._replace(act=None)
        is_direct = decision.kind == "partner" and self._operator.mode == "direct"
        if decision.destination and (decision.kind == "own" or is_direct):
            return self.to_click(decision.destination)
        return self.page(decision, params=params, codings=codings, has_wished=has_wished)

    def to_click(self, destination: str) -> Response:
        """Return a 302 to a URL of the routing table. Raises ValueError if the URL can't be sent in a header."""
        headers = self._redirects.get(destination)
        if headers is None:
            headers = (*_REDIRECT_HEADERS, self._vary, (b"location", _location(destination)))
            self._redirects[destination] = headers
        return Response(status=302, headers=headers, act="sent")

    def page(
        self, decision: Decision, *, params: QueryParams, codings: Codings = NO_CODING, has_wished: bool = False
    ) -> Response:
        """Return a 200 with the page of a decision, in one of the content codings. See `Pages`."""
        parts = self.pages.parts(decision, params=params, has_wished=has_wished)
        if has_few_orders(decision):
            coding, body = codings.whole, encode(b"".join(parts), codings.whole, is_quick=codings.is_quick)
        else:
            coding, body = codings.joined, encode_parts(parts, codings.joined)
        return self._encoded(body, status=200, language=decision.language, coding=coding)._replace(act="shown")

    def html(self, body: bytes, *, status: int, language: Language, coding: Coding) -> Response:
        """Return a response with a page, in a content coding. It is not counted."""
        return self._encoded(encode(body, coding), status=status, language=language, coding=coding)

    def _encoded(self, body: bytes, *, status: int, language: Language, coding: Coding) -> Response:
        headers = (
            *self._page_headers,
            (b"content-language", language.encode()),
            *(((b"content-encoding", coding.encode()),) if coding != "identity" else ()),
            (b"content-length", b"%d" % len(body)),
        )
        return Response(status=status, headers=headers, body=body)

    def refused(
        self,
        refusal: Refusal,
        *,
        language: Language,
        coding: Coding = "identity",
        extra_headers: tuple[Header, ...] = (),
    ) -> Response:
        """Return a 4xx with a page in the style of the others."""
        response = self._refusals.get((refusal, language, coding))
        if response is None:
            body = self.pages.refused(refusal, language=language)
            response = self.html(body, status=_STATUSES[refusal], language=language, coding=coding)
            self._refusals[refusal, language, coding] = response
        return response._replace(headers=(*response.headers, *extra_headers))

    def privacy(self, request: Request, *, cookies: CookieNames) -> Response:
        """Return a 200 with the page that says what is kept of a visit. It is not counted."""
        language, coding = request.visitor.language, request.codings.whole
        response = self._privacy.get((language, coding))
        if response is None:
            body = render_page(self.pages, language=language, cookies=cookies)
            response = self._privacy[language, coding] = self.html(body, status=200, language=language, coding=coding)
        return response

    def countries(self, request: Request) -> Response:
        """Return a 200 with the page that asks for the country. It is not counted."""
        language, coding = request.visitor.language, request.codings.joined
        body = self.pages.countries(request.visitor, params=request.params)
        return self._encoded(encode_parts([body], coding), status=200, language=language, coding=coding)

    def see_other(self, path: str, *, extra_headers: tuple[Header, ...] = ()) -> Response:
        """Return a 303 to a path of this site. `path` must consist of constants and validated codes only."""
        headers = (*_REDIRECT_HEADERS, self._vary, (b"location", path.encode("ascii")), *extra_headers)
        return Response(status=303, headers=headers)


def has_few_orders(decision: Decision) -> bool:
    """Return whether the page of a decision has so few orders of its partners that each can be compressed whole."""
    return len(decision.partners) <= _MAX_IN_ANY_ORDER


def head_of(response: Response) -> bytes:
    """Return the status line (RFC 9112, section 4) and the header lines, each with its CRLF."""
    status = HTTPStatus(response.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}".encode(),
        *(name + b": " + value for name, value in response.headers),
    ]
    return b"\r\n".join(lines) + b"\r\n"


def if_changed(response: Response, scope: Scope) -> Response:
    """Return the response, which has an ETag, or a 304 to a request whose If-None-Match names it (RFC 9110, 13.1.2)."""
    headers = dict(response.headers)
    asked = Headers(scope).joined(b"if-none-match")
    if asked.strip() != "*" and headers[b"etag"].decode() not in _ENTITY_TAG.findall(asked):
        return response
    return Response(status=304, headers=tuple(header for header in response.headers if header[0] not in _OF_THE_BODY))


def text_response(text: str, *, status: int = 200, extra_headers: tuple[Header, ...] = ()) -> Response:
    """Return a plain-text response."""
    return content_response(
        text.encode(), content_type=b"text/plain; charset=utf-8", status=status, extra_headers=extra_headers
    )


def content_response(
    body: bytes, *, content_type: bytes, status: int = 200, extra_headers: tuple[Header, ...] = ()
) -> Response:
    """Return a response with a body of any content type, which is not counted."""
    own = SECURITY_HEADERS if ANY_SITE in extra_headers else (*SECURITY_HEADERS, OWN_SITE_ONLY)
    length = (b"content-length", str(len(body)).encode())
    headers = (*own, NO_CONTENT, (b"content-type", content_type), *extra_headers, length)
    return Response(status=status, headers=headers, body=body)


ROBOTS = text_response(
    "User-agent: *\nDisallow: /go/\nDisallow: /console/\nDisallow: /api/\n",
    extra_headers=((b"cache-control", b"max-age=3600"),),
)
"""The response at /robots.txt."""
ICON = content_response(
    icon_file(),
    content_type=b"image/vnd.microsoft.icon",
    extra_headers=((b"cache-control", b"public, max-age=604800"),),
)
"""The response at /favicon.ico, for which browsers ask on their own account."""


async def send_response(response: Response, send: Send, *, is_head: bool) -> None:
    """Send a whole response, without its body if it answers HEAD."""
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": b"" if is_head else response.body})
    except OSError:
        _logger.debug("A visitor disconnected before the response.")


def _content_security_policy() -> bytes:
    directives = (
        "default-src 'none'",
        f"style-src {style_source()}",
        f"script-src {script_source()}",
        "require-trusted-types-for 'script'",
        "img-src 'self' data:",
        # The script connects to nothing. Tools that audit a page read /robots.txt as if it did.
        "connect-src 'self'",
        # The forms post to this site. Browsers apply this to the redirects that follow as well: to "/", and from there
        # to the operator's or a partner's site, which may have any address.
        "form-action http: https:",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(directives).encode()


def _location(destination: str) -> bytes:
    """Return the value of Location. URLs that the parser serialised are http or https, in ASCII without blanks."""
    if not _ABSOLUTE_URL.fullmatch(destination):
        raise ValueError("an address of the routing table is none that may be sent")
    return destination.encode("ascii")
