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
from renvoi.gateway.counting import Counting
from renvoi.gateway.current_table import CurrentTable
from renvoi.gateway.editions import editions_of
from renvoi.gateway.settled import Redirects
from renvoi.gateway.shortcut import Shortcut
from renvoi.gateway.state import State, TableState, Tally, metrics, readyz
from renvoi.geo.current import CountryData
from renvoi.visitor.answers import NO_STORE, Answer, Answers, plain
from renvoi.visitor.pages import Refusal
from renvoi.visitor.request import CookieNames, Given, RequestReader, draw_for
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
_FOR_PROGRAMS = frozenset({"/healthz", "/readyz", "/metrics"})
_HEALTHY = plain("ok", more=(NO_STORE,))
_ROBOTS = plain(
    "User-agent: *\nDisallow: /go/\nDisallow: /console/\nDisallow: /api/\n", more=((b"cache-control", b"max-age=3600"),)
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """All that depends on the routing table, swapped as one. `last_resort` is the answer to a fault of ours."""

    table: RoutingTable
    answers: Answers
    redirects: Redirects
    last_resort: Answer


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
        self.country_data = CountryData(config, keeps=True)
        self._reader = RequestReader(config, country_of=self.country_data.lookup)
        self._counting = Counting(config)
        self._tally = Tally()
        self._current = CurrentTable(
            editions=editions_of(config),
            copy=config.data_dir / COPY_NAME,
            prepare=self._prepare,
            empty=self._prepare(_empty_table(config)),
        )
        self.shortcut = Shortcut(
            reader=self._reader,
            site=self._site,
            counting=self._counting,
            tally=self._tally,
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
        self._counting.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._counting.stop()
        await asyncio.to_thread(self._current.stop)
        await asyncio.to_thread(self.country_data.stop)
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        served = self._current.served
        try:
            return await self._route(served, scope, receive)
        except Exception as error:  # noqa: BLE001  a visitor never sees a 5xx
            # Neither the message nor the values: they may hold an address, a cookie or a user agent.
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind = type(error).__name__
            _logger.error("A visitor got the last resort: %s at %s:%s", kind, where.filename, where.lineno)  # noqa: TRY400
            return served.last_resort

    async def _route(self, served: Served, scope: Scope, receive: Receive) -> Answer:
        path: str = scope.get("path", "")
        method: str = scope.get("method", "")
        is_read = method in _READ
        if path in _FOR_PROGRAMS:
            # Under any host: a load balancer asks by address.
            return await self._for_programs(path) if is_read else self._not_allowed(served, scope, b"GET, HEAD")
        if not self._site.answers(scope):
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

    async def _for_programs(self, path: str) -> Answer:
        if path == "/healthz":
            return _HEALTHY
        state = await asyncio.to_thread(self._state)
        return readyz(state) if path == "/readyz" else metrics(state, self._tally)

    def _state(self) -> State:
        current = self._current
        generation = current.served.table.generation
        table = TableState(generation=generation, loaded_at=current.loaded_at, problem=current.problem)
        return State(
            at=datetime.now(UTC),
            table=table,
            country_data=self.country_data.status,
            ledger=self._counting.state(),
        )

    async def _visit(self, served: Served, scope: Scope) -> Answer:
        began = perf_counter()
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        if request.is_prefetch:
            return served.answers.prefetched
        at = self._clock()
        draw = draw_for(request.address, secret=self._secret, at=at)
        if served.table.generation == _NOTHING_PUBLISHED:
            # That nobody serves a country is not known yet, so it is not said.
            request = request._replace(visitor=request.visitor._replace(country=None, region=None))
        decision, answer = served.redirects.settle(request, at=at, draw=draw)
        answer = await self._counting.counted(answer, decision, request, at=at)
        self._tally.add(decision.kind, began=began)
        return answer

    async def _click(self, served: Served, scope: Scope) -> Answer:
        began = perf_counter()
        request = self._reader.read_click(scope, default_language=served.table.operator.default_language)
        if request.is_prefetch:
            return served.answers.prefetched
        if request.is_crawler:
            return served.answers.onward("/")
        picked = _PARTNER_ID.fullmatch(request.path.removeprefix(_CLICK))
        if picked:
            at = self._clock()
            decision = choose(served.table, request.visitor, partner_id=int(picked[0]), at=at)
            if decision and decision.destination:
                answer = served.answers.to_click(decision.destination)
                answer = await self._counting.counted(answer, decision, request, at=at)
                self._tally.add(decision.kind, began=began)
                return answer
        country = request.given.country
        return served.answers.onward(f"/?country={country}" if country else "/")

    async def _take_choice(self, served: Served, scope: Scope, receive: Receive) -> Answer:
        if not self._site.sent_by_us(scope):
            return served.answers.onward("/")
        try:
            chosen = await read_form(scope, receive)
        except FormTooLarge:
            return self._refused(served, scope, "too_large")
        except FormRefused:
            return self._refused(served, scope, "bad_request")
        remembered = self._reader.read(scope, default_language="fr").remembered_region
        cookies = remember(chosen, forgotten=remembered, names=self._cookie_names)
        return served.answers.onward(f"/?src={chosen.source}" if chosen.source else "/", more=cookies)

    def _not_allowed(self, served: Served, scope: Scope, allowed: bytes) -> Answer:
        return self._refused(served, scope, "not_allowed", allowed=allowed)

    def _refused(self, served: Served, scope: Scope, refusal: Refusal, *, allowed: bytes = b"") -> Answer:
        request = self._reader.read(scope, default_language=served.table.operator.default_language)
        more = ((b"allow", allowed),) if allowed else ()
        return served.answers.refused(refusal, language=request.visitor.language, more=more)

    def _redirects(self) -> tuple[Redirects, Language, int]:
        served = self._current.served
        return served.redirects, served.table.operator.default_language, self.country_data.edition

    def _prepare(self, table: RoutingTable) -> Served:
        answers = Answers(table.operator, consulted=self._reader.consulted)
        language = table.operator.default_language
        nobody = Visitor(country=None, country_source="unknown", region=None, language=language)
        decision = decide(table, nobody, at=datetime.now(UTC), draw=lambda _: b"")
        page = answers.page(decision, given=Given())
        redirects = Redirects(table, answers)
        return Served(table=table, answers=answers, redirects=redirects, last_resort=page._replace(act=None))


async def _send(answer: Answer, send: Send, *, is_head: bool) -> None:
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
        whole=frozenset(),
        partial={},
    )
    return RoutingTable(encode_table(generation=_NOTHING_PUBLISHED, operator=nobody, partners=()))
