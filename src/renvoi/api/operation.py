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
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What a path names: in words, as a regular expression, and as a JSON schema."""

    description: str
    pattern: str
    schema: Mapping[str, Any]


def _text(description: str, pattern: str) -> Placeholder:
    return Placeholder(description, pattern, {"type": "string", "pattern": f"^{pattern}$"})


PLACEHOLDERS: Mapping[str, Placeholder] = {
    # No id of the database has more digits.
    "id": Placeholder(
        "The number of the partner.",
        "[1-9][0-9]{0,17}",
        {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
    ),
    "import": _text("The id of the import.", "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "visitor": _text(
        "The id of the golden visitor: country or region, language and, if it has one, day.",
        "[A-Z]{2}(?:-[A-Z0-9]{1,4})?_(?:en|fr)(?:_[0-9]{4}-[0-9]{2}-[0-9]{2})?",
    ),
}
"""What may stand in a path between braces."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request with a valid token. `today` is the day in the operator's time zone.

    `key` is what the path has for its placeholder, and `id` the same as a number, 0 if it is none.
    """

    http: HttpRequest
    token: ApiToken
    operator: Operator
    language: Language
    today: date
    key: str = ""

    @property
    def id(self) -> int:
        """The number in the path."""
        return int(self.key) if self.key.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query, or a header if `is_header`. `description` is English: a message of the catalogue."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    is_header: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path below ROOT, which has at most one of PLACEHOLDERS.

    `answers` are the statuses that are no errors, each with the name of its schema, None without a body. `body` is the
    name of the schema of the request's, if it has one, and `body_types` its media types: without a schema, a file's.
    `headers` are those of the answers that are no errors. `errors` are statuses beside those that every operation has.
    `summary` is English: a message of the catalogue.
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
    body_types: tuple[str, ...] = ("application/json",)
    is_body_required: bool = True
    headers: tuple[str, ...] = ()
    errors: tuple[int, ...] = ()
    has_csv: bool = False

    def match(self, path: str) -> re.Match[str] | None:
        """Return the match of a whole path, whose first group is for the placeholder; None if this is another path."""
        return re.fullmatch(
            ROOT + _PLACEHOLDER.sub(lambda match: f"({PLACEHOLDERS[match[1]].pattern})", self.path), path
        )

    @property
    def placeholder(self) -> str:
        """The name of the placeholder in the path; empty without one."""
        match = _PLACEHOLDER.search(self.path)
        return match[1] if match else ""
