"""Bulk actions: pause, resume, delete, restore or purge the selected partners after a question; undo such a step."""

import uuid
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from renvoi.console.access.role_required import refuse_undo
from renvoi.console.forms.confirm_count import count_form
from renvoi.console.forms.typed_form import parse_idempotency_key, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_of
from renvoi.console.notices import Notice, add_notice, dismiss_notice
from renvoi.console.sentences import (
    and_more,
    by_name,
    counted,
    current_language,
    still_served_by_operator,
)
from renvoi.console.views.history.left_as_it_is import notices_of_skipped
from renvoi.console.views.partners.confirmation import ASKED_ABOUT, changes_since, parse_asked
from renvoi.console.views.partners.verbs import VERBS, Verb
from renvoi.console.wording.foreseen import consequences_of
from renvoi.domain.places import country_name
from renvoi.history.models import Change, ChangeSet
from renvoi.lists.confirmation import Asked
from renvoi.lists.listing import Listing
from renvoi.lists.selection import NOTHING, Selection
from renvoi.partners import actions
from renvoi.partners.consequences import Foreseen, Loss, are_many, serve_own_country
from renvoi.partners.figures import figure
from renvoi.partners.models import Partner

_NAMED = 5


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: StaffRequest, verb: str) -> HttpResponse:
    """GET: ask for confirmation, in a window for htmx and on a page otherwise. POST: do it.

    If the selected partners are not those that were asked about, ask again and say what changed (409). If their number
    must be typed and was not, say so beside its field (422).
    """
    listing = VERBS[verb].address.read(request, is_from_list_form=True)
    typed = read_typed(request) or QueryDict()
    question = _question(verb, listing, typed, is_submitted=request.method == "POST")
    if request.method != "POST":
        return _page(request, verb, question, listing)
    idempotency_key = parse_idempotency_key(typed.get("idempotency_key", ""))
    is_repeated = (
        idempotency_key is not None and ChangeSet.objects.filter(id=idempotency_key, actor=request.user).exists()
    )
    if not is_repeated:
        if question["change"]:
            return _page(request, verb, question, listing, status=409)
        if question["form"] and question["form"].errors:
            return _page(request, verb, question, listing, status=422)
    try:
        step = VERBS[verb].act(
            partners=listing.selected(),
            actor=request.user,
            channel="console",
            idempotency_key=idempotency_key,
            expected=question["asked_about"].versions,
        )
    except actions.StaleSelection:
        # Somebody changed the partners in this very moment.
        return _page(request, verb, _question(verb, listing, typed, is_submitted=True), listing, status=409)
    return _done(request, verb, step, listing)


@require_POST
def undo(request: StaffRequest, change_set_id: uuid.UUID) -> HttpResponse:
    """Undo a step. What could not be put back is named in further messages, by reason."""
    if refusal := refuse_undo(request, [change_set_id]):
        return refusal
    dismiss_notice(request, notice_id=request.POST.get("notice", ""))
    try:
        undone = actions.undo_step(change_set_id=change_set_id, actor=request.user, channel="console")
    except ChangeSet.DoesNotExist as error:
        raise Http404 from error
    partner_id = _only_partner(change_set_id) if undone.count == 1 and not undone.skipped else 0
    if undone.count:
        add_notice(request, Notice(counted(_AS_BEFORE, undone.count), subject_id=partner_id))
    for notice in notices_of_skipped(undone.skipped):
        add_notice(request, notice)
    address = list_of(request)
    listing = replace(address.read(request), selection=NOTHING)
    return HttpResponseRedirect(
        address.path_to_row(listing, row_id=partner_id) if partner_id else address.path(listing.query())
    )


def _only_partner(change_set_id: uuid.UUID) -> int:
    return Change.objects.get(change_set_id=change_set_id, subject=actions.PARTNER).subject_id


_AS_BEFORE = ngettext_lazy("%(shown)s partner is as it was.", "%(shown)s partners are as they were.", "count")


def _done(request: StaffRequest, verb: str, step: actions.Step, listing: Listing[Partner]) -> HttpResponse:
    if step.change_set_id:
        notice = Notice(counted(VERBS[verb].done, step.count))
        if VERBS[verb].undo:
            undo_path = reverse("console:step_undo", args=[step.change_set_id])
            notice = replace(notice, undo_path=undo_path, undo_label=str(VERBS[verb].undo))
        add_notice(request, notice)
    if step.skipped:
        names = and_more([partner.name for partner in step.skipped], shown=_NAMED)
        add_notice(request, Notice(counted(VERBS[verb].skipped, len(step.skipped), names=names), kind="warn"))
    return HttpResponseRedirect(VERBS[verb].address.path(listing.query(selection=NOTHING)))


