"""A client on a raw socket that reads a response as slowly as a test wants, with little room in its own buffers."""

import re
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from tests.server.serving import Staff

EXPORT = "/console/partners/export/csv/"

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Received:
    """A response that has ended. `is_whole`: its end is where its framing says that it must be."""

    status: int
    body: bytes
    is_whole: bool


class SlowExport:
    """An export requested by a member of staff, of which nothing but the first byte is read until a test does so."""

    def __init__(self, staff: Staff, *, version: str = "1.1", **fields: str) -> None:
        url = staff.http.base_url
        form = {"csrfmiddlewaretoken": staff.token(EXPORT), "list": "", "format": "csv", "separator": ","} | fields
        body = urlencode(form).encode()
        cookies = "; ".join(f"{name}={value}" for name, value in staff.http.cookies.items())
        head = (
            f"POST {EXPORT} HTTP/{version}\r\nHost: {url.host}:{url.port}\r\nOrigin: http://{url.host}:{url.port}\r\n"
            f"Cookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self._socket.settimeout(60)
        self._socket.connect((url.host, url.port))
        started_at = time.monotonic()
        self._socket.sendall(head.encode() + body)
        self._received = self._socket.recv(1)
        self.first_byte_s = time.monotonic() - started_at

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Close the connection."""
        self._socket.close()

    def read(self, size: int) -> None:
        """Read up to `size` bytes more."""
        self._received += self._socket.recv(size)

    def read_to_end(self) -> Received:
        """Read until the server closes the connection."""
        try:
            while chunk := self._socket.recv(1 << 16):
                self._received += chunk
        except ConnectionResetError:
            pass
        head, _, rest = self._received.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        if length := _LENGTH.search(head + b"\r\n"):
            return Received(status, rest, is_whole=len(rest) == int(length[1]))
        body, is_whole = _dechunk(rest)
        return Received(status, body, is_whole=is_whole)


def _dechunk(content: bytes) -> tuple[bytes, bool]:
    """Return the body of a chunked response, and whether its last chunk has arrived."""
    body: list[bytes] = []
    position = 0
    while (line_end := content.find(b"\r\n", position)) >= 0:
        size = int(content[position:line_end], 16)
        if size == 0:
            return b"".join(body), True
        body.append(content[line_end + 2 : line_end + 2 + size])
        position = line_end + 2 + size + 2
    return b"".join(body), False
