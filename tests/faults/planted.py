"""Run `renvoi serve` with a planted fault that the harness must catch.

Usage: `python -m tests.faults.planted early|unsynced|leaky …`

early: responses leave before the commit. unsynced: SQLite commits without waiting for the disk. leaky: what a visitor
sends is logged.
"""

import os
import sys

from renvoi.cli import main
from renvoi.cli.serving import serve as serve_module
from renvoi.config import Config, read_config
from renvoi.domain.ledger_entry import Entry
from renvoi.gateway import recorder
from renvoi.gateway.app import Application, Send, create_app
from renvoi.gateway.choice import Receive
from renvoi.ledger.batch import OnRecorded
from renvoi.ledger.protocol import Store
from renvoi.ledger.sqlite import SqliteStore
from renvoi.ledger.writer import Ledger
from renvoi.web.headers import Scope


class _EarlyLedger(Ledger):
    """Reports an entry as recorded as soon as it is pending."""

    def append_soon(self, entry: Entry, on_recorded: OnRecorded) -> None:
        super().append_soon(entry, _ignore)
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


def gateway() -> Application:
    """Return the application that each worker of the server loads."""
    planted = os.environ["PLANTED"]
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
