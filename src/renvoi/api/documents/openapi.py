"""The OpenAPI 3.1 document, made from the table of operations: what is not declared there is neither."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from renvoi import __version__
from renvoi.api.operation import PLACEHOLDERS, ROOT, Operation, Parameter
from renvoi.api.problems import PROBLEM_TYPE
from renvoi.api.schemas.everything import schemas
from renvoi.api.schemas.parts import Schema
from renvoi.people.models import ApiToken

EVERYWHERE = (400, 401, 403, 405, 429, 500, 503)
"""The errors of every operation."""
UNLIMITED = (400, 401, 404, 405, 429, 500, 503)
"""Errors that may be found before the token is: they have the headers of its limit only if it was."""
LIMIT_HEADERS = ("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_HEADERS = {
    "RateLimit": ("How many requests the token has left, and when it has all of them.", "string"),
    "RateLimit-Policy": ("How many requests a token may send, and in how many seconds.", "string"),
    "RateLimit-Limit": ("How many requests a token may send at once.", "integer"),
    "RateLimit-Remaining": ("How many of them are left.", "integer"),
    "RateLimit-Reset": ("In how many seconds all of them are there again.", "integer"),
    "Retry-After": ("After how many seconds to send the request again.", "integer"),
    "WWW-Authenticate": ("Which token is needed, and what is wrong with the one that was sent.", "string"),
    "Allow": ("The methods that this address has.", "string"),
    "ETag": ("The version, for If-Match and If-None-Match.", "string"),
    "Location": ("The address of what was created.", "string"),
}
_OF_STATUS = {401: ("WWW-Authenticate",), 403: ("WWW-Authenticate",), 405: ("Allow",), 429: ("Retry-After",)}
_ABOUT = (
    "What staff do in the console, for programs. Send a token in the header `Authorization: Bearer …`; "
    "`renvoi token create` makes one. The language of errors follows `?lang=fr|en` or `Accept-Language`."
)


def openapi(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(ROOT + operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Renvoi", "version": __version__, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def statuses_of(operation: Operation) -> list[int]:
    """Return every status that an operation may answer with, sorted."""
    return sorted({*operation.answers, *operation.errors, *EVERYWHERE})


def _described(operation: Operation) -> dict[str, Any]:
    needs = "write" if operation.scope == ApiToken.Scope.WRITE else "read"
    described = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs a token with the scope `{needs}`.",
        "parameters": _parameters(operation),
        "responses": {str(status): _response(operation, status) for status in statuses_of(operation)},
    }
    if operation.body or operation.body_types != ("application/json",):
        content = {media_type: _body(operation) for media_type in operation.body_types}
        described["requestBody"] = {"required": operation.is_body_required, "content": content}
    return described


def _body(operation: Operation) -> Schema:
    # A file is described by its media type alone.
    return {"schema": {"$ref": f"#/components/schemas/{operation.body}"}} if operation.body else {}


def _parameters(operation: Operation) -> list[Schema]:
    language = Parameter("lang", "The language of the answer.", {"type": "string", "enum": ["fr", "en"]})
    return [
        *_in_path(operation),
        *(_parameter(each, "header" if each.is_header else "query") for each in (*operation.parameters, language)),
    ]


def _in_path(operation: Operation) -> list[Schema]:
    if not (name := operation.placeholder):
        return []
    placeholder = PLACEHOLDERS[name]
    return [_parameter(Parameter(name, placeholder.description, placeholder.schema), "path", is_required=True)]


def _parameter(parameter: Parameter, place: str, *, is_required: bool = False) -> Schema:
    return {
        "name": parameter.name,
        "in": place,
        "required": is_required or parameter.is_required,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _response(operation: Operation, status: int) -> Schema:
    described: Schema = {"description": HTTPStatus(status).phrase, "headers": _headers(operation, status)}
    if status not in operation.answers:
        return described | {"content": _content(PROBLEM_TYPE, "Problem")}
    if name := operation.answers[status]:
        described["content"] = _content("application/json", name)
        if operation.has_csv:
            described["content"]["text/csv"] = {"schema": {"type": "string"}}
    return described


def headers_of(operation: Operation, status: int) -> list[str]:
    """Return the headers that an answer has in any case."""
    own = operation.headers if status in operation.answers else ()
    # What was not changed has no address.
    own = tuple(name for name in own if status == HTTPStatus.CREATED or name != "Location")
    limit = () if status in UNLIMITED else LIMIT_HEADERS
    return [*own, *_OF_STATUS.get(status, ()), *limit]


def _headers(operation: Operation, status: int) -> Schema:
    required, others = headers_of(operation, status), LIMIT_HEADERS if status in UNLIMITED else ()
    return {
        name: {
            "description": _HEADERS[name][0],
            "required": name in required,
            "schema": {"type": _HEADERS[name][1]},
        }
        for name in (*required, *others)
    }


def _content(media_type: str, name: str) -> Schema:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
