"""Errors of the API: one form for all (RFC 9457), in the language of the request."""

import json
import logging
import traceback
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.db import OperationalError
from django.http import HttpResponse
from django.utils.translation import gettext as _

from renvoi.disk_reserve import FULL
from renvoi.history.running import is_about_the_turn

PROBLEM_TYPE = "application/problem+json"
_RETRY_AFTER_S = "5"
_POSTGRESQL_FULL, _SQLITE_FULL = "53100", "database or disk is full"
_logger = logging.getLogger(__name__)
Errors = list[dict[str, str]]
"""What is wrong, each with a JSON pointer to the field of the body, or `?name` for a query parameter."""


class Problem(Exception):
    """A request that is refused. `more` is added to the body: the representation that a write was compared with."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Errors | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status.phrase)
        self.status, self.detail = status, detail
        self.errors, self.headers, self.more = errors or [], headers or {}, more or {}

    def response(self) -> HttpResponse:
        """Return the answer."""
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "errors": self.errors,
            **self.more,
        }
        response = json_response(body, status=self.status)
        for name, value in {"Content-Type": PROBLEM_TYPE, **self.headers}.items():
            response.headers[name] = value
        # Django would log the path, which is the client's.
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 (as log_response sets it)
        return response


def json_response(body: Mapping[str, Any], *, status: int = HTTPStatus.OK) -> HttpResponse:
    """Return the body as JSON in UTF-8."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return HttpResponse(content, status=status, content_type="application/json")


def errors_of(refusal: ValidationError) -> Errors:
    """Return the errors of an action or of a parser, each with the pointer to its field."""
    return [
        error_at(pointer_to(name), *error.messages) for name, errors in refusal.error_dict.items() for error in errors
    ]


def error_at(pointer: str, *sentences: object) -> dict[str, str]:
    """Return one error."""
    return {"pointer": pointer, "detail": " ".join(map(str, sentences))}


def pointer_to(*steps: object) -> str:
    """Return the JSON pointer to a field of the body (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def parameters(names: Iterable[str], sentence: str) -> Errors:
    """Return the same error for each of these query parameters."""
    return [error_at(f"?{name}", sentence) for name in names]


def problem_of(error: Exception) -> Problem:
    """Return the answer to whatever was raised. What nobody foresaw is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestDataTooBig):
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The body is too large."))
    if is_about_the_turn(error):
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            _("Another change is being saved. Try again in a few seconds."),
            headers={"Retry-After": _RETRY_AFTER_S},
        )
    if _is_for_lack_of_space(error):
        return Problem(HTTPStatus.INSUFFICIENT_STORAGE, _("The disk is nearly full: nothing can be saved."))
    # No value is logged: it may be a secret.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    _logger.error("The API failed: %s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
    is_unavailable = isinstance(error, OperationalError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_unavailable else HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(status, _("The request could not be answered. Try again."))


def _is_for_lack_of_space(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    if not isinstance(error, OperationalError):
        return False
    return getattr(error.__cause__, "sqlstate", "") == _POSTGRESQL_FULL or _SQLITE_FULL in str(error)
