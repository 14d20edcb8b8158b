"""Write golden visitors, each by the one action that edits their list, as the console does."""

import json
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from renvoi.api.json_bodies import Body, read_object
from renvoi.api.operation import ApiRequest
from renvoi.api.operations.routing.visitors import etag_of, representation, visitor_response, visitor_with
from renvoi.api.problems import Errors, Problem, error_at, errors_of, pointer_to
from renvoi.api.writing import by, key_of_content, tags_in
from renvoi.domain.golden.visitors import MAX_GOLDEN, GoldenList, GoldenVisitor, TooMany, with_golden
from renvoi.domain.places import COUNTRIES
from renvoi.partners import actions
from renvoi.partners.figures import Figure
from renvoi.partners.importing.golden_visitors import COLUMNS, parse_golden
from renvoi.partners.models import Partner

_NULLABLE = ("region", "day", "decision", "partner")
_MAX_ID = 10**18


def create_visitor(request: ApiRequest) -> HttpResponseBase:
    """Add a golden visitor: 201 with its address; 409 if the list has one that asks the same."""
    body = read_object(request.http)
    golden = _parse(body, key="")
    key = key_of_content(request, json.dumps(body, sort_keys=True).encode())

    def edit(listed: GoldenList) -> GoldenList:
        return _put(listed, golden)

    actions.update_golden_visitors(edit=edit, idempotency_key=key, **by(request))
    return visitor_response(golden, status=HTTPStatus.CREATED)


def replace_visitor(request: ApiRequest) -> HttpResponseBase:
    """Replace what is asked and expected. If something else is asked, the id is another one."""
    tags = tags_in(request)
    body = read_object(request.http)
    golden = _parse(body, key=request.key)
    key = key_of_content(request, json.dumps([tags, body], sort_keys=True).encode())

    def edit(listed: GoldenList) -> GoldenList:
        return _put(listed, golden, instead_of=_current(request, listed, tags, body))

    actions.update_golden_visitors(edit=edit, idempotency_key=key, **by(request))
    return visitor_response(golden)


def delete_visitor(request: ApiRequest) -> HttpResponseBase:
    """Remove a golden visitor from the list: 204."""
    tags = tags_in(request)

    def edit(listed: GoldenList) -> GoldenList:
        return with_golden(listed, without=_current(request, listed, tags, {}).case)

    actions.update_golden_visitors(edit=edit, **by(request))
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    del response.headers["Content-Type"]
    return response


def _put(listed: GoldenList, golden: GoldenVisitor, *, instead_of: GoldenVisitor | None = None) -> GoldenList:
    """Put one into the list. Raises Problem: 409 if the list has the same question already, 422 if it is full."""
    replaced = instead_of.case if instead_of else None
    if golden.case != replaced and any(one.case == golden.case for one in listed):
        raise Problem(HTTPStatus.CONFLICT, _("The list has this visitor already: change that one."))
    try:
        return with_golden(listed, golden, without=replaced)
    except TooMany as error:
        sentence = _("The list can have %(limit)s visitors at most.") % {"limit": Figure(MAX_GOLDEN)}
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, sentence) from error


def _current(request: ApiRequest, listed: GoldenList, tags: list[str], body: Body) -> GoldenVisitor:
    """Return the golden visitor of the path. Raises Problem: 404, or 412 if none of the tags is its ETag."""
    golden = visitor_with(request.key, listed)
    if tags == ["*"] or etag_of(golden) in tags:
        return golden
    current = representation(golden)
    differs = [pointer_to(name) for name in body if name in COLUMNS and body[name] != current[name]]
    sentence = _("Somebody has changed this golden visitor since you read it. Nothing was saved.")
    raise Problem(HTTPStatus.PRECONDITION_FAILED, sentence, more={"current": current, "differs": differs})


def _parse(body: Body, *, key: str) -> GoldenVisitor:
    """Return the golden visitor in a body, which may have the id `key`. Raises Problem (422) with every error."""
    errors = [error_at(pointer_to(name), _("There is no such field.")) for name in body.keys() - {*COLUMNS, "id"}]
    if "id" in body and (not key or body["id"] != key):
        errors.append(error_at("/id", _("Only Renvoi sets this field.")))
    wrong = [error for name in COLUMNS for error in _errors_of_type(name, body.get(name))]
    errors += wrong
    texts = {name: str(body.get(name) or "") for name in COLUMNS}
    partners = _partners(body.get("partner")) if not wrong else {}
    try:
        golden = parse_golden(texts, partners=partners)
    except ValidationError as refusal:
        pointers = {error["pointer"] for error in errors}
        errors += [error for error in errors_of(refusal) if error["pointer"] not in pointers]
    else:
        if not errors:
            return golden
    sentence = _("The golden visitor was not saved. Correct its fields.")
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, sentence, errors=errors)


def _partners(number: int | None) -> dict[str, int]:
    """Return the partner with that number, also one in the trash, as `parse_golden` takes it."""
    return {str(number): number} if number and Partner.objects.filter(id=number).exists() else {}


def _errors_of_type(name: str, value: Any) -> Errors:
    if value is None and name in _NULLABLE:
        return []
    if name == "partner":
        is_id = type(value) is int and 0 < value < _MAX_ID
        return [] if is_id else [error_at("/partner", _("This is not the number of a partner."))]
    if not isinstance(value, str) or value != value.strip():
        return [error_at(pointer_to(name), _("This is not text."))]
    if name == "country" and value not in COUNTRIES:
        return [error_at("/country", _("This is not the code of a country."))]
    if name != "country" and (value == "" or value != _as_stored(name, value)):
        return [error_at(pointer_to(name), _("This is not one of the values."))]
    return []


def _as_stored(name: str, value: str) -> str:
    """Return a text in the form in which it is stored: `parse_golden` takes others from spreadsheets."""
    return value.upper() if name == "region" else value.lower()
