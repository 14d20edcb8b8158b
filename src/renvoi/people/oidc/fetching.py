"""Request JSON of the provider, within a time for all that one request of the console needs of it."""

import base64
import json
import socket
import time
from collections.abc import Mapping
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode
from urllib.request import AbstractHTTPHandler, HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

BUDGET_S = 5.0
"""How long the provider may take in all."""

# For one connection or one read of it.
_PATIENCE_S = 3.0
_MAX_BYTES = 1_000_000
_AT_ONCE = 65_536
Json = dict[str, Any]


class ProviderError(Exception):
    """The provider's answer can't be used. The message is for the log: it is not in the user's language."""


class ProviderUnavailable(ProviderError):
    """The provider does not answer, or not in time."""


class ProviderRefusal(ProviderError):
    """The provider answers that it refuses, or the answer is not for this sign-in."""


class Deadline:
    """The moment at which the provider has had its time."""

    def __init__(self, seconds: float = BUDGET_S) -> None:
        self._ends_at = time.monotonic() + seconds

    def left(self) -> float:
        """Return for how long to wait now, in seconds. Raises ProviderUnavailable if no time is left."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise ProviderUnavailable("it takes too long")
        return min(left, _PATIENCE_S)


class _NoRedirects(HTTPRedirectHandler):
    """The secret goes to the configured addresses only."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Follow none: the response is an error."""


class _Reader(RawIOBase):
    """What arrives at a socket, until the deadline. A timeout of the socket begins again with each byte."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._stream = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """It is read only."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what has arrived, or wait for it. Raises ProviderUnavailable if no time is left."""
        self._sock.settimeout(self._deadline.left())
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Let the socket be closed."""
        self._stream.close()
        super().close()


class _Response(HTTPResponse):
    """A response whose head and body arrive before the deadline."""

    def __init__(self, deadline: Deadline, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        untimed, self.fp = self.fp, BufferedReader(_Reader(sock, deadline))
        untimed.close()


class _Request(Request):
    """A request whose response has a deadline."""

    def __init__(
        self, url: str, *, deadline: Deadline, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(url, data=data, headers=dict(headers or {}))
        self.deadline = deadline


class _WithDeadline(AbstractHTTPHandler):
    """Open requests on connections that respect their deadline."""

    def do_open(self, http_class: Any, req: Request, **options: Any) -> HTTPResponse:
        """Return the response, of which the head has been read."""
        deadline = cast("_Request", req).deadline
        return super().do_open(partial(_connection, http_class, deadline), req, **options)


class _HTTPHandler(_WithDeadline, HTTPHandler):
    pass


class _HTTPSHandler(_WithDeadline, HTTPSHandler):
    pass


def _connection(kind: type[HTTPConnection], deadline: Deadline, host: str, **options: Any) -> HTTPConnection:
    connection = kind(host, **options)
    connection.response_class = partial(_Response, deadline)  # type: ignore[assignment]  # called as the class is
    return connection


_opener = build_opener(_NoRedirects, _HTTPHandler, _HTTPSHandler)


def get_json(url: str, *, deadline: Deadline, bearer: str = "") -> Json:
    """Return the JSON object at a URL. Raises ProviderError."""
    return _fetch(_Request(url, deadline=deadline, headers=_bearer(bearer)))


def post_form(url: str, *, fields: Mapping[str, str], deadline: Deadline, basic: tuple[str, str] | None) -> Json:
    """Send a form, with a client id and a secret as Basic authentication, and return the JSON object of the answer."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if basic:
        # RFC 6749, section 2.3.1: both are encoded as in a form.
        pair = ":".join(quote_plus(text) for text in basic)
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return _fetch(_Request(url, deadline=deadline, data=urlencode(fields).encode(), headers=headers))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _fetch(request: _Request) -> Json:
    request.add_header("Accept", "application/json")
    try:
        with _opener.open(request, timeout=request.deadline.left()) as response:
            body = _read(response)
    except HTTPError as error:
        with error:
            raise _refusal(request, error) from error
    except (OSError, HTTPException) as error:
        raise ProviderUnavailable(f"{request.full_url}: {error}") from error
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderError(f"{request.full_url}: the answer is not JSON") from error
    if not isinstance(content, dict):
        raise ProviderError(f"{request.full_url}: the answer is not a JSON object")
    return content


def _refusal(request: Request, error: HTTPError) -> ProviderError:
    sentence = f"{request.full_url}: status {error.code}"
    if error.code >= 500 or error.code == 429:
        return ProviderUnavailable(sentence)
    return ProviderRefusal(sentence) if request.data else ProviderError(sentence)


def _read(response: HTTPResponse) -> bytes:
    body = bytearray()
    while chunk := response.read1(_AT_ONCE):
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ProviderError("the answer is too long")
    return bytes(body)
