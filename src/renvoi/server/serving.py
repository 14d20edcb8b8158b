"""Run uvicorn over an application: `renvoi serve`, once everything that it needs is ready."""

import socket
import sys

from uvicorn import Config as ServerConfig

from renvoi.server.workers import Workers
from renvoi.web.rate_limit import guess_buckets, host_buckets, refusal_buckets, token_buckets

_DRAIN_S = 10
"""How long responses in progress may take once the server is told to stop."""


def serve_application(factory: str, listening: socket.socket, *, workers: int, fast_path: bool = True) -> None:
    """Serve the application that `factory`, a "module:function", makes in each worker process. Return at SIGTERM.

    Without the fast path every request takes the normal one. Exits with 1 if no worker can start.
    """
    protocol = "fast_path:FastPathProtocol" if fast_path else "limits:LimitedProtocol"
    server = ServerConfig(
        factory,
        factory=True,
        interface="asgi3",
        workers=workers,
        loop="uvloop",
        http=f"renvoi.server.protocol.{protocol}",
        ws="none",
        lifespan="on",
        # renvoi.web alone decides which proxies may speak for a client.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="error",
        timeout_graceful_shutdown=_DRAIN_S,
    )
    # Before the workers are forked, so that they share them.
    host_buckets()
    token_buckets()
    refusal_buckets()
    guess_buckets()
    if code := Workers(server, listening).run():
        sys.exit(code)
