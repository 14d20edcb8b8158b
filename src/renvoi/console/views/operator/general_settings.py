"""The page General settings: the company, how its prospects are received, and the country data in use."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.doubts import ask_about_addresses, read_confirmation, take_suggestion
from renvoi.console.forms.typed_form import TypedForm, parse_idempotency_key, parse_version, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import current_language, would_go
from renvoi.console.views.findings.computing import country_data
from renvoi.domain.addresses import trim_address
from renvoi.domain.days.zone_names import canonical_zone, offered_zones, zone_label
from renvoi.domain.days.zones import is_known_zone, zone_of
from renvoi.history.models import Change
from renvoi.lists.confirmation import parse_count
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.lists.printed import usual_paper
from renvoi.partners.models import Operator
from renvoi.partners.values import (
    COMPOUND,
    OPERATOR_LABELS,
    SECOND_FACTORS,
    SESSION_IDLES,
    TRASH_PERIODS,
    OperatorValues,
    parse_company,
)
from renvoi.people.factors.listing import accounts_without_factor
from renvoi.publication.logos import stored_logo

_ADDRESSES = ("signup_url_en", "signup_url_fr", "site_url_en", "site_url_fr", "privacy_url_en", "privacy_url_fr")
# Coverage area and logo have pages of their own.
_LABELS = {name: label for name, label in OPERATOR_LABELS.items() if name not in COMPOUND | {"logo"}}


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest) -> HttpResponse:
    """Show the page. POST: save it."""
    operator = Operator.objects.get(id=1)
    stored = _text_of(OperatorValues.of(operator))
    form = TypedForm(_LABELS, version=operator.version)
    form.fill(stored)
    typed = read_typed(request)
    if typed is None:
        return _page(request, form)
    form.fill(typed)
    form.version, form.idempotency_key = parse_version(typed.get("version", "")), typed.get("idempotency_key", "")
    form.settle(typed, stored)
    read_confirmation(form, typed, names=_addresses(form))
    if request.method != "POST":
        form.is_restored = True
        return _page(request, form)
    current = OperatorValues.of(operator)
    suggested = typed.get("suggest", "")
    if suggested in {*_ADDRESSES, "contact"}:
        return _suggested(request, form, current, name=suggested)
    return _save(request, form, current, typed)


def last_editor() -> str | None:
    """Return the name of whoever saved the operator last; None if nobody has."""
    last = Change.objects.filter(subject=actions.OPERATOR).select_related("change_set__actor").order_by("-id").first()
    return last.change_set.acted_by if last else None


def _text_of(values: OperatorValues) -> dict[str, str]:
    return {field.name: str(getattr(values, field.name)) for field in fields(values) if field.name in _LABELS}


def _addresses(form: TypedForm) -> tuple[str, ...]:
    """Return the fields with a web address. The contact may be an e-mail address instead."""
    is_address = trim_address(form["contact"].value)[:4].lower() == "http"
    return (*_ADDRESSES, "contact") if is_address else _ADDRESSES


def _suggested(request: StaffRequest, form: TypedForm, current: OperatorValues, *, name: str) -> HttpResponse:
    try:
        parse_company(form.raw(), current=current)
    except ValidationError as error:
        form.refuse(error)
    take_suggestion(form, name)
    return _page(request, form, focus=name)


def _save(request: StaffRequest, form: TypedForm, current: OperatorValues, typed: QueryDict) -> HttpResponse:
    try:
        values = parse_company(form.raw(), current=current)
        if ask_about_addresses(form, values, stored=current, names=_addresses(form)):
            return _page(request, form, status=422)
        count = actions.newly_due(current, values, at=datetime.now(UTC))
        if count > (parse_count(typed.get("confirm_trash", "")) or 0):
            form["trash_period"].error = would_go(count)
            return _page(request, form, trash_count=count, status=422)
        actions.update_operator(
            values=values,
            edited=_LABELS.keys(),
            expected_version=form.version,
            actor=request.user,
            channel="console",
            idempotency_key=parse_idempotency_key(form.idempotency_key),
        )
    except ValidationError as error:
        form.refuse(error)
        return _page(request, form, status=422)
    except StaleVersion:
        return _conflict(request, form)
    add_notice(request, Notice(_("General settings saved.")))
    return HttpResponseRedirect(reverse("console:settings"))


def _conflict(request: StaffRequest, form: TypedForm) -> HttpResponse:
    operator = Operator.objects.get(id=1)
    form.put_beside(_text_of(OperatorValues.of(operator)), base={}, words=_WORDS)
    form.version = operator.version
    return _page(request, form, editor=last_editor(), status=409)


def _page(request: StaffRequest, form: TypedForm, *, status: int = 200, **more: Any) -> HttpResponse:
    form.warn_of_mixed_scripts(_addresses(form))
    zone = form["time_zone"]
    if zone.value and not is_known_zone(zone.value):
        sentence = _("This server does not know the stored time zone and uses %(zone)s instead. Select another.")
        zone.warning = sentence % {"zone": _place(zone_of(zone.value).key)}
    periods = [(str(days), label) for days, label in TRASH_PERIODS.items()]
    idles = [(str(minutes), label) for minutes, label in SESSION_IDLES.items()]
    context: dict[str, Any] = {"form": form, "paper": usual_paper(), "trash_periods": periods, "session_idles": idles}
    context |= {"second_factors": [*SECOND_FACTORS.items()], "without_factor": accounts_without_factor()}
    context["logo"] = stored_logo(Operator.objects.values_list("logo", flat=True).get(id=1))
    context |= _zones(zone.value) | _country_data_context()
    return render(request, "console/general/page.html", context | more, status=status)


def _place(zone: str) -> str:
    """Return the label of a time zone by its place, or the name itself if this machine does not know it."""
    if not zone or not is_known_zone(zone):
        return zone
    return zone_label(zone, language=current_language(), at=datetime.now(UTC))


def _paper_label(paper: str) -> str:
    labels = {"letter": _("Letter (8.5 × 11 in)"), "a4": _("A4 (210 × 297 mm)")}
    by_area = {"letter": _("According to the coverage area: Letter"), "a4": _("According to the coverage area: A4")}
    return labels.get(paper) or by_area[usual_paper()]


def _label_of(number: str, labels: Mapping[int, Promise]) -> str:
    return str(labels[int(number)]) if number.isdecimal() and int(number) in labels else number


_WORDS: Mapping[str, Callable[[str], str]] = {
    "mode": lambda mode: _("Redirect at once") if mode == "direct" else _("Present the partner"),
    "default_language": lambda language: _("English") if language == "en" else _("French"),
    "time_zone": _place,
    "paper": _paper_label,
    "trash_period": lambda days: _label_of(days, TRASH_PERIODS),
    "session_idle_minutes": lambda minutes: _label_of(minutes, SESSION_IDLES),
    "second_factor_from": lambda role: str(SECOND_FACTORS.get(role, role)),
}
"""What the controls of the page call the stored values."""


def _zones(stored: str) -> dict[str, Any]:
    """Return the zones to offer and which of them is selected. A stored one that is not among them is added."""
    now, language = datetime.now(UTC), current_language()
    groups = offered_zones(language=language, at=now)
    selected = canonical_zone(stored)
    if any(zone.name == selected for group in groups for zone in group.zones):
        return {"zone_groups": groups, "zone_selected": selected}
    return {"zone_groups": groups, "zone_selected": stored, "zone_stored": _place(stored)}


def _country_data_context() -> dict[str, Any]:
    """Return the country data in use. The file is checked as the gateway does, but no copy of it is written."""
    data = country_data(settings.CONFIG)
    data.refresh()
    known = data.status.provenance
    return {
        "known": known,
        "problem": data.status.problem,
        "is_old": known is not None and known.is_old(datetime.now(UTC)),
    }
