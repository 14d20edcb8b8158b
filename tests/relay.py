"""A TCP proxy that can be disconnected, so that a database can become unreachable and come back."""

import socket
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict

from tests.databases import SERVER


class Relay:
    """Forwards connections on a port of its own to `host` and `port`, between `join` and `cut`."""

    def __init__(self, *, host: str, port: int) -> None:
        self._target = (host, port)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._listener: socket.socket | None = None
        self._connections: list[socket.socket] = []
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def url_of(self, url: str) -> str:
        """The URL of a PostgreSQL database, through this relay."""
        return f"{url}&host=127.0.0.1&port={self.port}"

    def join(self, *, is_silent: bool = False) -> None:
        """Accept connections and forward them. If `is_silent`, accept them without forwarding or sending anything."""
        self._listener = listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self._start(lambda: self._accept(listener, is_silent=is_silent))

    def cut(self) -> None:
        """Close all connections, and refuse new ones."""
        for connection in (self._listener, *self._connections):
            if connection is not None:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
        self._listener, self._connections = None, []
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _accept(self, listener: socket.socket, *, is_silent: bool) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._connections.append(client)
                if not is_silent:
                    server = socket.create_connection(self._target)
                    self._connections.append(server)
                    self._start(lambda client=client, server=server: _forward(client, server))
                    self._start(lambda client=client, server=server: _forward(server, client))

    def _start(self, target: object) -> None:
        thread = Thread(target=target, daemon=True)  # type: ignore[arg-type]  # a callable without arguments
        thread.start()
        self._threads.append(thread)


def relay_to_server() -> Relay:
    """A relay to the PostgreSQL server of the tests."""
    params = conninfo_to_dict(SERVER)
    host = str(params.get("host", "/"))
    return Relay(host="127.0.0.1" if host.startswith("/") else host, port=int(params.get("port") or 5432))


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
