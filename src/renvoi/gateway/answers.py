"""Make the answers of a routing table to visitors, and keep each one ready as bytes for as long as it is valid."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from renvoi.domain.ledger_entry import EntryFields, fields_of
from renvoi.domain.routing import Decision, Draw, Visitor, choose
from renvoi.domain.table import operator_day
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway.decisions import decide_or_ask
from renvoi.visitor.coding import Codings
from renvoi.visitor.params import QueryParams
from renvoi.visitor.responses import Response, Responses, has_few_orders, head_of

NO_PARTNER = -1
"""The `partner_id` of an address below /go/ that names no partner."""

MAX_ANSWERS = 5_000
"""How many answers of a table are kept. There are about 2,500 combinations of a country, its source and a language;
regions and campaigns, which a visitor can name, make more."""
_MAX_BODY_BYTES = 32_768
PAGES_A_MINUTE = 1_000
"""How many pages are compressed well in a minute, which takes 0.6 s. Any number of pages can be asked for: each source
of a campaign has its own."""

# Midnight of any time zone falls on the start of a minute.
_MINUTE = timedelta(minutes=1)


class Question(NamedTuple):
    """All on which the answer to a visitor depends, besides the day and the order drawn among equal partners.

    `partner_id` is the id in `/go/<id>`, and 0 at `/`. `has_wished`: a cookie says that the visitor has wished for the
    service in this country. The method is GET.
    """

    visitor: Visitor
    partner_id: int
    params: QueryParams
    codings: Codings
    is_crawler: bool = False
    has_wished: bool = False


_Key = Question | tuple[Question, tuple[int, ...]]
"""A question, with the ids of equal partners in the order that was drawn, if there are several."""


class Answer(NamedTuple):
    """The response to a visitor. `head` has its status line and its headers as bytes, each with its CRLF.

    `fields` are those that its ledger entries share, None if it is not counted. `decision_kind` is empty if nothing was
    decided: a click that leads back to the page.
    """

    response: Response
    head: bytes
    fields: EntryFields | None
    decision_kind: str


class Answers:
    """The answers of one routing table, each kept for the operator's day on which it was decided.

    The order of equal partners is drawn for each visitor. A page that shows a few of them is kept in each order; one
    that shows more is made each time, of parts that are kept.
    """

    def __init__(self, table: RoutingTable, responses: Responses) -> None:
        self._table = table
        self._responses = responses
        self._answers: dict[_Key, Answer] = {}
        self._day: date | None = None
        self._pages_left = 0
        self._minute_begins_at = self._minute_ends_at = datetime.min.replace(tzinfo=UTC)

    def get(self, question: Question, *, at: datetime) -> Answer | None:
        """Return the answer that is ready on the operator's day of a moment (aware), or None."""
        if not self._minute_begins_at <= at < self._minute_ends_at:
            self._begin_minute(at)
        return self._answers.get(question)

    def answer(self, question: Question, *, at: datetime, draw: Callable[[], Draw]) -> Answer:
        """Return the answer at a moment (aware). `draw` makes the function of that name; it is called if needed."""
        answer = self.get(question, at=at)
        if answer is not None:
            return answer
        if question.partner_id:
            return self._keep(question, self._answer_click(question, at=at))
        decision = decide_or_ask(self._table, question.visitor, at=at, draw=draw())
        if decision.kind != "choice":
            return self._keep(question, self._answer_visit(question, decision))
        key = question, tuple([partner.id for partner in decision.partners])
        answer = self._answers.get(key) or self._answer_visit(question, decision)
        return self._keep(key, answer) if has_few_orders(decision) else answer

    def _keep(self, key: _Key, answer: Answer) -> Answer:
        if key not in self._answers and len(answer.response.body) <= _MAX_BODY_BYTES:
            if len(self._answers) >= MAX_ANSWERS:
                # Evict the oldest: a client that fills the cache does not disable it for others.
                del self._answers[next(iter(self._answers))]
            self._answers[key] = answer
        return answer

    def _answer_visit(self, question: Question, decision: Decision) -> Answer:
        _, _, params, codings, is_crawler, has_wished = question
        if has_few_orders(decision):
            codings = codings._replace(is_quick=not self._pages_left)
            self._pages_left = max(0, self._pages_left - 1)
        response = self._responses.to_visit(
            decision, params=params, codings=codings, is_crawler=is_crawler, has_wished=has_wished
        )
        return _answer(response, decision, question)

    def _answer_click(self, question: Question, *, at: datetime) -> Answer:
        country = question.params.country
        if not question.is_crawler:
            decision = choose(self._table, question.visitor, partner_id=question.partner_id, at=at)
            if decision and decision.destination:
                return _answer(self._responses.to_click(decision.destination), decision, question)
        path = f"/?country={country}" if country and not question.is_crawler else "/"
        response = self._responses.see_other(path)
        return Answer(response, head_of(response), None, "")

    def _begin_minute(self, at: datetime) -> None:
        self._minute_begins_at = at.replace(second=0, microsecond=0)
        self._minute_ends_at = self._minute_begins_at + _MINUTE
        self._pages_left = PAGES_A_MINUTE
        day = operator_day(at, time_zone=self._table.operator.time_zone)
        if day != self._day:
            self._answers.clear()
            self._day = day


def _answer(response: Response, decision: Decision, question: Question) -> Answer:
    fields = None
    if response.act is not None:
        fields = fields_of(
            decision,
            act=response.act,
            country_source=question.visitor.country_source,
            source=question.params.source,
        )
    return Answer(response, head_of(response), fields, decision.kind)
