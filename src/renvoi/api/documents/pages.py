"""What needs no token: the OpenAPI document, and a page made of it that loads nothing from elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string

from renvoi.api.documents.openapi import openapi, statuses_of
from renvoi.api.operation import ROOT, Operation
from renvoi.api.operations.table import OPERATIONS
from renvoi.api.problems import json_response
from renvoi.api.schemas.everything import schemas
from renvoi.api.schemas.partners import READ_ONLY
from renvoi.api.schemas.parts import CODE


@dataclass(frozen=True, slots=True)
class _Shown:
    """An operation as the page shows it."""

    operation: Operation
    path: str
    fields: list[tuple[str, str, bool]]
    answers: str
    errors: str


def _document() -> HttpResponse:
    return json_response(openapi(OPERATIONS))


def _page() -> HttpResponse:
    return HttpResponse(_rendered(), headers={"Content-Language": "en"})


@cache
def _rendered() -> str:
    return render_to_string("api/docs.html", {"shown": [_shown(each) for each in OPERATIONS]})


def _shown(operation: Operation) -> _Shown:
    schema: Mapping[str, Any] = schemas()[operation.body] if operation.body else {"properties": {}, "required": []}
    fields = [
        (name, _type_of(each), name in schema["required"])
        for name, each in schema["properties"].items()
        if name not in READ_ONLY
    ]
    return _Shown(
        operation=operation,
        path=ROOT + operation.path,
        fields=fields,
        answers=", ".join(map(str, sorted(operation.answers))),
        errors=", ".join(str(status) for status in statuses_of(operation) if status not in operation.answers),
    )


def _type_of(schema: Mapping[str, Any]) -> str:
    if "items" in schema:
        return f"list, each: {_type_of(schema['items'])}"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "properties" in schema:
        return f"object with {', '.join(schema['properties'])}"
    named = " or ".join(types)
    if "format" in schema:
        return f"{named} ({schema['format']})"
    if schema == CODE:
        return "code of a country"
    return f"{named}: {', '.join(map(str, filter(None, schema['enum'])))}" if "enum" in schema else named


PAGES: Mapping[str, Callable[[], HttpResponse]] = {"/api/openapi.json": _document, "/api/docs": _page}
"""What is answered at each of these addresses, to anybody."""
