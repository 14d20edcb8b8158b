"""uvicorn's HTTP/1.1 protocol with a limit on everything that a client can make large, slow or endless.

uvicorn leaves it to a proxy how long a head may be, how long anything may take, and how many requests may be pipelined.
"""

import asyncio
from typing import Any, Literal
from urllib.parse import unquote

import httptools

from renvoi.server.protocol.body_limits import body_limit, too_large_sentence
from renvoi.server.protocol.heads import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_PIPELINED,
    TOO_MANY_HEADERS,
    TOO_MANY_PIPELINED,
    TRAILERS_TOO_LARGE,
    UNREADABLE,
    head_refusal,
    replace_host,
    split_target,
)
from renvoi.server.protocol.refusals import Refusal, RefusingProtocol, ResponseTransport

HEAD_TIMEOUT_S = 20.0
"""How long a request may take to send its headers, and a new connection to send its first byte."""
IDLE_TIMEOUT_S = 75.0
"""How long a connection is kept between two requests, within a body that makes no progress, or while nothing of a
response is read. It exceeds the 60 s for which nginx keeps an upstream connection open, so that this side never closes
one under a request."""
_CHECK_EVERY_S = 5.0
# The chunks of a body may be small: of one byte each, they take six times their content.
_MAX_FRAMING_RATIO = 8
_MAX_FRAMING_BYTES = 65_536
# The headers that say how a message is framed (RFC 9112, section 6).
_FRAMING_HEADERS = frozenset({b"content-length", b"transfer-encoding"})

Part = Literal["open", "between", "head", "body", "trailers"]
"""The part of a message that a connection is in; "open": it has not sent anything yet."""
_BODY_PARTS = frozenset({"body", "trailers"})


class LimitExceeded(Exception):
    """The message being read exceeds a limit."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


class LimitedProtocol(RefusingProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One limit for idle connections, whoever applies it.
        self.timeout_keep_alive = IDLE_TIMEOUT_S  # type: ignore[assignment]  # uvicorn accepts any number of seconds
        self._is_replaying_head = False
        self._part: Part = "open"
        self._message_count = self._head_bytes = self._arrived_bytes = 0
        self._body_limit = self._body_bytes = self._framed_bytes = 0
        self._received_at = self._part_began_at = self.loop.time()
        self._unread_bytes, self._unread_since = 0, 0.0
        self._check_timer: asyncio.TimerHandle | None = None

    # Called by the transport.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        if self.client is None:
            # Reset before it was accepted. Without an address the visitor would be counted as one from nowhere.
            transport.abort()
            self.is_refusing = True
        self._check_timer = self.loop.call_later(_CHECK_EVERY_S, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._check_timer is not None:
            self._check_timer.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn declares None, asyncio a boolean
        """Whether the connection stays open: a half-closed client still gets the responses that it waits for."""
        self._has_eof = True
        if self._is_lingering:
            return False
        if self._part in _BODY_PARTS and not self._drop_incomplete():
            # The application waits for a body that will never be whole.
            return False
        return not self.has_answered

    def data_received(self, data: bytes) -> None:
        self._received_at = self.loop.time()
        if not self.is_refusing:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        cycle = self.cycle
        # The number of the message to which all of these bytes belong, unless they begin several.
        message_count = self._message_count + (self._part in {"open", "between"})
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
            if not self.transport.is_closing():
                self._count_unreported(len(data), is_same_message=self.cycle is cycle, message_count=message_count)
        except LimitExceeded as error:
            self._refuse_part(error.refusal)
        except httptools.HttpParserError as error:
            self._refuse_part(_refusal_of(error))

    def _count_unreported(self, size: int, *, is_same_message: bool, message_count: int) -> None:
        """Count bytes that the parser has not reported: a header that has not ended, and how a body is framed."""
        if self._part in {"head", "trailers"} and self._message_count == message_count:
            self._arrived_bytes += size
            self._check_head(self._arrived_bytes)
        if self._part in _BODY_PARTS and is_same_message:
            self._framed_bytes += size
            if self._framed_bytes > _MAX_FRAMING_RATIO * self._body_limit + _MAX_FRAMING_BYTES:
                raise LimitExceeded(self._too_large)

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
        super().on_url(url)
        self._count_head_bytes(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_replaying_head:
            return
        self._count_head_bytes(len(name) + len(value))
        if self._part == "trailers":
            # Trailer fields are never merged into the headers (RFC 9110, section 6.5.1).
            return
        if len(self.headers) >= MAX_HEADERS:
            raise LimitExceeded(TOO_MANY_HEADERS)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_replaying_head:
            return
        if len(self.pipeline) >= MAX_PIPELINED:
            raise LimitExceeded(TOO_MANY_PIPELINED)
        self._read_target()
        has_body = self._begin_body()
        super().on_headers_complete()
        self._part = "body"
        if has_body:
            self.cycle.transport = ResponseTransport(self.transport, close=self._close)  # type: ignore[assignment]

    def _read_target(self) -> None:
        """Bring a target in absolute form into origin form, as uvicorn expects it. Its authority becomes the Host."""
        split = split_target(self.url)
        if split is None:
            raise LimitExceeded(UNREADABLE)
        self.url, authority = split
        if authority is not None:
            replace_host(self.headers, authority, http_version=self.parser.get_http_version())

    def _begin_body(self) -> bool:
        """Find the limit of the body, and return whether there is one.

        Raises LimitExceeded if its length is stated and too large.
        """
        framing = [header for header in self.headers if header[0] in _FRAMING_HEADERS]
        if not framing:
            return False
        self._body_bytes = self._framed_bytes = 0
        self._body_limit = body_limit(unquote((httptools.parse_url(self.url).path or b"").decode("ascii")))
        # The parser has refused what is not a number, and two lengths.
        if any(name == b"content-length" and int(value) > self._body_limit for name, value in framing):
            raise LimitExceeded(self._too_large)
        return True

    def on_chunk_header(self) -> None:
        """Begin a chunk of a body or, if nothing of it follows, the trailers (RFC 9112, section 7.1)."""
        self._begin_part("trailers")

    def on_body(self, body: bytes) -> None:
        self._part = "body"
        self._body_bytes += len(body)
        if self._body_bytes > self._body_limit:
            raise LimitExceeded(self._too_large)
        super().on_body(body)

    @property
    def _too_large(self) -> Refusal:
        return Refusal(413, too_large_sentence(self._body_limit))

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            # The parser has skipped the body, if there is one. See `_ignore_upgrade`.
            return
        self._part = "between"
        super().on_message_complete()

    def _close(self) -> None:
        self._close_behind_response(is_in_body=self._part in _BODY_PARTS)

    def _refuse_part(self, refusal: Refusal) -> None:
        self._refuse(refusal, is_in_body=self._part in _BODY_PARTS)

    def _begin_part(self, part: Literal["head", "trailers"]) -> None:
        self._part = part
        self._message_count += 1
        self._head_bytes = self._arrived_bytes = 0
        self._part_began_at = self.loop.time()

    def _count_head_bytes(self, more: int) -> None:
        self._head_bytes += more
        self._check_head(self._head_bytes)

    def _check_head(self, size: int) -> None:
        if size > MAX_HEAD_BYTES:
            is_trailers = self._part == "trailers"
            raise LimitExceeded(TRAILERS_TOO_LARGE if is_trailers else head_refusal(target_bytes=len(self.url)))

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


def _refusal_of(error: httptools.HttpParserError) -> Refusal:
    """Return the refusal of the callback that raised an exception, which became the context of the parser's."""
    cause = error.__context__
    return cause.refusal if isinstance(cause, LimitExceeded) else UNREADABLE
