"""What happened to one partner: the list of the history, restricted to it, with each field before and after."""

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import HISTORY, TRASH, ListAddress
from renvoi.console.sentences import current_language, of
from renvoi.console.views.history.differences import Difference, differences
from renvoi.console.views.history.history_list import HISTORY_PAGE, Row, step_row
from renvoi.history.models import Change, ChangeSet
from renvoi.history.recording import changes_of
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
    partner = Partner.objects.filter(id=partner_id).first()
    name = partner.name if partner else _last_name(partner_id)
    page = replace(
        HISTORY_PAGE,
        address=_address(partner_id, name),
        template="console/history/partner.html",
        cells="console/history/_partner_cells.html",
    )
    return page.respond(request, context_of=partial(_context, partner, partner_id))


def _last_name(partner_id: int) -> str:
    """Return the last name of a partner that was deleted for good. Raises Http404 if there never was one."""
    last = changes_of(PARTNER, partner_id).first()
    if last is None:
        raise Http404
    return str((last.after or last.before or {}).get("name") or _("Partner %(id)s") % {"id": partner_id})


def _address(partner_id: int, name: str) -> ListAddress[Listing[ChangeSet]]:
    def parse(query: QueryDict) -> Listing[ChangeSet]:
        return Listing.parse(query, source=history_source(partner_id=partner_id), language=current_language())

    title = _("History %(of_name)s") % {"of_name": of(name)}
    return ListAddress("partner_history", title, parse, of=(partner_id,))


def _context(
    partner: Partner | None,
    partner_id: int,
    _request: StaffRequest,
    _listing: Listing[ChangeSet],
    page: Page[ChangeSet],
) -> dict[str, Any]:
    back_path, back_title = HISTORY.path(), HISTORY.title
    if partner and partner.trashed_at:
        back_path, back_title = TRASH.path(urlencode({"name": partner.name})), TRASH.title
    elif partner:
        back_path, back_title = reverse("console:partner", args=[partner_id]), _("Partner settings")
    return {"rows": _rows(partner_id, page.rows), "back_path": back_path, "back_title": back_title}


def _rows(partner_id: int, steps: list[ChangeSet]) -> list[PartnerRow]:
    sum_up([*steps, *(step.undoes for step in steps if step.undoes)])
    changes = Change.objects.filter(subject=PARTNER, subject_id=partner_id, change_set__in=[step.id for step in steps])
    by_step = {change.change_set_id: change for change in changes.order_by("id")}
    return [_row(step, by_step.get(step.id)) for step in steps]


def _row(step: ChangeSet, change: Change | None) -> PartnerRow:
    row = step_row(step, suffix="")
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return PartnerRow(**values, differences=differences(change) if change else [])
