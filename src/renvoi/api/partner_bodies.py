"""Turn the JSON of a partner into values, through the parsers that also read the form and the CSV file."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from renvoi.api.json_bodies import Body
from renvoi.api.problems import Errors, Problem, error_at, errors_of, pointer_to
from renvoi.api.schemas.partners import READ_ONLY
from renvoi.domain.places import COUNTRIES as COUNTRY_CODES
from renvoi.partners.fields import COUNTRIES, DAY, FIELDS, NUMBER, Field, PartnerValues
from renvoi.partners.models import Partner
from renvoi.partners.values import parse_partner

_NAMES = frozenset(field.name for field in FIELDS)
# No field takes it, and no parser takes it for an empty field.
_WRONG = "-"


def parse_body(body: Body, *, base: PartnerValues | None, stored: Mapping[str, Any]) -> PartnerValues:
    """Return the values in a body. Fields that are missing have the values of `base`, or else are empty.

    `stored` are the read-only fields that the body may repeat. Raises Problem (422) with every error.
    """
    errors = _errors_of_names(body, stored=stored)
    text, countries = (base.to_text(), list(base.countries)) if base else ({}, [])
    for field in FIELDS:
        if field.name not in body:
            continue
        if wrong := _errors_of_type(field, body[field.name]):
            errors += wrong
        elif field.type is COUNTRIES:
            countries = body[field.name]
        else:
            text[field.name] = _text_of(field, body[field.name])
    pointers = {error["pointer"].split("/")[1] for error in errors if error["pointer"]}
    try:
        values = parse_partner(text, countries=countries)
    except ValidationError as refusal:
        errors += [error for error in errors_of(refusal) if error["pointer"][1:] not in pointers]
    else:
        if not errors:
            return values
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("The partner was not saved. Correct its fields."), errors=errors)


def require_no_fields(body: Body) -> None:
    """Raise Problem (422) if the body has a field: an operation that takes none was asked for something else."""
    if errors := [error_at(pointer_to(name), _("There is no such field.")) for name in body]:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("This operation takes no fields."), errors=errors)


def differing(body: Body, current: Mapping[str, Any]) -> list[str]:
    """Return the pointers to the fields of a body that staff can edit and that now have another value."""
    return [pointer_to(name) for name in body if name in _NAMES and body[name] != current[name]]


def _errors_of_names(body: Body, *, stored: Mapping[str, Any]) -> Errors:
    errors = []
    for name, value in body.items():
        if name in READ_ONLY and (name not in stored or value != stored[name] or isinstance(value, bool)):
            errors.append(error_at(pointer_to(name), _("Only Renvoi sets this field.")))
        elif name not in _NAMES and name not in READ_ONLY:
            errors.append(error_at(pointer_to(name), _("There is no such field.")))
    return errors


def _errors_of_type(field: Field, value: Any) -> Errors:
    """Return what is wrong with the JSON type of a field, or with one of its countries."""
    pointer = pointer_to(field.name)
    if field.type is COUNTRIES:
        if not isinstance(value, list):
            return [error_at(pointer, _("This is not a list of country codes."))]
        return [
            error_at(pointer_to(field.name, index), _("This is not the code of a country."))
            for index, code in enumerate(value)
            if not isinstance(code, str) or code not in COUNTRY_CODES
        ]
    if field.type is NUMBER:
        return [] if _is_whole(value) else [error_at(pointer, _("This is not a whole number."))]
    if isinstance(value, str) or (field.type is DAY and value is None):
        return []
    return [error_at(pointer, _("This is neither a day nor null.") if field.type is DAY else _("This is not text."))]


def _is_whole(value: Any) -> bool:
    # 5.0 is a whole number in JSON.
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


def _text_of(field: Field, value: Any) -> str:
    """Return the text that the field's parser takes. In JSON an empty day is null, and a state has no other form."""
    if field.type is NUMBER:
        return str(int(value))
    if field.type is DAY:
        return "" if value is None else value if value == value.strip() and value else _WRONG
    if field.name == "status" and value not in Partner.Status.values:
        return _WRONG
    return str(value)
