"""Undo one step of the history, or all that an account did since a moment: first what follows, then the undo."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from renvoi.console.access.role_required import refuse_undo
from renvoi.console.forms.hours import parse_hour
from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import HISTORY
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import of
from renvoi.console.templatetags.renvoi import moment
from renvoi.console.views.history.left_as_it_is import notices_of_skipped
from renvoi.console.views.history.step_sentences import step_sentence
from renvoi.console.views.history.undo_words import plan_context
from renvoi.history.models import ChangeSet
from renvoi.history.summaries import sum_up
from renvoi.partners import actions
from renvoi.partners.actions.undoing.proof import count_later_steps
from renvoi.people.models import User

ASKED_ABOUT = "asked_about"


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: StaffRequest, change_set_id: uuid.UUID) -> HttpResponse:
    """GET: show what undoing the step would do. POST: undo it; ask again if it would do something else now (409)."""
    step = get_object_or_404(ChangeSet.objects.select_related("actor", "undoes"), id=change_set_id)
    if refusal := refuse_undo(request, [step.id]):
        return refusal
    if step.undone_by_id is not None:
        # Somebody has undone it, or this form was sent twice.
        return HttpResponseRedirect(_path_of(step.undone_by_id))
    sum_up(other for other in (step, step.undoes) if other is not None)
    what = step_sentence(step)
    return _respond(
        request,
        [step.id],
        title=_("Undo this change?"),
        what=what,
        done=_("Undone: %(step)s") % {"step": what},
        path=_path_of(step.id),
        path_title=what,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def undo_since(request: StaffRequest) -> HttpResponse:
    """Ask for an account (`by`) and a moment (`on`, `at`); then as `undo`, for all that it did since then."""
    typed = read_typed(request) or request.GET
    form = TypedForm({"by": _("Who"), "on": _("Since"), "at": _("Time")})
    form.fill(typed)
    account, since = _account(form), _moment(form)
    if account is None or since is None:
        form["on"].value = form["on"].value or timezone.localdate().isoformat()
        form["at"].value = form["at"].value or "00:00"
        return _ask_since(request, form)
    step_ids = actions.steps_since(since, actor=account)
    if refusal := refuse_undo(request, step_ids):
        return refusal
    params = {"of_name": of(str(account)), "at": moment(since)}
    return _respond(
        request,
        step_ids,
        title=_("Undo several changes?"),
        what=_("All changes %(of_name)s since %(at)s") % params,
        done=_("Undone: all changes %(of_name)s since %(at)s") % params,
        path=HISTORY.path(),
        path_title=HISTORY.title,
        hidden=form.raw(),
    )


def _respond(
    request: StaffRequest,
    step_ids: Sequence[uuid.UUID],
    *,
    title: str,
    what: str,
    done: str,
    path: str,
    path_title: str | Promise,
    hidden: dict[str, str] | None = None,
) -> HttpResponse:
    plan = actions.plan_undo(step_ids, today=timezone.localdate())
    change = ""
    if request.method == "POST":
        try:
            if response := _apply(request, step_ids, plan, done=done):
                return response
        except actions.UndoChanged as error:
            plan = error.plan
        change = _("The consequences have changed.")
    context = plan_context(plan) | {
        "title": title,
        "what": what,
        "action": request.path,
        "hidden": hidden or {},
        "asked_about": plan.digest,
        "change": change,
        "step_count": len(plan.steps),
        "later_count": count_later_steps(step_ids),
        "list_path": path,
        "list_title": path_title,
    }
    return render(request, "console/history/undo.html", context, status=409 if change else 200)


def _apply(
    request: StaffRequest, step_ids: Sequence[uuid.UUID], plan: actions.UndoPlan, *, done: str
) -> HttpResponse | None:
    """Undo the steps and return the redirect; None if the plan is not the one that was shown."""
    if request.POST.get(ASKED_ABOUT) != plan.digest:
        return None
    undone = actions.undo_steps(
        step_ids=step_ids, digest=plan.digest, today=timezone.localdate(), actor=request.user, channel="console"
    )
    for notice in notices_of_skipped(undone.skipped):
        add_notice(request, notice)
    if undone.change_set_id is None:
        return HttpResponseRedirect(HISTORY.path())
    add_notice(request, Notice(done))
    return HttpResponseRedirect(_path_of(undone.change_set_id))


def _ask_since(request: StaffRequest, form: TypedForm) -> HttpResponse:
    accounts = User.objects.filter(id__in=ChangeSet.objects.exclude(actor=None).values("actor")).order_by("email")
    context: dict[str, Any] = {
        "title": _("Undo several changes"),
        "form": form,
        "accounts": accounts,
        "me": request.user,
        "list_path": HISTORY.path(),
        "list_title": HISTORY.title,
    }
    return render(request, "console/history/undo_since.html", context, status=422 if form.errors else 200)


def _account(form: TypedForm) -> User | None:
    text = form["by"].value
    account = (
        User.objects.filter(id=int(text)).first() if text.isascii() and text.isdecimal() and len(text) < 10 else None
    )
    if text and account is None:
        form["by"].error = _("Choose an account.")
    return account


def _moment(form: TypedForm) -> datetime | None:
    if not form["on"].value:
        if form["by"].value:
            form["on"].error = _("Enter a day.")
        return None
    hour = parse_hour(form["at"].value or "0:00")
    if hour is None:
        form["at"].error = _("Enter the time of day as hours and minutes, for example 14:05.")
    try:
        day = date.fromisoformat(form["on"].value)
        # The first and the last hours of the calendar are not in it everywhere.
        return timezone.make_aware(datetime.combine(day, hour)).astimezone(UTC) if hour else None
    except (ValueError, OverflowError):
        form["on"].error = _("Enter a day, such as 2026-12-03.")
        return None


def _path_of(step_id: uuid.UUID) -> str:
    return reverse("console:history_step", args=[step_id])
