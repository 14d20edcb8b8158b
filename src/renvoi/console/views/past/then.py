"""The page « Ce jour-là et aujourd’hui »: the whole table as it stood at a moment beside today's."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.sentences import by_name
from renvoi.console.views.list_page import pages_near
from renvoi.console.views.past.asking import MOMENT_LABELS, Asked, other_time, page_of, read_form, read_moment
from renvoi.console.views.past.side_by_side import (
    matching_cells,
    matching_partners,
    name_function,
    shown_country,
    shown_partner,
)
from renvoi.console.wording.decisions import REFUSALS
from renvoi.domain.difference import CellChange
from renvoi.domain.places import CountryCode
from renvoi.lists.listing import parse_positive
from renvoi.partners.past.comparing import Comparison, compare
from renvoi.partners.past.explaining import NotExplained


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the form and, if a day is given, both tables side by side."""
    form = read_form(MOMENT_LABELS, request.GET)
    now, asked, comparison, refusal = timezone.now(), None, None, ""
    if "day" in request.GET or "hour" in request.GET:
        asked = read_moment(form, request.GET, operator=request.operator, now=now)
    try:
        comparison = compare(at=asked.at, now=now) if asked else None
    except NotExplained as error:
        refusal = str(REFUSALS[error.refusal])
    context: dict[str, Any] = {"form": form, "asked": asked, "refusal": refusal, "comparison": comparison}
    if comparison is not None and asked is not None:
        context |= _context(request, comparison, asked)
    return render(request, "console/past/then.html", context, status=422 if form.errors else 404 if refusal else 200)


def _context(request: StaffRequest, comparison: Comparison, asked: Asked) -> dict[str, Any]:
    keyword = request.GET.get("search", "").replace("\0", "").strip()
    by_country: dict[CountryCode, list[CellChange]] = {}
    for row in matching_cells(comparison.cells, keyword):
        by_country.setdefault(row.cell.country or CountryCode(""), []).append(row)
    differing = matching_partners(comparison, keyword)
    query = {name: request.GET[name] for name in ("day", "hour", "second", "search") if request.GET.get(name)}
    moment = {name: text for name, text in query.items() if name != "search"}
    countries = page_of(by_name(by_country), number=parse_positive(request.GET.get("page", ""), default=1))
    partners = page_of(differing, number=parse_positive(request.GET.get("partners", ""), default=1))
    name_of = name_function(comparison, [row for code in countries.rows for row in by_country[code]])
    return {
        "keyword": keyword,
        "cell_count": sum(len(rows) for rows in by_country.values()),
        "countries": [shown_country(code, by_country[code], name_of, asked) for code in countries.rows],
        "country_page": countries,
        "country_pages": pages_near(countries),
        "partners": [shown_partner(kind, id_, comparison, moment) for kind, id_ in partners.rows],
        "partner_page": partners,
        "partner_pages": pages_near(partners),
        "page_suffix": f"&{urlencode(query)}",
        "is_operator_alike": comparison.then.operator == comparison.now.operator,
        "other_time": other_time(request.GET, asked),
    }
