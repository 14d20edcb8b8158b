"""Cache the redirects of a routing table: they depend on a visitor's country, source and language alone."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from renvoi.domain.ledger_entry import EntryFields, fields_of
from renvoi.domain.routing import Decision, Draw, Visitor, decide
from renvoi.domain.table import operator_day
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.visitor.request import Request
from renvoi.visitor.responses import Response, Responses

MAX_REDIRECTS = 5_000
"""About 2,500 countries with a source and a language exist; a visitor can name regions besides."""

# Midnight of any time zone falls on the start of a minute.
_MINUTE = timedelta(minutes=1)


class CachedRedirect(NamedTuple):
    """A redirect, the fields that its ledger entries share, and its head: the status line and the headers that every
    response to it has, as bytes."""

    decision: Decision
    response: Response
    fields: EntryFields
    head: bytes


class RedirectCache:
    """The redirects of one routing table, each cached for the operator's day on which it was decided."""

    def __init__(self, table: RoutingTable, responses: Responses) -> None:
        self._table = table
        self._responses = responses
        self._redirects: dict[Visitor, CachedRedirect] = {}
        self._day: date | None = None
        self._minute_begins_at = self._minute_ends_at = datetime.min.replace(tzinfo=UTC)

    def respond(self, request: Request, *, at: datetime, draw: Draw) -> tuple[Decision, Response]:
        """Return the decision for a visitor at a moment (aware, in UTC) and the response to it."""
        cached = self.get(request.visitor, at=at)
        if cached is not None and not request.is_crawler:
            return cached.decision, cached.response
        decision = decide(self._table, request.visitor, at=at, draw=draw)
        response = self._responses.to_visit(decision, request)
        # A page depends on more than the visitor: on the query string, and on the order drawn among equal partners.
        if response.act == "sent":
            if len(self._redirects) >= MAX_REDIRECTS:
                # Evict the oldest entry: a client that fills the cache does not disable it for others.
                del self._redirects[next(iter(self._redirects))]
            fields = fields_of(decision, act=response.act, country_source=request.visitor.country_source)
            self._redirects[request.visitor] = CachedRedirect(decision, response, fields, _head(response))
        return decision, response

    def get(self, visitor: Visitor, *, at: datetime) -> CachedRedirect | None:
        """Return the redirect cached for such a visitor on the operator's day of `at`. Not for crawlers."""
        if not self._minute_begins_at <= at < self._minute_ends_at:
            self._begin_minute(at)
        return self._redirects.get(visitor)

    def _begin_minute(self, at: datetime) -> None:
        self._minute_begins_at = at.replace(second=0, microsecond=0)
        self._minute_ends_at = self._minute_begins_at + _MINUTE
        day = operator_day(at, time_zone=self._table.operator.time_zone)
        if day != self._day:
            self._redirects.clear()
            self._day = day


def _head(response: Response) -> bytes:
    """Return the status line (RFC 9112, section 4) and the header lines, each with its CRLF."""
    status = HTTPStatus(response.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}".encode(),
        *(name + b": " + value for name, value in response.headers),
    ]
    return b"\r\n".join(lines) + b"\r\n"
