"""Hides the gateway's addresses: an ASGI application, without a framework, that answers every visitor."""

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from renvoi.config import Config
from renvoi.domain.places import Language
from renvoi.domain.routing import Visitor, choose, decide
from renvoi.domain.table import Bilingual, Operator, RoutingTable, encode_table
from renvoi.gateway.choice import FormRefused, FormTooLarge, Receive, read_form, remember
from renvoi.gateway.current_table import CurrentTable
from renvoi.gateway.fast_path import FastPath
from renvoi.gateway.health import Health, TableHealth, render_health
from renvoi.gateway.metrics import Metrics, render_metrics
from renvoi.gateway.recorder import Recorder
from renvoi.gateway.redirect_cache import RedirectCache
from renvoi.gateway.table_source.engines import open_table_source
from renvoi.geo.current import CountryData
from renvoi.visitor.pages import Refusal
from renvoi.visitor.request import CookieNames, Given, RequestReader, draw_for
from renvoi.visitor.responses import NO_STORE, Response, Responses, plain
from renvoi.web.headers import Scope
from renvoi.web.origins import OwnSite

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Clock = Callable[[], datetime]

COPY_NAME = "routing-table.bin"

_NOTHING_PUBLISHED = 0
_READ = frozenset({"GET", "HEAD"})
_PARTNER_ID = re.compile(r"[1-9][0-9]{0,17}")
_CLICK = "/go/"
_PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
_HEALTHY = plain("ok", more=(NO_STORE,))
_ROBOTS = plain(
    "User-agent: *\nDisallow: /go/\nDisallow: /console/\nDisallow: /api/\n", more=((b"cache-control", b"max-age=3600"),)
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """Everything that depends on the routing table, swapped as one. `last_resort` answers an unexpected exception."""

    table: RoutingTable
    responses: Responses
    redirects: RedirectCache
    last_resort: Response


def create_app(config: Config, *, clock: Clock = lambda: datetime.now(UTC)) -> "Gateway":
    """The gateway for a configuration. Its lifespan starts and stops the ledger, and the following of the routing table
    and of the country data.

    `clock` gives the moment, aware, at which a decision is made. Nothing that a visitor sends makes it raise.
    """
    return Gateway(config, clock=clock)


class Gateway:
    """The application. See `create_app`."""

    def __init__(self, config: Config, *, clock: Clock) -> None:
        self._clock = clock
        self._secret = config.secret().encode()
        self._site = OwnSite(config)
        self._cookie_names = CookieNames.of(config)
        self.country_data = CountryData(config, keep_copy=True)
        self._reader = RequestReader(config, country_of=self.country_data.lookup)
        self._recorder = Recorder(config)
        self._metrics = Metrics()
        self._current = CurrentTable(
            source=open_table_source(config),
            copy=config.data_dir / COPY_NAME,
            prepare=self._prepare,
            empty=self._prepare(_empty_table(config)),
        )
        self.fast_path = FastPath(
            reader=self._reader,
            site=self._site,
            recorder=self._recorder,
            metrics=self._metrics,
            clock=clock,
            current=self._redirects,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI 3 application."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await _send(await self._answer(scope, receive), send, is_head=scope.get("method") == "HEAD")
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.to_thread(self._current.start)
        await asyncio.to_thread(self.country_data.start)
        self._recorder.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._recorder.stop()
        await asyncio.to_thread(self._current.stop)
        await asyncio.to_thread(self.country_data.stop)
        # Here, where addresses are looked up: no lookup is on its way.
        self.country_data.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        served = self._current.served
        try:
            return await self._route(served, scope, receive)
        except Exception as error:  # noqa: BLE001  a visitor never sees a 5xx
            # Neither the message nor the values: they may hold an address, a cookie or a user agent.
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind = type(error).__name__
            _logger.error("A visitor got the last resort: %s at %s:%s", kind, where.filename, where.lineno)  # noqa: TRY400
            return served.last_resort

    async def _route(self, served: Served, scope: Scope, receive: Receive) -> Response:
        path: str = scope.get("path", "")
        method: str = scope.get("method", "")
        is_read = method in _READ
        if path in _PROBE_PATHS:
            # Under any host: a load balancer asks by address.
            return await self._probe(path) if is_read else self._not_allowed(served, scope, b"GET, HEAD")
        if not self._site.allows_host(scope):
            return self._refused(served, scope, "bad_host")
        if path == "/":
            if method == "POST":
                return await self._take_choice(served, scope, receive)
            return await self._visit(served, scope) if is_read else self._not_allowed(served, scope, b"GET, HEAD, POST")
        if path.startswith(_CLICK):
            return await self._click(served, scope) if is_read else self._not_allowed(served, scope, b"GET, HEAD")
        if path == "/robots.txt" and is_read:
            return _ROBOTS
        if path == "/robots.txt":
            return self._not_allowed(served, scope, b"GET, HEAD")
        return self._refused(served, scope, "not_found")

    async def _probe(self, path: str) -> Response:
        if path == "/healthz":
            return _HEALTHY
        health = await asyncio.to_thread(self._health)
        return render_health(health) if path == "/readyz" else render_metrics(health, self._metrics)

    def _health(self) -> Health:
        current = self._current
        generation = current.served.table.generation
        table = TableHealth(generation=generation, loaded_at=current.loaded_at, problem=current.problem)
        return Health(
            at=datetime.now(UTC),
            table=table,
            country_data=self.country_data.status,
            ledger=self._recorder.health(),
        )

    async def _visit(self, served: Served, scope: Scope) -> Response:
        began = perf_counter()
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        if request.is_prefetch:
            return served.responses.prefetched
        at = self._clock()
        draw = draw_for(request.address, secret=self._secret, at=at)
        if served.table.generation == _NOTHING_PUBLISHED:
            # That nobody serves a country is not known yet, so it is not said.
            request = request._replace(visitor=request.visitor._replace(country=None, region=None))
        decision, answer = served.redirects.respond(request, at=at, draw=draw)
        answer = await self._recorder.record(answer, decision, request, at=at)
        self._metrics.add(decision.kind, began=began)
        return answer

    async def _click(self, served: Served, scope: Scope) -> Response:
        began = perf_counter()
        request = self._reader.read_click(scope, default_language=served.table.operator.default_language)
        if request.is_prefetch:
            return served.responses.prefetched
        if request.is_crawler:
            return served.responses.onward("/")
        picked = _PARTNER_ID.fullmatch(request.path.removeprefix(_CLICK))
        if picked:
            at = self._clock()
            decision = choose(served.table, request.visitor, partner_id=int(picked[0]), at=at)
            if decision and decision.destination:
                answer = served.responses.to_click(decision.destination)
                answer = await self._recorder.record(answer, decision, request, at=at)
                self._metrics.add(decision.kind, began=began)
                return answer
        country = request.given.country
        return served.responses.onward(f"/?country={country}" if country else "/")

    async def _take_choice(self, served: Served, scope: Scope, receive: Receive) -> Response:
        if not self._site.is_same_origin(scope):
            return served.responses.onward("/")
        try:
            chosen = await read_form(scope, receive)
        except FormTooLarge:
            return self._refused(served, scope, "too_large")
        except FormRefused:
            return self._refused(served, scope, "bad_request")
        remembered = self._reader.read(scope, default_language="fr").remembered_region
        cookies = remember(chosen, forgotten=remembered, names=self._cookie_names)
        return served.responses.onward(f"/?src={chosen.source}" if chosen.source else "/", more=cookies)

    def _not_allowed(self, served: Served, scope: Scope, allowed: bytes) -> Response:
        return self._refused(served, scope, "not_allowed", allowed=allowed)

    def _refused(self, served: Served, scope: Scope, refusal: Refusal, *, allowed: bytes = b"") -> Response:
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        more = ((b"allow", allowed),) if allowed else ()
        return served.responses.refused(refusal, language=request.visitor.language, more=more)

    def _redirects(self) -> tuple[RedirectCache, Language, int]:
        served = self._current.served
        return served.redirects, served.table.operator.default_language, self.country_data.revision

    def _prepare(self, table: RoutingTable) -> Served:
        responses = Responses(table.operator, consulted=self._reader.consulted)
        language = table.operator.default_language
        nobody = Visitor(country=None, country_source="unknown", region=None, language=language)
        decision = decide(table, nobody, at=datetime.now(UTC), draw=lambda _: b"")
        page = responses.page(decision, given=Given())
        redirects = RedirectCache(table, responses)
        return Served(table=table, responses=responses, redirects=redirects, last_resort=page._replace(act=None))


async def _send(answer: Response, send: Send, *, is_head: bool) -> None:
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
    except OSError:
        _logger.debug("A visitor left before the answer.")


def _empty_table(config: Config) -> RoutingTable:
    """The table before there is any: nobody is covered, nobody is served, so every visitor is asked."""
    nobody = Operator(
        name="",
        signup_url=Bilingual(),
        mode="present",
        default_language=config.default_language,
        time_zone=config.time_zone,
        covered_countries=frozenset(),
        covered_regions={},
    )
    return RoutingTable(encode_table(generation=_NOTHING_PUBLISHED, operator=nobody, partners=()))
