"""Answer the probes of balancers and monitors for the console, as the gateway does for itself: under any Host.

`serve --only console` answers /healthz, /readyz and /metrics itself; beside a gateway, that one's answers include it.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter

from prometheus_client.core import Metric

from renvoi.gateway.app import HEALTHY, PROBE_PATHS, Application
from renvoi.gateway.choice import Receive
from renvoi.gateway.monitoring.health import readiness_of, render_report
from renvoi.gateway.monitoring.metrics import (
    Metrics,
    counts_and_durations,
    readiness_gauge,
    render_families,
    restart_counter,
)
from renvoi.server.health.supervision import Supervision
from renvoi.visitor.responses import Response, Send, send_response, text_response
from renvoi.web.headers import Scope

_DATABASE_TIMEOUT_S = 5.0
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_NOT_ALLOWED = text_response("Only GET and HEAD.\n", status=405, extra_headers=((b"allow", b"GET, HEAD"),))

_DatabaseState = tuple[int, str]
"""The generation of the business rows, and a sentence on what prevents their use."""


class Console:
    """The console as an ASGI application, measured. `checks` return further problems for its own /readyz."""

    def __init__(
        self, app: Application, supervision: Supervision, *, checks: Sequence[Callable[[], Iterable[str]]] = ()
    ) -> None:
        self._app = app
        self._checks = checks
        self._metrics = Metrics()
        self._supervision = supervision
        self._check: asyncio.Task[_DatabaseState] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one ASGI 3 scope of type "http"."""
        began, status = perf_counter(), 500

        async def count(message: "dict[str, object]") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(str(message["status"]))
            await send(message)

        try:
            await self._app(scope, receive, count)  # type: ignore[arg-type]  # a message is a dict
        finally:
            self._metrics.add(f"{status // 100}xx", began=began)

    async def answer_probe(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Respond to a request for one of PROBE_PATHS."""
        is_safe = scope["method"] in _SAFE_METHODS
        response = await self._probe(scope["path"]) if is_safe else _NOT_ALLOWED
        await send_response(response, send, is_head=scope["method"] == "HEAD")

    def families(self) -> Iterator[Metric]:
        """Yield the console's metrics."""
        yield from counts_and_durations(
            self._metrics,
            counter=("renvoi_console_responses", "Responses of the console, by class of status.", "status"),
            histogram=("renvoi_console_response_duration_seconds", "How long a response of the console took."),
        )
        yield restart_counter("renvoi_task_restarts", "Background tasks started again.", self._supervision.restarts)

    async def _probe(self, path: str) -> Response:
        if path == "/healthz":
            return HEALTHY
        generation, problem = await self._database_state()
        further = (sentence for check in self._checks for sentence in check())
        reasons = [*([problem] if problem else []), *self._supervision.problems(), *further]
        readiness = readiness_of(is_usable=bool(generation), reasons=reasons)
        if path == "/readyz":
            return render_report(readiness, reasons, generation=generation)
        return render_families((readiness_gauge(readiness), *self.families()))

    async def _database_state(self) -> _DatabaseState:
        """Ask the database once for all probes that wait for it."""
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(asyncio.to_thread(_ask_database))
        try:
            return await asyncio.wait_for(asyncio.shield(self._check), _DATABASE_TIMEOUT_S)
        except TimeoutError:
            return 0, f"The database has not answered for {_DATABASE_TIMEOUT_S:g} s."


def with_probes(console: Console) -> Application:
    """Return an application that answers PROBE_PATHS itself, and leaves the rest to the console."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_probe = scope["type"] == "http" and scope.get("path") in PROBE_PATHS
        await (console.answer_probe if is_probe else console)(scope, receive, send)

    return app


def _ask_database() -> _DatabaseState:
    from django.db import Error, connection  # noqa: PLC0415 (the gateway alone must not load Django)

    from renvoi.publication.models import Generation  # noqa: PLC0415 (as above)

    try:
        return Generation.objects.values_list("number", flat=True).get(id=1), ""
    except (Error, Generation.DoesNotExist) as error:
        lines: Iterable[str] = str(error).splitlines() or [type(error).__name__]
        return 0, f"The database can't be used ({next(iter(lines))})."
    finally:
        connection.close()
