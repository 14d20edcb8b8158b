"""What needs no token: the OpenAPI document, and a page made of it that loads nothing from elsewhere.

The document is in English, the page in the language of the request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from renvoi.api.documents.openapi import openapi, statuses_of
from renvoi.api.operation import ROOT, Operation, Parameter
from renvoi.api.operations.table import OPERATIONS
from renvoi.api.problems import json_response
from renvoi.api.schemas.everything import schemas
from renvoi.api.schemas.partners import READ_ONLY
from renvoi.api.schemas.parts import CODE


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter as the page shows it."""

    name: str
    description: str
    default: str
    is_header: bool
    is_required: bool


@dataclass(frozen=True, slots=True)
class _Shown:
    """An operation as the page shows it."""

    operation: Operation
    summary: str
    path: str
    parameters: list[_Parameter]
    fields: list[tuple[str, str, bool]]
    answers: str
    errors: str


def _document() -> HttpResponse:
    return json_response(openapi(OPERATIONS))


def _page() -> HttpResponse:
    return HttpResponse(_rendered(get_language()))


@cache
def _rendered(language: str) -> str:
    """Return the page in the active language, of which this is the code."""
    context = {"language": language, "shown": [_shown(each) for each in OPERATIONS]}
    return render_to_string("api/docs.html", context)


def _shown(operation: Operation) -> _Shown:
    schema: Mapping[str, Any] = schemas()[operation.body] if operation.body else {"properties": {}, "required": []}
    fields = [
        (name, _type_of(each), name in schema["required"])
        for name, each in schema["properties"].items()
        if name not in READ_ONLY
    ]
    return _Shown(
        operation=operation,
        summary=_(operation.summary),
        path=ROOT + operation.path,
        parameters=[_parameter(each) for each in operation.parameters],
        fields=fields,
        answers=", ".join(map(str, sorted(operation.answers))),
        errors=", ".join(str(status) for status in statuses_of(operation) if status not in operation.answers),
    )


def _parameter(parameter: Parameter) -> _Parameter:
    return _Parameter(
        name=parameter.name,
        description=_(parameter.description),
        default=str(parameter.schema.get("default", "")),
        is_header=parameter.is_header,
        is_required=parameter.is_required,
    )


def _type_of(schema: Mapping[str, Any]) -> str:
    """Return the type in words. The names of types are those of JSON Schema, in both languages."""
    if "items" in schema:
        return _("list, each: %(type)s") % {"type": _type_of(schema["items"])}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "properties" in schema:
        return _("object with %(fields)s") % {"fields": ", ".join(schema["properties"])}
    if schema == CODE:
        return _("code of a country")
    named = _(" or ").join(types)
    if "format" in schema:
        return f"{named} ({schema['format']})"
    if "enum" not in schema:
        return named
    values = ", ".join(map(str, filter(None, schema["enum"])))
    return _("%(type)s: %(values)s") % {"type": named, "values": values}


PAGES: Mapping[str, Callable[[], HttpResponse]] = {"/api/openapi.json": _document, "/api/docs": _page}
"""What is answered at each of these addresses, to anybody."""
