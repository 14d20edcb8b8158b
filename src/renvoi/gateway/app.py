"""The gateway: a raw ASGI application that answers every visitor (`/`, `/go/<id>`) and every probe."""

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

from prometheus_client.core import Metric

from renvoi.config import Config
from renvoi.domain.places import Language
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway.answers import NO_PARTNER, Answers, Question
from renvoi.gateway.api.websites import WEBSITE_PATHS, Websites
from renvoi.gateway.choice import FormInvalid, FormTooLarge, Receive, choice_cookies, read_form
from renvoi.gateway.current_table import CurrentTable, empty_table
from renvoi.gateway.fast_path import FastPath
from renvoi.gateway.monitoring.backup_watch import BackupWatch
from renvoi.gateway.monitoring.health import Health, TableHealth, render_health
from renvoi.gateway.monitoring.metrics import Metrics, render_metrics
from renvoi.gateway.recorder import Recorder, is_counted
from renvoi.gateway.served_table import ServedTable
from renvoi.gateway.table_source.engines import open_table_source
from renvoi.gateway.table_source.logos import Logos
from renvoi.gateway.wishes import WISH_PATH, Wishes
from renvoi.geo.current import CountryData
from renvoi.visitor.coding import NO_CODING
from renvoi.visitor.cookies import CookieNames
from renvoi.visitor.html import directory
from renvoi.visitor.html.pages import Refusal
from renvoi.visitor.request import RequestReader, draw_for
from renvoi.visitor.responses import ICON, NO_STORE, ROBOTS, Response, Responses, Send, send_response, text_response
from renvoi.web.headers import STRICT_TRANSPORT, Scope
from renvoi.web.origins import OwnSite, log_foreign_host

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Clock = Callable[[], datetime]

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_REDIRECTS = frozenset({302, 303})
_PARTNER_ID = re.compile(r"[1-9][0-9]{0,17}")
_CLICK_PREFIX = "/go/"
PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
HEALTHY = text_response("ok", extra_headers=(NO_STORE,))
"""The response at /healthz."""
_FILES = {"/favicon.ico": ICON, "/robots.txt": ROBOTS}
_REVIVE_EVERY_S = 1.0

