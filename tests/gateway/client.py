"""A test client that drives the ASGI application in the test's own process."""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renvoi.config import Config
from renvoi.gateway.app import Application
from tests.databases import session, url_for
from tests.visitor.cast import STRANGER, config, scope, table_bytes


@dataclass(frozen=True)
class Reply:
    """A response as the client received it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for other, value in self.headers if other == name), None)

    def all(self, name: str) -> list[str]:
        return [value for other, value in self.headers if other == name]

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """Sends requests to an application whose lifespan has started."""

    def __init__(self, app: Application, runner: asyncio.Runner) -> None:
        self._app = app
        self._runner = runner

    def send(self, asgi_scope: dict[str, Any], *, body: Iterable[bytes] = ()) -> Reply:
        return self._runner.run(self._send(asgi_scope, list(body)))

    def get(
        self, path: str = "/", *, query: str | bytes = b"", method: str = "GET", peer: str = STRANGER, **headers: str
    ) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(scope(path, query=query, method=method, headers=named, peer=peer))

    def post(self, form: bytes, *, path: str = "/", query: str = "", peer: str = STRANGER, **headers: str) -> Reply:
        named = {"origin": "http://localhost", "content-type": "application/x-www-form-urlencoded"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent_headers = {name: value for name, value in named.items() if value}
        return self.send(scope(path, query=query, method="POST", headers=sent_headers, peer=peer), body=[form])

    async def _send(self, asgi_scope: dict[str, Any], body: list[bytes]) -> Reply:
        chunks = body or [b""]
        events = [
            {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
            for index, chunk in enumerate(chunks)
        ]
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return events.pop(0) if events else {"type": "http.disconnect"}

        async def send(event: Any) -> None:
            sent.append(event)

        await self._app(asgi_scope, receive, send)
        start, *bodies = sent
        headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
        return Reply(start["status"], headers, b"".join(event["body"] for event in bodies))


@contextmanager
def running(app: Application) -> Iterator[Client]:
    """Run the lifespan of the application around the block."""
    with asyncio.Runner() as runner:
        events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        replies: asyncio.Queue[Any] = asyncio.Queue()

        async def step(kind: str) -> None:
            await events.put({"type": f"lifespan.{kind}"})
            event = await replies.get()
            assert event["type"] == f"lifespan.{kind}.complete"

        loop = runner.get_loop()
        lifespan = loop.create_task(_run_lifespan(app, events, replies))
        runner.run(step("startup"))
        try:
            yield Client(app, runner)
        finally:
            runner.run(step("shutdown"))
            loop.run_until_complete(lifespan)


async def _run_lifespan(
    app: Application, events: "asyncio.Queue[dict[str, Any]]", replies: "asyncio.Queue[Any]"
) -> None:
    await app({"type": "lifespan"}, events.get, replies.put)


def configured(folder: Path, **values: Any) -> Config:
    """Return a gateway's configuration for a data folder and, on PostgreSQL, for the folder's own database."""
    return config(data_dir=folder, **{"database_url": url_for(folder)} | values)


def publish(gateway_config: Config, *, generation: int = 3, content: bytes | None = None) -> None:
    """Insert a published table, as the console's publisher does."""
    table = content if content is not None else table_bytes(generation=generation)
    if gateway_config.postgresql_url:
        with session(gateway_config.postgresql_url) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS partners_publishedtable"
                " (generation bigint PRIMARY KEY, content bytea NOT NULL, published_at timestamptz NOT NULL)"
            )
            connection.execute("DELETE FROM partners_publishedtable WHERE generation = %s", (generation,))
            connection.execute("INSERT INTO partners_publishedtable VALUES (%s, %s, now())", (generation, table))
    else:
        publish_in(gateway_config.database_path, generation=generation, content=table)


def publish_in(database: Path, *, generation: int, content: bytes) -> None:
    """Insert a published table into an SQLite file."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS partners_publishedtable"
            " (generation INTEGER PRIMARY KEY, content BLOB NOT NULL, published_at TEXT NOT NULL)"
        )
        row = (generation, content, "2026-11-23 12:00")
        connection.execute("INSERT OR REPLACE INTO partners_publishedtable VALUES (?, ?, ?)", row)