def _question(verb: str, listing: Listing[Partner], typed: QueryDict, *, is_submitted: bool) -> dict[str, Any]:
    """Return the context of the question, with what has changed since it was asked if its answer was submitted."""
    action = VERBS[verb]
    selected = listing.selected()
    foreseen = action.foresee(selected, timezone.localdate()) if action.foresee else Foreseen()
    lost, consequences = list(foreseen.losses), consequences_of(foreseen)
    asked_about = Asked.about(selected).with_consequences(lost if action.takes_away else ())
    count = len(asked_about.versions)
    unneeded, names = _left_as_they_are(action, selected)
    # A form that was sent after the session had ended is shown again, not submitted.
    change = changes_since(parse_asked(typed), asked_about) if is_submitted or ASKED_ABOUT in typed else ""
    is_counted = count > 1 and (action.is_final or are_many(count - unneeded) or consequences.weight.is_large)
    return {
        "title": _title(action, listing, count) if count else _("Nothing is selected"),
        "is_gone": bool(listing.selection) and not count,
        "count": count,
        "is_needed": count > unneeded,
        "is_danger": action.is_danger,
        "verb": action,
        "names": _names(selected) if action.is_final and count > 1 else "",
        "unneeded": counted(action.unneeded, unneeded, names=names) if unneeded else "",
        **consequences.to_context(),
        "consequences": consequences.losses or [_without_loss(selected, action, asked_about)],
        "lost": _lists(lost) if len(lost) > _NAMED else [],
        "asked_about": asked_about,
        "change": change,
        # A number that was typed for other partners is no error yet.
        "form": count_form(count, typed, is_submitted=is_submitted and not change) if is_counted else None,
    }


def _page(
    request: StaffRequest, verb: str, question: dict[str, Any], listing: Listing[Partner], *, status: int = 200
) -> HttpResponse:
    context = question | {
        "action": request.path,
        "is_question": True,
        "idempotency_key": uuid.uuid4(),
        "list_query": listing.query(),
        "list_path": VERBS[verb].address.path(listing.query()),
        "list_title": VERBS[verb].address.title,
    }
    return render(request, "console/partners/bulk.html", context, status=status)


def _left_as_they_are(verb: Verb, selected: QuerySet[Partner]) -> tuple[int, str]:
    """Return how many partners the step would not change, and their names if the sentence has them."""
    if verb.blocked:
        blocked = verb.blocked(selected)
        return len(blocked), and_more([partner.name for partner in blocked], shown=_NAMED)
    return (selected.filter(status=verb.already).count() if verb.already else 0), ""


def _title(verb: Verb, listing: Listing[Partner], count: int) -> str:
    """Return the question, which names one partner and counts several."""
    if count == 1:
        # Somebody else may delete it between two queries.
        return str(verb.questions[0]) % {"name": listing.selected().values_list("name", flat=True).first() or ""}
    is_whole = listing.selection == Selection(is_all=True) and not listing.keywords
    return str(verb.whole if verb.whole and is_whole else verb.questions[1] % {"shown": figure(count)})


def _names(selected: QuerySet[Partner]) -> str:
    """Return the first of the names, in alphabetical order."""
    return and_more(list(selected.order_by("name_sort", "id").values_list("name", flat=True)), shown=_NAMED)


def _without_loss(selected: QuerySet[Partner], verb: Verb, asked_about: Asked) -> str:
    """Return the consequence for partners without whom every country is still served."""
    count = asked_about.count
    if verb.takes_away and not selected.filter(Q(state="active")).exists():
        return _("They receive no prospects at present.") if count > 1 else _("It receives no prospects at present.")
    if verb.takes_away and serve_own_country(asked_about.versions):
        return still_served_by_operator(count=count)
    return str(verb.consequences[count > 1])


def _lists(lost: list[Loss]) -> list[tuple[str, list[str]]]:
    """Return (what is lost, the names of the countries that lose it) for each kind of loss."""
    labels = {None: _("No partner left"), "fr": _("No address in French"), "en": _("No address in English")}
    language = current_language()
    lists = []
    for lost_language, label in labels.items():
        countries = by_name([loss.country for loss in lost if loss.language == lost_language])
        if countries:
            lists.append((label, [country_name(code, language=language) for code in countries]))
    return lists
