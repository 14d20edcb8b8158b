"""The gateway: a raw ASGI application that answers every visitor (`/`, `/go/<id>`) and every probe."""

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
from renvoi.gateway.choice import FormInvalid, FormTooLarge, Receive, choice_cookies, read_form
from renvoi.gateway.current_table import CurrentTable
from renvoi.gateway.fast_path import FastPath
from renvoi.gateway.health import Health, TableHealth, render_health
from renvoi.gateway.metrics import Metrics, render_metrics
from renvoi.gateway.recorder import Recorder
from renvoi.gateway.redirect_cache import RedirectCache
from renvoi.gateway.table_source.engines import open_table_source
from renvoi.geo.current import CountryData
from renvoi.visitor.pages import Refusal
from renvoi.visitor.request import CookieNames, QueryParams, RequestReader, draw_for
from renvoi.visitor.responses import NO_STORE, Response, Responses, text_response
from renvoi.web.headers import Scope
from renvoi.web.origins import OwnSite

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Clock = Callable[[], datetime]

COPY_NAME = "routing-table.bin"

_UNPUBLISHED_GENERATION = 0
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_PARTNER_ID = re.compile(r"[1-9][0-9]{0,17}")
_CLICK_PREFIX = "/go/"
_PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
_HEALTHY = text_response("ok", extra_headers=(NO_STORE,))
_ROBOTS = text_response(
    "User-agent: *\nDisallow: /go/\nDisallow: /console/\nDisallow: /api/\n",
    extra_headers=((b"cache-control", b"max-age=3600"),),
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedTable:
    """A routing table and everything derived from it. `fallback` is the response after an unexpected exception."""

    table: RoutingTable
    responses: Responses
    redirects: RedirectCache
    fallback: Response


def create_app(config: Config, *, clock: Clock = lambda: datetime.now(UTC)) -> "Gateway":
    """Return the gateway of a configuration. Its lifespan starts and stops the ledger's writer and the polling of the
    routing table and the country data.

    `clock` returns the current moment (aware). No request makes the application raise.
    """
    return Gateway(config, clock=clock)


class Gateway:
    """The ASGI application. See `create_app`."""

    def __init__(self, config: Config, *, clock: Clock) -> None:
        self._clock = clock
        self._secret = config.secret().encode()
        self._site = OwnSite(config)
        self._cookie_names = CookieNames.from_config(config)
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
            await self._run_lifespan(receive, send)
        elif scope["type"] == "http":
            await _send(await self._respond(scope, receive), send, is_head=scope.get("method") == "HEAD")
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
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

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        served = self._current.served
        try:
            return await self._route(served, scope, receive)
        except Exception as error:  # noqa: BLE001 (a visitor never gets a 5xx)
            # Neither the message nor any value is logged: they may contain an address, a cookie or a user agent.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            error_name = type(error).__name__
            _logger.error("A visitor got the fallback page: %s at %s:%s", error_name, frame.filename, frame.lineno)  # noqa: TRY400
            return served.fallback

    async def _route(self, served: ServedTable, scope: Scope, receive: Receive) -> Response:
        path: str = scope.get("path", "")
        method: str = scope.get("method", "")
        is_safe = method in _SAFE_METHODS
        if path in _PROBE_PATHS:
            # For any Host: load balancers connect by IP address.
            return await self._probe(path) if is_safe else self._refuse_method(served, scope, b"GET, HEAD")
        if not self._site.allows_host(scope):
            return self._refuse(served, scope, "bad_host")
        if path == "/":
            if method == "POST":
                return await self._save_choice(served, scope, receive)
            return (
                await self._visit(served, scope) if is_safe else self._refuse_method(served, scope, b"GET, HEAD, POST")
            )
        if path.startswith(_CLICK_PREFIX):
            return await self._click(served, scope) if is_safe else self._refuse_method(served, scope, b"GET, HEAD")
        if path == "/robots.txt" and is_safe:
            return _ROBOTS
        if path == "/robots.txt":
            return self._refuse_method(served, scope, b"GET, HEAD")
        return self._refuse(served, scope, "not_found")

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

    async def _visit(self, served: ServedTable, scope: Scope) -> Response:
        began = perf_counter()
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        if request.is_prefetch:
            return served.responses.prefetched
        at = self._clock()
        draw = draw_for(request.address, secret=self._secret, at=at)
        if served.table.generation == _UNPUBLISHED_GENERATION:
            # Without a table nothing is known about any country: ask for it instead of claiming that nobody serves it.
            request = request._replace(visitor=request.visitor._replace(country=None, region=None))
        decision, response = served.redirects.respond(request, at=at, draw=draw)
        response = await self._recorder.record(response, decision, request, at=at)
        self._metrics.add(decision.kind, began=began)
        return response

    async def _click(self, served: ServedTable, scope: Scope) -> Response:
        began = perf_counter()
        request = self._reader.read_click(scope, default_language=served.table.operator.default_language)
        if request.is_prefetch:
            return served.responses.prefetched
        if request.is_crawler:
            return served.responses.see_other("/")
        match = _PARTNER_ID.fullmatch(request.path.removeprefix(_CLICK_PREFIX))
        if match:
            at = self._clock()
            decision = choose(served.table, request.visitor, partner_id=int(match[0]), at=at)
            if decision and decision.destination:
                response = served.responses.to_click(decision.destination)
                response = await self._recorder.record(response, decision, request, at=at)
                self._metrics.add(decision.kind, began=began)
                return response
        country = request.params.country
        return served.responses.see_other(f"/?country={country}" if country else "/")

    async def _save_choice(self, served: ServedTable, scope: Scope, receive: Receive) -> Response:
        if not self._site.is_same_origin(scope):
            return served.responses.see_other("/")
        try:
            params = await read_form(scope, receive)
        except FormTooLarge:
            return self._refuse(served, scope, "too_large")
        except FormInvalid:
            return self._refuse(served, scope, "bad_request")
        remembered_region = self._reader.read(scope, default_language="fr").remembered_region
        cookies = choice_cookies(params, remembered_region=remembered_region, names=self._cookie_names)
        return served.responses.see_other(f"/?src={params.source}" if params.source else "/", extra_headers=cookies)

    def _refuse_method(self, served: ServedTable, scope: Scope, allow: bytes) -> Response:
        return self._refuse(served, scope, "not_allowed", allow=allow)

    def _refuse(self, served: ServedTable, scope: Scope, refusal: Refusal, *, allow: bytes = b"") -> Response:
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        headers = ((b"allow", allow),) if allow else ()
        return served.responses.refused(refusal, language=request.visitor.language, extra_headers=headers)

    def _redirects(self) -> tuple[RedirectCache, Language, int]:
        served = self._current.served
        return served.redirects, served.table.operator.default_language, self.country_data.revision

    def _prepare(self, table: RoutingTable) -> ServedTable:
        responses = Responses(table.operator, consulted=self._reader.consulted)
        language = table.operator.default_language
        visitor = Visitor(country=None, country_source="unknown", region=None, language=language)
        decision = decide(table, visitor, at=datetime.now(UTC), draw=lambda _: b"")
        page = responses.page(decision, params=QueryParams())
        redirects = RedirectCache(table, responses)
        return ServedTable(table=table, responses=responses, redirects=redirects, fallback=page._replace(act=None))


async def _send(response: Response, send: Send, *, is_head: bool) -> None:
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": b"" if is_head else response.body})
    except OSError:
        _logger.debug("A visitor disconnected before the response.")


def _empty_table(config: Config) -> RoutingTable:
    """Return the table used until one is published. It covers no country, so every visitor is asked for theirs."""
    operator = Operator(
        name="",
        signup_url=Bilingual(),
        mode="present",
        default_language=config.default_language,
        time_zone=config.time_zone,
        covered_countries=frozenset(),
        covered_regions={},
    )
    return RoutingTable(encode_table(generation=_UNPUBLISHED_GENERATION, operator=operator, partners=()))
