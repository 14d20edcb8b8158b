"""ASGI applications for the workers: the gateway, the console (Django), or both in one process."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any

from renvoi.config import read_config
from renvoi.gateway.app import Gateway
from renvoi.gateway.app import create_app as create_gateway

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_CONSOLE_PATHS = ("/console/", "/static/")
_MAINTENANCE_INTERVAL_S = 5.0
# More new objects than a thousand requests in progress have.
_GC_THRESHOLD = 50_000
_logger = logging.getLogger(__name__)


def create_app() -> Application:
    """The console under its prefixes, and the gateway everywhere else."""
    return Dispatcher(create_gateway(read_config()), _create_console())


def create_gateway_only() -> Application:
    """The gateway alone. Django is never imported."""
    application = create_gateway(read_config())
    _reduce_garbage_collection()
    return application


def create_console_only() -> Application:
    """The console alone. The gateway's URLs respond with 404."""
    console = _create_console()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (_complete_lifespan if scope["type"] == "lifespan" else console)(scope, receive, send)

    return _with_maintenance(app)


def _reduce_garbage_collection() -> None:
    """Exempt everything loaded so far from garbage collection, and collect less often.

    Requests leave no reference cycles: searching for some took a sixth of the gateway's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)


def _create_console() -> Application:
    import os  # noqa: PLC0415 (the gateway alone must not load Django)

    from django.core.asgi import get_asgi_application  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renvoi.server.settings")
    application = get_asgi_application()

    from django.conf import settings  # noqa: PLC0415 (as above)
    from servestatic.asgi import ServeStaticASGI  # noqa: PLC0415 (as above)

    console_with_static_files: Application = ServeStaticASGI(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        allow_all_origins=False,
        # collectstatic puts part of a digest of the content into the name.
        immutable_file_test=r"\.[0-9a-f]{12}\.",
    )
    return console_with_static_files


class Dispatcher:
    """Send each request to the console or to the gateway. Has the gateway's `fast_path`, which the protocol uses."""

    def __init__(self, gateway: Gateway, console: Application) -> None:
        self.fast_path = gateway.fast_path
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
        await (self._console if is_console else self._gateway)(scope, receive, send)


def _with_maintenance(app: Application) -> Application:
    """Wrap an application so that maintenance runs during its lifespan: see `_maintain`."""

    async def app_with_maintenance(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        task = asyncio.create_task(_repeat_maintenance())
        try:
            await app(scope, receive, send)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return app_with_maintenance


async def _repeat_maintenance() -> None:
    from asgiref.sync import sync_to_async  # noqa: PLC0415 (the gateway alone must not load Django)

    while True:
        await sync_to_async(_maintain)()
        await asyncio.sleep(_MAINTENANCE_INTERVAL_S)


def _maintain() -> None:
    """Publish a routing table whose publication a crash prevented, and add new ledger entries to the reports."""
    from django.db import close_old_connections  # noqa: PLC0415 (the gateway alone must not load Django)

    try:
        for name, task in (("publication", _publish), ("projection", _project)):
            try:
                task()
            except Exception:
                _logger.exception("Maintenance failed: %s. It is retried in %g s.", name, _MAINTENANCE_INTERVAL_S)
    finally:
        close_old_connections()


def _publish() -> None:
    from renvoi.partners.publication import publish  # noqa: PLC0415 (as above)

    publish()


def _project() -> None:
    from renvoi.ledger.engines import open_store  # noqa: PLC0415 (as above)
    from renvoi.reports.projection import project  # noqa: PLC0415 (as above)

    with closing(open_store(read_config())) as store:
        project(store, at=datetime.now(UTC))


async def _complete_lifespan(_scope: Scope, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
