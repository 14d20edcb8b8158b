"""Hides how HTTP/1.1 arrives: uvicorn's protocol, with limits of ours, and the gateway's short way before it.

A visitor on the short way waits for the disk alone: no scope, no task, one write. What else arrives on the connection
meanwhile is held until the answer has gone. uvicorn leaves to a proxy how long a head may be and how long it may take;
here both have an end.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from renvoi.gateway.shortcut import BEGIN, Kept, Shortcut

LARGEST_HEAD = 65_536
"""Bytes of a request's line and headers."""
MOST_HEADERS = 200
HEAD_S = 20.0
"""How long a request may take to say its headers, and how long a new connection may say nothing."""
IDLE_S = 75.0
"""How long a connection is kept between two requests, or within a body that does not go on. Longer than nginx keeps one
open to us (60 s), so that it is never we who close it under a request."""

_LOOK_EVERY_S = 5.0
_TOO_LARGE = "The request's headers are too large."


class HeadRefused(Exception):
    """There is no end to the headers."""


class Protocol(HttpToolsProtocol):
    """One connection. The application may have a `shortcut`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._shortcut: Shortcut | None = getattr(self.app, "shortcut", None)
        self._peer = ""
        self._due: Kept | None = None
        self._held = b""
        self._is_ending = False
        self._is_in_head = self._is_in_message = False
        self._head_bytes = 0
        self._heard = self._began = self.loop.time()
        self._look_task: asyncio.TimerHandle | None = None

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""
        self._look_task = self.loop.call_later(_LOOK_EVERY_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look_task is not None:
            self._look_task.cancel()
        self._held = b""
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        if self._due is not None:
            self._held += data
            self.flow.pause_reading()
            return
        shortcut = self._shortcut
        if shortcut is None or not self._is_between or not data.startswith(BEGIN):
            self._read(data)
            return
        kept = shortcut.find(data, self._peer)
        if kept is None:
            shortcut.learn(data)
            self._read(data)
            return
        self._unset_keepalive_if_required()
        self._due = kept
        shortcut.keep(kept, self._answer)

    def shutdown(self) -> None:
        """Answer who waits for an answer, then close."""
        if self._due is not None:
            self._is_ending = True
        else:
            super().shutdown()

    # The short way.

    @property
    def _is_between(self) -> bool:
        """Whether whatever comes is the beginning of a request, and nobody waits for an answer."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return not self._is_in_message and not self.pipeline and (cycle is None or cycle.response_complete)

    def _answer(self, is_recorded: bool) -> None:  # noqa: FBT001 (as the ledger tells it)
        kept, self._due = self._due, None
        if kept is None or self._shortcut is None or self.transport.is_closing():
            return
        more = _lines(self.server_state.default_headers)
        if self._is_ending:
            more += b"connection: close\r\n"
        self.transport.write(self._shortcut.answer(kept, is_recorded=is_recorded, more=more))
        if self._is_ending:
            self.transport.close()
        elif self._held:
            held, self._held = self._held, b""
            self.flow.resume_reading()
            self.data_received(held)

    # The long way: the parser's, with an end.

    def on_message_begin(self) -> None:
        self._is_in_message = self._is_in_head = True
        self._began = self.loop.time()
        self._head_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= MOST_HEADERS:
            raise HeadRefused  # uvicorn answers 400
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_message = False
        super().on_message_complete()

    def _read(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD and not self.transport.is_closing():
                self.send_400_response(_TOO_LARGE)

    def _look(self) -> None:
        """Close who has been silent, or at the same head, for too long."""
        now = self.loop.time()
        is_at_a_head = self._is_in_head or self._heard == self._began
        is_late = now - self._began > HEAD_S if is_at_a_head else now - self._heard > IDLE_S
        if is_late and self._due is None and (self._is_in_message or self._is_between):
            self.transport.close()
        else:
            self._look_task = self.loop.call_later(_LOOK_EVERY_S, self._look)


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    """uvicorn's own headers, which are made anew each second, as lines; at any moment all connections have the same."""
    global _said  # noqa: PLW0603 (a second's worth, for all connections of the process)
    if _said[0] is not headers:
        _said = headers, b"".join(b"%b: %b\r\n" % pair for pair in headers)
    return _said[1]


_said: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")
