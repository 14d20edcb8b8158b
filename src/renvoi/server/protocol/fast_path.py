"""The gateway's fast path on a connection: a redirect that is cached needs no scope, no task, and one write.

Its response waits for the disk alone. What else arrives on the connection meanwhile is buffered until it has been sent.
"""

import asyncio
import logging
from typing import Any

from renvoi.gateway.fast_path import BEGIN, FastPath, PendingAnswer
from renvoi.server.protocol.limits import LimitedProtocol

_BETWEEN_MESSAGES = frozenset({"between", "open"})

_logger = logging.getLogger(__name__)


class FastPathProtocol(LimitedProtocol):
    """One connection to an application that may have a `fast_path`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fast_path: FastPath | None = getattr(self.app, "fast_path", None)
        self._peer = ""
        self._pending: PendingAnswer | None = None
        self._buffered = b""
        self._is_resuming = self._is_shutting_down = False

    # Called by the transport.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""

    def connection_lost(self, exc: Exception | None) -> None:
        self._buffered = b""
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received_at = self.loop.time()
        if self._pending is not None or self._is_resuming:
            self._buffered += data
            self.flow.pause_reading()
        elif not self.is_refusing and not self._match(data):
            self._parse(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn declares None, asyncio a boolean
        stays_open = super().eof_received()
        return stays_open or self._pending is not None or self._is_resuming

    def shutdown(self) -> None:
        """Answer the request that waits, then close."""
        if self._pending is not None:
            self._is_shutting_down = True
        else:
            super().shutdown()

    def _match(self, data: bytes) -> bool:
        """Whether the fast path answers this request; it does so once the entry is on disk."""
        fast_path = self._fast_path
        if (
            fast_path is None
            or self._part not in _BETWEEN_MESSAGES
            or not self.has_answered
            # A client that does not read its responses gets no further ones: the normal path waits until it does.
            or self.flow.write_paused
            or not data.startswith(BEGIN)
        ):
            return False
        try:
            pending = fast_path.match(data, self._peer)
            if pending is None:
                fast_path.learn(data)
                return False
        except Exception as error:  # noqa: BLE001  whatever it is, the normal path has a last resort
            # No values: they may be a visitor's.
            _logger.error("The fast path failed: %s", type(error).__name__)  # noqa: TRY400
            return False
        self._part = "between"
        self._unset_keepalive_if_required()
        self._pending = pending
        fast_path.record(pending, self._respond)
        return True

    def _respond(self, is_recorded: bool) -> None:  # noqa: FBT001 (OnRecorded is called by position)
        pending, self._pending = self._pending, None
        if pending is None or self._fast_path is None or self.transport.is_closing():
            return
        headers = _header_lines(self.server_state.default_headers)
        if self._is_shutting_down:
            headers += b"connection: close\r\n"
        self.transport.write(self._fast_path.response(pending, is_recorded=is_recorded, headers=headers))
        if self._is_shutting_down or (self._has_eof and not self._buffered):
            self.transport.close()
        elif self._buffered:
            # Not at once: the ledger has other callers to call first.
            self._is_resuming = True
            self.loop.call_soon(self._resume)

    def _resume(self) -> None:
        self._is_resuming = False
        buffered, self._buffered = self._buffered, b""
        if buffered and not self.transport.is_closing():
            self.flow.resume_reading()
            self.data_received(buffered)
            if self._has_eof and self._pending is None and self.has_answered:
                self.transport.close()

    def _is_late(self, now: float) -> bool:
        return self._pending is None and not self._is_resuming and super()._is_late(now)


def _header_lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    """uvicorn's own headers as lines. It replaces the list each second; at any moment all connections share one."""
    global _cached_lines  # noqa: PLW0603 (one second's lines, for all connections of the process)
    if _cached_lines[0] is not headers:
        _cached_lines = headers, b"".join(b"%b: %b\r\n" % pair for pair in headers)
    return _cached_lines[1]


_cached_lines: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")
