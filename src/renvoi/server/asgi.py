"""ASGI applications for the workers: the gateway, the console (Django), or both in one process."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from renvoi.cluster.reporter import HostReporter
from renvoi.config import read_config
from renvoi.gateway.api.decision import DECISION_PATH
from renvoi.gateway.app import Gateway
from renvoi.gateway.app import create_app as create_gateway
from renvoi.gateway.monitoring.backup_watch import BackupWatch
from renvoi.server.health.probes import Console, with_probes
from renvoi.server.health.supervision import Supervision
from renvoi.server.strangers import limit_strangers
from renvoi.web.headers import NO_CONTENT, OWN_SITE_ONLY, STRICT_TRANSPORT
from renvoi.web.rate_limit import host_buckets

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_CONSOLE_PATHS = ("/console/", "/static/", "/api/")
_MAINTENANCE_INTERVAL_S = 5.0
_EXPIRY_INTERVAL_S = 60.0
_EMPTYING_INTERVAL_S = 300.0
_TURN_OF_OTHERS_S = 1.0
# More new objects than a thousand requests in progress have.
_GC_THRESHOLD = 50_000
# Of this process. A worker has one application.
_supervision = Supervision()


def create_app() -> Application:
    """The console and the API under their prefixes, and the gateway everywhere else."""
    return Dispatcher(_create_announced_gateway(), Console(_create_console(), _supervision))


def create_gateway_only() -> Application:
    """The gateway alone. Django is never imported."""
    application = _create_announced_gateway()
    _reduce_garbage_collection()
    return application


def create_console_only() -> Application:
    """The console alone, which answers probes itself. The gateway's other URLs respond with 404."""
    hosts = HostReporter(read_config(), side="console", country_data=None)
    checks = [hosts.problems, BackupWatch(read_config()).problems]
    console = with_probes(Console(_create_console(), _supervision, checks=checks))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await console(scope, receive, send)
            return
        hosts.start()
        await _complete_lifespan(scope, receive, send)
        await asyncio.to_thread(hosts.stop)

    return _with_maintenance(app)


def _create_announced_gateway() -> Gateway:
    """The gateway, which compares itself with the other hosts of its database as long as it runs."""
    gateway = create_gateway(read_config())
    gateway.websites.decisions.buckets = host_buckets()
    hosts = HostReporter(read_config(), side="gateway", country_data=gateway.country_data)
    gateway.checks.append(hosts.problems)
    hosts.start()
    return gateway


def _reduce_garbage_collection() -> None:
    """Exempt everything loaded so far from garbage collection, and collect less often.

    Requests leave no reference cycles: searching for some took a sixth of the gateway's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)


def _create_console() -> Application:
    import os  # noqa: PLC0415 (the gateway alone must not load Django)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renvoi.server.settings")
    import django  # noqa: PLC0415 (as above)

    # Some of what follows imports models.
    django.setup(set_prefix=False)
    from django.conf import settings  # noqa: PLC0415 (as above)
    from servestatic.asgi import ServeStaticASGI  # noqa: PLC0415 (as above)

    from renvoi.server.passwords.sign_in_gate import GatedHandler  # noqa: PLC0415 (as above)

    console_with_static_files: Application = ServeStaticASGI(
        limit_strangers(GatedHandler()),  # type: ignore[arg-type]  # django-stubs declare messages as immutable
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        allow_all_origins=False,
        mimetypes={".svg": "image/svg+xml; charset=utf-8"},
        # collectstatic puts part of a digest of the content into the name.
        immutable_file_test=r"\.[0-9a-f]{12}\.",
        add_headers_function=_add_static_headers,
    )
    return console_with_static_files


def _add_static_headers(headers: MutableMapping[str, str], _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    is_https = read_config().is_https
    for name, value in (NO_CONTENT, OWN_SITE_ONLY, *([STRICT_TRANSPORT] if is_https else [])):
        headers[name.decode()] = value.decode()


class Dispatcher:
    """Send each request to the console or to the gateway. Has the gateway's `fast_path`, which the protocol uses."""

    def __init__(self, gateway: Gateway, console: Console) -> None:
        self.fast_path = gateway.fast_path
        gateway.checks.append(_supervision.problems)
        gateway.collectors.append(console.families)
        self._gateway = gateway
        self._console = console
        self._lifespan_app = _with_maintenance(gateway)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one ASGI 3 scope."""
        if scope["type"] == "lifespan":
            await self._lifespan_app(scope, receive, send)
            return
        path: str = scope.get("path", "")
        is_console = scope["type"] == "http" and (path.startswith(_CONSOLE_PATHS) or path == "/console")
        is_console = is_console and path != DECISION_PATH
        await (self._console if is_console else self._gateway)(scope, receive, send)


def _with_maintenance(app: Application) -> Application:
    """Wrap an application so that maintenance runs during its lifespan: see `_maintain`."""

    async def app_with_maintenance(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        tasks = [asyncio.create_task(_supervision.run(name, work)) for name, work in _TASKS.items()]
        try:
            await app(scope, receive, send)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return app_with_maintenance


async def _repeat_maintenance() -> None:
    from asgiref.sync import sync_to_async  # noqa: PLC0415 (the gateway alone must not load Django)

    while True:
        await sync_to_async(_maintain)()
        await asyncio.sleep(_MAINTENANCE_INTERVAL_S)


async def _repeat_upkeep() -> None:
    """Look after the downloads, in threads of its own: a long projection must not make this host's makers look dead."""
    from renvoi.downloads.upkeep import UPKEEP_INTERVAL_S, Upkeep  # noqa: PLC0415 (the gateway alone must not load Django)

    upkeep = Upkeep()
    while True:
        await asyncio.to_thread(_run_upkeep, upkeep.run, UPKEEP_INTERVAL_S)
        await asyncio.sleep(UPKEEP_INTERVAL_S)


