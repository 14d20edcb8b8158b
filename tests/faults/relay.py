"""TCP relay in front of a database that can reset its connections or silently drop all traffic."""

import socket
from contextlib import suppress
from threading import Event, Thread
from typing import Literal, Self

State = Literal["open", "cut", "silent"]


class Relay:
    """Listens on 127.0.0.1 and forwards to another port while its `with` block runs."""

    def __init__(self, to: tuple[str, int]) -> None:
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._state: State = "open"
        self._ended = Event()
        self.port: int = self._listener.getsockname()[1]

    def turn(self, state: State) -> None:
        """Switch the state.

        open: forward everything. cut: reset all connections, new ones too. silent: forward nothing, close nothing.
        """
        self._state = state
        if state == "cut":
            self._reset()

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._accept)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._listener.close()
        self._reset()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                near, _ = self._listener.accept()
                if self._state == "cut":
                    near.close()
                    continue
                try:
                    far = socket.create_connection(self._to)
                except OSError:
                    near.close()
                    raise
                self._pairs.append((near, far))
                for source, sink in ((near, far), (far, near)):
                    Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65_536):
                if self._state != "silent":
                    sink.sendall(content)
            sink.shutdown(socket.SHUT_WR)

    def _reset(self) -> None:
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
