"""The page of one partner as it stood at a moment: all its fields beside today's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.views.history.differences import field_words
from renvoi.console.views.past.asking import MOMENT_LABELS, read_form, read_moment
from renvoi.console.wording.decisions import REFUSALS
from renvoi.partners.actions import PARTNER
from renvoi.partners.models import Partner
from renvoi.partners.past.comparing import PartnerThen, partner_then
from renvoi.partners.past.explaining import NotExplained


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field then and now, in words. `was_recorded` is false if the history of that time does not have it."""

    label: str
    then: str
    now: str
    differs: bool
    was_recorded: bool


@require_safe
def show(request: StaffRequest, partner_id: int) -> HttpResponse:
    """Show the form and, if a day is given, the partner's fields then and now."""
    partner = get_object_or_404(Partner.objects.prefetch_related("served"), id=partner_id)
    form = read_form(MOMENT_LABELS, request.GET)
    now, asked, both, refusal = timezone.now(), None, None, ""
    if "day" in request.GET or "hour" in request.GET:
        asked = read_moment(form, request.GET, operator=request.operator, now=now)
    try:
        both = partner_then(partner, at=asked.at) if asked else None
    except NotExplained as error:
        refusal = str(REFUSALS[error.refusal])
    fields = _fields(both) if both is not None and both.then is not None else []
    context: dict[str, Any] = {
        "subject": partner,
        "form": form,
        "asked": asked,
        "refusal": refusal,
        "both": both,
        "fields": fields,
        "differing": sum(field.differs for field in fields),
    }
    status = 422 if form.errors else 404 if refusal else 200
    return render(request, "console/past/partner_then.html", context, status=status)


def _fields(both: PartnerThen) -> list[ShownField]:
    then: Mapping[str, Any] = both.then or {}
    shown = []
    for name, label, words in field_words(PARTNER):
        was_recorded = name in then
        before, after = words(then.get(name)), words(both.now.get(name))
        shown.append(ShownField(label, before, after, was_recorded and before != after, was_recorded))
    return shown
