"""Write partners: each function calls one action of `renvoi.partners.actions`, as the console does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from renvoi.api.json_bodies import Body, read_object
from renvoi.api.operation import ApiRequest
from renvoi.api.operations.partners import find_partner, partner_response, path_of, representation
from renvoi.api.partner_bodies import differing, parse_body, require_no_fields
from renvoi.api.problems import Problem, errors_of
from renvoi.api.schemas.partners import READ_ONLY
from renvoi.api.writing import by, expected_version, idempotency_key, reused_key
from renvoi.partners import actions
from renvoi.partners.actions import KeyReused, Saved, StaleVersion
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner


def create(request: ApiRequest) -> HttpResponseBase:
    """Create a partner: 201 with its address. The same key and the same body answer with the same partner."""
    body = read_object(request.http)
    values = parse_body(body, base=None, stored={})
    key = idempotency_key(request)
    with _refusals(body, partner_id=0):
        saved = actions.create_partner(values=values, idempotency_key=key, is_key_of_values=True, **by(request))
    response = partner_response(saved.partner, status=HTTPStatus.CREATED)
    response.headers["Location"] = path_of(saved.partner)
    return response


def replace(request: ApiRequest) -> HttpResponseBase:
    """Replace all fields of a partner. Those that are not in the body become empty."""
    return _update(request, is_patch=False)


def patch(request: ApiRequest) -> HttpResponseBase:
    """Change the fields of a partner that are in the body (RFC 7396)."""
    return _update(request, is_patch=True)


def trash(request: ApiRequest) -> HttpResponseBase:
    """Move a partner to the trash. Nothing changes if it is there."""
    return _move(request, actions.trash_partner)


def restore(request: ApiRequest) -> HttpResponseBase:
    """Take a partner out of the trash. Nothing changes if it is not there."""
    return _move(request, actions.restore_partner)


def _update(request: ApiRequest, *, is_patch: bool) -> HttpResponseBase:
    partner = find_partner(request.id)
    expected = expected_version(request, partner.version)
    body = read_object(request.http)
    current = representation(partner)
    # Of another version, the read-only fields may be others: the action says that the version is not the newest.
    stored = {name: (current if partner.version == expected else body).get(name) for name in READ_ONLY}
    values = parse_body(body, base=PartnerValues.of(partner) if is_patch else None, stored=stored)
    key = idempotency_key(request)
    with _refusals(body, partner_id=partner.id):
        saved = actions.update_partner(
            partner_id=partner.id,
            values=values,
            expected_version=expected,
            idempotency_key=key,
            is_key_of_values=True,
            **by(request),
        )
    return partner_response(saved.partner)


def _move(request: ApiRequest, action: Callable[..., Saved]) -> HttpResponseBase:
    partner = find_partner(request.id)
    expected = expected_version(request, partner.version)
    if request.http.body.strip():
        require_no_fields(read_object(request.http))
    with _refusals({}, partner_id=partner.id):
        saved = action(partner_id=partner.id, expected_version=expected, **by(request))
    return partner_response(saved.partner)


@contextmanager
def _refusals(body: Body, *, partner_id: int) -> Iterator[None]:
    """Turn what an action refuses into a Problem."""
    try:
        yield
    except StaleVersion as error:
        current = representation(find_partner(partner_id or error.current.pk))
        more: dict[str, Any] = {"current": current, "differs": differing(body, current)}
        sentence = _("Somebody has changed this partner since you read it. Nothing was saved.")
        raise Problem(HTTPStatus.PRECONDITION_FAILED, sentence, more=more) from error
    except ValidationError as error:
        sentence = _("The partner was not saved. Correct its fields.")
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, sentence, errors=errors_of(error)) from error
    except KeyReused as error:
        raise reused_key() from error
    except Partner.DoesNotExist as error:
        sentence = _("This partner is in the trash. Restore it first.")
        raise Problem(HTTPStatus.CONFLICT, sentence) from error
