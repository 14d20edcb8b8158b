"""`GET /api/v1/decision`: what `/` would decide for this visitor, as JSON for any website. It is never counted."""

import json
import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from renvoi.config import Config
from renvoi.domain.routing import Decision
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway.decisions import ask, decide_or_ask
from renvoi.hosts import split_host
from renvoi.visitor.request import Request, RequestReader, draw_for
from renvoi.visitor.responses import NO_STORE, SECURITY_HEADERS, Header, Response, content_response
from renvoi.visitor.summary import public_decision_as_dict
from renvoi.web.headers import ANY_SITE, Headers, Scope, parse_urlencoded
from renvoi.web.origins import OwnSite, log_foreign_host
from renvoi.web.rate_limit import BURST, PER_SECOND, Buckets

DECISION_PATH = "/api/v1/decision"
_DESCRIPTION_LANGUAGE = "description_language"
"""The value of the parameter `with` that asks for one more field of each partner, as the script at /embed.js does."""

_ALLOW: Header = (b"allow", b"GET, HEAD, OPTIONS")
# Any website may ask, without cookies: the answer says nothing that the visitor's own request does not.
_ANY_ORIGIN: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Retry-After"),
    ANY_SITE,
    (b"x-robots-tag", b"noindex"),
)
_PREFLIGHT = Response(
    status=204,
    headers=(
        *SECURITY_HEADERS,
        *_ANY_ORIGIN,
        _ALLOW,
        (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-max-age", b"86400"),
        (b"cache-control", b"max-age=86400"),
    ),
)
_TOO_MANY = f"A client may ask {PER_SECOND} times a second, and {BURST:,} times at once after a pause."

_logger = logging.getLogger(__name__)


class DecisionApi:
    """The API of one gateway. `clock` returns the current moment (aware).

    `buckets` limit each client. They are its own until the server replaces them with those of the host.
    """

    def __init__(self, config: Config, *, reader: RequestReader, site: OwnSite, clock: Callable[[], datetime]) -> None:
        self._secret = config.secret().encode()
        self._public_url = config.public_url
        self._reader = reader
        self._site = site
        self.buckets = Buckets()
        self._clock = clock
        vary: Header = (b"vary", b", ".join(name.title() for name in reader.consulted))
        self._headers = (*_ANY_ORIGIN, NO_STORE, vary)

    def respond(self, table: RoutingTable, scope: Scope) -> Response:
        """Return the response to a request for `DECISION_PATH`, with any method.

        Crawlers get the decision like anybody, and so does a page that a browser loads in advance: nothing is counted.
        After an unexpected exception the country counts as unknown, as at "/".
        """
        try:
            return self._respond(table, scope)
        except Exception as error:  # noqa: BLE001 (a visitor never gets a 5xx)
            # No value is logged: it may contain an address, a cookie or a user agent.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _logger.error("A website got the fallback: %s at %s:%s", type(error).__name__, frame.filename, frame.lineno)  # noqa: TRY400
            decision = ask(table, table.operator.default_language, at=datetime.now(UTC))
            return self._decided(decision, link=str)

    def _respond(self, table: RoutingTable, scope: Scope) -> Response:
        method = scope.get("method")
        if not self._site.allows_host(scope):
            log_foreign_host()
            return self._problem(HTTPStatus.BAD_REQUEST, "Nothing answers under this name.")
        if method == "OPTIONS":
            return _PREFLIGHT
        if method not in {"GET", "HEAD"}:
            return self._problem(HTTPStatus.METHOD_NOT_ALLOWED, "A decision can only be read.", _ALLOW)
        request = self._reader.read(scope, default_language=table.operator.default_language)
        if wait_s := self.buckets.take(request.address):
            return self._problem(HTTPStatus.TOO_MANY_REQUESTS, _TOO_MANY, (b"retry-after", str(wait_s).encode()))
        decision = self._decide(table, request)
        origin = self._public_url or _origin_of(scope)
        link = partial(_link, origin, decision, source=request.params.source)
        asked_for = parse_urlencoded(scope.get("query_string", b"")).get("with")
        return self._decided(decision, link=link, with_description_language=asked_for == _DESCRIPTION_LANGUAGE)

    def _decide(self, table: RoutingTable, request: Request) -> Decision:
        at = self._clock()
        draw = draw_for(request.address, secret=self._secret, at=at)
        return decide_or_ask(table, request.visitor, at=at, draw=draw)

    def _decided(
        self, decision: Decision, *, link: Callable[[int], str], with_description_language: bool = False
    ) -> Response:
        described = public_decision_as_dict(decision, link=link, with_description_language=with_description_language)
        body = _encode(described)
        language: Header = (b"content-language", decision.language.encode())
        return content_response(body, content_type=b"application/json", extra_headers=(*self._headers, language))

    def _problem(self, status: HTTPStatus, detail: str, *headers: Header) -> Response:
        """Return an error in the form of RFC 9457."""
        problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
        return content_response(
            _encode(problem),
            content_type=b"application/problem+json",
            status=status.value,
            extra_headers=(*self._headers, *headers),
        )


def _origin_of(scope: Scope) -> str:
    """Return the origin by which this request came. Its host has been compared with the allowed ones."""
    host, port = split_host(Headers(scope).single(b"host") or "") or ("", None)
    return f"{scope.get('scheme', 'http')}://{host}" + (f":{port}" if port else "")


def _link(origin: str, decision: Decision, partner_id: int, *, source: str) -> str:
    """Return the address of the click on a partner, with what the link on the page of this decision has."""
    params = {"country": decision.country, "lang": decision.language, "region": decision.region, "src": source}
    return f"{origin}/go/{partner_id}?{urlencode({name: value for name, value in params.items() if value})}"


def _encode(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
