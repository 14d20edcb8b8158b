"""Hides which answers are not found anew for each visitor: redirects that depend on country and language alone."""

from datetime import UTC, date, datetime, timedelta

from renvoi.domain.routing import Decision, Draw, Visitor, decide
from renvoi.domain.table import RoutingTable, operator_day
from renvoi.visitor.answers import Answer, Answers
from renvoi.visitor.request import Request

MOST = 5_000
"""How many are kept. There are about 2,500 countries with a source and a language; a region is what a visitor says."""

# Where it is midnight somewhere, a minute begins everywhere.
_MINUTE = timedelta(minutes=1)


class Redirects:
    """The redirects of one routing table, each kept for the operator's day on which it was found."""

    def __init__(self, table: RoutingTable, answers: Answers) -> None:
        self._table = table
        self._answers = answers
        self._kept: dict[Visitor, tuple[Decision, Answer]] = {}
        self._day: date | None = None
        self._from = self._until = datetime.min.replace(tzinfo=UTC)

    def settle(self, request: Request, *, at: datetime, draw: Draw) -> tuple[Decision, Answer]:
        """The decision for a visitor at a moment (aware, in UTC), and its answer."""
        if not self._from <= at < self._until:
            self._begin_minute(at)
        kept = self._kept.get(request.visitor)
        if kept is not None and not request.is_crawler:
            return kept
        decision = decide(self._table, request.visitor, at=at, draw=draw)
        settled = decision, self._answers.to_visit(decision, request)
        # A page depends on more: on what the address says, and on the visitor's own order of equals.
        if settled[1].act == "sent" and len(self._kept) < MOST:
            self._kept[request.visitor] = settled
        return settled

    def _begin_minute(self, at: datetime) -> None:
        self._from = at.replace(second=0, microsecond=0)
        self._until = self._from + _MINUTE
        day = operator_day(at, time_zone=self._table.operator.time_zone)
        if day != self._day:
            self._kept.clear()
            self._day = day
