"""Receive large bodies from people who are signed in and files from tokens only, whatever the limit of the address.

Django stores a body before any code can ask who sent it, so this is done in front of Django.
"""

from collections.abc import MutableMapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from renvoi.gateway.app import Application
from renvoi.gateway.choice import Receive
from renvoi.server.protocol.body_limits import STRANGER_BYTES, too_large_sentence
from renvoi.server.protocol.refusals import Refusal, refused
from renvoi.visitor.responses import Send
from renvoi.web.headers import Scope

_IMPORTS = "/api/v1/imports"


class _TooLarge(Exception):
    """The body exceeds STRANGER_BYTES, and whoever sends it is not signed in."""


class _Body:
    """The body of one request, as it is received."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope, self._receive = scope, receive
        self._size = 0
        self._is_signed_in: bool | None = None

    async def check_length(self) -> None:
        """Raise _TooLarge if the length that the request states is too large. The protocol refuses malformed ones."""
        lengths = (int(value) for name, value in self._scope["headers"] if name == b"content-length")
        await self._check(next(lengths, 0))

    async def receive(self) -> MutableMapping[str, Any]:
        """Return the next ASGI message. Raises _TooLarge if what has been received is too large."""
        message = await self._receive()
        self._size += len(message.get("body", b""))
        await self._check(self._size)
        return message

    async def _check(self, size: int) -> None:
        if size <= STRANGER_BYTES:
            return
        if self._is_signed_in is None:
            from asgiref.sync import sync_to_async  # noqa: PLC0415 (the gateway alone must not load Django)

            is_known = _has_token if self._scope.get("path") == _IMPORTS else _is_signed_in
            self._is_signed_in = await sync_to_async(is_known)(self._scope)
        if not self._is_signed_in:
            raise _TooLarge


def limit_strangers(app: Application) -> Application:
    """Wrap a Django application so that it gets at most STRANGER_BYTES of a request without a valid session.

    Above that, the response is 413, and the connection closes.
    """

    async def app_with_limit(scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(scope, receive)
        try:
            await body.check_length()
            await app(scope, body.receive, send)
        except _TooLarge:
            await _refuse(scope, send)

    return app_with_limit


async def _refuse(scope: Scope, send: Send) -> None:
    refusal = Refusal(413, too_large_sentence(STRANGER_BYTES))
    headers, content = refused(refusal, target=str(scope.get("path", "")).encode())
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _is_signed_in(scope: Scope) -> bool:
    """Return whether the request has the session of an active account, or had one that has ended.

    The second may send a long form, which is kept for the account.
    """
    from django.contrib.auth import get_user  # noqa: PLC0415 (as above)
    from django.contrib.sessions.middleware import SessionMiddleware  # noqa: PLC0415 (as above)
    from django.core.handlers.asgi import ASGIRequest  # noqa: PLC0415 (as above)
    from django.db import close_old_connections  # noqa: PLC0415 (as above)
    from django.http import HttpResponse  # noqa: PLC0415 (as above)

    from renvoi.console.unsent import remembered_account  # noqa: PLC0415 (as above)

    # PostgreSQL fails on U+0000.
    cookies = [header for header in scope["headers"] if header[0] == b"cookie" and b"\0" not in header[1]]
    request = ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": cookies}, BytesIO())
    try:
        SessionMiddleware(lambda _: HttpResponse()).process_request(request)
        return get_user(request).is_authenticated or remembered_account(request) is not None
    finally:
        close_old_connections()


def _has_token(scope: Scope) -> bool:
    """Return whether the request has a valid token that may import files."""
    from django.db import close_old_connections  # noqa: PLC0415 (as above)
    from django.utils import timezone  # noqa: PLC0415 (as above)

    from renvoi.domain.days.zones import zone_of  # noqa: PLC0415 (as above)
    from renvoi.partners.models import Operator  # noqa: PLC0415 (as above)
    from renvoi.people.models import ApiToken  # noqa: PLC0415 (as above)
    from renvoi.people.tokens.checking import find_valid, may  # noqa: PLC0415 (as above)

    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    scheme, _space, credentials = (values[0] if values else "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    try:
        zone = zone_of(Operator.objects.values_list("time_zone", flat=True).get(id=1))
        token = find_valid(credentials.strip(), today=timezone.localdate(datetime.now(UTC), timezone=zone))
        return token is not None and may(token, ApiToken.Scope.WRITE)
    finally:
        close_old_connections()
