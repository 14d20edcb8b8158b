"""The page of one step: who did what and when, and each field of each object before and after."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from renvoi.console.http import StaffRequest
from renvoi.console.list_address import HISTORY, TRASH
from renvoi.console.views.history.differences import Difference, differences
from renvoi.console.views.history.step_sentences import shown_actor, shown_channel, step_sentence, verb_of
from renvoi.console.views.history.undo_words import proof_context
from renvoi.console.views.list_page import pages_near
from renvoi.history.models import Change, ChangeSet
from renvoi.history.summaries import sum_up
from renvoi.lists.listing import Page, parse_positive
from renvoi.partners.actions import OPERATOR, PARTNER
from renvoi.partners.actions.undoing.proof import prove
from renvoi.partners.models import Partner

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ChangedObject:
    """One object of a step. `path` leads to it, empty if it is no more; `history_path` to all that happened to it."""

    name: str
    verb: str
    path: str
    is_in_trash: bool
    history_path: str
    differences: list[Difference]


@require_safe
def show(request: StaffRequest, change_set_id: uuid.UUID) -> HttpResponse:
    """Show one step, with 50 of its objects on a page."""
    steps = ChangeSet.objects.select_related("actor", "undone_by", "undoes")
    step = get_object_or_404(steps, id=change_set_id)
    undone_by = step.undone_by
    sum_up(other for other in (step, step.undoes, undone_by) if other is not None)
    listing = HISTORY.read(request)
    page = _page_of(step, number=parse_positive(request.GET.get("page", ""), default=1))
    context = {
        "title": step_sentence(step),
        "proof": _proof(step),
        "step": step,
        "actor": shown_actor(step),
        "channel": shown_channel(step),
        "before_generation": step.generation - 1 if step.generation else None,
        "undoes": step_sentence(step.undoes) if step.undoes else "",
        "undone_by": undone_by,
        "objects": _objects(page.rows),
        "page": page,
        "pages": pages_near(page),
        "page_suffix": f"&{urlencode({'list': listing.query()})}" if listing.query() else "",
        "suffix": f"?{urlencode({'list': listing.query()})}" if listing.query() else "",
        "list_path": HISTORY.path(listing.query()),
        "list_title": HISTORY.title,
        "list_query": listing.query(),
    }
    return render(request, "console/history/step.html", context)


def _proof(step: ChangeSet) -> dict[str, Any] | None:
    proof = prove(step.id, today=timezone.localdate()) if step.undoes_id else None
    return proof_context(proof) if proof else None


def _page_of(step: ChangeSet, *, number: int) -> Page[Change]:
    changes = step.changes.order_by("id")
    count = step.count
    last = max(1, -(-count // PER_PAGE))
    number = min(number, last)
    start = (number - 1) * PER_PAGE
    shown = list(changes[start : start + PER_PAGE])
    return Page(rows=shown, count=count, number=number, last=last, first=start + 1, until=start + len(shown))


def _objects(changes: Sequence[Change]) -> list[ChangedObject]:
    ids = [change.subject_id for change in changes if change.subject == PARTNER]
    # Partner id → when it was deleted.
    present = dict(Partner.objects.filter(id__in=ids).values_list("id", "trashed_at"))
    return [_object(change, present) for change in changes]


def _object(change: Change, present: Mapping[int, Any]) -> ChangedObject:
    recorded = change.after or change.before or {}
    name = str(recorded.get("name") or "")
    path = history_path = ""
    is_in_trash = False
    if change.subject == PARTNER:
        name = name or _("Partner %(id)s") % {"id": change.subject_id}
        is_in_trash = present.get(change.subject_id) is not None
        if change.subject_id in present:
            path = TRASH.path() if is_in_trash else reverse("console:partner", args=[change.subject_id])
    elif change.subject == OPERATOR:
        name, path = _("General settings"), reverse("console:settings")
    else:
        name = name or f"{change.subject} {change.subject_id}"
    return ChangedObject(
        name=name,
        verb=verb_of(change),
        path=path,
        is_in_trash=is_in_trash,
        history_path=history_path,
        differences=differences(change),
    )
