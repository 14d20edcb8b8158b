"""Errors of the API: one form for all (RFC 9457), in the language of the request."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse

PROBLEM_TYPE = "application/problem+json"
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
