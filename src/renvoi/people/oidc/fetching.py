"""Request JSON of the provider, within a time for all that one request of the console needs of it."""

import base64
import json
import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

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


_opener = build_opener(_NoRedirects)


def get_json(url: str, *, deadline: Deadline, bearer: str = "") -> Json:
    """Return the JSON object at a URL. Raises ProviderError."""
    return _fetch(Request(url, headers=_bearer(bearer)), deadline)  # noqa: S310 (the settings allow only http and https)


def post_form(url: str, *, fields: Mapping[str, str], deadline: Deadline, basic: tuple[str, str] | None) -> Json:
    """Send a form, with a client id and a secret as Basic authentication, and return the JSON object of the answer."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if basic:
        # RFC 6749, section 2.3.1: both are encoded as in a form.
        pair = ":".join(quote_plus(text) for text in basic)
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return _fetch(Request(url, data=urlencode(fields).encode(), headers=headers), deadline)  # noqa: S310 (as above)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _fetch(request: Request, deadline: Deadline) -> Json:
    request.add_header("Accept", "application/json")
    try:
        with _opener.open(request, timeout=deadline.left()) as response:
            body = _read(response, deadline)
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


def _read(response: Any, deadline: Deadline) -> bytes:
    body = bytearray()
    while chunk := response.read1(_AT_ONCE):
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ProviderError("the answer is too long")
        deadline.left()
    return bytes(body)
