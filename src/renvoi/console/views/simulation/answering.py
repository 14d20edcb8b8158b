"""Answer a visit that has not taken place, by the code that answers the real ones."""

from dataclasses import dataclass
from functools import lru_cache

from renvoi.config import Config
from renvoi.console.views.findings.computing import country_data
from renvoi.console.views.simulation.asking import Visit
from renvoi.domain.explanation import Explanation, explain
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.partners.routing_table import newest_table
from renvoi.visitor.request import Request, RequestReader, draw_for
from renvoi.visitor.responses import Response, Responses
from renvoi.web.origins import OwnSite


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the gateway would answer a visit, and the way to it. `request` is what it would understand of the visit."""

    visit: Visit
    request: Request
    table: RoutingTable
    explanation: Explanation
    response: Response

    @property
    def is_counted(self) -> bool:
        """Whether the ledger would have an entry for the answer."""
        return self.response.act is not None

    @property
    def has_page(self) -> bool:
        """Whether the answer is a page, not a redirect or a refusal to be loaded in advance."""
        return self.response.act == "shown" or self.request.is_crawler


def simulate(visit: Visit, *, config: Config) -> Simulated:
    """Return what the gateway of a configuration would answer a visit, by the newest table. At most two queries."""
    table, reader = newest_table(), _reader(config)
    request = reader.read(visit.scope(config), default_language=table.operator.default_language)
    draw = draw_for(request.address, secret=config.secret().encode(), at=visit.at)
    explanation = explain(table, request.visitor, at=visit.at, draw=draw)
    responses = Responses(table.operator, consulted=reader.consulted, public_url=OwnSite(config).public_url)
    return Simulated(visit, request, table, explanation, _respond(request, explanation, responses))


def _respond(request: Request, explanation: Explanation, responses: Responses) -> Response:
    """Return what `gateway.app` does: nothing in advance, and otherwise the answer to the decision."""
    if request.is_prefetch:
        return responses.prefetched
    return responses.to_visit(
        explanation.decision,
        params=request.params,
        codings=request.codings,
        is_crawler=request.is_crawler,
        has_wished=request.visitor.country in request.remembered.wishes,
    )


def _reader(config: Config) -> RequestReader:
    country_data(config).refresh()
    return _kept_reader(config)


@lru_cache(maxsize=1)
def _kept_reader(config: Config) -> RequestReader:
    return RequestReader(config, country_of=country_data(config).lookup)
