"""What a change would change for prospects, on the pages on which it is made: beside a form, and as its brake."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from renvoi.console.forms.confirm_count import CONFIRM_COUNT, count_form
from renvoi.console.http import StaffRequest
from renvoi.console.wording.foreseen import Consequences, consequences_of, taken_away
from renvoi.partners.consequences import foresee
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.partners.values import OperatorValues
from renvoi.reports.weighing import Weight

FORESEE = "foresee"
"""The button that asks what saving would change. A script presses it by itself (`foreseen/_beside_form.html`)."""


def of_saving(partner: Partner | None, values: PartnerValues) -> Consequences:
    """Return what saving these values of a partner, None for a new one, would change today."""
    id_ = partner.id if partner else 0
    return consequences_of(foresee({id_: values}, today=timezone.localdate()), names={id_: values.name})


def of_operator(values: OperatorValues) -> Consequences:
    """Return what saving these values of the operator would change today."""
    return consequences_of(foresee({}, today=timezone.localdate(), operator=values))


def show_beside(request: StaffRequest, consequences: Consequences | None) -> HttpResponse:
    """Return the part of the page beside the form, for htmx; None: values are missing or wrong."""
    return render(request, "console/foreseen/_saving.html", {"foreseen": consequences, "is_asked": True})


def brake(weight: Weight, typed: QueryDict, *, is_submitted: bool) -> dict[str, Any]:
    """Return the context of `console/foreseen/_brake.html`: for a large change what it takes away, and the field.

    The number to type is that of the countries that would have no partner.
    """
    if not weight.is_large:
        return {"brake": "", "count_field": None}
    form = count_form(len(weight.countries), typed, is_submitted=is_submitted, of="countries")
    return {"brake": taken_away(weight), "count_field": form[CONFIRM_COUNT]}
