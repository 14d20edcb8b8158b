"""The page « Pourquoi? »: explain a decision, from its reference, a page's footer, or a day and a place."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from renvoi.console.forms.countries import country_choices, region_choices
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest
from renvoi.console.views.past.answer import Answer, answer_of
from renvoi.console.views.past.asking import MOMENT_LABELS, Asked, other_time, read_form, read_moment
from renvoi.console.wording.decisions import REFUSALS
from renvoi.domain.ledger_entry import parse_ref
from renvoi.domain.places import (
    Language,
    country_of_region,
    parse_country,
    parse_region,
)
from renvoi.domain.routing import Visitor
from renvoi.lists.listing import parse_positive
from renvoi.partners.past.explaining import (
    Explained,
    NotExplained,
    explain_entry,
    explain_mark,
    explain_moment,
    find_entry,
)
from renvoi.visitor.html.page_mark import parse_mark

UNKNOWN = "unknown"
"""The value of the select for a country that is not known."""
_LABELS = {
    "ref": gettext_lazy("Reference, or footer of the page"),
    **MOMENT_LABELS,
    "country": gettext_lazy("Country"),
    "region": gettext_lazy("Region"),
    "language": gettext_lazy("Language"),
}


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the form and, if it was filled, the explanation."""
    form = read_form(_LABELS, request.GET)
    now = timezone.now()
    explained, asked, refusal = None, None, ""
    try:
        if form["ref"].value.strip():
            explained, asked = _explain_ref(request, form, now)
        elif "country" in request.GET:
            explained, asked = _explain_cell(request, form, now)
    except NotExplained as error:
        refusal = str(REFUSALS[error.refusal])
    answer = (
        answer_of(explained, now=now, page=parse_positive(request.GET.get("page", ""), default=1))
        if explained
        else None
    )
    if explained is not None and form["ref"].value.strip():
        _fill_cell(form, explained)
    return _page(request, form, answer, asked, refusal)


def _explain_ref(request: StaffRequest, form: TypedForm, now: datetime) -> tuple[Explained | None, Asked | None]:
    text = form["ref"].value
    ref, mark = parse_ref(text), parse_mark(text)
    if ref is not None:
        return explain_entry(find_entry(settings.CONFIG, ref)), None
    if mark is None:
        form["ref"].error = _(
            "This is neither a reference (36 letters, digits and hyphens) nor the footer of a page (41 · BR · fr)."
        )
        return None, None
    if not (form["day"].value.strip() or form["hour"].value.strip()):
        return explain_mark(mark, at=None, now=now), None
    asked = read_moment(form, request.GET, operator=request.operator, now=now)
    return (explain_mark(mark, at=asked.at, now=now) if asked else None), asked


def _explain_cell(request: StaffRequest, form: TypedForm, now: datetime) -> tuple[Explained | None, Asked | None]:
    asked = read_moment(form, request.GET, operator=request.operator, now=now)
    visitor = _visitor_in(form)
    if asked is None or visitor is None:
        return None, None
    return explain_moment(visitor, at=asked.at), asked


def _visitor_in(form: TypedForm) -> Visitor | None:
    """Return the visitor that the fields describe, or None with the errors set."""
    typed = form["country"].value.strip()
    country = parse_country(typed)
    region = parse_region(form["region"].value)
    if country is None and typed != UNKNOWN:
        form["country"].error = _("Select a country, or “Unknown”.")
    if form["region"].value.strip() and region is None:
        form["region"].error = _("This is not a region. Select one in the list.")
    elif region is not None and country_of_region(region) != country:
        form["region"].error = _("This region is in another country. Select another one, or none.")
    if form.errors:
        return None
    language: Language = "en" if form["language"].value == "en" else "fr"
    return Visitor(country, "parameter" if country else "unknown", region, language)


def _fill_cell(form: TypedForm, explained: Explained) -> None:
    """Fill the second form with what was explained, so that one can go on from there."""
    visitor, at = explained.visitor, timezone.localtime(explained.at)
    form["day"].value, form["hour"].value = at.date().isoformat(), f"{at:%H:%M}"
    form["country"].value = visitor.country or UNKNOWN
    form["region"].value = visitor.region or ""
    form["language"].value = visitor.language


def _page(
    request: StaffRequest, form: TypedForm, answer: Answer | None, asked: Asked | None, refusal: str
) -> HttpResponse:
    if refusal and form["ref"].value.strip():
        form["ref"].error = refusal
    status = 422 if form.errors else 404 if refusal else 200
    context: dict[str, Any] = {
        "form": form,
        "answer": answer,
        "refusal": "" if form.errors else refusal,
        "countries": country_choices(without=()),
        "regions": region_choices(form["region"].value, [link.code for link in answer.regions] if answer else ()),
        "is_by_reference": bool(form["ref"].value.strip()),
        "asked": asked,
        "other_time": other_time(request.GET, asked),
    }
    return render(request, "console/past/why.html", context, status=status)
