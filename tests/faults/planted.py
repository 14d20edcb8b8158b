"""Run `renvoi serve` with a planted fault that the harness must catch.

Usage: `python -m tests.faults.planted early|unsynced|leaky|crossed|keeping …`

early: responses leave before the commit. unsynced: SQLite commits without waiting for the disk. leaky: what a visitor
sends is logged. crossed: some visitors get the response to another. keeping: the keep-alive timer of a connection that
is reset stays.
"""

import os
import sys

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from renvoi.cli import main
from renvoi.cli.serving import serve as serve_module
from renvoi.config import Config, read_config
from renvoi.gateway import recorder
from renvoi.gateway.app import Application, Gateway, create_app
from renvoi.gateway.choice import Receive
from renvoi.gateway.fast_path import FastPath, PendingAnswer
from renvoi.gateway.served_table import ServedTable
from renvoi.ledger.batch import OnRecorded
from renvoi.ledger.protocol import Store
from renvoi.ledger.sqlite import SqliteStore
from renvoi.ledger.wishes.wish import Record
from renvoi.ledger.writer import Ledger
from renvoi.server.protocol.refusals import RefusingProtocol
from renvoi.visitor.responses import Response, Send
from renvoi.web.headers import Scope


class _EarlyLedger(Ledger):
    """Reports an entry or a wish as recorded as soon as it is pending."""

    def append_soon(self, record: Record, on_recorded: OnRecorded) -> None:
        super().append_soon(record, _ignore)
        on_recorded(True)  # noqa: FBT003 (OnRecorded's only argument)


def _ignore(_is_recorded: bool) -> None:  # noqa: FBT001 (an OnRecorded)
    """Discard the real result."""


def _unsynced(config: Config) -> Store:
    return SqliteStore(config.ledger_path, synchronous="OFF")


async def _leaky(scope: Scope, receive: Receive, send: Send) -> None:
    """Log each request, and respond with nothing else."""
    sys.stderr.write(f"{scope}\n")
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"].endswith("shutdown"):
            return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


def _cross_fast_path() -> None:
    """Let the fast path answer each tenth head as it answered the one before."""
    match, heads = FastPath.match, [b""]

    def crossed(self: FastPath, head: bytes, peer: str) -> PendingAnswer | None:
        heads.append(head)
        return match(self, heads[-2] if len(heads) % 10 == 0 else head, peer)

    setattr(FastPath, "match", crossed)  # noqa: B010 (a planted fault)


def _cross_normal_path() -> None:
    """Let the normal path give each tenth visitor the response to the one before."""
    visit, responses = Gateway._answer, []

    async def crossed(self: Gateway, served: ServedTable, scope: Scope, *, partner_id: int) -> Response:
        responses.append(await visit(self, served, scope, partner_id=partner_id))
        return responses[-2] if len(responses) % 10 == 0 else responses[-1]

    setattr(Gateway, "_answer", crossed)  # noqa: B010 (a planted fault)


def gateway() -> Application:
    """Return the application that each worker of the server loads."""
    planted = os.environ["PLANTED"]
    if planted == "crossed":
        (_cross_normal_path if os.environ["RENVOI_FAST_PATH"] == "off" else _cross_fast_path)()
        return create_app(read_config())
    if planted == "keeping":
        setattr(RefusingProtocol, "connection_lost", HttpToolsProtocol.connection_lost)  # noqa: B010 (as above)
        return create_app(read_config())
    if planted == "leaky":
        return _leaky
    if planted == "early":
        setattr(recorder, "Ledger", _EarlyLedger)  # noqa: B010 (a planted fault)
    else:
        setattr(recorder, "open_store", _unsynced)  # noqa: B010 (as above)
    return create_app(read_config())


if __name__ == "__main__":
    os.environ["PLANTED"] = sys.argv[1]
    serve_module._FACTORIES["gateway"] = "tests.faults.planted:gateway"
    main(["serve", *sys.argv[2:]])
