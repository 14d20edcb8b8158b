"""The page of one step: who did what and when, and each field of each object before and after."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from renvoi.console.access.role_required import refuse_undo
from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import HISTORY, TRASH
from renvoi.console.notices import Notice, add_notice
from renvoi.console.views.history.differences import Difference, differences
from renvoi.console.views.history.step_sentences import shown_actor, shown_channel, step_sentence, verb_of
from renvoi.console.views.history.undo_words import proof_context
from renvoi.console.views.list_page import pages_near
from renvoi.console.wording.accepted import finding_name
from renvoi.history.models import REASON_LENGTH, Change, ChangeSet
from renvoi.history.recording import write_reason
from renvoi.history.summaries import sum_up
from renvoi.lists.listing import Page, parse_positive
from renvoi.partners.actions import OPERATOR, PARTNER
from renvoi.partners.actions.accepting import FINDING
from renvoi.partners.actions.undoing.proof import prove
from renvoi.partners.models import Partner
from renvoi.partners.parsing import parse_text
from renvoi.people.models import User

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ChangedObject:
    """One object of a step. `path` leads to it, empty if it is no more; `history_path` to all that happened to it.

    `is_new`: the step created it, so that its fields have no value before.
    """

    name: str
    verb: str
    path: str
    is_in_trash: bool
    is_new: bool
    history_path: str
    differences: list[Difference]


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest, change_set_id: uuid.UUID) -> HttpResponse:
    """Show one step, with 50 of its objects on a page. POST: write its reason, which only its actor can."""
    step = get_object_or_404(ChangeSet.objects.select_related("actor", "undone_by", "undoes"), id=change_set_id)
    listing = HISTORY.read(request)
    form = TypedForm({"reason": pgettext("change", "Reason")}, list_query=listing.query())
    typed = read_typed(request)
    form.fill({"reason": step.reason} if typed is None else typed)
    if request.method != "POST":
        form.is_restored = typed is not None
        return _page(request, step, form)
    try:
        reason = parse_text(form["reason"].value, limit=REASON_LENGTH)
        write_reason(change_set_id=step.id, reason=reason, actor=request.user)
    except ValidationError as error:
        form.refuse(ValidationError({"reason": error}))
        return _page(request, step, form, status=422)
    except ChangeSet.DoesNotExist as error:
        raise PermissionDenied from error
    add_notice(request, Notice(_("Reason saved.") if reason else _("Reason removed.")))
    return HttpResponseRedirect(f"{request.path}{_suffix(listing.query())}")


def _page(request: StaffRequest, step: ChangeSet, form: TypedForm, *, status: int = 200) -> HttpResponse:
    sum_up([other for other in (step, step.undoes, step.undone_by) if other is not None])
    page = _page_of(step, number=parse_positive(request.GET.get("page", ""), default=1))
    context = {
        "title": step_sentence(step),
        "proof": _proof(step),
        "step": step,
        "actor": shown_actor(step),
        "channel": shown_channel(step),
        "before_generation": step.generation - 1 if step.generation else None,
        "undoes": step_sentence(step.undoes) if step.undoes else "",
        "form": form,
        "can_undo": step.undone_by_id is None and refuse_undo(request, [step.id]) is None,
        "can_write_reason": step.actor_id == request.user.id and request.user.may(User.Role.MANAGER),
        "objects": _objects(page.rows),
        "page": page,
        "pages": pages_near(page),
        "page_suffix": f"&{urlencode({'list': form.list_query})}" if form.list_query else "",
        "suffix": _suffix(form.list_query),
        "list_path": HISTORY.path(form.list_query),
        "list_title": HISTORY.title,
        "list_query": form.list_query,
    }
    return render(request, "console/history/step.html", context, status=status)


def _suffix(list_query: str) -> str:
    return f"?{urlencode({'list': list_query})}" if list_query else ""


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
        history_path = reverse("console:partner_history", args=[change.subject_id])
        if change.subject_id in present:
            path = TRASH.path() if is_in_trash else reverse("console:partner", args=[change.subject_id])
    elif change.subject == OPERATOR:
        name, path = _("General settings"), reverse("console:settings")
    elif change.subject == FINDING:
        name, path = finding_name(name), reverse("console:findings")
    else:
        name = name or f"{change.subject} {change.subject_id}"
    return ChangedObject(
        name=name,
        verb=verb_of(change),
        path=path,
        is_in_trash=is_in_trash,
        is_new=change.before is None,
        history_path=history_path,
        differences=differences(change),
    )
