"""An operation of the API: its address, what it needs and what it may answer. The OpenAPI document is made of these."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from renvoi.domain.places import Language
from renvoi.partners.models import Operator
from renvoi.people.models import ApiToken

ROOT = "/api/v1"
_PLACEHOLDER = re.compile(r"\{id\}")
# No id of the database has more digits.
_ID = "([1-9][0-9]{0,17})"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request with a valid token. `today` is the day in the operator's time zone; `id` is the one in the path."""

    http: HttpRequest
    token: ApiToken
    operator: Operator
    language: Language
    today: date
    id: int = 0


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query, or a header if `is_header`."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    is_header: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path below ROOT, where `{id}` is a number.

    `answers` are the statuses that are no errors, each with the name of its schema, None without a body. `body` is the
    name of the schema of the request's, if it has one. `errors` are statuses beside those that every operation has.
    """

    name: str
    method: str
    path: str
    summary: str
    scope: ApiToken.Scope
    respond: Callable[[ApiRequest], HttpResponseBase]
    answers: Mapping[int, str | None]
    parameters: tuple[Parameter, ...] = ()
    body: str | None = None
    errors: tuple[int, ...] = ()
    has_csv: bool = False

    def match(self, path: str) -> re.Match[str] | None:
        """Return the match of a whole path, whose first group is the id; None if this is another path."""
        return re.fullmatch(ROOT + _PLACEHOLDER.sub(_ID, self.path), path)
