"""Simulate a visitor: the decision of the newest table, and the way to it. Nothing is counted."""

from datetime import UTC, date, datetime, time
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from renvoi.api.operation import ApiRequest
from renvoi.api.problems import Errors, Problem, error_at, json_response
from renvoi.api.schemas.routing import DECIDED_BY, RUNGS
from renvoi.domain.days.moments import YEARS
from renvoi.domain.days.zones import zone_of
from renvoi.domain.explanation import Explanation, explain
from renvoi.domain.places import CountryCode, Language, RegionCode, country_of_region, parse_country, parse_region
from renvoi.domain.routing import Decision, Visitor, coverage_of
from renvoi.domain.table import Operator
from renvoi.partners.parsing import parse_day
from renvoi.partners.routing_table import newest_table
from renvoi.visitor.request import draw_for
from renvoi.visitor.summary import decision_as_dict

MAX_CANDIDATES = 100
_NOON = time(12)
_WRONG = "-"


def simulate(request: ApiRequest) -> HttpResponseBase:
    """Answer with what a visitor would get, as `renvoi route` does, and what became of each partner of the country."""
    table = newest_table()
    visitor, day = _asked(request, default=table.operator.default_language)
    at = datetime.combine(day, _NOON, tzinfo=zone_of(table.operator.time_zone)) if day else datetime.now(UTC)
    draw = draw_for(None, secret=settings.CONFIG.secret().encode(), at=at)
    explanation = explain(table, visitor, at=at, draw=draw)
    candidates = [
        {"id": partner.id, "name": partner.name, "priority": partner.priority, "fate": fate}
        for partner, fate in explanation.standings[:MAX_CANDIDATES]
    ]
    more = {
        "day": explanation.day.isoformat(),
        "rungs": _rungs(explanation, table.operator),
        "candidate_count": len(explanation.standings),
        "candidates": candidates,
    }
    return json_response({**decision_as_dict(explanation.decision), **more})


def _asked(request: ApiRequest, *, default: Language) -> tuple[Visitor, date | None]:
    """Return the visitor and the day of the query. Raises Problem (422) with every error."""
    query, errors = request.http.GET, Errors()
    country, region = _place(query.get("country", ""), query.get("region", ""), errors)
    language: Language = "fr" if query.get("language", default) == "fr" else "en"
    if query.get("language", default) not in {"fr", "en"}:
        errors.append(error_at("?language", _("Choose a language: fr or en.")))
    day = _day(query.get("day", ""), errors)
    if errors:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("A parameter has a wrong value."), errors=errors)
    return Visitor(country, "parameter" if country else "unknown", region, language), day


def _place(country_text: str, region_text: str, errors: Errors) -> tuple[CountryCode | None, RegionCode | None]:
    country, region = parse_country(country_text), parse_region(region_text)
    if country_text and (country is None or country_text != country_text.strip()):
        errors.append(error_at("?country", _("This is not the code of a country.")))
    if region_text and (region is None or region_text != region_text.strip()):
        errors.append(error_at("?region", _("This is not the code of a region, such as CA-ON.")))
    elif region is not None and country is not None and country_of_region(region) != country:
        errors.append(error_at("?region", _("This region is in another country.")))
    return country, region


def _day(text: str, errors: Errors) -> date | None:
    try:
        day = parse_day(text if text == text.strip() else _WRONG)
    except ValidationError as error:
        errors.append(error_at("?day", *error.messages))
        return None
    if day is not None and day.year not in YEARS:
        errors.append(error_at("?day", _("Enter a day of this century.")))
    return day


def _rungs(explanation: Explanation, operator: Operator) -> list[dict[str, Any]]:
    """Return what was found out on each rung, null where it was not considered, and which one settled the decision."""
    decision = explanation.decision
    outcomes = (decision.country, decision.language, _coverage(decision, operator), _partners(explanation))
    decisive = DECIDED_BY[explanation.step]
    return [
        {"rung": name, "outcome": outcome, "is_decisive": name == decisive}
        for name, outcome in zip(RUNGS, outcomes, strict=True)
    ]


def _coverage(decision: Decision, operator: Operator) -> str | None:
    return coverage_of(operator, decision.country, decision.region) if decision.country else None


def _partners(explanation: Explanation) -> str | None:
    if DECIDED_BY[explanation.step] != "partners":
        return None
    return f"{len(explanation.decision.partners)}/{len(explanation.standings)}"