_logger = logging.getLogger(__name__)


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
        self._is_https = config.is_https
        self._site = OwnSite(config)
        self._cookie_names = CookieNames.from_config(config)
        self.country_data = CountryData(config, keep_copy=True)
        self._reader = RequestReader(
            config, country_of=self.country_data.lookup, country_of_text=self.country_data.country_of_text
        )
        self.websites = Websites(config, reader=self._reader, site=self._site, clock=clock)
        self._recorder = Recorder(config)
        self._wishes = Wishes(config, recorder=self._recorder, clock=clock)
        self._metrics = Metrics()
        source = open_table_source(config)
        self._logos = Logos(source=source, copy=config.logo_copy_path)
        empty = self._prepare(empty_table(config))
        self._current = CurrentTable(
            source=source, copy=config.table_copy_path, prepare=self._prepare, empty=empty, logos=self._logos
        )
        self._threads = (self._current.thread, self.country_data.thread, *self._recorder.ledger.threads)
        self.checks: list[Callable[[], Iterable[str]]] = [BackupWatch(config).problems, self._logos.problems]
        self.collectors: list[Callable[[], Iterable[Metric]]] = []
        self.fast_path = self._create_fast_path()

    def _create_fast_path(self) -> FastPath:
        return FastPath(
            reader=self._reader,
            site=self._site,
            recorder=self._recorder,
            metrics=self._metrics,
            secret=self._secret,
            clock=self._clock,
            current=self._answers,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI 3 application."""
        if scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)
        elif scope["type"] == "http":
            response = self._secure(await self._respond(scope, receive))
            await send_response(response, send, is_head=scope.get("method") == "HEAD")
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

    def _secure(self, response: Response) -> Response:
        """Add Strict-Transport-Security over https. Redirects do without, as on the fast path; pages have it."""
        if not self._is_https or response.status in _REDIRECTS or STRICT_TRANSPORT in response.headers:
            return response
        return response._replace(headers=(*response.headers, STRICT_TRANSPORT))

    async def _route(self, served: ServedTable, scope: Scope, receive: Receive) -> Response:
        path: str = scope.get("path", "")
        method: str = scope.get("method", "")
        is_safe = method in _SAFE_METHODS
        if path in PROBE_PATHS:
            # For any Host: load balancers connect by IP address.
            return await self._probe(path) if is_safe else self._refuse_method(served, scope, b"GET, HEAD")
        if path in WEBSITE_PATHS:
            return self.websites.respond(served.table, scope)
        if not self._site.allows_host(scope):
            log_foreign_host()
            return self._refuse(served, scope, "bad_host")
        if path in {"/", WISH_PATH}:
            return await self._visit(served, scope, receive)
        if path.startswith(_CLICK_PREFIX):
            return await self._click(served, scope) if is_safe else self._refuse_method(served, scope, b"GET, HEAD")
        if f"{path}/".startswith(directory.PATH):
            return await self._list(served, scope) if is_safe else self._refuse_method(served, scope, b"GET, HEAD")
        if response := self._fixed(served, scope):
            return response if is_safe else self._refuse_method(served, scope, b"GET, HEAD")
        return self._refuse(served, scope, "not_found")

    async def _visit(self, served: ServedTable, scope: Scope, receive: Receive) -> Response:
        """Respond at `/` and at the addresses of its forms."""
        method = scope.get("method", "")
        if method == "POST":
            return await self._submit(served, scope, receive)
        if scope["path"] == WISH_PATH:
            return self._refuse_method(served, scope, b"POST")
        if method in _SAFE_METHODS:
            return await self._answer(served, scope, partner_id=0)
        return self._refuse_method(served, scope, b"GET, HEAD, POST")

    def _fixed(self, served: ServedTable, scope: Scope) -> Response | None:
        if scope["path"] not in {"/privacy/", "/countries/"}:
            return _FILES.get(scope["path"]) or self._logos.respond(scope)
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        if scope["path"] == "/countries/":
            return served.responses.countries(request)
        return served.responses.privacy(request, cookies=self._cookie_names)

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

    async def _answer(self, served: ServedTable, scope: Scope, *, partner_id: int) -> Response:
        began = perf_counter()
        default_language = served.table.operator.default_language
        request = self._reader.read(scope, default_language=default_language, is_click=partner_id > 0)
        if request.is_prefetch:
            return served.responses.prefetched
        at = self._clock()
        # A click has no body whose coding could matter.
        codings = NO_CODING if partner_id else request.codings
        has_wished = not partner_id and request.visitor.country in request.remembered.wishes
        question = Question(request.visitor, partner_id, request.params, codings, request.is_crawler, has_wished)
        draw = partial(draw_for, request.address, secret=self._secret, at=at)
        answer = served.answers.answer(question, at=at, draw=draw)
        response = await self._recorder.record(answer, at=at) if is_counted(request) else answer.response
        if answer.decision_kind:
            self._metrics.add(answer.decision_kind, began=began)
        return response

    async def _click(self, served: ServedTable, scope: Scope) -> Response:
        match = _PARTNER_ID.fullmatch(scope["path"].removeprefix(_CLICK_PREFIX))
        return await self._answer(served, scope, partner_id=int(match[0]) if match else NO_PARTNER)

    async def _list(self, served: ServedTable, scope: Scope) -> Response:
        if scope["path"] + "/" == directory.PATH:
            return served.responses.see_other(directory.PATH)
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        # In a thread: a large page takes milliseconds to make and to compress.
        listed = await asyncio.to_thread(served.list_partners, request, at=self._clock())
        return listed or self._refuse(served, scope, "not_found")

    async def _submit(self, served: ServedTable, scope: Scope, receive: Receive) -> Response:
        if not self._site.is_same_origin(scope):
            return served.responses.see_other("/")
        try:
            params = await read_form(scope, receive)
        except FormTooLarge:
            return self._refuse(served, scope, "too_large")
        except FormInvalid:
            return self._refuse(served, scope, "bad_request")
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        if request.path == WISH_PATH:
            return await self._wishes.respond(request, params, table=served.table, responses=served.responses)
        cookies = choice_cookies(params, remembered_region=request.remembered.region, names=self._cookie_names)
        return served.responses.see_other(f"/?src={params.source}" if params.source else "/", extra_headers=cookies)

    def _refuse_method(self, served: ServedTable, scope: Scope, allow: bytes) -> Response:
        return self._refuse(served, scope, "not_allowed", allow=allow)

    def _refuse(self, served: ServedTable, scope: Scope, refusal: Refusal, *, allow: bytes = b"") -> Response:
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        headers = ((b"allow", allow),) if allow else ()
        return served.responses.refused(
            refusal, language=request.visitor.language, coding=request.codings.whole, extra_headers=headers
        )

    def _answers(self) -> tuple[Answers, Language, int]:
        served = self._current.served
        return served.answers, served.table.operator.default_language, self.country_data.revision

    def _prepare(self, table: RoutingTable) -> ServedTable:
        responses = Responses(
            self._logos.shown(table.operator), consulted=self._reader.consulted, public_url=self._site.public_url
        )
        return ServedTable.of(table, responses)
