"""Django's ASGI handler with a bound on simultaneous sign-ins.

Each request of Django runs in a thread of its own. Many threads at once, each with a password to check, would delay the
thread that answers visitors. So few sign-ins are in their threads at a time, more wait without a thread, and the rest
are refused with 503. The body of a request has arrived before it takes a place: a slow client holds none.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponseBase
from django.urls import reverse

from renvoi.console.views.signing_in import busy
from renvoi.people.passwords.devices import has_device_cookie

MAX_RUNNING = 4
MAX_WAITING = 64
"""How many sign-ins of one process may wait for a thread, or be in it. At 40 ms each, the last one waits 2.6 s."""
RESERVED = 16
"""How many of these places are for browsers with which somebody has signed in before."""


class TooBusy(Exception):
    """Too many sign-ins are waiting already."""


class Gate:
    """The places of the sign-ins of one process."""

    def __init__(self) -> None:
        self._running = asyncio.Semaphore(MAX_RUNNING)
        self._waiting = 0

    async def enter(self, *, is_recognized: bool) -> None:
        """Take a place, and wait for a thread. Raises TooBusy if all places are taken, or all but the reserved ones."""
        if self._waiting >= MAX_WAITING - (0 if is_recognized else RESERVED):
            raise TooBusy
        self._waiting += 1
        try:
            await self._running.acquire()
        except BaseException:
            self._waiting -= 1
            raise

    def leave(self) -> None:
        """Free the place."""
        self._waiting -= 1
        self._running.release()


class Place:
    """The place of one request, if it has taken one."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._is_taken = False

    async def take(self, *, is_recognized: bool) -> None:
        """See Gate.enter."""
        await self._gate.enter(is_recognized=is_recognized)
        self._is_taken = True

    def release(self) -> None:
        """Free the place, if it is taken."""
        if self._is_taken:
            self._is_taken = False
            self._gate.leave()


_places: ContextVar[dict[str, Place]] = ContextVar("places")


class GatedHandler(ASGIHandler):
    """Django's handler. A sign-in waits for its turn, or is refused."""

    def __init__(self) -> None:
        super().__init__()
        self._gates = {"password": Gate(), "provider": Gate()}
        self._sign_in_path = reverse("account_login")
        self._provider_path = reverse("provider_sign_in")

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Respond to one request."""
        places: dict[str, Place] = {name: Place(gate) for name, gate in self._gates.items()}
        _places.set(places)
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Django no longer waits for the response once the client is gone, but at its end it waits for the thread.
            for place in places.values():
                place.release()

    async def get_response_async(self, request: ASGIRequest) -> HttpResponseBase:  # type: ignore[override]  # ASGI's request
        """Return the response to a request whose body has arrived."""
        name = self._gate_name(request)
        if not name:
            return await super().get_response_async(request)
        place = _places.get()[name]
        try:
            await place.take(is_recognized=has_device_cookie(request))
        except TooBusy:
            return busy(request)
        response = await super().get_response_async(request)
        # Before the response is sent: a client that does not read it holds no place either.
        place.release()
        return response

    def _gate_name(self, request: ASGIRequest) -> str:
        """Return the gate of a request; empty if it passes freely.

        A thread waits up to five seconds for a provider that is slow: that must not hold up those with a password.
        """
        if request.path.startswith(self._provider_path):
            return "provider"
        return "password" if request.method == "POST" and request.path == self._sign_in_path else ""
