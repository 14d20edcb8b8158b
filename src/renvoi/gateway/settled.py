"""Hides which answers are not found anew for each visitor: redirects that depend on country and language alone."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from renvoi.domain.ledger_entry import EntryFields, fields_of
from renvoi.domain.routing import Decision, Draw, Visitor, decide
from renvoi.domain.table import RoutingTable, operator_day
from renvoi.visitor.answers import Answer, Answers
from renvoi.visitor.request import Request

MOST = 5_000
"""How many are kept. There are about 2,500 countries with a source and a language; a region is what a visitor says."""

# Where it is midnight somewhere, a minute begins everywhere.
_MINUTE = timedelta(minutes=1)


class Settled(NamedTuple):
    """A redirect that is kept: the decision, the answer, what its entries have in common, and the answer's bytes up to
    the headers that each one has for itself."""

    decision: Decision
    answer: Answer
    fields: EntryFields
    begin: bytes


class Redirects:
    """The redirects of one routing table, each kept for the operator's day on which it was found."""

    def __init__(self, table: RoutingTable, answers: Answers) -> None:
        self._table = table
        self._answers = answers
        self._kept: dict[Visitor, Settled] = {}
        self._day: date | None = None
        self._from = self._until = datetime.min.replace(tzinfo=UTC)

    def settle(self, request: Request, *, at: datetime, draw: Draw) -> tuple[Decision, Answer]:
        """The decision for a visitor at a moment (aware, in UTC), and its answer."""
        kept = self.kept(request.visitor, at=at)
        if kept is not None and not request.is_crawler:
            return kept.decision, kept.answer
        decision = decide(self._table, request.visitor, at=at, draw=draw)
        answer = self._answers.to_visit(decision, request)
        # A page depends on more: on what the address says, and on the visitor's own order of equals.
        if answer.act == "sent":
            if len(self._kept) >= MOST:
                # The oldest: who fills it up with what nobody asks for turns nothing off.
                del self._kept[next(iter(self._kept))]
            fields = fields_of(decision, act=answer.act, country_source=request.visitor.country_source)
            self._kept[request.visitor] = Settled(decision, answer, fields, _begin(answer))
        return decision, answer

    def kept(self, visitor: Visitor, *, at: datetime) -> Settled | None:
        """What was settled for such a visitor on the day of that moment; for who is no crawler."""
        if not self._from <= at < self._until:
            self._begin_minute(at)
        return self._kept.get(visitor)

    def _begin_minute(self, at: datetime) -> None:
        self._from = at.replace(second=0, microsecond=0)
        self._until = self._from + _MINUTE
        day = operator_day(at, time_zone=self._table.operator.time_zone)
        if day != self._day:
            self._kept.clear()
            self._day = day


def _begin(answer: Answer) -> bytes:
    """The status line (RFC 9112, §4) and the headers, each with its end."""
    status = HTTPStatus(answer.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}".encode(),
        *(name + b": " + said for name, said in answer.headers),
    ]
    return b"\r\n".join(lines) + b"\r\n"
