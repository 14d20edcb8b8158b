"""The OpenAPI 3.1 document, made from the table of operations: what is not declared there is neither."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from renvoi import __version__
from renvoi.api.operation import ROOT, Operation, Parameter
from renvoi.api.problems import PROBLEM_TYPE
from renvoi.api.schemas import Schema, schemas
from renvoi.people.models import ApiToken

EVERYWHERE = (400, 401, 403, 405, 429, 500, 503)
"""The errors of every operation."""
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
    if operation.body:
        described["requestBody"] = {"required": True, "content": _content("application/json", operation.body)}
    return described


def _parameters(operation: Operation) -> list[Schema]:
    in_path = [Parameter("id", "The number of the partner.", {"type": "integer", "minimum": 1})]
    language = Parameter("lang", "The language of the answer.", {"type": "string", "enum": ["fr", "en"]})
    return [
        *(_parameter(each, "path", is_required=True) for each in in_path if "{id}" in operation.path),
        *(_parameter(each, "header" if each.is_header else "query") for each in (*operation.parameters, language)),
    ]


def _parameter(parameter: Parameter, place: str, *, is_required: bool = False) -> Schema:
    return {
        "name": parameter.name,
        "in": place,
        "required": is_required or parameter.is_required,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _response(operation: Operation, status: int) -> Schema:
    described: Schema = {"description": HTTPStatus(status).phrase}
    if status not in operation.answers:
        return described | {"content": _content(PROBLEM_TYPE, "Problem")}
    if name := operation.answers[status]:
        described["content"] = _content("application/json", name)
        if operation.has_csv:
            described["content"]["text/csv"] = {"schema": {"type": "string"}}
    return described


def _content(media_type: str, name: str) -> Schema:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
