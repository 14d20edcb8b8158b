"""Read the golden visitors: what is expected of each, and which of them get something else now."""

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from renvoi.api.operation import ROOT, ApiRequest
from renvoi.api.problems import Problem, error_at, json_response
from renvoi.domain.golden.checking import Checked
from renvoi.domain.golden.visitors import Case, GoldenList, GoldenVisitor
from renvoi.partners.golden.stored import check_stored, names_of, stored_golden

PATH = f"{ROOT}/visitors"
_FLAGS = {"true": True, "false": False}


def list_visitors(request: ApiRequest) -> HttpResponseBase:
    """Answer with all golden visitors and what each gets now; with those alone that get what is expected, or do not."""
    checked = check_stored(today=request.today)
    differing = sum(not one.is_expected for one in checked)
    if (wanted := _wanted(request)) is not None:
        checked = [one for one in checked if one.is_expected == wanted]
    names = names_of(checked)
    visitors = [_described(one, names) for one in checked]
    return json_response({"count": len(visitors), "differing": differing, "visitors": visitors})


def read_visitor(request: ApiRequest) -> HttpResponseBase:
    """Answer with one golden visitor; 304 if the client has it as it is."""
    golden = visitor_with(request.key, stored_golden())
    tags = {tag.strip().removeprefix("W/") for tag in request.http.headers.get("If-None-Match", "").split(",")}
    if tags & {etag_of(golden), "*"}:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag_of(golden)})
        del response.headers["Content-Type"]
        return response
    return visitor_response(golden)


def visitor_with(key: str, listed: GoldenList) -> GoldenVisitor:
    """Return the golden visitor with this id. Raises Problem (404)."""
    for golden in listed:
        if id_of(golden.case) == key:
            return golden
    raise Problem(HTTPStatus.NOT_FOUND, _("There is no golden visitor with this id."))


def visitor_response(golden: GoldenVisitor, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Return the representation with its ETag and, if it is new, its address."""
    response = json_response(representation(golden), status=status)
    response.headers["ETag"] = etag_of(golden)
    if status == HTTPStatus.CREATED:
        response.headers["Location"] = f"{PATH}/{id_of(golden.case)}"
    return response


def id_of(case: Case) -> str:
    """Return the id, which says what is asked: no two golden visitors of the list ask the same."""
    parts = (case.region or case.country, case.language, case.day.isoformat() if case.day else "")
    return "_".join(filter(None, parts))


def etag_of(golden: GoldenVisitor) -> str:
    """Return the ETag: a digest of what is asked and expected. A golden visitor has no version."""
    return f'"{hashlib.sha256(json.dumps(golden.to_json()).encode()).hexdigest()[:16]}"'


def representation(golden: GoldenVisitor) -> dict[str, Any]:
    """Return what is asked and expected as JSON, without what the visitor gets."""
    country, region, language, day = golden.case
    return {
        "id": id_of(golden.case),
        "country": country,
        "region": region,
        "language": language,
        "day": day.isoformat() if day else None,
        "decision": golden.decision,
        "partner": golden.partner,
    }


def _described(checked: Checked, names: Mapping[int, str]) -> dict[str, Any]:
    outcome = checked.outcome
    partners = [{"id": id_, "name": names.get(id_, "")} for id_ in outcome.partners]
    return {
        **representation(checked.golden),
        "got": {"decision": outcome.kind, "reason": outcome.reason, "partners": partners},
        "expected_partner": checked.fate,
        "is_expected": checked.is_expected,
    }


def _wanted(request: ApiRequest) -> bool | None:
    text = request.http.GET.get("is_expected")
    if text is None or text in _FLAGS:
        return None if text is None else _FLAGS[text]
    error = error_at("?is_expected", _("This is neither true nor false."))
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("A parameter has a wrong value."), errors=[error])
