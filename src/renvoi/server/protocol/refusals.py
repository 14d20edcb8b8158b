"""uvicorn's HTTP/1.1 protocol, which refuses a message in its turn: after the responses to the requests before it."""

import asyncio
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from renvoi.web.headers import PLAIN_REFUSAL

_API = b"/api/v1/"
LINGER_S = 2.0
"""How long a refused client may go on sending after the refusal."""


class Refusal(NamedTuple):
    """The response to a message that the application does not get: status and text."""

    status: int
    sentence: str


def refused(refusal: Refusal, *, target: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the headers and the body that refuse a request for a target, as far as it was read.

    Programs get the form that all errors of the API have (RFC 9457), everybody else plain text.
    """
    headers, content = [*PLAIN_REFUSAL], refusal.sentence.encode()
    if target.startswith(_API):
        title = HTTPStatus(refusal.status).phrase
        problem = {"type": "about:blank", "title": title, "status": refusal.status, "detail": refusal.sentence.strip()}
        headers[0] = (b"content-type", b"application/problem+json")
        content = json.dumps(problem | {"errors": []}, ensure_ascii=False).encode()
    return [*headers, (b"content-length", b"%d" % len(content))], content


class RefusingProtocol(HttpToolsProtocol):
    """One connection. After a refusal, what arrives on it is ignored, and it is closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The request that the application has. `cycle` is the newest one, which may wait for it.
        self._started: RequestResponseCycle | None = None
        self._refusal: Refusal | None = None
        self.is_refusing = False
        """Whether what arrives is ignored, because a message has been refused or is about to be."""
        self._is_lingering = self._has_eof = False
        self._linger_timer: asyncio.TimerHandle | None = None

    @property
    def has_answered(self) -> bool:
        """Whether no request waits for its response from the application."""
        return not self.pipeline and (self._started is None or self._started.response_complete)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._linger_timer is not None:
            self._linger_timer.cancel()
        super().connection_lost(exc)
        # uvicorn does both for the newest request only, and the second only after an orderly end: a timer would keep a
        # reset connection in memory until it expires.
        if self._started is not None:
            _disconnect(self._started)
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        # A request refers to its connection. Left in a cycle, both would stay until garbage is collected.
        self._started = self.cycle = None  # type: ignore[assignment]  # uvicorn declares `cycle` without None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._refusal and self.has_answered:
            self._send_refusal(self._refusal)
        elif self._has_eof and self.has_answered:
            self.transport.close()
        elif self.pipeline or self._refusal:
            self.flow.pause_reading()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._started = cycle
        super()._start_asgi_task(cycle, app)

    def _refuse(self, refusal: Refusal, *, is_in_body: bool) -> None:
        """Refuse the message that is being read. `is_in_body`: the application has its head, or is to get it."""
        self.is_refusing = True
        if is_in_body and not self._drop_incomplete():
            cycle = self.cycle
            is_responding = cycle.response_started
            # What the application still does with it is not sent.
            cycle.response_complete = True
            _disconnect(cycle)
            if is_responding:
                self._linger()
            else:
                self._send_refusal(refusal)
        elif self.has_answered:
            self._send_refusal(refusal)
        else:
            self._refusal = refusal
            self.flow.pause_reading()

    def _close_behind_response(self, *, is_in_body: bool) -> None:
        """Close the connection, as the response says. `is_in_body`: the client is still sending a body."""
        if is_in_body:
            self._linger()
        else:
            self.transport.close()

    def _drop_incomplete(self) -> bool:
        """Drop the newest request, whose body is incomplete, if it still waits for the response to another."""
        if not self.pipeline:
            return False
        self.pipeline.popleft()
        return True

    def _send_refusal(self, refusal: Refusal) -> None:
        headers, content = refused(refusal, target=self.url or b"")
        headers = [*self.server_state.default_headers, *headers]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[refusal.status] + lines + b"\r\n" + content)
        self._linger()

    def _linger(self) -> None:
        """Close the connection for writing now, and for reading when the client does or LINGER_S later.

        Closed at once with bytes unread, it would be reset, and the response lost (RFC 9112, section 9.6).
        """
        self.is_refusing = self._is_lingering = True
        self._refusal = None
        self.pipeline.clear()
        self._unset_keepalive_if_required()
        if self._has_eof or self.transport.is_closing():
            self.transport.close()
            return
        self.flow.resume_reading()
        self.transport.write_eof()
        self._linger_timer = self.loop.call_later(LINGER_S, self.transport.abort)


class ResponseTransport:
    """What uvicorn needs of a transport to send a response, with another way of closing the connection behind it."""

    def __init__(self, transport: asyncio.Transport, *, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = close


def _disconnect(cycle: RequestResponseCycle) -> None:
    """Let the application know, and drop what it sends from now on."""
    cycle.disconnected = True
    cycle.message_event.set()
