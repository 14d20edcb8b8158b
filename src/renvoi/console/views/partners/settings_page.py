"""The page of a partner's settings: the form, both values of each field that differs, and what the partner is doing."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from csp.decorators import csp_update
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from renvoi.console.forms.countries import named_countries
from renvoi.console.forms.picker import picker
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest, frame_source
from renvoi.console.list_address import list_path
from renvoi.console.sentences import by_name, current_language
from renvoi.console.views.partners.confirmation import text_at
from renvoi.console.views.partners.partner_list import STATE_ICONS
from renvoi.console.views.previews.preview import preview_of
from renvoi.domain.places import CountryCode, country_name
from renvoi.domain.table import State
from renvoi.history.recording import changes_of
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.consequences import losses
from renvoi.partners.fields import PartnerValues
from renvoi.partners.lists.columns import SOON, STATE_LABELS
from renvoi.partners.models import Partner


@dataclass(frozen=True, slots=True)
class PresentState:
    """A partner's effective state today, with the day on which it began or ends; what it was sent; where it is alone.

    `alone_in` has the names of countries, sorted.
    """

    state: State
    icon: str
    label: str | Promise
    on: date | None
    is_ending: bool
    sent: int
    alone_in: list[str]


def show_conflict(request: StaffRequest, form: TypedForm, stale: StaleVersion) -> HttpResponse:
    """Return the page (409) with what was typed beside what someone else has saved meanwhile."""
    partner = Partner.objects.prefetch_related("served").get(id=stale.current.pk)
    base = text_at(partner, version=form.version or 1)
    form.put_beside(PartnerValues.of(partner).to_text(), base=base, words={"status": _status_label})
    last = changes_of(actions.PARTNER, partner.id).select_related("change_set__actor").first()
    form.version = partner.version
    return show_settings(request, form, partner, editor=last.change_set.acted_by if last else None, status=409)


def _status_label(status: str) -> str:
    return str(STATE_LABELS["paused" if status == "paused" else "active"])


def show_settings(
    request: StaffRequest, form: TypedForm, partner: Partner | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Return the page. `partner` is None for a new one; `more` is added to the context of the template."""
    form.warn_of_mixed_scripts(("url_en", "url_fr"))
    is_unsaved = form.is_restored or request.method == "POST"
    context = _context(form, partner) | {"is_unsaved": is_unsaved, "preview": preview_of(form, {})} | more

    def page(request: StaffRequest) -> HttpResponse:
        return render(request, "console/partners/settings.html", context, status=status)

    # The frame may show the preview and nothing else: a click in it would be counted.
    source = frame_source(request, "console:partner_preview")
    return csp_update(source)(page)(request)  # type: ignore[arg-type,return-value]


def _context(form: TypedForm, partner: Partner | None) -> dict[str, Any]:
    last = None
    if partner is not None:
        last = changes_of(actions.PARTNER, partner.id).select_related("change_set__actor").first()
    return {
        "form": form,
        "partner": partner,
        # The form of a new partner may be shown again once it has created it: it is then the form of that partner.
        "form_path": reverse("console:partner", args=[partner.id]) if partner else "",
        "last_change": last,
        "now": _present_state(partner) if partner and partner.trashed_at is None else None,
        **picker(chosen=form.chosen, added=form.added),
        "theirs_countries": named_countries((form["countries"].theirs or "").split()),
        "list_path": list_path(form.list_query),
        "priorities": range(1, 10),
        # The error of the countries is about the pasted list.
        "is_list": bool(form.country_list),
    }


def _present_state(partner: Partner) -> PresentState:
    """Return what a partner that is not in the trash is doing now. One query, or two."""
    today = timezone.localdate()
    state, last_day = partner.state_on(today), partner.agreement_ends_on
    dated = {"active": last_day, "to_come": partner.agreement_starts_on, "ended": last_day}
    lost = losses([partner.id], today=today)
    alone = by_name(loss.country for loss in lost if loss.language is None)
    return PresentState(
        state=state,
        icon=STATE_ICONS[state],
        label=STATE_LABELS[state],
        on=dated.get(state),
        is_ending=state == "active" and last_day is not None and last_day <= today + SOON,
        sent=partner.sent_30_days,
        alone_in=[_name(code) for code in alone],
    )


def _name(code: CountryCode) -> str:
    return country_name(code, language=current_language())
