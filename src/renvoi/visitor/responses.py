"""Build the HTTP response to a visitor: status, headers and body."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from renvoi.domain.ledger_entry import Act
from renvoi.domain.places import Language
from renvoi.domain.routing import Decision
from renvoi.domain.table import Operator
from renvoi.visitor.pages import Pages, Refusal
from renvoi.visitor.request import QueryParams, Request
from renvoi.visitor.texts import style_source
from renvoi.web.headers import PERMISSIONS_POLICY

Header = tuple[bytes, bytes]
NO_STORE: Header = (b"cache-control", b"no-store")

_SECURITY_HEADERS: tuple[Header, ...] = ((b"referrer-policy", b"origin"), (b"x-content-type-options", b"nosniff"))
_REDIRECT_HEADERS: tuple[Header, ...] = (
    *_SECURITY_HEADERS,
    NO_STORE,
    (b"x-robots-tag", b"noindex"),
    (b"content-length", b"0"),
)
_ABSOLUTE_URL = re.compile(r"https?://[!-~]+")
_STATUSES: dict[Refusal, int] = {
    "bad_request": 400,
    "bad_host": 400,
    "not_found": 404,
    "not_allowed": 405,
    "too_large": 413,
}


class Response(NamedTuple):
    """An HTTP response. `body` is that of a GET; the sender omits it for HEAD. `act` is None if it is not counted."""

    status: int
    headers: tuple[Header, ...]
    body: bytes = b""
    act: Act | None = None


class Responses:
    """The responses for one routing table and one configuration."""

    def __init__(self, operator: Operator, *, consulted: Iterable[bytes]) -> None:
        """`consulted` are the request headers on which responses depend. They go into Vary."""
        self._operator = operator
        self._pages = Pages(operator)
        self._vary: Header = (b"vary", b", ".join(name.title() for name in consulted))
        self._page_headers: tuple[Header, ...] = (
            *_SECURITY_HEADERS,
            NO_STORE,
            self._vary,
            (b"permissions-policy", PERMISSIONS_POLICY.encode()),
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", _content_security_policy()),
        )
        self._redirects: dict[str, tuple[Header, ...]] = {}
        self.prefetched = text_response("Not fetched in advance.\n", status=503, extra_headers=(NO_STORE, self._vary))
        """The response to a prefetch."""

    def to_visit(self, decision: Decision, request: Request) -> Response:
        """Return the response at "/": a page, or a redirect to the operator or, in mode direct, to the only partner.

        A crawler always gets a page and is not counted.
        """
        if request.is_crawler:
            return self.page(decision, params=request.params)._replace(act=None)
        is_direct = decision.kind == "partner" and self._operator.mode == "direct"
        if decision.destination and (decision.kind == "own" or is_direct):
            return self.to_click(decision.destination)
        return self.page(decision, params=request.params)

    def to_click(self, destination: str) -> Response:
        """Return a 302 to a URL of the routing table. Raises ValueError if the URL can't be sent in a header."""
        headers = self._redirects.get(destination)
        if headers is None:
            headers = (*_REDIRECT_HEADERS, self._vary, (b"location", _location(destination)))
            self._redirects[destination] = headers
        return Response(status=302, headers=headers, act="sent")

    def page(self, decision: Decision, *, params: QueryParams) -> Response:
        """Return a 200 with the page of a decision."""
        body = self._pages.page(decision, params=params)
        return Response(
            status=200, headers=self._html_headers(body, language=decision.language), body=body, act="shown"
        )

    def refused(self, refusal: Refusal, *, language: Language, extra_headers: tuple[Header, ...] = ()) -> Response:
        """Return a 4xx with a page in the style of the others."""
        body = self._pages.refused(refusal, language=language)
        headers = (*self._html_headers(body, language=language), *extra_headers)
        return Response(status=_STATUSES[refusal], headers=headers, body=body)

    def see_other(self, path: str, *, extra_headers: tuple[Header, ...] = ()) -> Response:
        """Return a 303 to a path of this site. `path` must consist of constants and validated codes only."""
        headers = (*_REDIRECT_HEADERS, self._vary, (b"location", path.encode("ascii")), *extra_headers)
        return Response(status=303, headers=headers)

    def _html_headers(self, body: bytes, *, language: Language) -> tuple[Header, ...]:
        length = str(len(body)).encode()
        return (*self._page_headers, (b"content-language", language.encode()), (b"content-length", length))


def text_response(text: str, *, status: int = 200, extra_headers: tuple[Header, ...] = ()) -> Response:
    """Return a plain-text response."""
    return content_response(
        text.encode(), content_type=b"text/plain; charset=utf-8", status=status, extra_headers=extra_headers
    )


def content_response(
    body: bytes, *, content_type: bytes, status: int = 200, extra_headers: tuple[Header, ...] = ()
) -> Response:
    """Return a response with a body of any content type, which is not counted."""
    length = (b"content-length", str(len(body)).encode())
    return Response(
        status=status, headers=(*_SECURITY_HEADERS, (b"content-type", content_type), *extra_headers, length), body=body
    )


def _content_security_policy() -> bytes:
    directives = (
        "default-src 'none'",
        f"style-src {style_source()}",
        # Pages have no script. Tools that audit a page read /robots.txt as if it had one.
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(directives).encode()


def _location(destination: str) -> bytes:
    """Return the value of Location. URLs that the parser serialised are http or https, in ASCII without blanks."""
    if not _ABSOLUTE_URL.fullmatch(destination):
        raise ValueError("an address of the routing table is none that may be sent")
    return destination.encode("ascii")
