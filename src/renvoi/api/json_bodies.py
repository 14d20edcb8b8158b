"""Read the JSON of a request strictly: one object in UTF-8, with each name once, of text that can be stored."""

import json
from http import HTTPStatus
from typing import Any, NoReturn

from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _

from renvoi.api.problems import Problem

Body = dict[str, Any]
_TYPES = frozenset({"application/json", "application/merge-patch+json"})


def read_object(request: HttpRequest) -> Body:
    """Return the object in the body. Raises Problem: 415 if the body is not declared as JSON, 400 if it is none."""
    # Clients send no type with an empty body, which is no JSON either.
    if (request.content_type or "") not in _TYPES and request.headers.get("Content-Length") != "0":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _("Send JSON, with Content-Type application/json."))
    try:
        body = json.loads(
            request.body.decode("utf-8"), object_pairs_hook=_with_each_name_once, parse_constant=_refuse_constant
        )
        # Refuses half of a surrogate pair, and a number that is no finite one.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError, UnreadablePostError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, _("The body is not valid JSON in UTF-8.")) from error
    if not isinstance(body, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, _("The body is not a JSON object."))
    return body


def _with_each_name_once(pairs: list[tuple[str, Any]]) -> Body:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise ValueError("a name is there twice")
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
