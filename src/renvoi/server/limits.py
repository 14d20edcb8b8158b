"""uvicorn's HTTP/1.1 protocol with a limit on everything that a client can make large, slow or endless.

uvicorn leaves it to a proxy how long a head may be, how long anything may take, and how many requests may be pipelined.
"""

import asyncio
from typing import Any, Literal

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
"""Bytes of a request line and its headers, or of a request's trailers."""
MAX_HEADERS = 200
MAX_PIPELINED = 64
"""How many requests of one connection may wait for the response to another; browsers and proxies send one."""
HEAD_TIMEOUT_S = 20.0
"""How long a request may take to send its headers, and a new connection to send its first byte."""
IDLE_TIMEOUT_S = 75.0
"""How long a connection is kept between two requests, within a body that makes no progress, or while nothing of a
response is read. It exceeds the 60 s for which nginx keeps an upstream connection open, so that this side never closes
one under a request."""

_CHECK_EVERY_S = 5.0
_UNREADABLE = "The request can't be read."
# The headers that say how a message is framed (RFC 9112, section 6).
_FRAMING_HEADERS = frozenset({b"content-length", b"transfer-encoding"})

Part = Literal["open", "between", "head", "body", "trailers"]
"""The part of a message that a connection is in; "open": it has not sent anything yet."""


class LimitExceeded(Exception):
    """The headers, or the pipelined requests, exceed their limit."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One limit for idle connections, whoever applies it.
        self.timeout_keep_alive = IDLE_TIMEOUT_S  # type: ignore[assignment]  # uvicorn accepts any number of seconds
        self._refusal = ""
        self._has_eof = self._is_replaying_head = False
        self._part: Part = "open"
        self._message_count = self._head_bytes = 0
        self._received_at = self._part_began_at = self.loop.time()
        self._unread_bytes, self._unread_since = 0, 0.0
        self._check_timer: asyncio.TimerHandle | None = None

    @property
    def has_answered(self) -> bool:
        """Whether no request waits for its response from the application."""
        cycle = self.cycle
        # uvicorn declares `cycle` without None, which it is before the first request.
        return not self.pipeline and not (cycle and not cycle.response_complete)  # type: ignore[truthy-bool]

    # Called by the transport.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        self._check_timer = self.loop.call_later(_CHECK_EVERY_S, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._check_timer is not None:
            self._check_timer.cancel()
        super().connection_lost(exc)
        # uvicorn does so only after an orderly end: a timer would keep a reset connection in memory until it expires.
        self._unset_keepalive_if_required()
        self.pipeline.clear()

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn declares None, asyncio a boolean
        """Whether the connection stays open: a half-closed client still gets the responses that it waits for."""
        self._has_eof = True
        if self._part in {"body", "trailers"}:
            if not self.pipeline:
                # The application waits for a body that will never be whole.
                return False
            # The newest request is the incomplete one: it is never started.
            self.pipeline.popleft()
        return not self.has_answered

    def data_received(self, data: bytes) -> None:
        self._received_at = self.loop.time()
        if not self._refusal:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        message_count = self._message_count
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response(_UNREADABLE)
            return
        # The parser reports a header once it has ended. Of one that never ends, count what has arrived.
        if (
            self._part not in {"head", "trailers"}
            or self._message_count != message_count
            or self.transport.is_closing()
        ):
            return
        try:
            self._count_head_bytes(len(data))
        except LimitExceeded:
            self.send_400_response(_UNREADABLE)

    def _feed(self, data: bytes) -> None:
        """Feed the parser. Raises HttpParserError if the data are no HTTP/1.1 messages."""
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                self._ignore_upgrade()
            else:
                return

    def _ignore_upgrade(self) -> None:
        """Read on as HTTP/1.1 after a head that asks for another protocol (RFC 9110, section 7.8).

        The parser skips the body of such a message and stops behind its head. A new one gets as much of the head as
        says how the message is framed.
        """
        # Of all methods CONNECT alone would change the framing, and no tunnel is offered.
        lines = [b"POST / HTTP/" + self.parser.get_http_version().encode("ascii")]
        lines += [b"%b: %b" % header for header in self.headers if header[0] in _FRAMING_HEADERS]
        self.parser = httptools.HttpRequestParser(self)
        # As uvicorn sets it for its own.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._is_replaying_head = True
        try:
            self.parser.feed_data(b"\r\n".join([*lines, b"", b""]))
        finally:
            self._is_replaying_head = False

    # Called by the parser.

    def on_message_begin(self) -> None:
        if self._is_replaying_head:
            return
        self._begin_part("head")
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self._is_replaying_head:
            return
        self._count_head_bytes(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_replaying_head:
            return
        self._count_head_bytes(len(name) + len(value))
        if self._part == "trailers":
            # Trailer fields are never merged into the headers (RFC 9110, section 6.5.1).
            return
        if len(self.headers) >= MAX_HEADERS:
            raise LimitExceeded
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_replaying_head:
            return
        if len(self.pipeline) >= MAX_PIPELINED:
            raise LimitExceeded
        self._part = "body"
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """Begin a chunk of a body or, if nothing of it follows, the trailers (RFC 9112, section 7.1)."""
        self._begin_part("trailers")

    def on_body(self, body: bytes) -> None:
        self._part = "body"
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            # The parser has skipped the body, if there is one. See `_ignore_upgrade`.
            return
        self._part = "between"
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._refusal and self.has_answered:
            super().send_400_response(self._refusal)
        elif self._has_eof and self.has_answered:
            self.transport.close()
        elif self.pipeline or self._refusal:
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        """Refuse an unreadable request, after the responses to the requests before it."""
        if self.has_answered or self._part in {"body", "trailers"}:
            super().send_400_response(msg)
        else:
            self._refusal = msg
            self.flow.pause_reading()

    def _begin_part(self, part: Literal["head", "trailers"]) -> None:
        self._part = part
        self._message_count += 1
        self._head_bytes = 0
        self._part_began_at = self.loop.time()

    def _count_head_bytes(self, more: int) -> None:
        self._head_bytes += more
        if self._head_bytes > MAX_HEAD_BYTES:
            raise LimitExceeded

    # Timeouts.

    def _check(self) -> None:
        """Close a connection that is idle, or in the same head, for too long; abort one that reads no response."""
        now = self.loop.time()
        self._check_timer = self.loop.call_later(_CHECK_EVERY_S, self._check)
        unread = self.transport.get_write_buffer_size()
        if unread != self._unread_bytes or not unread:
            self._unread_bytes, self._unread_since = unread, now
        if now - self._unread_since > IDLE_TIMEOUT_S:
            self.transport.abort()
        elif self._is_late(now) and not self.transport.is_closing():
            self.transport.close()

    def _is_late(self, now: float) -> bool:
        if self._part in {"open", "head", "trailers"}:
            return now - self._part_began_at > HEAD_TIMEOUT_S
        # Between two requests the client may be waiting for a response.
        return now - self._received_at > IDLE_TIMEOUT_S and (self._part == "body" or self.has_answered)
