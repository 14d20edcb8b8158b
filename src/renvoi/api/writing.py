"""What every write needs: who it is by, the version that the program has read, and its Idempotency-Key."""

import hashlib
import re
import uuid
from http import HTTPStatus
from typing import TypedDict

from django.utils.translation import gettext as _

from renvoi.api.json_bodies import Body
from renvoi.api.operation import ApiRequest
from renvoi.api.problems import Errors, Problem, error_at
from renvoi.history.models import ChangeSet
from renvoi.history.recording import Channel
from renvoi.partners.models import PartnerImport
from renvoi.people.models import User

_TAG = re.compile(r'"([0-9]{1,9})"')
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HALF = 8


class By(TypedDict):
    """Who changes something, as the actions take it."""

    actor: User
    channel: Channel
    credential: str


def by(request: ApiRequest) -> By:
    """Return by whom a change is, and with which token."""
    return {"actor": request.token.owner, "channel": "api", "credential": request.token.name}


def expected_version(request: ApiRequest, current: int) -> int:
    """Return the version in If-Match; 0, which is never current, if it names none. Raises Problem (428) without one."""
    tags = tags_in(request)
    if tags == ["*"]:
        return current
    versions = [int(match[1]) for tag in tags if (match := _TAG.fullmatch(tag))]
    return current if current in versions else max(versions, default=0)


def tags_in(request: ApiRequest) -> list[str]:
    """Return the ETags in If-Match, with their quotation marks. Raises Problem (428) if there are none."""
    header = request.http.headers.get("If-Match", "").strip(" \t")
    if not header:
        raise Problem(
            HTTPStatus.PRECONDITION_REQUIRED,
            _("Send the ETag of what you have read in the header If-Match."),
        )
    return [tag.strip() for tag in header.split(",")]


def errors_of_count(body: Body) -> Errors:
    """Return what is wrong with `confirm_count`, which is a number if it is there at all."""
    count = body.get("confirm_count", 0)
    return [] if type(count) is int else [error_at("/confirm_count", _("This is not a whole number."))]


def idempotency_key(request: ApiRequest) -> uuid.UUID | None:
    """Return the key of this change, which is the token's own. Raises Problem (400) if it is not usable."""
    text = _key_in(request)
    return None if text is None else uuid.uuid5(uuid.NAMESPACE_OID, f"renvoi {request.token.public_id} {text}")


def key_of_content(request: ApiRequest, content: bytes) -> uuid.UUID | None:
    """Return the same, of a change that the history does not tell from another one by its values.

    Its first half is the key's, its second half the content's. Raises Problem: 400, or 422 if the key has another half
    already.
    """
    text = _key_in(request)
    if text is None:
        return None
    first = hashlib.sha256(f"renvoi {request.token.public_id} {text}".encode()).digest()[:_HALF]
    asked = f"{request.http.method} {request.http.path_info}\0".encode() + content
    key = uuid.UUID(bytes=first + hashlib.sha256(asked).digest()[:_HALF])
    bounds = [uuid.UUID(bytes=first + fill * _HALF) for fill in (b"\0", b"\xff")]
    for model in (ChangeSet, PartnerImport):
        if model._default_manager.filter(id__range=bounds).exclude(id=key).exists():  # noqa: SLF001 (Django's name)
            raise reused_key()
    return key


def reused_key() -> Problem:
    """Return what refuses a key that was sent with another change."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("This Idempotency-Key belongs to another change."))


def _key_in(request: ApiRequest) -> str | None:
    text = request.http.headers.get("Idempotency-Key")
    if text is not None and not _KEY.fullmatch(text):
        raise Problem(
            HTTPStatus.BAD_REQUEST, _("An Idempotency-Key has 1 to 255 visible characters of ASCII, without spaces.")
        )
    return text
