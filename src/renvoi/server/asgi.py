"""Hides that two sides live in one process: the gateway without a framework, and the console on Django."""

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
_EVERY_S = 5.0
# New objects that are left before they are searched; a thousand requests on their way have fewer.
_YOUNG = 50_000
_logger = logging.getLogger(__name__)


def create_whole() -> Application:
    """Both sides: the console under its prefixes, the gateway everywhere else."""
    return Whole(create_gateway(read_config()), _django())


def create_gateway_only() -> Application:
    """The gateway alone: Django is never imported."""
    application = create_gateway(read_config())
    _collect_garbage_seldom()
    return application


def create_console_only() -> Application:
    """The console alone; the gateway's addresses are not found."""
    console = _django()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (_lifespan if scope["type"] == "lifespan" else console)(scope, receive, send)

    return _with_upkeep(app)


def _collect_garbage_seldom() -> None:
    """What is loaded stays, and requests leave no cycles: looking for some took a sixth of the gateway's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


def _django() -> Application:
    import os  # noqa: PLC0415 (the gateway alone must not load Django)

    from django.core.asgi import get_asgi_application  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renvoi.server.settings")
    application = get_asgi_application()

    from django.conf import settings  # noqa: PLC0415 (as above)
    from servestatic.asgi import ServeStaticASGI  # noqa: PLC0415 (as above)

    static: Application = ServeStaticASGI(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        allow_all_origins=False,
        # collectstatic puts a part of the content's digest into the name.
        immutable_file_test=r"\.[0-9a-f]{12}\.",
    )
    return static


class Whole:
    """Both sides as one application, which has the gateway's short way."""

    def __init__(self, gateway: Gateway, console: Application) -> None:
        self.fast_path = gateway.fast_path
        self._gateway = gateway
        self._console = console
        self._live = _with_upkeep(gateway)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI 3 application."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        path: str = scope.get("path", "")
        is_console = scope["type"] == "http" and (path.startswith(_CONSOLE_PATHS) or path == "/console")
        await (self._console if is_console else self._gateway)(scope, receive, send)


def _with_upkeep(app: Application) -> Application:
    """The same application, which also does what is due: see `_do_what_is_due`."""

    async def kept_up(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        task = asyncio.create_task(_keep_up())
        try:
            await app(scope, receive, send)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return kept_up


async def _keep_up() -> None:
    from asgiref.sync import sync_to_async  # noqa: PLC0415 (the gateway alone must not load Django)

    while True:
        await sync_to_async(_do_what_is_due)()
        await asyncio.sleep(_EVERY_S)


def _do_what_is_due() -> None:
    """Heals a publication that a crash cut off after the commit, and counts the ledger's new entries."""
    from django.db import close_old_connections  # noqa: PLC0415 (the gateway alone must not load Django)

    try:
        for what, do in (("published", _publish), ("brought up to the ledger", _project)):
            try:
                do()
            except Exception:
                _logger.exception("The figures or the table could not be %s; it is tried again.", what)
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


async def _lifespan(_scope: Scope, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
