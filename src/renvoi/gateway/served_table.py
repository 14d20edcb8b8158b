"""A routing table in force, with everything that is derived from it before the first visitor asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway.answers import Answers
from renvoi.gateway.decisions import ask
from renvoi.visitor.html.directory import Directory
from renvoi.visitor.params import NO_PARAMS
from renvoi.visitor.request import Request
from renvoi.visitor.responses import Response, Responses
from renvoi.visitor.unusable_values import unusable_values


@dataclass(frozen=True, slots=True)
class ServedTable:
    """A routing table and everything derived from it. `fallback` is the response after an unexpected exception.

    `unusable` looks for values that can't be used when it is first called: a large table takes tens of milliseconds.
    """

    table: RoutingTable
    responses: Responses
    answers: Answers
    fallback: Response
    directory: Directory
    unusable: Callable[[], tuple[str, ...]]

    @classmethod
    def of(cls, table: RoutingTable, responses: Responses) -> "ServedTable":
        """Derive everything. Raises whatever a broken template or table raises, so that it is never served."""
        decision = ask(table, table.operator.default_language, at=datetime.now(UTC))
        return cls(
            table=table,
            responses=responses,
            answers=Answers(table, responses),
            fallback=responses.page(decision, params=NO_PARAMS)._replace(act=None),
            directory=Directory(table, responses.pages),
            unusable=cache(partial(unusable_values, table)),
        )

    def list_partners(self, request: Request, *, at: datetime) -> Response | None:
        """Return the page of the public directory at the path of a request; None if there is none.

        A large page takes milliseconds to make and to compress.
        """
        language = request.visitor.language
        html = self.directory.page(request.path, language=language, at=at)
        if html is None:
            return None
        return self.responses.html(html, status=200, language=language, coding=request.codings.whole)
