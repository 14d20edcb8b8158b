"""A program that uses the API. Every answer is compared with what the OpenAPI document declares for its operation."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponseBase
from django.test import Client

from renvoi.api.documents.openapi import headers_of, openapi
from renvoi.api.operations.table import OPERATIONS
from renvoi.people.models import ApiToken, User
from renvoi.people.tokens.actions import create_token
from tests.api.schema import faults

DOCUMENT = openapi(OPERATIONS)
ROOT = "/api/v1"


@dataclass
class Reply:
    """An answer of the API."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.json["errors"]]


@dataclass
class Program:
    """A program with a token, or without one. Its client checks CSRF tokens, as the server does."""

    token: str = field(default="", repr=False)
    language: str = "en"
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request below ROOT. A body that is not bytes is sent as JSON."""
        sent = {"Accept-Language": self.language, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.token and "Authorization" not in headers:
            sent["Authorization"] = f"Bearer {self.token}"
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        content_type = sent.pop("Content-Type", "application/json")
        path = path if path.startswith("/api/") else ROOT + path
        response = self.client.generic(method, path, content, content_type=content_type, headers=sent)
        reply = _reply(response)
        assert not self.token or self.token.encode() not in reply.content
        require_declared(method, path.partition("?")[0], reply)
        return reply

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)


def program_of(owner: User, *, scope: str = "write", name: str = "Night import", language: str = "en") -> Program:
    """Return a program with a new token of the account."""
    today = datetime.now(UTC).date()
    created = create_token(owner=owner, name=name, scope=ApiToken.Scope(scope), today=today)
    return Program(created.text, language)


def require_declared(method: str, path: str, reply: Reply) -> None:
    """Fail unless the status and the body are those that the OpenAPI document declares for the operation."""
    operation = next((each for each in OPERATIONS if each.method == method and each.match(path)), None)
    if operation is None:
        schema: dict[str, Any] | None = {"$ref": "#/components/schemas/Problem"}
    else:
        declared = DOCUMENT["paths"][ROOT + operation.path][method.lower()]["responses"]
        assert str(reply.status) in declared, f"{method} {path} answered an undeclared {reply.status}"
        content = declared[str(reply.status)].get("content", {})
        media_type = reply.headers.get("content-type", "").partition(";")[0]
        assert media_type in content or not content, f"{method} {path}: undeclared {media_type}"
        schema = content[media_type]["schema"] if content else None
        missing = [name for name in headers_of(operation, reply.status) if name.lower() not in reply.headers]
        assert missing == [], f"{method} {path}: {reply.status} without {missing}"
    if schema is None or method == "HEAD":
        assert reply.content == b""
    else:
        assert "\n".join(faults(reply.json, schema, document=DOCUMENT)) == ""


def _reply(response: HttpResponseBase) -> Reply:
    content = response.getvalue()
    return Reply(response.status_code, {name.lower(): value for name, value in response.items()}, content)
