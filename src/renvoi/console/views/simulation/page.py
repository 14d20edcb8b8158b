"""The page « Simulation de visite »: what a visitor would get and why, and what the same visitors got."""

from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from renvoi.console.forms.countries import country_choices, region_choices
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest, frame_source, public_address
from renvoi.console.views.list_page import pages_near
from renvoi.console.views.past.asking import page_of
from renvoi.console.views.simulation.answered import answered_table, read_period
from renvoi.console.views.simulation.answering import Simulated, simulate
from renvoi.console.views.simulation.asking import LABELS, Visit, parse_visit, read_question
from renvoi.console.views.simulation.framing import framed_page
from renvoi.console.views.simulation.rungs import rungs_of, shown_standings
from renvoi.console.wording.decisions import DECISIONS_NOW, REASONS_NOW, decision_words, place_name
from renvoi.lists.listing import parse_positive
from renvoi.visitor.responses import head_of

_ANSWERED = "answered"


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the form and, if it was sent, what this visitor would get, or in the other tab what such visitors got."""
    # The frame may show the visitor's page and nothing else: a click in it would be counted.
    return csp_update(frame_source(request, "console:simulation_frame"))(_page)(request)  # type: ignore[arg-type,return-value]


def _page(request: StaffRequest) -> HttpResponse:
    form, visit = _asked(request)
    is_asked = any(name in request.GET for name in LABELS)
    query = {name: field.value for name, field in form.fields.items() if field.value}
    context: dict[str, Any] = {
        "form": form,
        "countries": country_choices(without=()),
        "regions": region_choices(form["region"].value, ()),
        "country_header": settings.CONFIG.country_header,
        "region_header": settings.CONFIG.region_header,
        "tab": request.GET.get("tab") if request.GET.get("tab") == _ANSWERED else "",
        "question": query,
        "would_path": f"?{urlencode(query or {'country': ''})}",
        "answered_path": f"?{urlencode({**query, 'tab': _ANSWERED})}",
    }
    if visit is not None and is_asked:
        simulated = simulate(visit, config=settings.CONFIG)
        context["place"] = place_name(simulated.request.visitor.country, None)
        context |= _past(request, simulated) if context["tab"] else _answer(request, simulated, query)
    is_refused = bool(form.errors or (context.get("period") and context["period"].errors))
    return render(request, "console/simulation/page.html", context, status=422 if is_refused else 200)


@require_safe
@xframe_options_sameorigin
def frame(request: StaffRequest) -> HttpResponse:
    """Show the visitor's page alone, for the frame."""
    _form, visit = _asked(request)
    if visit is None:
        raise Http404
    simulated = simulate(visit.without("accept-encoding"), config=settings.CONFIG)
    if not simulated.has_page:
        raise Http404
    return framed_page(request, simulated.response.body, language=simulated.request.visitor.language)


def _asked(request: StaffRequest) -> tuple[TypedForm, Visit | None]:
    form = read_question(request.GET)
    return form, parse_visit(form, operator=request.operator, now=timezone.now())


def _answer(request: StaffRequest, simulated: Simulated, query: dict[str, str]) -> dict[str, Any]:
    explanation, visit = simulated.explanation, simulated.visit
    standings = page_of(explanation.standings, number=parse_positive(request.GET.get("page", ""), default=1))
    return {
        "simulated": simulated,
        "words": decision_words(explanation, DECISIONS_NOW),
        "reason": REASONS_NOW[explanation.decision.reason],
        "rungs": rungs_of(simulated),
        "standings": shown_standings(standings.rows, explanation),
        "standing_page": standings,
        "standing_pages": pages_near(standings),
        "page_suffix": f"&{urlencode(query)}",
        "answer_head": head_of(simulated.response).decode("latin-1").replace("\r\n", "\n").strip(),
        "curl": visit.curl(public_address(request)),
        "frame_query": urlencode(query),
        "golden_query": _golden_query(simulated, query.get("day", "")),
    }


def _golden_query(simulated: Simulated, day: str) -> str:
    """Return the query string of a new golden visitor like this one; empty without a country."""
    _country, _source, region, language = visitor = simulated.request.visitor
    if visitor.country is None:
        return ""
    query = {"country": visitor.country, "region": region or "", "language": language, "day": day}
    return urlencode({name: text for name, text in query.items() if text})


def _past(request: StaffRequest, simulated: Simulated) -> dict[str, Any]:
    visitor = simulated.request.visitor
    form, period = read_period(request.GET, today=timezone.localdate())
    table = answered_table(visitor, first=period[0], last=period[1]) if period else None
    return {"period": form, "answered": table, "visitor": visitor}
