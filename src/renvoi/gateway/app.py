"""The gateway: a raw ASGI application that answers every visitor (`/`, `/go/<id>`) and every probe."""

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from time import perf_counter
from typing import Any

from prometheus_client.core import Metric

from renvoi.config import TABLE_COPY_NAME, Config
from renvoi.domain.places import Language
from renvoi.domain.routing import Visitor, choose, decide
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway.backup_watch import BackupWatch
from renvoi.gateway.choice import FormInvalid, FormTooLarge, Receive, choice_cookies, read_form
from renvoi.gateway.current_table import UNPUBLISHED_GENERATION, CurrentTable, empty_table
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
from renvoi.visitor.unusable_values import unusable_values
from renvoi.web.headers import Scope
from renvoi.web.origins import OwnSite, log_foreign_host

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Clock = Callable[[], datetime]

COPY_NAME = TABLE_COPY_NAME
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_PARTNER_ID = re.compile(r"[1-9][0-9]{0,17}")
_CLICK_PREFIX = "/go/"
PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
HEALTHY = text_response("ok", extra_headers=(NO_STORE,))
"""The response at /healthz."""
_REVIVE_EVERY_S = 1.0
_ROBOTS = text_response(
    "User-agent: *\nDisallow: /go/\nDisallow: /console/\nDisallow: /api/\n",
    extra_headers=((b"cache-control", b"max-age=3600"),),
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedTable:
    """A routing table and everything derived from it. `fallback` is the response after an unexpected exception.

    `unusable` looks for values that can't be used when it is first called: a large table takes tens of milliseconds.
    """

    table: RoutingTable
    responses: Responses
    redirects: RedirectCache
    fallback: Response
    unusable: Callable[[], tuple[str, ...]]


def create_app(config: Config, *, clock: Clock = lambda: datetime.now(UTC)) -> "Gateway":
    """Return the gateway of a configuration. Its lifespan starts and stops the ledger's writer and the polling of the
    routing table and the country data.

    `clock` returns the current moment (aware). No request makes the application raise.
    """
    return Gateway(config, clock=clock)


class Gateway:
    """The ASGI application. See `create_app`.

    `checks` are further checks for /readyz, each of which returns a sentence for each problem, and `collectors` further
    metrics for /metrics. Both are called outside the event loop.
    """

    def __init__(self, config: Config, *, clock: Clock) -> None:
        self._clock = clock
        self._secret = config.secret().encode()
        self._site = OwnSite(config)
        self._cookie_names = CookieNames.from_config(config)
        self.country_data = CountryData(config, keep_copy=True)
        self._reader = RequestReader(config, country_of=self.country_data.lookup)
        self._recorder = Recorder(config)
        self._metrics = Metrics()
        empty = self._prepare(empty_table(config))
        self._current = CurrentTable(
            source=open_table_source(config), copy=config.table_copy_path, prepare=self._prepare, empty=empty
        )
        self._threads = (self._current.thread, self.country_data.thread, *self._recorder.ledger.threads)
        self.checks: list[Callable[[], Iterable[str]]] = [BackupWatch(config).problems]
        self.collectors: list[Callable[[], Iterable[Metric]]] = []
        self.fast_path = self._create_fast_path()

    def _create_fast_path(self) -> FastPath:
        return FastPath(
            reader=self._reader,
            site=self._site,
            recorder=self._recorder,
            metrics=self._metrics,
            clock=self._clock,
            current=self._redirects,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI 3 application."""
        if scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)
        elif scope["type"] == "http":
            await send_response(await self._respond(scope, receive), send, is_head=scope.get("method") == "HEAD")
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.to_thread(self._current.start)
        await asyncio.to_thread(self.country_data.start)
        self._recorder.start()
        reviving = asyncio.create_task(self._revive_threads())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        reviving.cancel()
        with suppress(asyncio.CancelledError):
            await reviving
        await self._recorder.stop()
        await asyncio.to_thread(self._current.stop)
        await asyncio.to_thread(self.country_data.stop)
        # Here, where addresses are looked up: no lookup is on its way.
        self.country_data.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _revive_threads(self) -> None:
        while True:
            await asyncio.sleep(_REVIVE_EVERY_S)
            for thread in self._threads:
                thread.revive()

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
        if path in PROBE_PATHS:
            # For any Host: load balancers connect by IP address.
            return await self._probe(path) if is_safe else self._refuse_method(served, scope, b"GET, HEAD")
        if not self._site.allows_host(scope):
            log_foreign_host()
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
        return HEALTHY if path == "/healthz" else await asyncio.to_thread(self._report, path)

    def _report(self, path: str) -> Response:
        health = self._health()
        if path == "/readyz":
            return render_health(health)
        more = [metric for collect in self.collectors for metric in collect()]
        restarts = {thread.name: thread.restarts for thread in self._threads}
        return render_metrics(health, self._metrics, restarts=restarts, more=more)

    def _health(self) -> Health:
        for thread in self._threads:
            thread.revive()
        ended = [thread.problem for thread in self._threads if thread.problem]
        current = self._current
        served = current.served.table
        table = TableHealth(
            generation=served.generation,
            loaded_at=current.loaded_at,
            problem=current.problem,
            unusable=current.served.unusable() if served.generation else (),
        )
        return Health(
            at=datetime.now(UTC),
            table=table,
            country_data=self.country_data.status,
            ledger=self._recorder.health(),
            problems=(*ended, *(problem for check in self.checks for problem in check())),
        )

    async def _visit(self, served: ServedTable, scope: Scope) -> Response:
        began = perf_counter()
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        if request.is_prefetch:
            return served.responses.prefetched
        at = self._clock()
        draw = draw_for(request.address, secret=self._secret, at=at)
        if served.table.generation == UNPUBLISHED_GENERATION:
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
        return ServedTable(
            table=table,
            responses=responses,
            redirects=redirects,
            fallback=page._replace(act=None),
            unusable=cache(partial(unusable_values, table)),
        )


async def send_response(response: Response, send: Send, *, is_head: bool) -> None:
    """Send a whole response, without its body if it answers HEAD."""
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": b"" if is_head else response.body})
    except OSError:
        _logger.debug("A visitor disconnected before the response.")
