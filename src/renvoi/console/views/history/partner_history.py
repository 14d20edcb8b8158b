"""What happened to one partner: the list of the history, restricted to it, with each field before and after."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import TRASH, ListAddress
from renvoi.console.sentences import current_language, of
from renvoi.console.views.history.differences import Difference, differences
from renvoi.console.views.history.history_list import HISTORY_PAGE, Row, step_row
from renvoi.history.models import Change, ChangeSet
from renvoi.history.summaries import sum_up
from renvoi.lists.listing import Listing, Page
from renvoi.partners.actions import PARTNER
from renvoi.partners.lists.history import history_source
from renvoi.partners.models import Partner


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow(Row):
    """One step as a row of a partner's history, with what it changed in the partner."""

    differences: list[Difference]


@require_safe
def show(request: StaffRequest, partner_id: int) -> HttpResponse:
    """Show the change sets that changed a partner, in the trash or not, the newest first."""
    partner = get_object_or_404(Partner, id=partner_id)
    page = replace(
        HISTORY_PAGE,
        address=_address(partner),
        template="console/history/partner.html",
        cells="console/history/_partner_cells.html",
    )
    return page.respond(request, context_of=_context_of(partner))


def _address(partner: Partner) -> ListAddress[Listing[ChangeSet]]:
    def parse(query: QueryDict) -> Listing[ChangeSet]:
        return Listing.parse(query, source=history_source(partner_id=partner.id), language=current_language())

    title = _("History %(of_name)s") % {"of_name": of(partner.name)}
    return ListAddress("partner_history", title, parse, of=(partner.id,))


def _context_of(partner: Partner) -> Callable[[StaffRequest, Listing[ChangeSet], Page[ChangeSet]], dict[str, Any]]:
    is_in_trash = partner.trashed_at is not None

    def context(_request: StaffRequest, _listing: Listing[ChangeSet], page: Page[ChangeSet]) -> dict[str, Any]:
        return {
            "partner": partner,
            "rows": _rows(partner, page.rows),
            "back_path": TRASH.path(urlencode({"name": partner.name}))
            if is_in_trash
            else reverse("console:partner", args=[partner.id]),
            "back_title": TRASH.title if is_in_trash else _("Partner settings"),
        }

    return context


def _rows(partner: Partner, steps: list[ChangeSet]) -> list[PartnerRow]:
    sum_up([*steps, *(step.undoes for step in steps if step.undoes)])
    changes = Change.objects.filter(subject=PARTNER, subject_id=partner.id, change_set__in=[step.id for step in steps])
    by_step = {change.change_set_id: change for change in changes.order_by("id")}
    return [_row(step, by_step.get(step.id)) for step in steps]


def _row(step: ChangeSet, change: Change | None) -> PartnerRow:
    row = step_row(step, suffix="")
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return PartnerRow(**values, differences=differences(change) if change else [])
