"""Read and replace the coverage area: the countries and regions that the operator serves itself."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from renvoi.api.json_bodies import Body, read_object
from renvoi.api.operation import ApiRequest
from renvoi.api.problems import Errors, Problem, error_at, errors_of, json_response, pointer_to
from renvoi.api.writing import by, errors_of_count, expected_version, idempotency_key
from renvoi.domain.places import COUNTRIES, parse_region
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.consequences import foresee
from renvoi.partners.figures import Figure
from renvoi.partners.models import Operator
from renvoi.partners.values import OperatorValues, parse_coverage
from renvoi.reports.weighing import Concerned, weigh

_FIELDS = {"areas", "version", "confirm_count"}
_AREA = {"country", "region"}


def read_coverage(request: ApiRequest) -> HttpResponseBase:
    """Answer with the areas that the operator covers: a country entirely, or one of its regions."""
    return _response(request.operator)


def replace_coverage(request: ApiRequest) -> HttpResponseBase:
    """Replace all areas. A change that takes the partner from many must be confirmed, as in the console."""
    operator = request.operator
    expected = expected_version(request, operator.version)
    body = read_object(request.http)
    values = _parse(body, operator)
    key = idempotency_key(request)
    _require_confirmation(body, request, values)
    try:
        saved = actions.update_operator(
            values=values, edited={"areas"}, expected_version=expected, idempotency_key=key, **by(request)
        )
    except StaleVersion as error:
        more: dict[str, Any] = {"current": _representation(Operator.objects.get(id=1)), "differs": ["/areas"]}
        sentence = _("Somebody has changed the coverage area since you read it. Nothing was saved.")
        raise Problem(HTTPStatus.PRECONDITION_FAILED, sentence, more=more) from error
    return _response(saved.operator)


def _response(operator: Operator) -> HttpResponse:
    response = json_response(_representation(operator))
    response.headers["ETag"] = f'"{operator.version}"'
    return response


def _representation(operator: Operator) -> dict[str, Any]:
    """Return the areas, and the version of the operator: it also changes with the operator's other settings."""
    areas = [{"country": country, "region": region or None} for country, region in OperatorValues.of(operator).areas]
    return {"version": operator.version, "areas": areas}


def _parse(body: Body, operator: Operator) -> OperatorValues:
    """Return the operator's values with the areas of the body. Raises Problem (422) with every error."""
    errors = [error_at(pointer_to(name), _("There is no such field.")) for name in body.keys() - _FIELDS]
    if "version" in body and (body["version"] != operator.version or isinstance(body["version"], bool)):
        errors.append(error_at("/version", _("Only Renvoi sets this field.")))
    errors += errors_of_count(body) + _errors_of_list(body.get("areas"))
    try:
        if not errors:
            codes = [area.get("region") or area["country"] for area in body["areas"]]
            return parse_coverage(codes, current=OperatorValues.of(operator))
    except ValidationError as refusal:
        errors = errors_of(refusal)
    sentence = _("The coverage area was not saved. Correct it.")
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, sentence, errors=errors)


def _errors_of_list(areas: Any) -> Errors:
    if not isinstance(areas, list):
        return [error_at("/areas", _("This is not a list of areas."))]
    sentence = _("Each area has the code of a country and, if it is not the whole country, that of one of its regions.")
    return [error_at(pointer_to("areas", index), sentence) for index, area in enumerate(areas) if not _is_area(area)]


def _is_area(area: Any) -> bool:
    if not isinstance(area, dict) or not area.keys() <= _AREA:
        return False
    country, region = area.get("country"), area.get("region")
    if not isinstance(country, str) or country not in COUNTRIES:
        return False
    return region is None or (
        isinstance(region, str) and parse_region(region) == region and region.startswith(f"{country}-")
    )


def _require_confirmation(body: Body, request: ApiRequest, values: OperatorValues) -> None:
    """Ask for the number of countries that would have no partner, if they are many (ADR 47). Raises Problem (422)."""
    foreseen = foresee({}, today=request.today, operator=values)
    weight = weigh(Concerned.by(foreseen.cells), today=request.today)
    count, confirmed = len(weight.countries), body.get("confirm_count")
    if not weight.is_large or confirmed == count:
        return
    sentence = _("This takes the partner from many prospects. To confirm, send the number of countries: %(count)s.")
    error = error_at("/confirm_count", sentence % {"count": Figure(count)})
    detail = _("Nothing was changed. Confirm the change.")
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=[error])