def _run_upkeep(run: Callable[[], None], interval_s: float) -> None:
    from django.db import close_old_connections  # noqa: PLC0415 (as above)

    try:
        _supervision.attempt("downloads", run, interval_s=interval_s)
    finally:
        close_old_connections()


def _maintain() -> None:
    """Publish a routing table whose publication a crash prevented, add new ledger entries to the reports, and remove
    temporary files of dead processes.
    """
    from django.db import close_old_connections  # noqa: PLC0415 (the gateway alone must not load Django)

    try:
        for name, task in (
            ("publication", _publish),
            ("projection", _project),
            ("history", _sum_up),
            ("temporary files", _clean_up),
        ):
            _supervision.attempt(name, task, interval_s=_MAINTENANCE_INTERVAL_S)
    finally:
        close_old_connections()


def _publish() -> None:
    from renvoi.partners.routing_table import publish  # noqa: PLC0415 (as above)

    publish()


def _project() -> None:
    from renvoi.ledger.engines import open_store  # noqa: PLC0415 (as above)
    from renvoi.reports.projection import project  # noqa: PLC0415 (as above)

    with closing(open_store(read_config())) as store:
        project(store, at=datetime.now(UTC))


def _sum_up() -> None:
    from renvoi.history.summaries import store_missing  # noqa: PLC0415 (as above)

    store_missing()


def _clean_up() -> None:
    from renvoi.downloads.temporary import remove_abandoned_folders  # noqa: PLC0415 (as above)

    remove_abandoned_folders()


async def _repeat_expiry() -> None:
    """Delete what has expired, in threads of its own. The processes take turns."""
    while True:
        await asyncio.to_thread(_delete_expired)
        await asyncio.sleep(_EXPIRY_INTERVAL_S)


def _delete_expired() -> None:
    from django.db import close_old_connections  # noqa: PLC0415 (as above)

    from renvoi.people.sessions import delete_expired  # noqa: PLC0415 (as above)

    try:
        _supervision.attempt("deletion of what has expired", delete_expired, interval_s=_EXPIRY_INTERVAL_S)
    finally:
        close_old_connections()


async def _repeat_emptying() -> None:
    """Delete for good what has been in the trash too long, in portions between which other writers have their turn."""
    while True:
        count = await asyncio.to_thread(_purge_due)
        await asyncio.sleep(_TURN_OF_OTHERS_S if count else _EMPTYING_INTERVAL_S)


def _purge_due() -> int:
    """Return how many partners were deleted; 0 as well if none could be."""
    from django.db import close_old_connections  # noqa: PLC0415 (as above)

    from renvoi.partners.actions import purge_due  # noqa: PLC0415 (as above)

    counts: list[int] = []
    try:
        _supervision.attempt(
            "emptying of the trash",
            lambda: counts.append(purge_due(at=datetime.now(UTC))),
            interval_s=_EMPTYING_INTERVAL_S,
        )
    finally:
        close_old_connections()
    return sum(counts)


_TASKS = {
    "maintenance": _repeat_maintenance,
    "upkeep": _repeat_upkeep,
    "expiry": _repeat_expiry,
    "emptying": _repeat_emptying,
}


async def _complete_lifespan(_scope: Scope, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
