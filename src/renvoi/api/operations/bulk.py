"""Pause, resume, trash or restore many partners in one step, each at the version that the program has read."""

import json
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from renvoi.api.json_bodies import Body, read_object
from renvoi.api.operation import ApiRequest
from renvoi.api.problems import Errors, Problem, error_at, json_response, pointer_to
from renvoi.api.schemas.partners import MAX_PARTNERS
from renvoi.api.writing import by, errors_of_count, key_of_content
from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.actions import StaleSelection, Step
from renvoi.partners.consequences import without
from renvoi.partners.figures import Figure
from renvoi.partners.models import Partner
from renvoi.reports.weighing import Concerned, weigh

BULK_ACTIONS: Mapping[str, Callable[..., Step]] = {
    "pause": actions.pause_partners,
    "resume": actions.resume_partners,
    "trash": actions.trash_partners,
    "restore": actions.restore_partners,
}
_TAKING_AWAY = {"pause", "trash"}
_FIELDS = {"action", "partners", "confirm_count"}
_ITEM = {"id", "version"}


def change_many(request: ApiRequest) -> HttpResponseBase:
    """Carry out the action on all partners or, if one is at another version, on none (412)."""
    body = read_object(request.http)
    expected = _expected(body)
    partners = Partner.objects.filter(id__in=expected)
    key = key_of_content(request, json.dumps(body, sort_keys=True).encode())
    _require_confirmation(body, request, expected)
    try:
        step = BULK_ACTIONS[body["action"]](partners=partners, expected=expected, idempotency_key=key, **by(request))
    except StaleSelection as error:
        raise _stale(body, error.current) from error
    changed = [{"id": id_, "version": version} for id_, version in _versions(partners).items()]
    return json_response({"count": step.count, "skipped": _skipped(body, step, expected), "partners": changed})


def _skipped(body: Body, step: Step, expected: Collection[int]) -> list[int]:
    """Return the partners that were not restored. The history knows, also of a step that is repeated."""
    if body["action"] != "restore":
        return []
    changed = Change.objects.filter(change_set_id=step.change_set_id).values_list("subject_id", flat=True)
    return sorted({*expected} - {*changed})


def _require_confirmation(body: Body, request: ApiRequest, partners: Collection[int]) -> None:
    """Ask for the number of partners if the action takes the partner from many, as the console does (ADR 47).

    Raises Problem (422) if it is missing or another.
    """
    if body["action"] not in _TAKING_AWAY or body.get("confirm_count") == len(partners):
        return
    foreseen = without(partners, today=request.today)
    weight = weigh(Concerned.by(foreseen.cells), today=request.today)
    if weight.is_large:
        sentence = _("This takes the partner from many prospects. To confirm, send the number of partners: %(count)s.")
        error = error_at("/confirm_count", sentence % {"count": Figure(len(partners))})
        detail = _("Nothing was changed. Confirm the change.")
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=[error])


def _versions(partners: Any) -> dict[int, int]:
    return dict(partners.order_by("id").values_list("id", "version"))


def _expected(body: Body) -> dict[int, int]:
    """Return the version of each partner in the body. Raises Problem (422) with every error."""
    action, partners = body.get("action"), body.get("partners")
    errors = [error_at(pointer_to(name), _("There is no such field.")) for name in body.keys() - _FIELDS]
    if not isinstance(action, str) or action not in BULK_ACTIONS:
        errors.append(error_at("/action", _("An action is one of: %s.") % ", ".join(BULK_ACTIONS)))
    errors += errors_of_count(body) + _errors_of_list(partners)
    if errors:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("Nothing was changed. Correct the list."), errors=errors)
    return {item["id"]: item["version"] for item in body["partners"]}


def _errors_of_list(partners: Any) -> Errors:
    if not isinstance(partners, list) or not 0 < len(partners) <= MAX_PARTNERS:
        sentence = _("This is not a list of 1 to %(limit)s partners.") % {"limit": Figure(MAX_PARTNERS)}
        return [error_at("/partners", sentence)]
    sentence = _("Each partner has its id and its version, both whole numbers, and nothing else.")
    errors = [
        error_at(pointer_to("partners", index), sentence) for index, item in enumerate(partners) if not _is_item(item)
    ]
    if not errors and len({item["id"] for item in partners}) < len(partners):
        return [error_at("/partners", _("A partner is in the list twice."))]
    return errors


def _is_item(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.keys() == _ITEM
        and all(type(value) is int and 0 < value < 10**18 for value in item.values())
    )


def _stale(body: Body, current: Mapping[int, int]) -> Problem:
    errors = [
        error_at(
            pointer_to("partners", index),
            _("This partner is at another version, or in the wrong place."),
        )
        for index, item in enumerate(body["partners"])
        if current.get(item["id"]) != item["version"]
    ]
    sentence = _("Somebody has changed some of these partners since you read them. Nothing was changed.")
    return Problem(HTTPStatus.PRECONDITION_FAILED, sentence, errors=errors)
