"""Hides how HTTP/1.1 arrives: uvicorn's protocol, with limits of ours, and the gateway's short way before it.

A visitor on the short way waits for the disk alone: no scope, no task, one write. What else arrives on the connection
meanwhile is held until the answer has gone. uvicorn leaves to a proxy how long a head may be, how long anything may
take, and how much may be asked for at once; here all of it has an end.
"""

import asyncio
import logging
from typing import Any, Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from renvoi.gateway.shortcut import BEGIN, Kept, Shortcut

LARGEST_HEAD = 65_536
"""Bytes of a request's line and headers, or of its trailers."""
MOST_HEADERS = 200
MOST_AT_ONCE = 64
"""How many requests of one connection may wait for the answer to another; browsers and proxies send one."""
HEAD_S = 20.0
"""How long a request may take to say its headers, and how long a new connection may say nothing."""
IDLE_S = 75.0
"""How long a connection is kept between two requests, within a body that does not go on, or while nothing of an answer
is taken. Longer than nginx keeps one open to us (60 s), so that it is never we who close it under a request."""

_LOOK_EVERY_S = 5.0
_BETWEEN = frozenset({"between", "open"})
_REFUSED = "The request can't be read."

_logger = logging.getLogger(__name__)


class HeadRefused(Exception):
    """There is no end to the headers, or to the requests."""


class Protocol(HttpToolsProtocol):
    """One connection. The application may have a `shortcut`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # uvicorn's own timer, of the long way: there is one rule.
        self.timeout_keep_alive = IDLE_S  # type: ignore[assignment]  # it takes any number of seconds
        self._shortcut: Shortcut | None = getattr(self.app, "shortcut", None)
        self._peer = ""
        self._due: Kept | None = None
        self._held = b""
        self._is_resuming = self._is_ending = False
        self._refusal = ""
        # Of the message that arrives; "open": nothing has ever come.
        self._part: Literal["open", "between", "head", "body", "trailers"] = "open"
        self._messages = self._head_bytes = 0
        self._heard = self._began = self.loop.time()
        self._untaken, self._untaken_since = 0, 0.0
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
        if self._due is not None or self._is_resuming:
            self._held += data
            self.flow.pause_reading()
        elif not self._refusal and not self._answer_shortly(data):
            self._read(data)

    def shutdown(self) -> None:
        """Answer who waits for an answer, then close."""
        if self._due is not None:
            self._is_ending = True
        else:
            super().shutdown()

    # The short way.

    def _answer_shortly(self, data: bytes) -> bool:
        """Whether this is a request on the short way; it is then answered once its entry is on disk."""
        shortcut, cycle = self._shortcut, self.cycle
        if (
            shortcut is None
            or self._part not in _BETWEEN
            or (cycle and not cycle.response_complete)  # type: ignore[truthy-bool]  # at first there is none
            or self.pipeline
            # Who does not read is not answered further: the long way waits until they do.
            or self.flow.write_paused
            or not data.startswith(BEGIN)
        ):
            return False
        try:
            kept = shortcut.find(data, self._peer)
            if kept is None:
                shortcut.learn(data)
                return False
        except Exception as error:  # noqa: BLE001  whatever it is, the long way has a last resort
            _logger.error("The short way failed: %s", type(error).__name__)  # noqa: TRY400 (no values: they may be a visitor's)
            return False
        self._part = "between"
        self._unset_keepalive_if_required()
        self._due = kept
        shortcut.keep(kept, self._answer)
        return True

    @property
    def _has_answered(self) -> bool:
        """Whether nobody waits for an answer of the long way."""
        cycle = self.cycle
        # At first there is none.
        return not self.pipeline and not (cycle and not cycle.response_complete)  # type: ignore[truthy-bool]

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
            # Not at once: the ledger has others to tell.
            self._is_resuming = True
            self.loop.call_soon(self._resume)

    def _resume(self) -> None:
        self._is_resuming = False
        held, self._held = self._held, b""
        if held and not self.transport.is_closing():
            self.flow.resume_reading()
            self.data_received(held)

    # The long way: uvicorn's, with an end.

    def on_message_begin(self) -> None:
        self._begin("head")
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        if len(self.headers) >= MOST_HEADERS:
            raise HeadRefused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MOST_AT_ONCE:
            raise HeadRefused
        self._part = "body"
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """A chunk of a body or, where nothing of it follows, the trailers (RFC 9112, §7.1)."""
        self._begin("trailers")

    def on_body(self, body: bytes) -> None:
        self._part = "body"
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._part = "between"
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._refusal and self._has_answered:
            super().send_400_response(self._refusal)
        elif self.pipeline or self._refusal:
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        """Refuse what can't be read; whoever was before it is answered first."""
        if self._has_answered or self._part in {"body", "trailers"}:
            super().send_400_response(msg)
        else:
            self._refusal = msg
            self.flow.pause_reading()

    def _begin(self, part: Literal["head", "trailers"]) -> None:
        self._part = part
        self._messages += 1
        self._head_bytes = 0
        self._began = self.loop.time()

    def _count(self, more: int) -> None:
        self._head_bytes += more
        if self._head_bytes > LARGEST_HEAD:
            raise HeadRefused

    def _read(self, data: bytes) -> None:
        messages = self._messages
        super().data_received(data)
        # A header without an end is told to nobody: of it, only what has come can be counted.
        if self._part in {"head", "trailers"} and self._messages == messages and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self.send_400_response(_REFUSED)

    # Whoever takes too long.

    def _look(self) -> None:
        """Close who has been silent, or at the same head, for too long; drop who takes nothing of their answer."""
        now = self.loop.time()
        self._look_task = self.loop.call_later(_LOOK_EVERY_S, self._look)
        untaken = self.transport.get_write_buffer_size()
        if untaken != self._untaken or not untaken:
            self._untaken, self._untaken_since = untaken, now
        if now - self._untaken_since > IDLE_S:
            self.transport.abort()
        elif self._is_late(now) and not self.transport.is_closing():
            self.transport.close()

    def _is_late(self, now: float) -> bool:
        if self._due is not None or self._is_resuming:
            return False
        if self._part in {"open", "head", "trailers"}:
            return now - self._began > HEAD_S
        # Between two requests they may be waiting for us.
        return now - self._heard > IDLE_S and (self._part == "body" or self._has_answered)


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    """uvicorn's own headers, which are made anew each second, as lines; at any moment all connections have the same."""
    global _said  # noqa: PLW0603 (a second's worth, for all connections of the process)
    if _said[0] is not headers:
        _said = headers, b"".join(b"%b: %b\r\n" % pair for pair in headers)
    return _said[1]


_said: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")
