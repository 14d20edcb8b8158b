"""Answer `POST /wish`: a visitor from a country without a partner would use the service. One more is counted."""

from collections.abc import Callable
from datetime import datetime

from renvoi.config import Config
from renvoi.domain.places import CountryCode, RegionCode, country_of_region
from renvoi.domain.routing import Visitor
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway.decisions import decide_or_ask
from renvoi.gateway.recorder import Recorder
from renvoi.visitor.cookies import WISH_DAYS, CookieNames, set_cookie, wish_value
from renvoi.visitor.params import QueryParams
from renvoi.visitor.request import Request
from renvoi.visitor.responses import Response, Responses
from renvoi.web.rate_limit import host_buckets

WISH_PATH = "/wish"


class Wishes:
    """Counts the wishes that reach one gateway. Nothing but country, language and week is stored of them."""

    def __init__(self, config: Config, *, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock
        self._cookies = CookieNames.from_config(config)
        self._buckets = host_buckets()

    async def respond(
        self, request: Request, params: QueryParams, *, table: RoutingTable, responses: Responses
    ) -> Response:
        """Return a 303 to the page on which the wish was made, with the cookie if it is on disk.

        `params` are the fields of the form. A wish is not counted if the cookie has it, if there is a partner now, if
        a crawler makes it, or if too many come from one address.
        """
        country, region = params.country, params.region
        if country is None:
            return responses.see_other(_path(src=params.source))
        if region is not None and country_of_region(region) != country:
            region = None
        path = _path(country=country, region=region or "", lang=params.language or "", src=params.source)
        language = params.language or request.visitor.language
        visitor = Visitor(country, "parameter", region, language)
        if not self._is_countable(request, visitor, table=table):
            return responses.see_other(path)
        if not await self._recorder.record_wish(country, language, at=self._clock()):
            return responses.see_other(path)
        value = wish_value(country, request.remembered.wishes)
        return responses.see_other(path, extra_headers=(set_cookie(self._cookies.wish, value, days=WISH_DAYS),))

    def _is_countable(self, request: Request, visitor: Visitor, *, table: RoutingTable) -> bool:
        if request.is_crawler or request.is_prefetch or visitor.country in request.remembered.wishes:
            return False
        decision = decide_or_ask(table, visitor, at=self._clock(), draw=lambda _: b"")
        return decision.kind == "none" and self._buckets.take(request.address) == 0


def _path(**values: CountryCode | RegionCode | str) -> str:
    """Return the path of the page with these parameters. Codes and sources are validated: none needs URL encoding."""
    query = "&".join(f"{name}={value}" for name, value in values.items() if value)
    return f"/?{query}" if query else "/"
