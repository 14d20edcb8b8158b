"""Read the history: who changed what, when, through which channel and with which token."""

from typing import Any

from django.http import HttpResponseBase

from renvoi.api.operation import ROOT, ApiRequest
from renvoi.api.operations.pages import moment_text, page_response, require_known
from renvoi.api.operations.partners import find_partner
from renvoi.history.models import ChangeSet
from renvoi.history.recording import changes_of
from renvoi.history.steps import summary_of
from renvoi.history.summaries import sum_up
from renvoi.lists.columns import Source
from renvoi.lists.listing import Listing
from renvoi.partners.actions import PARTNER
from renvoi.partners.lists.history import HISTORY_COLUMNS, history_source


def list_steps(request: ApiRequest) -> HttpResponseBase:
    """Answer with one page of the steps, in the order of the screen: the newest first, unless asked otherwise."""
    return _page_of(request, history_source(), path=f"{ROOT}/history")


def list_steps_of_partner(request: ApiRequest) -> HttpResponseBase:
    """Answer with one page of the steps that changed a partner, also one that was deleted for good."""
    if not changes_of(PARTNER, request.id).exists():
        find_partner(request.id)
    return _page_of(request, history_source(partner_id=request.id), path=f"{ROOT}/partners/{request.id}/history")


def _page_of(request: ApiRequest, source: Source[ChangeSet], *, path: str) -> HttpResponseBase:
    listing = Listing.parse(request.http.GET, source=source, language=request.language)
    require_known(request, HISTORY_COLUMNS)
    page = listing.page()
    sum_up(page.rows)
    rows = [_described(change_set) for change_set in page.rows]
    return page_response(listing, page, rows={"steps": rows}, path=path)


def _described(change_set: ChangeSet) -> dict[str, Any]:
    step = summary_of(change_set)
    return {
        "id": str(step.id),
        "at": moment_text(step.at),
        "actor": step.actor,
        "channel": step.channel,
        "credential": change_set.credential,
        "verb": step.verb,
        "subject": step.subject,
        "count": step.count,
        "subject_id": step.subject_id,
        "name": step.name,
        "generation": step.generation,
        "undoes": str(step.undoes) if step.undoes else None,
        "undone_by": str(step.undone_by) if step.undone_by else None,
        "reason": step.reason,
    }
